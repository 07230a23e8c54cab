//! Judging whole looks: the healthy one here, the known ways to look healthy without being it by subject.

mod gateways;
mod links;
mod members;
mod pairs;
mod readings;
mod routes;
mod worse;

use super::fixture::{name, scale_out};
use super::*;
use crate::diagnosis::Cause;
use crate::stack::Link;

fn find<'a>(checks: &'a [Check], gateway: &str, condition: Condition) -> &'a Check {
    checks.iter().find(|c| c.gateway.as_str() == gateway && c.condition == condition).unwrap()
}

fn link<'a>(checks: &'a [Check], condition: Condition, from: &str, to: &str) -> &'a Check {
    let subject = Subject::Link(Link { from: name(from), to: name(to) });
    checks.iter().find(|c| c.condition == condition && c.subject == subject).unwrap()
}

fn cause(check: &Check) -> Option<Cause> {
    check.verdict.reason().and_then(|r| r.cause)
}

fn is_pending(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Pending(_))
}

fn is_failed(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Failed(_))
}

fn is_unknown(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Unknown(_))
}

fn unsettled(checks: &[Check]) -> Vec<String> {
    checks
        .iter()
        .filter(|c| !c.verdict.is_settled())
        .map(|c| format!("{} {}: {:?}", c.subject, c.condition, c.verdict))
        .collect()
}

#[test]
fn a_healthy_stack_is_met_in_all_points() {
    let world = scale_out();
    let checks = world.judge();
    assert_eq!(unsettled(&checks), [""; 0]);
    assert!(checks.iter().all(|c| c.verdict == Verdict::Met && !c.evidence.is_empty()));
    let counts = summary(&world.stack, &checks);
    assert!(counts.holds());
    assert_eq!((counts.gateways_running, counts.gateways), (4, 4));
    assert_eq!((counts.pairs_connected, counts.pairs), (1, 1));
    assert_eq!((counts.links_running, counts.links), (4, 4));
    assert_eq!((counts.services_healthy, counts.services), (1, 1));
    assert_eq!(unmet(&checks, &name("backend")), None);
}

#[test]
fn the_order_is_that_of_the_product_reference() {
    let checks = scale_out().judge();
    assert_eq!((checks[0].condition, checks[1].condition), (Condition::Configuration, Condition::ServiceHealthy));
    assert_eq!(checks.last().unwrap().condition, Condition::Identities);
    for gateway in ["frontend-1", "frontend-2", "backend", "backend-backup"] {
        let own: Vec<_> = checks
            .iter()
            .filter(|c| c.gateway.as_str() == gateway && c.condition != Condition::Identities)
            .map(|c| c.condition)
            .collect();
        assert!(own.is_sorted(), "{gateway}: {own:?}");
    }
}

#[test]
fn a_look_that_saw_nothing_meets_nothing_of_a_gateway() {
    let mut world = scale_out();
    world.sightings.clear();
    let checks = world.judge();
    let met: Vec<_> = checks.iter().filter(|c| c.verdict == Verdict::Met).map(|c| c.condition).collect();
    let of_containers =
        |c: &Condition| matches!(c, Condition::Configuration | Condition::Networks | Condition::ServiceHealthy);
    assert!(met.iter().all(of_containers), "{met:?}");
}
