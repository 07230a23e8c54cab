//! Keeps an eye on every database connection of the configuration: tries each, again in an interval and when something changes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

use crate::simulator::config::store::Found;
use crate::simulator::database::attempt::attempt;
use crate::simulator::database::settings::Settings;
use crate::simulator::database::{Checked, KIND, Standing};
use crate::simulator::node::{Node, epoch_ms};

const LOGGER: &str = "Gateway.Datasource";
/// Most connections that are looked after.
const CAPACITY: usize = 256;
/// A faulted connection is tried this many times as often.
const HASTE: u32 = 10;

/// Looks after the connections until dropped.
pub(crate) async fn keep(node: &Arc<Node>) -> Infallible {
    let mut news = node.config_news.subscribe();
    let mut knobs = node.setup.knobs.subscribe();
    // When each is to be tried next, and with which settings it was tried.
    let mut plan: BTreeMap<String, (Found, Instant)> = BTreeMap::new();
    loop {
        news.mark_unchanged();
        knobs.mark_unchanged();
        let wanted: BTreeMap<_, _> = node.store.named("ignition", KIND).into_iter().take(CAPACITY).collect();
        node.databases.lock().retain(|name, _| wanted.contains_key(name));
        plan.retain(|name, (found, _)| wanted.get(name) == Some(found));
        let now = Instant::now();
        let due = wanted.into_iter().filter(|(name, _)| plan.get(name).is_none_or(|(_, at)| *at <= now));
        let due: Vec<_> = due.collect();
        let checks = join_all(due.iter().map(|(name, found)| check(node, name, found)));
        tokio::select! {
            _ = checks => {}
            // What is being tried may not be wanted any more.
            _ = news.changed() => continue,
        }
        let interval = node.setup.knobs.timings().database_check;
        for (name, found) in due {
            let faulted = node.databases.of(&name).is_some_and(|c| c.standing == Standing::Faulted);
            plan.insert(name, (found, Instant::now() + if faulted { interval / HASTE } else { interval }));
        }
        let next = plan.values().map(|(_, at)| *at).min();
        tokio::select! {
            () = sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            // A secret or its provider may have changed, which no connection's own settings show.
            _ = news.changed() => plan.clear(),
            _ = knobs.changed() => {}
        }
    }
}

async fn check(node: &Node, name: &str, found: &Found) {
    if !node.databases.lock().contains_key(name) {
        let checked = Checked { standing: Standing::Connecting, error: None, time: epoch_ms(), duration: 0 };
        node.databases.lock().insert(name.to_owned(), checked);
    }
    let begun = Instant::now();
    let (standing, error) = if found.enabled {
        match outcome(node, found).await {
            Ok(()) => (Standing::Valid, None),
            Err(reason) => (Standing::Faulted, Some(reason)),
        }
    } else {
        (Standing::Disabled, None)
    };
    let duration = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let checked = Checked { standing, error, time: epoch_ms(), duration };
    let before = node.databases.lock().insert(name.to_owned(), checked.clone());
    if before.is_some_and(|b| (b.standing, &b.error) == (checked.standing, &checked.error)) {
        return;
    }
    let log = &node.setup.log;
    match checked.error {
        Some(reason) => log.warn(LOGGER, &format!("Database connection '{name}' is Faulted: {reason}")),
        None => log.info(LOGGER, &format!("Database connection '{name}' is {}", standing.as_str())),
    }
}

async fn outcome(node: &Node, found: &Found) -> Result<(), String> {
    let settings = Settings::read(&found.config)?;
    if let Some(module) = settings.module()
        && !node.modules.now().runs(module)
    {
        return Err(format!("the driver's module {module} does not run on this gateway"));
    }
    // A connection without a password is one that needs none.
    let secret = Some(&settings.password).filter(|p| !p.is_null()).map(|p| node.secret(p)).transpose();
    let password = secret.map_err(|e| format!("the password cannot be had: {e}"))?;
    attempt(&settings, password.as_deref()).await
}
