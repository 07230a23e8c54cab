//! What must hold of a stack, judged from one look at it. Pure: no clock, no I/O, no memory of earlier looks.

mod database;
mod identity;
mod index;
mod left_over;
mod link;
mod matching;
mod modules;
mod pair;
mod reach;
mod recorded;
mod route;
mod summary;
mod verdict;
mod view;

use std::collections::BTreeMap;

pub use left_over::left_over;
pub use summary::{Summary, summary, unmet};
pub use verdict::{Check, Condition, Reason, Subject, Verdict};

use crate::blueprint::seeded_databases;
use crate::engine::MemberState;
use crate::gateway::{GwInfo, Seen, Sighting};
use crate::stack::{Gateway, Name, Route, Stack};
use index::Index;
use verdict::Judged;
use view::View;

/// One look at a stack: its containers, and what each gateway said.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The stack's containers, as the engine sees them.
    pub members: &'a [MemberState],
    /// What was seen of each gateway; one that is not in it was not looked at.
    pub sightings: &'a BTreeMap<Name, Sighting>,
    /// What came back through the reverse proxy, by route: one answer of a gateway's own, several of a pair's.
    pub routes: &'a BTreeMap<Route, Vec<Seen<GwInfo>>>,
    /// The configuration hash that each member of the stack should carry.
    pub planned: &'a BTreeMap<Name, String>,
}

/// Judges everything that must hold: services, then gateway by gateway in the order of the product reference, section 11,
/// then the stack as a whole. The one truth of `up`, `verify` and `status`. What was not seen is never met.
pub fn judge(stack: &Stack, look: &Look<'_>) -> Vec<Check> {
    let index = Index::new(stack, look);
    let view = View { stack, look, index: &index };
    let mut checks = Checks(Vec::new());
    for service in &stack.services {
        let subject = || Subject::Service(service.id.clone());
        checks.add(subject(), Condition::Configuration, &service.id, None, recorded::configuration(view, &service.id));
        checks.add(subject(), Condition::ServiceHealthy, &service.id, None, reach::service(view, &service.id));
        checks.add(
            subject(),
            Condition::Networks,
            &service.id,
            None,
            reach::networks(view, &service.id, &service.networks),
        );
    }
    for gateway in &stack.gateways {
        judge_gateway(view, gateway, &mut checks);
    }
    for (name, judged) in recorded::strangers(view) {
        checks.add(Subject::Gateway(name.clone()), Condition::Configuration, &name, None, judged);
    }
    if let Some(first) = stack.gateways.first() {
        let (judged, twins) = identity::identities(view);
        let (gateway, peer) = twins.map_or((first.name.clone(), None), |(a, b)| (a, Some(b)));
        checks.add(Subject::Stack, Condition::Identities, &gateway, peer.as_ref(), judged);
    }
    checks.0
}

fn judge_gateway(view: View<'_>, gateway: &Gateway, checks: &mut Checks) {
    let name = &gateway.name;
    let pair = view.index.pairs.get(name).copied();
    let peer = pair.map(|p| if &p.master == name { &p.backup } else { &p.master });
    let own = [
        (Condition::Configuration, recorded::configuration(view, name)),
        (Condition::Reachable, reach::reachable(view, name, &gateway.networks)),
        (Condition::Networks, reach::networks(view, name, &gateway.networks)),
        (Condition::Running, reach::running(view, name)),
        (Condition::Version, identity::version(view, gateway)),
        (Condition::Edition, identity::edition(view, gateway)),
        (Condition::SystemName, identity::system_name(view, gateway)),
        (Condition::Login, identity::login(view, gateway)),
        (Condition::Role, pair::role(view, gateway)),
    ];
    for (condition, judged) in own {
        checks.add(Subject::Gateway(name.clone()), condition, name, peer, judged);
    }
    if let Some(pair) = pair {
        let subject = || Subject::Pair(pair.clone());
        checks.add(subject(), Condition::SyncState, name, peer, pair::sync_state(view, name));
        checks.add(subject(), Condition::ActivityLevel, name, peer, pair::activity_level(view, pair, name));
        checks.add(subject(), Condition::PeerConnected, name, peer, pair::peer(view, pair, name));
    }
    for link in view.index.links_from(name) {
        let subject = Subject::Link((*link).clone());
        checks.add(subject, Condition::LinkRunning, name, Some(&link.to), link::running(view, link));
    }
    if let Some(first) = view.index.links_from(name).first() {
        let subject = Subject::Gateway(name.clone());
        checks.add(subject, Condition::Remotes, name, Some(&first.to), link::remotes(view, gateway));
    }
    for link in view.index.links_to(name) {
        let subject = Subject::Link((*link).clone());
        checks.add(subject, Condition::LinkAccepted, name, Some(&link.from), link::accepted(view, link));
    }
    for connection in seeded_databases(view.stack, gateway) {
        let judged = database::valid(view, gateway, connection);
        checks.add(Subject::Gateway(name.clone()), Condition::Database, name, None, judged);
    }
    let last = [
        (Condition::Modules, modules::quarantined(view, gateway)),
        (Condition::RestartTasks, modules::restart_tasks(view, gateway)),
        (Condition::Trial, modules::trial(view, gateway)),
    ];
    for (condition, judged) in last {
        checks.add(Subject::Gateway(name.clone()), condition, name, None, judged);
    }
    judge_routes(view, gateway, checks);
}

/// The routes through the reverse proxy: a gateway's own, and with a master that of its pair.
fn judge_routes(view: View<'_>, gateway: &Gateway, checks: &mut Checks) {
    let name = &gateway.name;
    let Some(own) = view.stack.route(gateway) else { return };
    let (judged, other) = route::own(view, gateway, &own);
    checks.add(Subject::Route(own), Condition::Route, name, other.as_ref(), judged);
    let Some(pair) = view.index.pairs.get(name).filter(|pair| &pair.master == name) else { return };
    let Some(shared) = view.stack.pair_route(pair) else { return };
    let judged = [
        (Condition::PairRoute, route::of_pair(view, pair, &shared)),
        (Condition::FreshClient, route::fresh_client(view, pair, &shared)),
    ];
    for (condition, judged) in judged {
        checks.add(Subject::Route(shared.clone()), condition, name, Some(&pair.backup), judged);
    }
}

struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, subject: Subject, condition: Condition, gateway: &Name, peer: Option<&Name>, judged: Judged) {
        self.0.push(Check {
            subject,
            condition,
            verdict: judged.verdict,
            evidence: judged.evidence,
            gateway: gateway.clone(),
            peer: peer.cloned(),
        });
    }
}

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
