//! Health of the resources that stand for connections: `healthchecks.status` of `find` (fact sheet 2.5). What counts as healthy is
//! said here or, for a kind with an area of its own, there.

use serde_json::{Value, json};

use crate::simulator::config::store::Found;
use crate::simulator::database::{KIND, Standing};
use crate::simulator::network::incoming::INCOMING;
use crate::simulator::network::outgoing::OUTGOING;
use crate::simulator::network::table::{Connection, LinkStatus};
use crate::simulator::node::{Node, epoch_ms};

/// The outcome of a health check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    pub(crate) message: String,
    /// Why it is not healthy.
    pub(crate) error: Option<String>,
    /// When it was looked at, in milliseconds since 1970.
    pub(crate) time: u64,
    /// How long looking took, in milliseconds.
    pub(crate) duration: u64,
}

/// Looks after one resource; `None` when nothing can be said.
pub(crate) type Check = fn(&Node, &Found) -> Option<Health>;

/// The checks by type of resource. A type without one has no `healthchecks`.
const CHECKS: &[(&str, Check)] = &[(OUTGOING, outgoing), (INCOMING, incoming), (KIND, database)];

/// The value of `healthchecks`, for kinds that have one.
pub(crate) fn of(node: &Node, kind: &str, found: &Found) -> Option<Value> {
    let (_, check) = CHECKS.iter().find(|(name, _)| *name == kind)?;
    let health = check(node, found)?;
    Some(json!({"status": {"name": "status", "result": {
        "healthy": health.healthy, "message": health.message, "error": health.error,
        "time": health.time, "duration": health.duration,
    }}}))
}

fn outgoing(node: &Node, found: &Found) -> Option<Health> {
    connection(node, OUTGOING, found)
}

fn incoming(node: &Node, found: &Found) -> Option<Health> {
    connection(node, INCOMING, found)
}

fn connection(node: &Node, kind: &str, found: &Found) -> Option<Health> {
    let key = node.connection_of(kind, found.name.as_deref()?);
    let state = node.state();
    Some(status(found, key.and_then(|key| state.connections.get(key))))
}

/// The outcome of the last attempt at the database.
fn database(node: &Node, found: &Found) -> Option<Health> {
    let checked = node.databases.of(found.name.as_deref()?)?;
    Some(Health {
        healthy: checked.standing == Standing::Valid,
        message: checked.standing.as_str().to_owned(),
        error: checked.error,
        time: checked.time,
        duration: checked.duration,
    })
}

fn status(found: &Found, connection: Option<&Connection>) -> Health {
    let (healthy, message, error) = match connection {
        _ if !found.enabled => (false, "Disabled", None),
        None => (false, LinkStatus::NeverConnected.as_str(), None),
        Some(c) => {
            let error = (!c.last_error.is_empty()).then(|| c.last_error.clone());
            (c.status == LinkStatus::Running, c.status.as_str(), error)
        }
    };
    Health { healthy, message: message.to_owned(), error: error.filter(|_| !healthy), time: epoch_ms(), duration: 0 }
}
