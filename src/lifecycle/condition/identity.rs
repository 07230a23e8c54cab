//! Whether a gateway is the one that was planned: version, edition, system name, login, own identity.

use std::collections::BTreeMap;

use super::verdict::{Judged, Reason, Verdict};
use super::view::{Sources, View, unseen, unseen_or_old};
use crate::catalog::image;
use crate::diagnosis::Cause;
use crate::gateway::{Fault, LoginFault, Seen};
use crate::stack::{Edition, Gateway, Name, Node};

/// The version that the image's tag promises.
pub(super) fn version(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    if view.member(&gateway.name).is_some_and(|m| m.simulated != view.stack.simulated()) {
        let seen = "the container's label and the planned image disagree on whether it is a simulated gateway";
        return Reason::new("not the planned image", seen).because(Cause::VersionDiffers).failed().into();
    }
    let Some(planned) = image::version_of(&view.stack.image) else {
        return Judged::skipped(format!("the tag of {} names no version", view.stack.image));
    };
    let sources = Sources::read([
        ("gwinfo Version", sighting.gwinfo.value().and_then(|g| g.version.as_deref())),
        ("/gateway-info ignitionVersion", sighting.info.value().and_then(|i| i.version.as_deref())),
    ]);
    if sources.all(|seen| same_version(planned, seen)) {
        return Judged::met(sources.evidence);
    }
    match sources.first_other(|seen| same_version(planned, seen)) {
        Some(other) => Reason::new(format!("version {other}, planned {planned}"), sources.evidence.clone())
            .because(Cause::VersionDiffers)
            .failed()
            .into(),
        None => unseen(&sighting.gwinfo, "gwinfo Version").unknown().into(),
    }
}

/// Whether a seen version (`8.3.9`, `8.3.9 (b2026082511)`) is the planned one. A tag may be shorter (`8.3`) and may have a
/// suffix of its own (`8.3.9-distroless`), of which the gateway knows nothing.
fn same_version(planned: &str, seen: &str) -> bool {
    let seen = seen.split_whitespace().next().unwrap_or_default();
    let (numbers, suffix) = planned.split_once('-').map_or((planned, None), |(n, s)| (n, Some(s)));
    let seen = match (suffix, seen.split_once('-')) {
        (Some(suffix), Some((n, s))) if s == suffix => n,
        (_, Some(_)) => return false,
        (_, None) => seen,
    };
    let mut parts = seen.split('.');
    numbers.split('.').all(|number| parts.next() == Some(number))
}

/// The planned edition. Empty means standard (fact sheet 1.3).
pub(super) fn edition(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let named = |text: &str| if text.is_empty() { Edition::Standard.word().to_owned() } else { text.to_owned() };
    let sources = Sources::read([
        ("gwinfo PlatformEdition", sighting.gwinfo.value().and_then(|g| g.edition.as_deref()).map(named)),
        ("/gateway-info edition", sighting.info.value().and_then(|i| i.edition.as_deref()).map(named)),
    ]);
    let planned = gateway.edition.word();
    match sources.first_other(|seen| seen.eq_ignore_ascii_case(planned)) {
        None if sources.is_silent() => unseen(&sighting.gwinfo, "gwinfo PlatformEdition").unknown().into(),
        None => Judged::met(sources.evidence),
        Some(other) => Reason::new(format!("edition {other}, planned {planned}"), sources.evidence.clone())
            .because(Cause::EditionDiffers)
            .failed()
            .into(),
    }
}

/// The planned system name. A backup has a name of its own until it has met its master.
pub(super) fn system_name(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let sources = Sources::read([
        ("gwinfo PlatformName", sighting.gwinfo.value().and_then(|g| g.platform_name.as_deref())),
        ("/gateway-info name", sighting.info.value().and_then(|i| i.name.as_deref())),
    ]);
    let planned = view.stack.system_name(gateway);
    let Some(other) = sources.first_other(|seen| *seen == planned.as_str()) else {
        if sources.is_silent() {
            return unseen(&sighting.gwinfo, "gwinfo PlatformName").unknown().into();
        }
        return Judged::met(sources.evidence);
    };
    let reason = Reason::new(format!("name {other}, planned {planned}"), sources.evidence.clone());
    match gateway.node {
        Node::Backup { .. } => reason.because(Cause::PeerNotConnected),
        _ => reason.because(Cause::NameDiffers),
    }
    .pending()
    .into()
}

/// A session for the REST API.
pub(super) fn login(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    match &sighting.login {
        Seen::Value(()) => Judged::met("logged in with the admin password"),
        Seen::Failed(Fault::Login(LoginFault::WrongPassword)) => {
            let reason = unseen(&sighting.login, "login");
            Verdict::Pending(Reason { text: "login refused".to_owned(), ..reason }).into()
        }
        Seen::Failed(Fault::Login(LoginFault::NoPassword)) => unseen(&sighting.login, "login").unknown().into(),
        Seen::Failed(Fault::Login(_)) => {
            let reason = unseen(&sighting.login, "login");
            Verdict::Pending(Reason { text: "login failed".to_owned(), ..reason }).into()
        }
        other => unseen_or_old(sighting, other, "login"),
    }
}

/// No two gateways show one identity; with the second gateway when two do.
pub(super) fn identities(view: View<'_>) -> (Judged, Option<(Name, Name)>) {
    let mut owners: BTreeMap<String, &Name> = BTreeMap::new();
    let mut silent = Vec::new();
    for gateway in &view.stack.gateways {
        let ready = view.ready(&gateway.name).ok();
        let uuid = ready.and_then(|s| s.local_uuid.value()).map(|u| format!("localUUID {u}"));
        // An address is an identity of a kind only: it may be an old one, that another gateway has meanwhile.
        let address = ready.and_then(|s| s.redundancy.value()).and_then(|r| r.local_id.as_deref());
        let address = address.filter(|id| !is_loopback(id)).map(|id| format!("localId {id}"));
        let sure = uuid.is_some();
        let Some(id) = uuid.or(address) else {
            silent.push(gateway.name.as_str());
            continue;
        };
        let Some(first) = owners.insert(id.clone(), &gateway.name) else { continue };
        let seen = format!("{first} and {} both show {id}", gateway.name);
        if sure {
            let reason = Reason::new("two gateways with one identity", seen).because(Cause::DuplicateIdentity);
            return (reason.failed().into(), Some((first.clone(), gateway.name.clone())));
        }
        return (Reason::new("identities not all seen", seen).unknown().into(), None);
    }
    let judged = if view.stack.gateways.len() < 2 {
        Judged::skipped("there is one gateway")
    } else if owners.is_empty() {
        Judged::skipped("no gateway shows its identity")
    } else if silent.is_empty() {
        Judged::met(format!("{} gateways show {} distinct identities", view.stack.gateways.len(), owners.len()))
    } else {
        let seen = format!("no identity shown by {}", silent.join(", "));
        Reason::new("identities not all seen", seen).unknown().into()
    };
    (judged, None)
}

/// A loopback address names no gateway in particular.
fn is_loopback(id: &str) -> bool {
    id.eq_ignore_ascii_case("localhost") || id.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let table = [
            ("8.3.9", "8.3.9", true),
            ("8.3.9", "8.3.9 (b2026082511)", true),
            ("8.3", "8.3.9", true),
            ("8.3.9", "8.3", false),
            ("8.3.9", "8.3.90", false),
            ("8.3.90", "8.3.9", false),
            ("8.3.9", "8.3.9-rc1", false),
            ("8.3.9-rc1", "8.3.9-rc1 (b1)", true),
            ("8.3.9-rc1", "8.3.9-rc2", false),
            ("8.3.9-distroless", "8.3.9", true),
            ("8.3.9", "", false),
        ];
        for (planned, seen, same) in table {
            assert_eq!(same_version(planned, seen), same, "{planned} {seen}");
        }
    }
}
