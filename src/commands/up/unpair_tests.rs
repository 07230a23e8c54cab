//! Which pairs are taken apart, by what the engine and the record say, and what is said of them.

use super::*;
use crate::blueprint;
use crate::engine::Secrets;
use crate::engine::docker::plan_fixture::complete;
use crate::render::fixture::{name, stack};

/// `frontend` and `backend`, whose pair is no more.
fn single() -> Stack {
    let mut stack = stack();
    stack.gateways.retain(|g| g.name.as_str() != "backend-backup");
    stack.gateways.iter_mut().for_each(|g| g.node = Node::Independent);
    stack.links.retain(|link| link.to.as_str() == "backend");
    stack.pairs.clear();
    stack
}

fn target(stack: Stack, recorded: Option<Stack>) -> Target {
    let blueprint = blueprint::build(&stack);
    let (directory, passwords) = ("/nowhere".into(), Secrets::new());
    Target { stack, blueprint, directory, exists: true, recorded, record: true, passwords }
}

fn told(stack: Stack, recorded: Option<Stack>, have: &Observed) -> Vec<String> {
    let pairs = parting(&target(stack, recorded), have);
    pairs.into_iter().map(|pair| format!("{} {}", pair.master, pair.backup)).collect()
}

fn running() -> Observed {
    complete(&blueprint::build(&stack()))
}

const GOES: [&str; 1] = ["backend backend-backup"];

#[test]
fn a_backup_on_the_engine_is_known_by_its_label_or_the_record() {
    let (paired, have) = (stack(), running());
    assert_eq!(told(paired.clone(), Some(paired.clone()), &have), [""; 0], "it stays");
    assert_eq!(told(single(), Some(paired.clone()), &have), GOES);
    assert_eq!(told(single(), Some(single()), &have), GOES, "the record was edited before");
    assert_eq!(told(single(), None, &have), GOES);
    let mut unlabelled = have.clone();
    unlabelled.containers.iter_mut().for_each(|c| drop(c.labels.remove(labels::BACKUP_OF)));
    assert_eq!(told(single(), Some(paired), &unlabelled), GOES, "the record names it");
    assert_eq!(told(single(), Some(single()), &unlabelled), [""; 0], "a name alone makes no pair");
    let mut other = single();
    other.id = uuid::Uuid::from_u128(99);
    assert_eq!(told(other, None, &have), [""; 0], "another stack's");
}

#[test]
fn data_without_a_container_counts_while_the_record_names_the_pair() {
    let (paired, mut have) = (stack(), running());
    have.containers.clear();
    assert_eq!(told(single(), Some(paired.clone()), &have), GOES);
    assert_eq!(told(single(), Some(single()), &have), [""; 0], "the volume of a pair that is long undone");
    have.volumes.retain(|v| v.name != "demo_backend-backup-data");
    assert_eq!(told(single(), Some(paired), &have), [""; 0], "it never had data");
}

#[test]
fn what_does_not_leave_a_master_behind_is_no_parting() {
    let (paired, have) = (stack(), running());
    let mut without_both = single();
    without_both.gateways.retain(|g| g.name.as_str() != "backend");
    assert_eq!(told(without_both, Some(paired.clone()), &have), [""; 0], "the whole pair goes");
    let mut backup_alone = paired.clone();
    backup_alone.gateways.retain(|g| g.name.as_str() != "backend");
    backup_alone.gateways.iter_mut().for_each(|g| g.node = Node::Independent);
    backup_alone.pairs.clear();
    assert_eq!(told(backup_alone, Some(paired.clone()), &have), [""; 0], "the master goes");
    let mut swapped = paired.clone();
    swapped.pairs = vec![Pair { master: name("backend-backup"), backup: name("backend") }];
    assert_eq!(told(swapped, Some(paired.clone()), &have), [""; 0], "they change places");
    let mut both_single = paired.clone();
    both_single.gateways.iter_mut().for_each(|g| g.node = Node::Independent);
    both_single.pairs.clear();
    assert_eq!(told(both_single, Some(paired.clone()), &have), GOES, "both stay, apart from each other");
    let mut another = paired.clone();
    another.gateways.iter_mut().filter(|g| g.name.as_str() == "backend-backup").for_each(|g| g.name = name("standby"));
    another.pairs = vec![Pair { master: name("backend"), backup: name("standby") }];
    assert_eq!(told(another, Some(paired), &have), GOES, "the master gets another backup");
}

#[test]
fn the_pair_is_looked_at_as_it_was() {
    let pair = Pair { master: name("backend"), backup: name("backend-backup") };
    let made = with_pair(&single(), &pair);
    assert_eq!(made.pairs, stack().pairs);
    let nodes: Vec<_> = made.gateways.iter().map(|g| (g.name.as_str(), g.node.role_word())).collect();
    assert_eq!(nodes, [("frontend", "Independent"), ("backend", "Master"), ("backend-backup", "Backup")]);
}

#[test]
fn a_refusal_says_what_was_seen_and_what_works() {
    let pair = Pair { master: name("backend"), backup: name("backend-backup") };
    let said = |recorded: Stack, parting| {
        let nodes = vec!["backend: stopped".to_owned(), "backend-backup: Active".to_owned()];
        let failure = refusal(&target(single(), Some(recorded)), &running(), &[(&pair, Parted { parting, nodes })]);
        assert_eq!(failure.class, Class::Refused);
        assert_eq!(failure.details, ["backend: stopped", "backend-backup: Active", "nothing was touched"]);
        format!("{}\n{}", failure.what, failure.advice.unwrap())
    };
    let unsure = "backend would go on without backend-backup, and is not known to have all that backend-backup has";
    let or = "or, where what backend-backup alone has may be left behind, add --abandon-backup \
              (its data stays in volume demo_backend-backup-data)";
    let wins = "backend-backup takes over what backend has: ignition-stack snapshot demo keeps what it has itself";
    let first = |command: &str| {
        format!("{unsure}\nmake the pair whole first: {command}, and when that has proven it, once more; {or}")
    };
    assert_eq!(
        said(stack(), Parting::Unsure),
        first(&format!("ignition-stack up demo   (without the change; {wins})"))
    );
    assert_eq!(
        said(single(), Parting::Unsure),
        first(&format!("ignition-stack up demo --redundant backend   ({wins})"))
    );
    let restart =
        "ignition-stack restart demo backend-backup   (backend takes over meanwhile and stays active), then once more";
    let active = "backend-backup is the active node, and backend would go on without it";
    assert_eq!(said(stack(), Parting::BackupActive), format!("{active}\n{restart}; {or}"));
    let mut odd = single();
    let mut second = odd.gateways[1].clone();
    second.name = name("other");
    odd.gateways.push(second);
    assert_eq!(again(&target(odd, None), &pair), None, "the flag would not know which one");
}
