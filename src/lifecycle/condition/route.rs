//! Whether the reverse proxy leads where it should: what came back through it is compared with what was seen directly.

use super::verdict::{Judged, Reason};
use super::view::{View, unseen};
use crate::diagnosis::Cause;
use crate::gateway::{ActivityLevel, Fault, GwInfo, Seen};
use crate::stack::{Gateway, Name, Pair, Route};

/// What one answer through the proxy means.
enum Answer<'a> {
    /// It came from this gateway of the stack.
    From(&'a Name, &'a GwInfo),
    /// It does not fit any gateway of the stack.
    Stranger(&'a GwInfo),
    /// It fits several gateways: the name, the role, the version and the edition do not tell them apart.
    Ambiguous(&'a GwInfo),
    /// There was none.
    None(&'a Seen<GwInfo>),
}

/// A gateway's own route ends at that gateway. With the gateway of the stack at which it ends instead.
pub(super) fn own(view: View<'_>, gateway: &Gateway, route: &Route) -> (Judged, Option<Name>) {
    let name = &gateway.name;
    if let Err(judged) = identified(view, name) {
        return (judged, None);
    }
    let Some(answer) = answers(view, route).next() else { return (not_asked(), None) };
    let place = place(view, route);
    match answer {
        Answer::From(found, info) if found == name => {
            (Judged::met(format!("{place}: {}, as seen at {name} itself", shown(info))), None)
        }
        Answer::From(found, info) => {
            let reason = Reason::new(format!("the route ends at {found}"), format!("{place}: {}", shown(info)))
                .because(Cause::RouteCrossed);
            (pending(reason), Some(found.clone()))
        }
        other => (unfit(&other, &place), None),
    }
}

/// The route of a pair ends at its nodes and nowhere else, and the active one is reached.
pub(super) fn of_pair(view: View<'_>, pair: &Pair, route: &Route) -> Judged {
    let nodes = [&pair.master, &pair.backup];
    let known: Vec<Result<(), Judged>> = nodes.iter().map(|node| identified(view, node)).collect();
    if known.iter().all(Result::is_err) {
        return known.into_iter().find_map(Result::err).unwrap_or_else(not_asked);
    }
    let place = place(view, route);
    let (mut seen, mut active) = (Vec::new(), false);
    for answer in answers(view, route) {
        match answer {
            Answer::From(found, info) if nodes.contains(&found) => {
                active |= info.activity == Some(ActivityLevel::Active);
                seen.push(landed(found, info));
            }
            Answer::From(found, info) => {
                let text = format!("the route ends at {found}");
                return pending(Reason::new(text, format!("{place}: {}", shown(info))).because(Cause::RouteStranger));
            }
            other => return unfit(&other, &place),
        }
    }
    let evidence = format!("{place}: fresh clients landed on {}", seen.join(", "));
    match (seen.is_empty(), active) {
        (true, _) => not_asked(),
        (_, true) => Judged::met(evidence),
        (_, false) => {
            pending(Reason::new("the active node is not reached", evidence).because(Cause::RouteWithoutActive))
        }
    }
}

/// A fresh client lands on the active node. Where the proxy cannot tell the nodes apart it may land on the standby one, which
/// sends it on (fact sheet 5.5); that is not seen from here, so it is not called met.
pub(super) fn fresh_client(view: View<'_>, pair: &Pair, route: &Route) -> Judged {
    let unknown = || Reason::new("not seen", "the pair's route does not lead to the pair").unknown().into();
    let (mut landings, mut standby) = (0, None);
    for answer in answers(view, route) {
        match answer {
            Answer::From(found, info) if found == &pair.master || found == &pair.backup => {
                landings += 1;
                if info.activity != Some(ActivityLevel::Active) {
                    standby = Some(found);
                }
            }
            _ => return unknown(),
        }
    }
    match standby {
        _ if landings == 0 => unknown(),
        None => Judged::met(format!("{landings} of {landings} fresh clients landed on the active node")),
        Some(node) => Judged::skipped(format!(
            "a fresh client may land on {node}, which stands by: a proxy that goes by labels cannot tell; \
             the node sends its clients on to the active one's own route, which is not tried here"
        )),
    }
}

/// Whether the gateway itself said who it is: without that there is nothing to compare with.
fn identified(view: View<'_>, name: &Name) -> Result<(), Judged> {
    let sighting = view.ready(name)?;
    match &sighting.gwinfo {
        Seen::Value(info) if info.platform_name.is_some() => Ok(()),
        other => Err(unseen(other, "gwinfo PlatformName").unknown().into()),
    }
}

/// The answers through the proxy, each with whom it came from.
fn answers<'a>(view: View<'a>, route: &Route) -> impl Iterator<Item = Answer<'a>> {
    let all = view.look.routes.get(route).map(Vec::as_slice).unwrap_or_default();
    all.iter().map(move |seen| {
        let Seen::Value(info) = seen else { return Answer::None(seen) };
        let direct = |name: &Name| view.sighting(name).and_then(|sighting| sighting.gwinfo.value());
        let showing = info.platform_name.as_deref().map(|name| view.index.showing(name)).unwrap_or_default();
        let mut fitting = showing.iter().filter(|g| direct(&g.name).is_some_and(|direct| same(direct, info)));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Answer::From(&one.name, info),
            (Some(_), Some(_)) => Answer::Ambiguous(info),
            (None, _) => Answer::Stranger(info),
        }
    })
}

/// Whether both are the word of one gateway. What changes while it runs is left out: its state, its level, its sync.
fn same(direct: &GwInfo, through: &GwInfo) -> bool {
    direct.platform_name.is_some()
        && direct.platform_name == through.platform_name
        && direct.role == through.role
        && direct.version == through.version
        && direct.edition == through.edition
}

/// An answer that is of no gateway.
fn unfit(answer: &Answer<'_>, place: &str) -> Judged {
    let fault = match answer {
        Answer::None(Seen::Failed(fault)) => fault,
        Answer::None(_) => return not_asked(),
        Answer::Ambiguous(info) => {
            let seen = format!("{place}: {}, which fits several gateways", shown(info));
            return Reason::new("the route's end is not clear", seen).unknown().into();
        }
        Answer::From(_, info) | Answer::Stranger(info) => {
            let seen = format!("{place}: {}", shown(info));
            return pending(Reason::new("the route ends elsewhere", seen).because(Cause::RouteStranger));
        }
    };
    let seen = format!("{place}: {fault}");
    pending(match fault {
        Fault::Refused(_) => Reason::new("the proxy does not listen", seen).because(Cause::ProxyNotListening),
        Fault::Status(404) => Reason::new("the proxy has no such route", seen).because(Cause::RouteUnknown),
        Fault::Status(502..=504) | Fault::TimedOut | Fault::Broken(_) => {
            Reason::new("nobody answers behind the route", seen).because(Cause::RouteDead)
        }
        _ => Reason::new("something else answers at the route", seen).because(Cause::RouteStranger),
    })
}

fn pending(reason: Reason) -> Judged {
    reason.pending().into()
}

fn not_asked() -> Judged {
    Reason::new("not asked", "the proxy was not asked").unknown().into()
}

/// What was asked, and where.
fn place(view: View<'_>, route: &Route) -> String {
    format!("{}/system/gwinfo at {}", view.stack.route_url(route), view.stack.proxy_address().unwrap_or_default())
}

fn shown(info: &GwInfo) -> String {
    let mut parts = Vec::new();
    for (key, value) in [("PlatformName", &info.platform_name), ("Version", &info.version)] {
        parts.extend(value.as_ref().map(|value| format!("{key}={value}")));
    }
    parts.extend(info.role.as_ref().map(|role| format!("RedundancyStatus={role}")));
    parts.join(" ")
}

fn landed(node: &Name, info: &GwInfo) -> String {
    match &info.activity {
        Some(level) => format!("{node} ({level})"),
        None => node.to_string(),
    }
}
