//! Which pairs have data at stake, by what the engine and the project say, and what is said of them.

use super::*;
use crate::blueprint;
use crate::engine::docker::plan_fixture::complete;
use crate::render::fixture::{name, stack};

struct World {
    stack: Stack,
    blueprint: Blueprint,
    recorded: Option<Stack>,
    observed: Observed,
}

impl World {
    fn new() -> Self {
        let stack = stack();
        let blueprint = blueprint::build(&stack);
        let observed = complete(&blueprint);
        Self { recorded: Some(stack.clone()), stack, blueprint, observed }
    }

    fn without_volume(mut self, volume: &str) -> Self {
        self.observed.volumes.retain(|v| v.name != volume);
        self
    }

    fn without_container(mut self, container: &str) -> Self {
        self.observed.containers.retain(|c| c.name != container);
        self
    }

    fn down(mut self) -> Self {
        self.observed.containers.clear();
        self
    }

    fn asked(&self) -> Asked<'_> {
        let Self { stack, blueprint, recorded, observed } = self;
        Asked { stack, blueprint, directory: "/nowhere".as_ref(), recorded: recorded.as_ref(), observed }
    }

    fn stake(&self, parted: &[Pair]) -> Option<Stake> {
        self.asked().stake(&pair(), parted)
    }
}

fn pair() -> Pair {
    Pair { master: name("backend"), backup: name("backend-backup") }
}

const MASTERS: &str = "demo_backend-data";
const BACKUPS: &str = "demo_backend-backup-data";
const MASTER: &str = "demo-backend-1";
const BACKUP: &str = "demo-backend-backup-1";

#[test]
fn the_data_of_a_backup_without_that_of_its_master_is_at_stake() {
    assert_eq!(World::new().stake(&[]), None);
    assert_eq!(World::new().down().stake(&[]), None, "as a down leaves it");
    let gone = || World::new().without_volume(MASTERS);
    for world in [gone(), gone().without_container(MASTER), gone().down()] {
        assert_eq!(world.stake(&[]), Some(Stake::MasterEmpty));
    }
    assert_eq!(World::new().without_volume(BACKUPS).stake(&[]), None, "it takes over what the master has");
    assert_eq!(gone().without_volume(BACKUPS).stake(&[]), None, "a first start");
    let mut foreign = gone();
    for volume in &mut foreign.observed.volumes {
        volume.labels.insert(labels::STACK_ID.to_owned(), "another".to_owned());
    }
    assert_eq!(foreign.stake(&[]), None, "another stack's");
}

#[test]
fn the_data_of_a_new_backup_is_at_stake_unless_it_was_one_all_the_time() {
    let unrecorded = || {
        let mut world = World::new();
        world.recorded.as_mut().unwrap().pairs.clear();
        world
    };
    assert_eq!(unrecorded().stake(&[]), None, "its container says that it is the backup");
    for world in [unrecorded().down(), unrecorded().without_container(BACKUP)] {
        assert_eq!(world.stake(&[]), Some(Stake::BackupKept));
    }
    let mut alone = unrecorded();
    alone.observed.containers.iter_mut().for_each(|c| drop(c.labels.remove(labels::BACKUP_OF)));
    assert_eq!(alone.stake(&[]), Some(Stake::BackupKept), "a gateway of its own until now");
    assert_eq!(unrecorded().down().without_volume(BACKUPS).stake(&[]), None, "it has none");
    // The record may have been changed before; what was taken apart is written down.
    assert_eq!(World::new().down().stake(&[pair()]), Some(Stake::BackupKept));
    assert_eq!(World::new().stake(&[pair()]), None, "and has come back");
    let swapped = Pair { master: name("backend-backup"), backup: name("backend") };
    assert_eq!(World::new().down().stake(&[swapped]), None);
}

#[test]
fn nothing_is_lost_without_a_word() {
    let accepted = World::new().asked().check(false).unwrap();
    assert!(accepted.masters.is_empty() && accepted.notes.is_empty(), "{accepted:?}");
    let world = World::new().without_volume(MASTERS);
    assert_eq!(world.asked().check(false).unwrap_err().class, Class::Refused);
    let accepted = world.asked().check(true).unwrap();
    assert_eq!(accepted.masters, [name("backend")]);
    let told = "backend begins with no data, and backend-backup takes that over: what backend-backup has is lost";
    assert_eq!(accepted.notes, [format!("--abandon-backup: {told}")]);
}

#[test]
fn a_refusal_says_what_is_lost_and_both_ways_on() {
    let world = World::new().without_volume(MASTERS).down();
    let failure = world.asked().refusal(&pair(), Stake::MasterEmpty);
    assert_eq!(failure.class, Class::Refused);
    assert_eq!(
        failure.what,
        "backend begins with no data, and backend-backup takes that over: what backend-backup has is lost"
    );
    assert_eq!(
        failure.details,
        [
            "volume demo_backend-data of backend is not there",
            "volume demo_backend-backup-data of backend-backup is there",
            "to keep what is there in a file first: ignition-stack snapshot demo",
            "nothing was touched"
        ]
    );
    assert_eq!(
        failure.advice.unwrap(),
        "restore a snapshot that holds both: ignition-stack down demo --delete-data (writes one of what is there), then \
         ignition-stack restore demo FILE; or, where what backend-backup has may be lost, add --abandon-backup"
    );
    let failure = world.asked().refusal(&pair(), Stake::BackupKept);
    assert!(failure.what.contains("volume demo_backend-backup-data"), "{failure:?}");
    assert!(failure.advice.unwrap().contains("--abandon-backup"));
    let refusals = || vec![world.asked().refusal(&pair(), Stake::MasterEmpty), failure_of("other")];
    let both = all(refusals()).unwrap();
    assert!(both.details.iter().any(|detail| detail == "other"), "{both:?}");
    assert!(both.details.iter().any(|detail| detail == "try: mend other"), "{both:?}");
    assert_eq!(all(Vec::new()), None);
}

fn failure_of(what: &str) -> Failure {
    Failure::new(Class::Refused, what).advise(format!("mend {what}"))
}
