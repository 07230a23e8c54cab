//! Whether the databases that are seeded into a gateway can be used by it.

use super::verdict::{Judged, Reason};
use super::view::{View, unseen};
use crate::diagnosis::Cause;
use crate::gateway::Seen;
use crate::stack::{Gateway, Name};

/// The route ahead of the connection's name.
const ROUTE: &str = "/resources/find/ignition/database-connection";

/// The connection is there and healthy, as the gateway itself says (fact sheet 2.5).
pub(super) fn valid(view: View<'_>, gateway: &Gateway, connection: &Name) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let route = format!("{ROUTE}/{connection}");
    let seen = sighting.databases.get(connection.as_str()).unwrap_or(&Seen::NotAsked);
    let Some(health) = seen.value() else { return unseen(seen, &route).unknown().into() };
    let said = health.error.as_deref().or(health.message.as_deref()).unwrap_or("no reason given");
    match health.healthy {
        Some(true) => Judged::met(format!("{route} is healthy")),
        Some(false) => Reason::new(format!("database {connection} not valid"), format!("{route}: {said}"))
            .because(Cause::DatabaseInvalid)
            .pending()
            .into(),
        None => Reason::new(format!("database {connection}: health not told"), format!("{route} does not say"))
            .because(Cause::AnswerUnreadable)
            .unknown()
            .into(),
    }
}
