//! Looks and judges until everything holds, something is hopeless, or time is up. Deadline and patience live here, not in the conditions.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::condition::{Check, Look, Subject, judge};
use super::listing::{Heard, Listing};
use super::looks::{Asked, Of, Proof, Turn, ask, look, pause, routes, settled_pause};
use super::patience::Patience;
use crate::blueprint;
use crate::engine::{Engine, EngineError, MemberState};
use crate::gateway::{GatewayClient, GwInfo, ProxyClient, Seen, Sighting};
use crate::stack::{Name, Network, Route, Stack};

/// Shortest time between two judgements of what was seen, per gateway and in all: a judgement takes as long as there are gateways, and
/// with many of them there is something new all the time.
const JUDGE_PER_GATEWAY: Duration = Duration::from_millis(2);
const JUDGE_AT_LEAST_EVERY: Duration = Duration::from_millis(200);

/// Nothing is judged until every gateway was looked at once, or this long.
const FIRST_LOOKS: Duration = Duration::from_secs(1);
/// The same when the containers are known to be there: then everybody is going to answer.
const FIRST_LOOKS_AT_KNOWN: Duration = Duration::from_secs(5);

/// When waiting ends before everything holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GiveUp {
    /// As soon as something cannot be met any more.
    Early,
    /// At the deadline only: somebody else may mend it meanwhile.
    AtTheDeadline,
}

/// How waiting ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything holds.
    Holds(Snapshot),
    /// One check cannot be met any more.
    Hopeless(Snapshot, Box<Check>),
    /// Time is up.
    TimedOut(Snapshot),
}

/// What was seen last, and what it means.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Containers.
    pub members: Vec<MemberState>,
    /// Gateways.
    pub sightings: BTreeMap<Name, Sighting>,
    /// What came back through the reverse proxy.
    pub routes: BTreeMap<Route, Vec<Seen<GwInfo>>>,
    /// The configuration hash that each member should carry.
    pub planned: BTreeMap<Name, String>,
    /// Every check.
    pub checks: Vec<Check>,
}

impl Snapshot {
    /// The pure view that is judged.
    pub fn look(&self) -> Look<'_> {
        Look { members: &self.members, sightings: &self.sightings, routes: &self.routes, planned: &self.planned }
    }
}

/// Who is asked.
#[derive(Debug, Default)]
pub struct Clients {
    /// One client per gateway.
    pub gateways: BTreeMap<Name, GatewayClient>,
    /// The reverse proxy in front of them; without it nothing is known of its routes.
    pub proxy: Option<ProxyClient>,
}

/// Looks once at everything and judges.
pub async fn once<E: Engine>(engine: &E, stack: &Stack, clients: Clients) -> Result<Snapshot, EngineError> {
    let Clients { mut gateways, proxy } = clients;
    if stack.proxy.is_some() {
        follow_all(stack, &engine.members(&stack.name, Some(&stack.id)).await?, &mut gateways);
    }
    let (_hurry, stale) = watch::channel(Instant::now());
    let looks: FuturesUnordered<_> =
        gateways.into_iter().map(|(name, client)| look(name, client, Turn::first(), stale.clone())).collect();
    let asked: FuturesUnordered<_> = each_route(stack, proxy)
        .map(|(route, times, proxy)| ask(route, times, proxy, Turn::first(), stale.clone()))
        .collect();
    let (members, seen, asked) = futures_util::future::join3(
        engine.members(&stack.name, Some(&stack.id)),
        looks.collect::<Vec<_>>(),
        asked.collect::<Vec<_>>(),
    )
    .await;
    let mut snapshot = Snapshot {
        members: members?,
        sightings: seen.into_iter().map(|looked| (looked.name, looked.sighting)).collect(),
        routes: asked.into_iter().map(|asked| (asked.route, asked.answers)).collect(),
        planned: planned(stack),
        checks: Vec::new(),
    };
    snapshot.checks = judge(stack, &snapshot.look());
    Ok(snapshot)
}

/// Looks until everything holds, at most for `limit`. `tell` hears of every new look.
///
/// A limit that is over before everything was looked at once ends with no checks. While the engine does not answer nothing is judged:
/// what the containers do is not known then.
pub async fn until<E: Engine>(
    mut listing: Listing<'_, E>,
    stack: &Stack,
    clients: Clients,
    limit: Duration,
    give_up: GiveUp,
    mut tell: impl FnMut(&Snapshot),
) -> Result<Ended, EngineError> {
    let first = Instant::now();
    let deadline = first + limit;
    let Clients { mut gateways, proxy } = clients;
    let count = gateways.len();
    let mut open = Open::everything(stack);
    if stack.proxy.is_some() {
        follow_all(stack, &listing.now().await?, &mut gateways);
    }
    let (hurry, stale) = watch::channel(first);
    let mut looks: FuturesUnordered<_> =
        gateways.into_iter().map(|(name, client)| look(name, client, Turn::first(), stale.clone())).collect();
    let mut asked: FuturesUnordered<_> = each_route(stack, proxy.clone())
        .map(|(route, times, proxy)| ask(route, times, proxy, Turn::first(), stale.clone()))
        .collect();
    let mut snapshot = Snapshot { planned: planned(stack), ..Snapshot::default() };
    let first_looks = if listing.is_known() { FIRST_LOOKS_AT_KNOWN } else { FIRST_LOOKS };
    let mut listed = listing.is_known();
    if listed {
        snapshot.members = listing.now().await?;
    }
    let mut patience = Patience::default();
    let (mut proof, mut was_open) = (Proof::default(), false);
    // When what is new is judged.
    let (mut due, mut last_judged) = (None, first);
    loop {
        let mut at_once = snapshot.checks.is_empty();
        tokio::select! {
            Some(mut looked) = looks.next() => {
                follow(stack, &snapshot.members, &looked.name, &mut looked.client);
                let turn = if open.gateways.contains(&looked.name) {
                    Turn::at_open(&looked, open.gateways.len())
                } else {
                    Turn::at_settled(&looked, count)
                };
                looks.push(look(looked.name.clone(), looked.client, turn, stale.clone()));
                proof.saw(Of::Gateway(looked.name.clone()), looked.began);
                if snapshot.sightings.get(&looked.name) != Some(&looked.sighting) {
                    due = due.or(Some(last_judged + judge_pause(count)));
                    snapshot.sightings.insert(looked.name, looked.sighting);
                }
            }
            Some(Asked { route, times, answers, began }) = asked.next() => {
                let after = if open.routes.contains(&route) { pause(open.gateways.len(), true) } else { settled_pause(count) };
                let turn = Turn { after, seen: began, before: None };
                asked.extend(proxy.clone().map(|proxy| ask(route.clone(), times, proxy, turn, stale.clone())));
                proof.saw(Of::Route(route.clone()), began);
                if snapshot.routes.get(&route) != Some(&answers) {
                    due = due.or(Some(last_judged + judge_pause(count)));
                    snapshot.routes.insert(route, answers);
                }
            }
            heard = listing.next() => {
                // Patience and what is told go by time: every list has its judgement, twice a second.
                at_once = true;
                match heard? {
                    Heard::Members(members) => (snapshot.members, listed) = (members, true),
                    Heard::Back(members) => {
                        (snapshot.members, listed) = (members, true);
                        // An engine that was started again starts the containers again, too: everything has its time anew.
                        patience = Patience::default();
                    }
                    Heard::Away => {}
                }
            }
            () = sleep_until(due.unwrap_or(deadline)), if due.is_some() => at_once = true,
            () = sleep_until(deadline) => {
                return listing.unreachable().map_or(Ok(Ended::TimedOut(snapshot)), Err);
            }
        }
        let looked = snapshot.sightings.len() >= stack.gateways.len() || first.elapsed() >= first_looks;
        at_once |= proof.is_whole();
        if !looked || !listed || listing.unreachable().is_some() || !at_once {
            continue;
        }
        (due, last_judged) = (None, Instant::now());
        snapshot.checks = judge(stack, &snapshot.look());
        open = Open::of(&snapshot.checks);
        tell(&snapshot);
        if !open.is_empty() {
            was_open = true;
            proof.end();
        } else if listing.is_fresh() {
            // Where something was open, what was settled before may be old by now.
            if was_open && let Some(from) = proof.begin() {
                hurry.send_replace(from);
            }
            if !was_open || proof.is_whole() {
                return Ok(Ended::Holds(snapshot));
            }
        }
        listing.no_longer_known();
        if give_up == GiveUp::Early
            && let Some(check) = patience.lost(&snapshot.checks, Instant::now())
        {
            return Ok(Ended::Hopeless(snapshot, Box::new(check)));
        }
    }
}

/// Turns each client to where its gateway is now.
pub(super) fn follow_all(stack: &Stack, members: &[MemberState], clients: &mut BTreeMap<Name, GatewayClient>) {
    for (name, client) in clients {
        follow(stack, members, name, client);
    }
}

/// A gateway behind a proxy publishes no port and is looked at where its container is: on a network of the stack, at an address
/// that changes with its starts.
fn follow(stack: &Stack, members: &[MemberState], name: &Name, client: &mut GatewayClient) {
    let Some(gateway) = stack.gateway(name).filter(|_| stack.proxy.is_some()) else { return };
    let Some(member) = members.iter().find(|member| &member.member == name) else { return };
    let on = |network: &Network| member.addresses.get(&blueprint::network_name(&stack.name, *network));
    if let Some(address) = gateway.networks.iter().find_map(on) {
        let url = format!("http://{}", SocketAddr::new(*address, blueprint::HTTP_PORT));
        // An address of the engine always makes a URL; if not, the old one stays and does not answer.
        let _ = client.move_to(&url);
    }
}

/// What may be settled by its next look.
#[derive(PartialEq, Eq, Debug)]
struct Open {
    /// Of an open check those that it is about, and the other one.
    gateways: BTreeSet<Name>,
    routes: BTreeSet<Route>,
}

impl Open {
    /// As it is before the first judgement.
    fn everything(stack: &Stack) -> Self {
        let gateways = stack.gateways.iter().map(|gateway| gateway.name.clone()).collect();
        Self { gateways, routes: routes(stack).map(|(route, _)| route).collect() }
    }

    fn of(checks: &[Check]) -> Self {
        let open = || checks.iter().filter(|check| !check.verdict.is_settled());
        let route = |check: &Check| match &check.subject {
            Subject::Route(route) => Some(route.clone()),
            _ => None,
        };
        Self {
            gateways: open().flat_map(|check| std::iter::once(&check.gateway).chain(&check.peer)).cloned().collect(),
            routes: open().filter_map(route).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.gateways.is_empty()
    }
}

fn planned(stack: &Stack) -> BTreeMap<Name, String> {
    blueprint::build(stack).containers.into_iter().map(|c| (c.member, c.config_hash)).collect()
}

/// Each route of a stack, how often it is asked in a row, and who asks.
fn each_route(stack: &Stack, proxy: Option<ProxyClient>) -> impl Iterator<Item = (Route, usize, ProxyClient)> {
    routes(stack).filter_map(move |(route, times)| Some((route, times, proxy.clone()?)))
}

fn judge_pause(gateways: usize) -> Duration {
    let count = u32::try_from(gateways).unwrap_or(u32::MAX);
    JUDGE_PER_GATEWAY.saturating_mul(count).min(JUDGE_AT_LEAST_EVERY)
}

#[cfg(test)]
mod tests {
    use super::super::condition::{Condition, Reason, Verdict};
    use super::*;

    #[test]
    fn of_an_open_check_both_gateways_are_looked_at_often() {
        let name = |text: &str| Name::parse(text).unwrap();
        let check = |gateway: &str, verdict| Check {
            subject: Subject::Gateway(name(gateway)),
            condition: Condition::Running,
            verdict,
            evidence: String::new(),
            gateway: name(gateway),
            peer: None,
        };
        let reason = Reason { text: String::new(), seen: String::new(), cause: None, hopeless_after: None };
        let open = Check { peer: Some(name("spoke")), ..check("hub", Verdict::Pending(reason)) };
        let open = Open::of(&[open, check("settled", Verdict::Met)]);
        assert_eq!(open.gateways, BTreeSet::from([name("hub"), name("spoke")]));
    }

    #[test]
    fn judgements_get_rarer_with_the_number_of_gateways() {
        assert_eq!(judge_pause(4), Duration::from_millis(8));
        assert_eq!(judge_pause(10_000), Duration::from_millis(200));
    }
}
