//! Containers, networks, ports and the state of the context.

use std::time::Duration;

use super::*;
use crate::engine::{ContainerState, Ended, Health};
use crate::gateway::*;

#[test]
fn commissioning_is_not_running_and_names_what_is_missing() {
    let table: [(&[&str], Cause); 5] = [
        (&["eula"], Cause::CommissioningEula),
        (&["userSource", "eula"], Cause::CommissioningEula),
        (&["adminPassword"], Cause::CommissioningPassword),
        (&["moduleCertificates"], Cause::CommissioningModule),
        (&[], Cause::Commissioning),
    ];
    for (steps, expected) in table {
        let mut world = scale_out();
        *world.see("frontend-1") = Sighting {
            ping: Seen::Value(Ping { state: ContextState::Running, details: Some("COMMISSIONING".into()) }),
            gwinfo: Seen::Value(GwInfo { context: Some(ContextState::NeedsCommissioning), ..GwInfo::default() }),
            commissioning_steps: Seen::Value(steps.iter().map(ToString::to_string).collect()),
            ..Sighting::default()
        };
        let checks = world.judge();
        let running = find(&checks, "frontend-1", Condition::Running);
        assert!(is_pending(running));
        assert_eq!(cause(running), Some(expected));
        assert_eq!(running.verdict.reason().unwrap().hopeless_after, Some(Duration::from_secs(1)));
        assert_eq!(unmet(&checks, &name("frontend-1")).unwrap().condition, Condition::Running);
        for condition in [Condition::Version, Condition::Role, Condition::LinkRunning, Condition::Trial] {
            assert!(is_unknown(find(&checks, "frontend-1", condition)), "{condition}");
        }
        assert_eq!(summary(&world.stack, &checks).gateways_running, 3);
    }
}

#[test]
fn a_module_that_the_stack_disables_may_be_in_quarantine_and_no_other() {
    let mut world = scale_out();
    let vision = crate::catalog::builtin::find("vision").unwrap();
    let held = |id: &str| QuarantinedModule { id: Some(id.into()), name: "V".into(), reason: None };
    world.stack.gateways[0].disabled = vec![vision];
    let quarantine = |world: &mut crate::lifecycle::condition::fixture::World, modules: Vec<QuarantinedModule>| {
        world.see("frontend-1").quarantined = Seen::Value(modules);
        find(&world.judge(), "frontend-1", Condition::Modules).verdict.clone()
    };
    assert!(matches!(quarantine(&mut world, vec![held(&vision.identifier())]), Verdict::Met));
    let both = quarantine(&mut world, vec![held(&vision.identifier()), held("com.other")]);
    assert!(matches!(both, Verdict::Failed(_)), "{both:?}");
    let nameless = QuarantinedModule { id: None, ..held("") };
    assert!(matches!(quarantine(&mut world, vec![nameless]), Verdict::Failed(_)));
}

#[test]
fn gwinfo_that_contradicts_the_ping_is_believed() {
    for context in
        [Some(ContextState::NeedsCommissioning), Some(ContextState::Starting), Some(ContextState::Faulted), None]
    {
        let mut world = scale_out();
        world.gwinfo("backend").context = context.clone();
        assert!(!find(&world.judge(), "backend", Condition::Running).verdict.is_settled(), "{context:?}");
    }
}

#[test]
fn states_of_the_context() {
    let table = [
        (ContextState::Starting, None, false, Some(Cause::StuckStarting), "STARTING"),
        (ContextState::Stopping, None, false, Some(Cause::Stopping), "STOPPING"),
        (ContextState::Faulted, None, true, Some(Cause::Faulted), "FAULTED"),
        (ContextState::Other("x".into()), None, false, None, "x"),
        (ContextState::Running, Some("UPGRADING"), false, Some(Cause::StuckStarting), "UPGRADING"),
    ];
    for (state, details, failed, expected, text) in table {
        let mut world = scale_out();
        world.see("backend").ping = Seen::Value(Ping { state, details: details.map(Into::into) });
        let checks = world.judge();
        let check = find(&checks, "backend", Condition::Running);
        assert_eq!((is_failed(check), is_pending(check)), (failed, !failed), "{text}");
        assert_eq!(cause(check), expected, "{text}");
        assert_eq!(check.verdict.reason().unwrap().text, text);
    }
}

#[test]
fn states_of_the_container() {
    let table = [
        (ContainerState::Created, false, None),
        (ContainerState::Paused, true, Some(Cause::Paused)),
        (ContainerState::Restarting, true, Some(Cause::CrashLoop)),
        (ContainerState::Gone, true, Some(Cause::ContainerMissing)),
        (ContainerState::Exited { code: Some(1) }, true, Some(Cause::ContainerExited)),
        (ContainerState::Exited { code: None }, true, Some(Cause::ContainerExited)),
        (ContainerState::Exited { code: Some(137) }, true, Some(Cause::Killed)),
        (ContainerState::Exited { code: Some(143) }, true, Some(Cause::StoppedByHand)),
    ];
    for (state, failed, expected) in table {
        for member in ["backend", "db"] {
            let mut world = scale_out();
            // The sighting stays as it was: a container that does not run has no say, whatever was heard.
            world.member(member).state = state;
            let condition = if member == "db" { Condition::ServiceHealthy } else { Condition::Reachable };
            let checks = world.judge();
            let check = find(&checks, member, condition);
            assert_eq!((is_failed(check), is_pending(check)), (failed, !failed), "{member} {state:?}");
            assert_eq!(cause(check), expected, "{state:?}");
            let about = |c: &&Check| c.gateway.as_str() == member && c.condition != Condition::Configuration;
            assert!(checks.iter().filter(about).all(|c| c.verdict != Verdict::Met));
        }
    }
    let mut world = scale_out();
    world.members.retain(|m| m.member.as_str() != "backend");
    assert_eq!(cause(find(&world.judge(), "backend", Condition::Reachable)), Some(Cause::ContainerMissing));
}

#[test]
fn a_port_that_does_not_answer_is_waited_for() {
    let table = [
        (Fault::Refused(String::new()), Cause::PortNotReachable),
        (Fault::TimedOut, Cause::PortNotReachable),
        (Fault::Status(502), Cause::PortNotReachable),
        (Fault::Malformed(String::new()), Cause::NotAGateway),
        (Fault::TooLarge, Cause::NotAGateway),
    ];
    for (fault, expected) in table {
        let mut world = scale_out();
        *world.see("backend") = Sighting { ping: Seen::Failed(fault), ..Sighting::default() };
        let checks = world.judge();
        assert!(is_pending(find(&checks, "backend", Condition::Reachable)));
        assert_eq!(cause(find(&checks, "backend", Condition::Reachable)), Some(expected));
        world.member("backend").addresses.clear();
        assert_eq!(cause(find(&world.judge(), "backend", Condition::Reachable)), Some(Cause::Detached));
    }
}

#[test]
fn a_detached_container_is_found_by_its_addresses() {
    for member in ["frontend-1", "db"] {
        let mut world = scale_out();
        world.member(member).addresses.remove("demo_backend");
        let checks = world.judge();
        let check = find(&checks, member, Condition::Networks);
        assert!(is_failed(check));
        assert_eq!(cause(check), Some(Cause::Detached));
        assert!(check.evidence.contains("demo_backend"));
    }
}

#[test]
fn services_are_judged_by_their_health_check_where_there_is_one() {
    let table = [
        (Some(Health::Starting), false, Some(Cause::ServiceStarting)),
        (Some(Health::Unhealthy), false, Some(Cause::ServiceUnhealthy)),
        (Some(Health::Healthy), true, None),
        (None, true, None),
    ];
    for (health, met, expected) in table {
        let mut world = scale_out();
        world.member("db").health = health;
        let checks = world.judge();
        let check = find(&checks, "db", Condition::ServiceHealthy);
        assert_eq!(check.verdict == Verdict::Met, met, "{health:?}");
        assert_eq!(cause(check), expected);
    }
}

#[test]
fn a_process_that_ended_says_how_and_names_limit_and_heap() {
    let table = [
        (Some(3), false, 0, Cause::ContainerExited, "crashed, exit code 3"),
        (Some(3), false, 1, Cause::ContainerExited, "crashed, exit code 3"),
        (Some(3), false, 2, Cause::CrashLoop, "crashed, restarting"),
        (None, false, 1, Cause::CrashLoop, "crashed, restarting"),
        (Some(137), true, 1, Cause::OutOfMemory, "killed for memory: memory limit 3072 MiB, heap 2048 MiB (memory_mb)"),
    ];
    for (code, out_of_memory, restarts, expected, text) in table {
        let ended = Some(Ended { code, out_of_memory, restarts, memory_limit: Some(3 << 30) });
        let mut between = scale_out();
        between.member("backend").state = ContainerState::Restarting;
        between.member("backend").ended = ended;
        // The engine has started it again, and it is not there yet.
        let mut again = scale_out();
        again.down("backend", ContainerState::Running);
        again.member("backend").ended = ended;
        for world in [between, again] {
            let checks = world.judge();
            let check = find(&checks, "backend", Condition::Reachable);
            assert!(is_failed(check), "{text}");
            assert_eq!((cause(check), check.verdict.reason().unwrap().text.as_str()), (Some(expected), text));
        }
        // One that answers again is judged by what it says.
        let mut back = scale_out();
        back.member("backend").ended = ended;
        assert_eq!(find(&back.judge(), "backend", Condition::Reachable).verdict, Verdict::Met);
    }
}
