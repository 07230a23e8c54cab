//! Whether what runs is what the record says: a container made from another configuration, or one that the record does not name.

use super::verdict::{Judged, Reason};
use super::view::View;
use crate::diagnosis::Cause;
use crate::stack::Name;

/// The container carries the hash of the configuration that the record leads to.
pub(super) fn configuration(view: View<'_>, name: &Name) -> Judged {
    let Some(member) = view.member(name) else { return Judged::skipped("there is no container") };
    let planned = view.look.planned.get(name);
    if planned.is_some() && member.config_hash.as_ref() == planned {
        return Judged::met(format!("container {} was made from the record", member.container));
    }
    let seen = match &member.config_hash {
        Some(_) => format!("container {} was made from another configuration", member.container),
        None => format!("container {} does not say what it was made from", member.container),
    };
    Reason::new("not as the record says", seen).because(Cause::ConfigurationDiffers).failed().into()
}

/// Containers of the stack that are no member of it any more.
pub(super) fn strangers(view: View<'_>) -> Vec<(Name, Judged)> {
    let known =
        |name: &Name| view.index.gateways.contains_key(name) || view.stack.services.iter().any(|s| &s.id == name);
    let strange = view.look.members.iter().filter(|m| !known(&m.member));
    strange
        .map(|member| {
            let seen = format!("container {} belongs to the stack and is not in its record", member.container);
            let reason = Reason::new("not in the record", seen).because(Cause::NotInRecord);
            (member.member.clone(), reason.failed().into())
        })
        .collect()
}
