//! Every essential fact made worse, one by one and together.

use proptest::prelude::*;

use super::super::fixture::{World, value};
use super::*;
use crate::engine::ContainerState;
use crate::gateway::*;

type Worse = (&'static str, fn(&mut World, &str));

/// Each essential fact, made worse.
fn worse() -> Vec<Worse> {
    fn is_node(gateway: &str) -> bool {
        gateway.starts_with("backend")
    }
    vec![
        ("paused", |w, g| w.member(g).state = ContainerState::Paused),
        ("no container", |w, g| w.members.retain(|m| m.member.as_str() != g)),
        ("one network less", |w, g| w.member(g).addresses.retain(|network, _| network != "demo_frontend")),
        ("another configuration", |w, g| w.member(g).config_hash = Some("other".into())),
        ("no configuration hash", |w, g| w.member(g).config_hash = None),
        ("a stranger", |w, g| {
            let stranger = MemberState { member: name("frontend-9"), ..w.member(g).clone() };
            w.members.push(stranger);
        }),
        ("not looked at", |w, g| drop(w.sightings.remove(&name(g)))),
        ("no ping", |w, g| w.see(g).ping = Seen::Failed(Fault::TimedOut)),
        ("starting", |w, g| w.see(g).ping = Seen::Value(Ping { state: ContextState::Starting, details: None })),
        ("remark", |w, g| value(&mut w.see(g).ping).details = Some("COMMISSIONING".into())),
        ("context", |w, g| w.gwinfo(g).context = Some(ContextState::NeedsCommissioning)),
        ("gwinfo version", |w, g| w.gwinfo(g).version = Some("8.3.8".into())),
        ("REST version", |w, g| value(&mut w.see(g).info).version = Some("8.3.8 (b1)".into())),
        ("gwinfo edition", |w, g| w.gwinfo(g).edition = Some("edge".into())),
        ("REST edition", |w, g| value(&mut w.see(g).info).edition = Some("edge".into())),
        ("gwinfo name", |w, g| w.gwinfo(g).platform_name = Some("other".into())),
        ("REST name", |w, g| value(&mut w.see(g).info).name = Some("other".into())),
        ("login", |w, g| w.see(g).login = Seen::Failed(Fault::Login(LoginFault::WrongPassword))),
        ("gwinfo role", |w, g| w.gwinfo(g).role = Some(NodeRole::Other("x".into()))),
        ("REST role", |w, g| w.redundancy(g).role = Some(NodeRole::Other("x".into()))),
        ("no REST at all", |w, g| w.without_rest(g, &Fault::TimedOut)),
        ("connections not seen", |w, g| w.see(g).connections = Seen::Failed(Fault::Status(500))),
        ("one connection less", |w, g| drop(w.connections(g).pop())),
        ("one connection faulted", |w, g| w.connections(g)[0].status = Some(LinkStatus::Faulted)),
        ("one connection without status", |w, g| w.connections(g)[0].status = None),
        ("one connection turned round", |w, g| {
            let connection = &mut w.connections(g)[0];
            connection.direction = match connection.direction {
                Some(Direction::Outgoing) => Some(Direction::Incoming),
                _ => Some(Direction::Outgoing),
            };
        }),
        ("one connection without direction", |w, g| w.connections(g)[0].direction = None),
        ("one connection to another", |w, g| w.connections(g)[0].remote = Some("another".into())),
        ("remotes", |w, g| {
            // At a listening end the list is not asked for anything: its connections are.
            if is_node(g) {
                w.see(g).connections = Seen::NotAsked;
            } else {
                for remote in value(&mut w.see(g).gateways) {
                    remote.connected = Some(false);
                }
            }
        }),
        ("running connections", |w, g| {
            if is_node(g) {
                w.connections(g).clear();
            } else {
                value(&mut w.see(g).gan).running = Some(1);
            }
        }),
        ("quarantine", |w, g| value(&mut w.see(g).quarantined).push(QuarantinedModule::default())),
        ("quarantine not seen", |w, g| w.see(g).quarantined = Seen::NotAsked),
        ("restart pending", |w, g| value(&mut w.see(g).restarts).push("x".into())),
        ("restarts not seen", |w, g| w.see(g).restarts = Seen::Failed(Fault::NotAvailable)),
        ("trial expired", |w, g| value(&mut w.see(g).trial).expired = Some(true)),
        ("trial not seen", |w, g| w.see(g).trial = Seen::Failed(Fault::NotAvailable)),
        ("identity of another", |w, g| {
            let other = if g == "frontend-1" { "frontend-2" } else { "frontend-1" };
            w.see(g).local_uuid = w.sightings[&name(other)].local_uuid.clone();
        }),
        ("gwinfo sync", |w, g| pair_only(w, g, |w, g| w.gwinfo(g).sync = Some(SyncState::OutOfDate))),
        ("REST sync", |w, g| pair_only(w, g, |w, g| w.redundancy(g).sync = Some(SyncState::Unknown))),
        ("gwinfo level", |w, g| pair_only(w, g, |w, g| w.gwinfo(g).activity = Some(ActivityLevel::Undecided))),
        ("REST level", |w, g| pair_only(w, g, |w, g| w.redundancy(g).activity = Some(ActivityLevel::Hot))),
        ("peer", |w, g| pair_only(w, g, |w, g| w.redundancy(g).peer_connected = Some(false))),
        ("peer not said", |w, g| pair_only(w, g, |w, g| w.redundancy(g).peer_connected = None)),
        ("redundancy not seen", |w, g| pair_only(w, g, |w, g| w.see(g).redundancy = Seen::Failed(Fault::TimedOut))),
    ]
}

/// Applies a change to a node of the pair; for a frontend, to the master.
fn pair_only(world: &mut World, gateway: &str, change: fn(&mut World, &str)) {
    change(world, if gateway.starts_with("backend") { gateway } else { "backend" });
}

const GATEWAYS: [&str; 4] = ["frontend-1", "frontend-2", "backend", "backend-backup"];

#[test]
fn any_single_fact_made_worse_is_noticed() {
    for (what, change) in worse() {
        for gateway in GATEWAYS {
            let mut world = scale_out();
            change(&mut world, gateway);
            let checks = world.judge();
            assert!(!unsettled(&checks).is_empty(), "{what} at {gateway} goes unnoticed");
            assert!(!summary(&world.stack, &checks).holds(), "{what} at {gateway}");
        }
    }
}

proptest! {
    #[test]
    fn no_set_of_worse_facts_looks_healthy_again(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 1..6),
    ) {
        // Changes to what is already gone are left out; what remains must still be noticed.
        let all = worse();
        let mut world = scale_out();
        let mut done = std::collections::BTreeSet::new();
        for (index, gateway) in picks {
            let (what, change) = *index.get(&all);
            // Some changes made twice undo each other.
            if !done.insert((what, gateway)) {
                continue;
            }
            let mut next = world.clone();
            let fits = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(&mut next, GATEWAYS[gateway])));
            if fits.is_ok() {
                world = next;
            }
        }
        prop_assert!(!unsettled(&world.judge()).is_empty());
    }

    #[test]
    fn foreign_texts_never_make_a_judgement_panic(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", at in 0..4_usize) {
        let mut world = scale_out();
        let gateway = GATEWAYS[at];
        world.gwinfo(gateway).platform_name = Some(text.clone());
        world.gwinfo(gateway).version = Some(text.clone());
        world.redundancy(gateway).local_id = Some(text.clone());
        for connection in world.connections(gateway) {
            connection.address = Some(text.clone());
            connection.remote = Some(text.clone());
            connection.last_error = Some(text.clone());
        }
        let checks = world.judge();
        prop_assert!(!unsettled(&checks).is_empty());
        for check in &checks {
            if let Some(cause) = cause(check) {
                prop_assert!(!cause.advice(&check.names(&world.stack)).is_empty());
            }
        }
    }
}
