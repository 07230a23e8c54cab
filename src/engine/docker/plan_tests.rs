//! Whole plans as text: what is there, what is wanted, what follows.

use super::observed::{Attachment, Observed, SeenNetwork, SeenVolume};
use super::op::Op;
use super::plan::plan;
use super::plan_fixture::{GATEWAY_IMAGE, complete, demo, name, seen};
use crate::blueprint::{Blueprint, labels};
use crate::engine::{ContainerState, Health, Policy};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The plan with its shape: a line per stage, `|` before the later sequences of a stage.
pub(super) fn text(want: &Blueprint, have: &Observed) -> String {
    let plan = match plan(want, have, &Policy::default()) {
        Ok(plan) => plan,
        Err(refusal) => return format!("refused: {refusal}\n"),
    };
    let mut text = String::new();
    for (i, stage) in plan.stages.iter().enumerate() {
        for (j, sequence) in stage.sequences.iter().enumerate() {
            for (k, step) in sequence.iter().enumerate() {
                let lead = if j + k == 0 { (i + 1).to_string() } else { " ".to_owned() };
                let mark = if k == 0 && j > 0 { "|" } else { " " };
                writeln!(text, "{lead}{mark} {}  ({})", step.op, step.cause).unwrap();
            }
        }
    }
    text
}

pub(super) fn state(have: &mut Observed, i: usize, state: ContainerState) {
    have.containers[i].state = state;
    have.containers[i].health = None;
}

#[test]
fn nothing_is_there() {
    insta::assert_snapshot!(text(&demo(), &Observed::default()), @r"
    1  pull image inductiveautomation/ignition:8.3.9  (missing)
     | pull image postgres:18.1  (missing)
    2  create network demo_frontend  (missing)
     | create network demo_backend  (missing)
    3  create container demo-db-1 from postgres:18.1  (missing)
       seed container demo-db-1  (missing)
       start container demo-db-1  (missing)
    4  wait until healthy: demo-db-1  (needed by gateway)
    5  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (missing)
       connect container demo-gateway-1 to network demo_backend  (missing)
       seed container demo-gateway-1  (missing)
       start container demo-gateway-1  (missing)
    ");
}

#[test]
fn a_simulated_image_is_never_pulled() {
    let mut want = demo();
    want.containers[1].image = crate::catalog::image::simulated("8.3.9");
    assert!(!text(&want, &Observed::default()).contains("pull image ignition-stack"));
}

#[test]
fn all_is_as_it_should_be() {
    assert_eq!(text(&demo(), &complete(&demo())), "");
}

#[test]
fn an_image_that_nobody_needs_is_not_pulled() {
    let mut have = complete(&demo());
    have.images.clear();
    assert_eq!(text(&demo(), &have), "");
}

#[test]
fn one_container_is_missing() {
    let mut have = complete(&demo());
    have.containers.remove(1);
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (missing)
       connect container demo-gateway-1 to network demo_backend  (missing)
       seed container demo-gateway-1  (missing)
       start container demo-gateway-1  (missing)
    ");
}

#[test]
fn what_sleeps_is_woken_in_its_own_way() {
    let mut have = complete(&demo());
    state(&mut have, 1, ContainerState::Exited { code: Some(137) });
    assert_eq!(text(&demo(), &have), "1  start container demo-gateway-1  (stopped)\n");
    state(&mut have, 1, ContainerState::Paused);
    assert_eq!(text(&demo(), &have), "1  unpause container demo-gateway-1  (paused)\n");
    state(&mut have, 1, ContainerState::Restarting);
    assert_eq!(text(&demo(), &have), "");
    state(&mut have, 1, ContainerState::Created);
    have.containers[1].networks.values_mut().for_each(|a| a.network_id = None);
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  seed container demo-gateway-1  (created, never started)
       start container demo-gateway-1  (created, never started)
    ");
}

#[test]
fn a_start_waits_for_what_it_needs_only_while_that_is_not_healthy() {
    let mut have = complete(&demo());
    state(&mut have, 1, ContainerState::Exited { code: Some(0) });
    have.containers[0].health = Some(Health::Starting);
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  wait until healthy: demo-db-1  (needed by gateway)
    2  start container demo-gateway-1  (stopped)
    ");
    state(&mut have, 0, ContainerState::Exited { code: Some(0) });
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  start container demo-db-1  (stopped)
    2  wait until healthy: demo-db-1  (needed by gateway)
    3  start container demo-gateway-1  (stopped)
    ");
}

#[test]
fn a_changed_configuration_makes_only_that_container_anew() {
    let mut want = demo();
    let have = complete(&want);
    want.containers[1].config_hash = "other".to_owned();
    insta::assert_snapshot!(text(&want, &have), @r"
    1  stop container demo-gateway-1  (configuration changed)
       remove container demo-gateway-1  (configuration changed)
    2  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (configuration changed)
       connect container demo-gateway-1 to network demo_backend  (configuration changed)
       seed container demo-gateway-1  (configuration changed)
       start container demo-gateway-1  (configuration changed)
    ");
}

#[test]
fn another_build_of_the_same_simulated_gateway_changes_nothing() {
    let mut want = demo();
    want.containers[1].image = crate::catalog::image::simulated("8.3.9");
    let mut have = complete(&want);
    let reference = want.containers[1].image.clone();
    let mut image = have.images.get(GATEWAY_IMAGE).cloned().unwrap_or_default();
    (image.id, image.executable) = ("sha256:new".to_owned(), Some("this".to_owned()));
    have.images.insert(reference, image);
    let labelled = |mut have: Observed, executable: Option<&str>| {
        let label = executable.map(|text| (labels::EXECUTABLE.to_owned(), text.to_owned()));
        have.containers[1].labels.extend(label);
        text(&want, &have)
    };
    let unchanged = labelled(have.clone(), Some("this"));
    assert!(!unchanged.contains("image changed"), "{unchanged}");
    for other in [Some("another"), None] {
        let changed = labelled(have.clone(), other);
        assert!(changed.contains("remove container demo-gateway-1  (image changed)"), "{other:?}: {changed}");
    }
    // Only of our own image that label says what is in it.
    let mut real = complete(&demo());
    let image = real.images.get_mut(GATEWAY_IMAGE).unwrap();
    (image.id, image.executable) = ("sha256:new".to_owned(), Some("this".to_owned()));
    real.containers[1].labels.insert(labels::EXECUTABLE.to_owned(), "this".to_owned());
    let changed = text(&demo(), &real);
    assert!(changed.contains("(image changed)"), "{changed}");
}

#[test]
fn a_retagged_image_makes_its_containers_anew() {
    let mut have = complete(&demo());
    have.images.get_mut(GATEWAY_IMAGE).unwrap().id = "sha256:new".to_owned();
    state(&mut have, 1, ContainerState::Exited { code: Some(0) });
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  remove container demo-gateway-1  (image changed)
    2  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (image changed)
       connect container demo-gateway-1 to network demo_backend  (image changed)
       seed container demo-gateway-1  (image changed)
       start container demo-gateway-1  (image changed)
    ");
}

#[test]
fn a_dead_container_is_made_anew() {
    let mut have = complete(&demo());
    state(&mut have, 1, ContainerState::Gone);
    assert!(text(&demo(), &have).starts_with("1  remove container demo-gateway-1  (dead)\n2  create container"));
}

#[test]
fn a_detached_network_is_connected_again_without_a_restart() {
    let mut have = complete(&demo());
    have.containers[1].networks.remove("demo_frontend");
    let detached = "1  connect container demo-gateway-1 to network demo_frontend  (detached from the network)\n";
    assert_eq!(text(&demo(), &have), detached);
}

#[test]
fn a_network_that_was_made_anew_makes_its_stopped_containers_anew() {
    let mut have = complete(&demo());
    state(&mut have, 1, ContainerState::Exited { code: Some(0) });
    have.networks.retain(|n| n.name != "demo_frontend");
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  create network demo_frontend  (missing)
    2  remove container demo-gateway-1  (network changed)
    3  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (network changed)
       connect container demo-gateway-1 to network demo_backend  (network changed)
       seed container demo-gateway-1  (network changed)
       start container demo-gateway-1  (network changed)
    ");
}

#[test]
fn orphans_and_doubles_are_removed_and_their_volumes_kept() {
    let want = demo();
    let mut have = complete(&want);
    for (container, member) in [("demo-old-1", "old"), ("demo-gateway-2", "gateway")] {
        let mut orphan = have.containers[1].clone();
        orphan.name = container.to_owned();
        orphan.id = format!("id-{container}");
        orphan.labels.insert(labels::MEMBER.to_owned(), member.to_owned());
        have.containers.insert(0, orphan);
    }
    insta::assert_snapshot!(text(&want, &have), @r"
    1  stop container demo-gateway-2  (a second container of this member)
       remove container demo-gateway-2  (a second container of this member)
     | stop container demo-old-1  (no longer part of the stack)
       remove container demo-old-1  (no longer part of the stack)
    ");
    let labels = have.containers[1].labels.clone();
    have.volumes.push(SeenVolume { name: "demo_old-data".to_owned(), labels });
    let notes = plan(&want, &have, &Policy::default()).unwrap().notes;
    assert_eq!(notes, ["old leaves the stack; its data stays in volume demo_old-data"]);
}

#[test]
fn a_one_off_container_of_compose_is_left_alone() {
    let mut have = complete(&demo());
    let mut one_off = have.containers[1].clone();
    one_off.name = "demo_gateway_run_1".to_owned();
    one_off.labels.insert("com.docker.compose.oneoff".to_owned(), "True".to_owned());
    have.containers.push(one_off);
    assert_eq!(text(&demo(), &have), "");
}

#[test]
fn a_container_that_compose_named_in_its_old_way_is_used_as_it_is() {
    let mut have = complete(&demo());
    have.containers[1].name = "demo_gateway_1".to_owned();
    state(&mut have, 1, ContainerState::Exited { code: None });
    assert_eq!(text(&demo(), &have), "1  start container demo_gateway_1  (stopped)\n");
}

#[test]
fn foreign_objects_of_our_names_are_all_listed_and_nothing_is_planned() {
    let mut have = Observed::default();
    have.containers.push(seen("demo-db-1", "db"));
    have.networks.push(SeenNetwork { id: "x".to_owned(), name: "demo_backend".to_owned(), labels: HashMap::new() });
    let theirs = [(labels::STACK, "demo"), (labels::STACK_ID, "another")];
    let theirs = theirs.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
    have.volumes.push(SeenVolume { name: "demo_gateway-data".to_owned(), labels: theirs });
    insta::assert_snapshot!(text(&demo(), &have), @"refused: objects on this engine were not made for this stack: network demo_backend, volume demo_gateway-data (of another stack named demo), container demo-db-1");
}

#[test]
fn whatever_another_stack_of_our_name_has_is_refused_whatever_it_is_called() {
    let mut have = complete(&demo());
    let mut theirs = complete(&demo());
    let elsewhere = |labels: &mut HashMap<String, String>| {
        labels.insert(labels::STACK_ID.to_owned(), "another".to_owned());
    };
    let mut container = theirs.containers.remove(1);
    container.name = "demo-other-1".to_owned();
    elsewhere(&mut container.labels);
    let mut network = theirs.networks.remove(1);
    elsewhere(&mut network.labels);
    let mut volume = theirs.volumes.remove(1);
    volume.name = "demo_other-data".to_owned();
    elsewhere(&mut volume.labels);
    have.containers.push(container);
    have.networks.push(network);
    have.volumes.push(volume);
    insta::assert_snapshot!(text(&demo(), &have), @"refused: objects on this engine were not made for this stack: network demo_backend (of another stack named demo), volume demo_other-data (of another stack named demo), container demo-other-1 (of another stack named demo)");
}

/// A second network of ours of the name `demo_backend`.
fn doubled(have: &mut Observed, id: &str) {
    let mut double = have.networks.iter().find(|n| n.name == "demo_backend").unwrap().clone();
    double.id = id.to_owned();
    have.networks.push(double);
}

fn on_backend(have: &mut Observed, i: usize, network_id: Option<&str>) {
    let place = Attachment { network_id: network_id.map(str::to_owned), address: None };
    have.containers[i].networks.insert("demo_backend".to_owned(), place);
}

#[test]
fn of_two_networks_of_our_own_the_unused_one_is_removed_before_a_start() {
    let mut have = complete(&demo());
    doubled(&mut have, "0-smaller");
    state(&mut have, 1, ContainerState::Exited { code: Some(0) });
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  remove network demo_backend  (a second network of this name)
    2  start container demo-gateway-1  (stopped)
    ");
    have.containers.clear();
    let text = text(&demo(), &have);
    let unused = "1  remove network demo_backend  (a second network of this name)\n2  create container demo-db-1";
    assert!(text.starts_with(unused), "{text}");
}

#[test]
fn the_containers_on_the_second_network_are_made_anew_after_it_is_gone() {
    let mut have = complete(&demo());
    doubled(&mut have, "net-z");
    on_backend(&mut have, 1, Some("net-z"));
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  stop container demo-gateway-1  (network changed)
       remove container demo-gateway-1  (network changed)
    2  remove network demo_backend  (a second network of this name)
    3  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (network changed)
       connect container demo-gateway-1 to network demo_backend  (network changed)
       seed container demo-gateway-1  (network changed)
       start container demo-gateway-1  (network changed)
    ");
    // Also when only somebody's hand put it there.
    on_backend(&mut have, 1, Some("net-demo_backend"));
    have.containers[0]
        .networks
        .insert("by hand".to_owned(), Attachment { network_id: Some("net-z".to_owned()), address: None });
    assert!(text(&demo(), &have).starts_with("1  stop container demo-db-1  (network changed)"));
}

#[test]
fn a_container_that_never_started_beside_two_networks_is_made_anew() {
    let mut have = complete(&demo());
    doubled(&mut have, "net-z");
    state(&mut have, 1, ContainerState::Created);
    have.containers[1].networks.values_mut().for_each(|a| a.network_id = None);
    insta::assert_snapshot!(text(&demo(), &have), @r"
    1  remove container demo-gateway-1  (network changed)
    2  remove network demo_backend  (a second network of this name)
    3  create container demo-gateway-1 from inductiveautomation/ignition:8.3.9  (network changed)
       connect container demo-gateway-1 to network demo_backend  (network changed)
       seed container demo-gateway-1  (network changed)
       start container demo-gateway-1  (network changed)
    ");
}

#[test]
fn the_network_of_a_container_that_nobody_removes_is_kept() {
    let mut have = complete(&demo());
    doubled(&mut have, "net-z");
    let mut one_off = have.containers[1].clone();
    one_off.name = "demo_gateway_run_1".to_owned();
    one_off.labels.insert("com.docker.compose.oneoff".to_owned(), "True".to_owned());
    have.containers.push(one_off);
    on_backend(&mut have, 2, Some("net-z"));
    let plan = plan(&demo(), &have, &Policy::default()).unwrap();
    let removed: Vec<_> = plan.steps().filter(|s| matches!(s.op, Op::RemoveNetwork { .. })).map(|s| &s.op).collect();
    let first = Op::RemoveNetwork { name: "demo_backend".to_owned(), id: "net-demo_backend".to_owned() };
    assert_eq!(removed, [&first]);
}

#[test]
fn a_container_on_a_network_of_the_stack_that_is_none_of_its_own_is_made_anew() {
    let mut want = demo();
    let have = complete(&want);
    want.containers[1].networks = vec!["backend".to_owned()];
    let planned = text(&want, &have);
    assert!(planned.contains("remove container demo-gateway-1  (networks changed)"), "{planned}");
    assert!(!planned.contains("demo-db-1") && !planned.contains("remove network"), "{planned}");
}

#[test]
fn networks_that_the_stack_has_no_more_go_unless_something_is_on_them() {
    let two = demo();
    let have = complete(&two);
    let mut one = demo();
    one.networks.remove(0);
    for container in &mut one.containers {
        container.networks = vec!["backend".to_owned()];
        container.config_hash.push_str("-one");
    }
    let planned = text(&one, &have);
    let removal = "remove network demo_frontend  (no longer part of the stack)";
    assert!(planned.contains(removal), "{planned}");
    let (network, container) =
        (planned.find(removal).unwrap(), planned.find("remove container demo-gateway-1").unwrap());
    assert!(container < network && network < planned.find("start container").unwrap(), "{planned}");
    // Somebody else's container on it, and it stays.
    let mut used = have;
    let mut guest = seen("guest", "guest");
    guest.labels.clear();
    guest.networks = used.containers[1].networks.clone();
    used.containers.push(guest);
    assert!(!text(&one, &used).contains("remove network"), "{}", text(&one, &used));
}

#[test]
fn a_foreign_network_of_our_name_is_refused_even_beside_ours() {
    let mut have = complete(&demo());
    let foreign = SeenNetwork { id: "0".to_owned(), name: "demo_backend".to_owned(), labels: HashMap::new() };
    have.networks.insert(0, foreign);
    let refusal = plan(&demo(), &have, &Policy::default()).unwrap_err();
    assert_eq!(refusal.objects.iter().map(ToString::to_string).collect::<Vec<_>>(), ["network demo_backend"]);
}

#[test]
fn a_container_on_a_foreign_namesake_is_made_anew() {
    let mut have = complete(&demo());
    let elsewhere = Attachment { network_id: Some("0".to_owned()), address: None };
    have.containers[1].networks.insert("demo_backend".to_owned(), elsewhere);
    assert!(text(&demo(), &have).contains("(network changed)"));
}

#[test]
fn a_circle_of_needs_ends() {
    let mut want = demo();
    want.containers[0].after = vec![name("gateway"), name("db"), name("nobody")];
    let text = text(&want, &Observed::default());
    assert!(text.contains("start container demo-db-1") && text.contains("start container demo-gateway-1"), "{text}");
}

#[test]
fn an_empty_stack_needs_nothing() {
    let mut want = demo();
    want.containers.clear();
    want.networks.clear();
    assert_eq!(text(&want, &Observed::default()), "");
}

#[test]
fn a_cold_start_costs_three_mutating_calls_per_container_on_one_network() {
    let mut want = demo();
    want.networks.truncate(1);
    for container in &mut want.containers {
        container.networks = vec!["frontend".to_owned()];
    }
    let plan = plan(&want, &Observed { images: complete(&want).images, ..Observed::default() }, &Policy::default());
    let mutating = plan.unwrap().steps().filter(|s| !matches!(s.op, Op::WaitHealthy { .. })).count();
    assert_eq!(mutating, 1 + 3 * want.containers.len());
}
