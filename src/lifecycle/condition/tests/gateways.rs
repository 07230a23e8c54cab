//! What a gateway is: login, identity, version, edition, licence.

use super::super::fixture::value;
use super::*;
use crate::gateway::*;
use crate::stack::Edition;

#[test]
fn a_refused_password_is_the_cause_of_all_that_needs_it() {
    let mut world = scale_out();
    world.without_rest("backend", &Fault::Login(LoginFault::WrongPassword));
    let checks = world.judge();
    let login = find(&checks, "backend", Condition::Login);
    assert!(is_pending(login));
    assert_eq!(cause(login), Some(Cause::LoginRefused));
    assert!(login.verdict.reason().unwrap().hopeless_after.is_some());
    assert!(is_unknown(find(&checks, "backend", Condition::PeerConnected)));
    assert!(is_unknown(link(&checks, Condition::LinkAccepted, "frontend-1", "backend")));
    assert_eq!(find(&checks, "backend", Condition::Running).verdict, Verdict::Met);
    assert!(is_unknown(find(&checks, "frontend-1", Condition::Identities)) || !summary(&world.stack, &checks).holds());
}

#[test]
fn identities_must_be_distinct() {
    let mut world = scale_out();
    let stolen = world.see("frontend-1").local_uuid.clone();
    world.see("frontend-2").local_uuid = stolen;
    let checks = world.judge();
    let check = checks.iter().find(|c| c.condition == Condition::Identities).unwrap();
    assert!(is_failed(check));
    assert_eq!((check.gateway.as_str(), check.peer.as_ref().unwrap().as_str()), ("frontend-1", "frontend-2"));

    // An address that another gateway has meanwhile is no identity, and without another one nothing is known.
    let mut world = scale_out();
    let address = world.redundancy("frontend-1").local_id.clone();
    assert!(address.is_some());
    world.redundancy("backend").local_id.clone_from(&address);
    assert_eq!(world.judge().last().unwrap().verdict, Verdict::Met);
    for gateway in ["frontend-1", "backend"] {
        world.see(gateway).local_uuid = Seen::NotAsked;
    }
    assert!(is_unknown(world.judge().last().unwrap()));

    let mut world = scale_out();
    world.see("frontend-1").local_uuid = Seen::NotAsked;
    world.redundancy("frontend-1").local_id = None;
    assert!(is_unknown(world.judge().last().unwrap()));
}

#[test]
fn editions_and_versions_are_compared_with_the_plan() {
    let mut world = scale_out();
    world.stack.gateways[0].edition = Edition::Edge;
    assert_eq!(cause(find(&world.judge(), "frontend-1", Condition::Edition)), Some(Cause::EditionDiffers));
    world.gwinfo("frontend-1").edition = Some("EDGE".into());
    value(&mut world.see("frontend-1").info).edition = Some("edge".into());
    assert_eq!(unsettled(&world.judge()), [""; 0]);

    world.stack.image = "registry/ignition:latest".into();
    assert!(matches!(find(&world.judge(), "backend", Condition::Version).verdict, Verdict::Skipped(_)));
    world.stack.image = "registry/ignition:8.3.8".into();
    assert_eq!(cause(find(&world.judge(), "backend", Condition::Version)), Some(Cause::VersionDiffers));
}

#[test]
fn a_simulated_gateway_is_never_taken_for_a_real_one() {
    let mut world = scale_out();
    world.member("backend").simulated = true;
    assert!(is_failed(find(&world.judge(), "backend", Condition::Version)));
}

#[test]
fn licences() {
    let table = [
        (Some("Trial"), Some(false), "met"),
        (Some("Activated"), None, "met"),
        (Some("Free"), Some(false), "met"),
        (Some("Trial"), Some(true), "failed"),
        (Some("Invalid"), Some(false), "failed"),
        (Some("Trial"), None, "unknown"),
        (Some("Odd"), Some(false), "unknown"),
        (None, None, "unknown"),
    ];
    for (mode, expired, expected) in table {
        let mut world = scale_out();
        world.see("backend").trial = Seen::Value(Trial { mode: mode.map(Into::into), expired, ..Trial::default() });
        let checks = world.judge();
        let seen = match find(&checks, "backend", Condition::Trial).verdict {
            Verdict::Met => "met",
            Verdict::Failed(_) => "failed",
            Verdict::Unknown(_) => "unknown",
            _ => "other",
        };
        assert_eq!(seen, expected, "{mode:?} {expired:?}");
    }
}

#[test]
fn databases() {
    let health = |healthy, error: Option<&str>| {
        Seen::Value(Health { healthy, message: Some("Faulted".into()), error: error.map(Into::into) })
    };
    let table = [
        (Some(health(Some(true), None)), "met", "is healthy"),
        (
            Some(health(Some(false), Some("password authentication failed"))),
            "pending",
            "password authentication failed",
        ),
        (Some(health(Some(false), None)), "pending", "Faulted"),
        (Some(health(None, None)), "unknown", "does not say"),
        (Some(Seen::Failed(Fault::NotAvailable)), "unknown", "database-connection/db"),
        (None, "unknown", "was not asked"),
    ];
    for (seen, expected, words) in table {
        let mut world = scale_out();
        world.stack.gateways[2].attachments = vec![name("db")];
        world.see("backend").databases = seen.clone().map(|seen| ("db".to_owned(), seen)).into_iter().collect();
        let checks = world.judge();
        let check = find(&checks, "backend", Condition::Database);
        let (verdict, said) = match &check.verdict {
            Verdict::Met => ("met", check.evidence.clone()),
            Verdict::Pending(reason) => ("pending", reason.seen.clone()),
            Verdict::Unknown(reason) => ("unknown", reason.seen.clone()),
            _ => ("other", String::new()),
        };
        assert_eq!(verdict, expected, "{seen:?}");
        assert!(said.contains(words), "{said}");
    }
    let all = scale_out().judge();
    assert!(all.iter().all(|c| c.condition != Condition::Database), "nothing is attached");
}
