//! Whole plans as text, where what is there is only half of it or was made by somebody else's version; and their words for programs.

use super::observed::Observed;
use super::plan::plan;
use super::plan_fixture::{complete, demo};
use super::plan_tests::{state, text};
use crate::blueprint::labels;
use crate::engine::{ContainerState, Policy};
use crate::plan::{Amounts, Operation as _};

/// What the run before this one had made when it was killed: networks, a database that runs, a gateway with one network.
fn half_built() -> Observed {
    let mut have = complete(&demo());
    state(&mut have, 1, ContainerState::Created);
    have.containers[1].networks.remove("demo_backend");
    have.containers[1].networks.values_mut().for_each(|a| a.network_id = None);
    have
}

#[test]
fn what_is_half_built_is_finished_and_not_begun_anew() {
    insta::assert_snapshot!(text(&demo(), &half_built()), @r"
    1  connect container demo-gateway-1 to network demo_backend  (detached from the network)
       seed container demo-gateway-1  (created, never started)
       start container demo-gateway-1  (created, never started)
    ");
    let mut have = half_built();
    have.containers.truncate(1);
    have.networks.truncate(1);
    have.containers[0].networks.values_mut().for_each(|a| a.network_id = Some("gone".to_owned()));
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  create network demo_backend  (missing)
    2  stop container demo-db-1  (network changed)
       remove container demo-db-1  (network changed)
    3  create container demo-db-1 from postgres:18.1  (network changed)
       seed container demo-db-1  (network changed)
       start container demo-db-1  (network changed)
    4  wait until healthy: demo-db-1  (needed by gateway)
    5  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (missing)
       connect container demo-gateway-1 to network demo_backend  (missing)
       seed container demo-gateway-1  (missing)
       start container demo-gateway-1  (missing)
    ");
}

#[test]
fn another_version_of_the_program_is_no_reason_and_is_named_when_its_configuration_differs() {
    let mut have = complete(&demo());
    for container in &mut have.containers {
        container.labels.insert(labels::VERSION.to_owned(), "0.0.7".to_owned());
    }
    for network in &mut have.networks {
        network.labels.remove(labels::VERSION);
    }
    assert_eq!(text(&demo(), &have), "", "what it made is as good as ours");
    let mut want = demo();
    want.containers[1].config_hash = "other".to_owned();
    insta::assert_snapshot!(text(&want, &have), @r"
    1  stop container demo-gateway-1  (configuration changed since ignition-stack 0.0.7 made it)
       remove container demo-gateway-1  (configuration changed since ignition-stack 0.0.7 made it)
    2  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (configuration changed since ignition-stack 0.0.7 made it)
       connect container demo-gateway-1 to network demo_backend  (configuration changed since ignition-stack 0.0.7 made it)
       seed container demo-gateway-1  (configuration changed since ignition-stack 0.0.7 made it)
       start container demo-gateway-1  (configuration changed since ignition-stack 0.0.7 made it)
    ");
}

/// Kind, object and member of each step, and what they amount to.
fn words(want: &crate::blueprint::Blueprint, have: &Observed) -> String {
    let plan = plan(want, have, &Policy::default()).unwrap();
    let steps = plan.steps().map(|s| (s.op.kind(), s.op.object(), s.member.as_ref().map(ToString::to_string)));
    let steps: Vec<_> = steps.collect();
    let amounts = Amounts::of(steps.iter().map(|(kind, object, member)| (*kind, object.as_str(), member.as_deref())));
    let line = |(kind, object, member): &(&str, String, Option<String>)| {
        format!("{kind} {object} {}\n", member.as_deref().unwrap_or("-"))
    };
    steps.iter().map(line).collect::<String>() + &amounts.text()
}

#[test]
fn every_step_has_a_kind_an_object_and_where_it_has_one_a_member() {
    insta::assert_snapshot!(words(&demo(), &Observed::default()), @r"
    pull-image inductiveautomation/ignition:8.3.9 -
    pull-image postgres:18.1 -
    create-network demo_frontend -
    create-network demo_backend -
    create-container demo-db-1 db
    seed demo-db-1 db
    start demo-db-1 db
    wait-healthy demo-db-1 -
    create-container demo-gateway-1 gateway
    connect-network demo-gateway-1 gateway
    seed demo-gateway-1 gateway
    start demo-gateway-1 gateway
    fetches 2 images; creates 2 members, 2 networks
    ");
    assert_eq!(words(&demo(), &complete(&demo())), "nothing to do");
    let mut have = complete(&demo());
    have.containers[1].image_id = "sha256:old".to_owned();
    state(&mut have, 0, ContainerState::Paused);
    let mut orphan = have.containers[0].clone();
    orphan.name = "demo-old-1".to_owned();
    orphan.labels.insert(labels::MEMBER.to_owned(), "old".to_owned());
    have.containers.push(orphan);
    insta::assert_snapshot!(words(&demo(), &have), @r"
    stop demo-old-1 old
    remove-container demo-old-1 old
    stop demo-gateway-1 gateway
    remove-container demo-gateway-1 gateway
    unpause demo-db-1 db
    wait-healthy demo-db-1 -
    create-container demo-gateway-1 gateway
    connect-network demo-gateway-1 gateway
    seed demo-gateway-1 gateway
    start demo-gateway-1 gateway
    replaces 1 member; starts 1 member; removes 1 member
    ");
}
