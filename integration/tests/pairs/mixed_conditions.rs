//! Intent: a pair gets along with the conditions of a real plant: nodes that start long after each other, networks that are cut,
//! nodes that freeze, clocks that are wrong, a power cut; and with the loss of nothing but the channel between its nodes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ignition_stack_integration::pair::{Ground, HALVES, Half, JOIN_WAIT, PING_BUDGET, Pair, Shape};
use ignition_stack_integration::{http, telling, wait};

const LIMIT: Duration = Duration::from_secs(40);
/// Minutes of a real plant, in the measure of these pairs: many times what a node waits for the other.
const MINUTES: Duration = Duration::from_secs(6);

/// A pair that is stopped, and a front end linked to both of its nodes beside the network over which they talk.
struct Plant {
    ground: Ground,
    pair: Pair,
    frontend: String,
}

impl Plant {
    fn open(scenario: &str, shape: &Shape) -> Option<Self> {
        let ground = Ground::open(scenario)?;
        let pair = ground.pair(&ground.engine, 0, shape);
        let frontend = ground.frontend(&ground.engine, &pair);
        Some(Self { ground, pair, frontend })
    }

    /// The same with both nodes in their roles.
    fn healthy(scenario: &str) -> Option<Self> {
        let plant = Self::open(scenario, &Shape::default())?;
        plant.start(Half::Master);
        plant.start(Half::Backup);
        plant.expect_healthy();
        Some(plant)
    }

    fn start(&self, half: Half) {
        self.ground.engine.start(&self.pair.container(half));
    }

    fn is(&self, half: Half, wanted: &str) {
        wait::until(&format!("the {half} is {wanted}"), LIMIT, || match self.pair.look(half) {
            Ok(seen) if seen == wanted => Ok(()),
            Ok(seen) | Err(seen) => Err(seen),
        });
    }

    fn expect_healthy(&self) {
        let wanted = self.pair.healthy();
        wait::until("both nodes are in their roles", LIMIT, || {
            let seen = HALVES.map(|half| self.pair.look(half).unwrap_or_else(|e| e));
            if seen == wanted { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    }

    /// What it was stays so for that long.
    fn stays(&self, half: Half, wanted: &str, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            assert_eq!(self.pair.look(half).as_deref(), Ok(wanted));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn both_active(&self) {
        self.is(Half::Backup, "Backup/Unknown/Active");
        self.is(Half::Master, "Master/Good/Active");
    }

    /// Both links of the front end run.
    fn links_run(&self) {
        let address = self.ground.frontend_address(&self.pair);
        wait::until("both links of the front end run", LIMIT, || links(address));
    }
}

/// The page of a gateway shows its links (its REST needs a login): both must be Running.
fn links(address: SocketAddr) -> Result<(), String> {
    let (_, page) = http::get_at(address, "/Start", Duration::from_secs(2))?;
    if page.matches("Running").count() >= 2 { Ok(()) } else { Err(page) }
}

#[test]
fn a_master_that_comes_minutes_after_its_backup_takes_over() {
    let Some(plant) = Plant::open("backup_first", &Shape::default()) else { return };
    plant.start(Half::Backup);
    plant.is(Half::Backup, "Backup/Unknown/Active");
    plant.stays(Half::Backup, "Backup/Unknown/Active", MINUTES);
    plant.start(Half::Master);
    plant.expect_healthy();
    plant.links_run();
}

#[test]
fn a_backup_that_comes_minutes_after_its_master_stands_by() {
    let Some(plant) = Plant::open("master_first", &Shape::default()) else { return };
    plant.start(Half::Master);
    plant.is(Half::Master, "Master/Good/Active");
    plant.stays(Half::Master, "Master/Good/Active", MINUTES);
    plant.start(Half::Backup);
    plant.expect_healthy();
    // It never was anything else: the master was there all the time.
    let log = plant.ground.engine.logs(&plant.pair.container(Half::Backup));
    assert!(!log.contains("Activity level=Active"), "{log}");
}

#[test]
fn a_network_that_is_cut_makes_both_active_and_healed_one() {
    let Some(plant) = Plant::healthy("network_cut") else { return };
    for half in HALVES {
        let cut = Instant::now();
        plant.pair.disconnect(&plant.ground.engine, half);
        plant.both_active();
        telling::time(
            "network_cut",
            &format!("the {half} cut off, to both Active (budget {PING_BUDGET:?})"),
            cut.elapsed(),
        );
        plant.stays(Half::Backup, "Backup/Unknown/Active", JOIN_WAIT);
        plant.pair.connect(&plant.ground.engine, half);
        plant.expect_healthy();
    }
}

#[test]
fn a_node_that_is_paused_and_resumed_finds_its_place_again() {
    let Some(plant) = Plant::healthy("paused") else { return };
    let engine = &plant.ground.engine;
    engine.pause(&plant.pair.container(Half::Master));
    plant.is(Half::Backup, "Backup/Unknown/Active");
    engine.unpause(&plant.pair.container(Half::Master));
    plant.expect_healthy();
    engine.pause(&plant.pair.container(Half::Backup));
    plant.stays(Half::Master, "Master/Good/Active", PING_BUDGET * 3);
    engine.unpause(&plant.pair.container(Half::Backup));
    plant.expect_healthy();
}

#[test]
fn both_started_again_at_once_come_to_the_same_roles() {
    let Some(plant) = Plant::healthy("power_cut") else { return };
    for half in HALVES {
        plant.ground.engine.kill(&plant.pair.container(half));
    }
    for half in [Half::Backup, Half::Master] {
        plant.start(half);
    }
    plant.expect_healthy();
    plant.links_run();
}

#[test]
fn clocks_that_differ_by_years_do_not_keep_a_pair_apart() {
    let hours = |h: i64| (h * 3_600_000).to_string();
    let shape = Shape {
        env: vec![
            (Half::Master, "SIMULATED_CLOCK_OFFSET_MS", hours(-20_000)),
            (Half::Backup, "SIMULATED_CLOCK_OFFSET_MS", hours(20_000)),
        ],
        ..Shape::default()
    };
    let Some(plant) = Plant::open("clock_skew", &shape) else { return };
    plant.start(Half::Master);
    plant.start(Half::Backup);
    plant.expect_healthy();
    let engine = &plant.ground.engine;
    let year = |half: Half| -> i32 {
        let log = engine.logs(&plant.pair.container(half));
        let line = log.lines().rfind(|l| l.starts_with("jvm 1")).unwrap_or_else(|| panic!("{log}"));
        line.split("| ")
            .nth(1)
            .and_then(|l| l.get(..4))
            .and_then(|y| y.parse().ok())
            .unwrap_or_else(|| panic!("{line}"))
    };
    assert!(year(Half::Backup) - year(Half::Master) >= 4, "the clocks are as far apart as was asked for");
    engine.kill(&plant.pair.container(Half::Master));
    plant.is(Half::Backup, "Backup/Unknown/Active");
    plant.start(Half::Master);
    plant.expect_healthy();
}

/// Split brain: the two do not hear each other, and everybody else hears both (fact sheet 5.2).
#[test]
fn when_only_their_channel_dies_both_are_active_and_everybody_sees_both() {
    let Some(plant) = Plant::healthy("split_brain") else { return };
    plant.links_run();
    let engine = &plant.ground.engine;
    plant.pair.disconnect(engine, Half::Backup);
    plant.both_active();
    // The links of the others never broke.
    links(plant.ground.frontend_address(&plant.pair)).unwrap();
    let log = engine.logs(&plant.frontend);
    let broken = log.lines().filter(|l| l.contains("was lost") || l.contains("pings were not answered")).count();
    assert_eq!(broken, 0, "{log}");
    for half in HALVES {
        plant.stays(
            half,
            if half == Half::Master { "Master/Good/Active" } else { "Backup/Unknown/Active" },
            MINUTES / 2,
        );
    }
    plant.pair.connect(engine, Half::Backup);
    plant.expect_healthy();
    plant.links_run();
}
