//! Intent: a restore that was killed is known as that whatever became of the container that filled the volumes, until the volumes are whole
//! or gone; and whoever takes it up or away may be killed in turn.

use std::time::{Duration, Instant};

use ignition_stack_integration::canary::Canaries;
use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::failpoint::{Failpoint, Moment};
use ignition_stack_integration::leftovers::{self, LEASE, WORLD};
use ignition_stack_integration::proxy::{Fault, Rule};
use ignition_stack_integration::{Proxy, World, target, wait};

use super::snapshots::everybody_tells_it;

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
/// What every command says of it.
const TOLD: &str = "did not end";
/// Label of what only holds, or marks, volumes.
const HOLDS: &str = "ignition-stack.holds";
/// More changes than any of the commands makes.
const ENOUGH: usize = 40;

/// A stack whose data is in a file and nowhere else.
struct Saved {
    world: World,
    proxy: Proxy,
    image: String,
    /// Names of its volumes.
    volumes: Vec<String>,
    file: String,
    /// `PUT /containers/*/archive` of the first volume: which change of a restore that is.
    first_filled: usize,
}

impl Saved {
    fn open(scenario: &str) -> Option<Self> {
        let world = World::open_simulated(scenario)?;
        let proxy = world.proxy()?;
        let name = world.name().to_owned();
        world.command(&[world.up_words(&SHAPE), vec!["--no-wait".to_owned()]].concat()).run().expect(0);
        let image = world.engine.inspect(&world.container("gateway")).image.unwrap();
        let volumes = ["gateway", "gateway-backup"].map(|member| format!("{name}_{member}-data")).to_vec();
        let canaries = Canaries::of(&world.engine, &format!("{name}-canaries"), &image, &volumes);
        for volume in &volumes {
            canaries.put(volume, volume);
        }
        drop(canaries);
        let sure = format!("--yes-delete-data={name}");
        let down = world.run(&["down", &name, "--delete-data", &sure, "--output", "json"]).expect(0).json();
        let file = down["snapshot"].as_str().unwrap().to_owned();
        let mut saved = Self { world, proxy, image, volumes, file, first_filled: 0 };
        saved.proxy.take();
        saved.command(&saved.restore()).run().expect(0);
        let changes = saved.proxy.take().mutating();
        saved.first_filled = 1 + changes.0.iter().position(|call| call.kind == "PUT /containers/*/archive").unwrap();
        saved.is_whole("restored");
        Some(saved)
    }

    fn restore(&self) -> [&str; 3] {
        ["restore", self.world.name(), &self.file]
    }

    fn command(&self, words: &[&str]) -> ignition_stack_integration::run::Invocation {
        self.world.command(words).env("DOCKER_HOST", &self.proxy.host())
    }

    fn label(&self) -> String {
        format!("{STACK}={}", self.world.name())
    }

    /// Kills a run right after its n-th change, and takes the container away that it may have left, as `docker container prune` does.
    /// Returns which change that was; nothing when it came to its end before.
    ///
    /// Before its next change the engine looks the same as after this one.
    fn killed(&self, words: &[&str], call: usize) -> Option<String> {
        let armed = Failpoint { call, moment: Moment::After, signal: "KILL" }.arm(&self.proxy);
        let running = self.command(words).start();
        armed.aim(running.id());
        let ran = running.end();
        self.proxy.no_rules();
        self.prune();
        let Some((_, at)) = armed.hit() else {
            ran.expect(0);
            return None;
        };
        Some(format!("{} killed after change {call}, {at}", words[0]))
    }

    /// Containers, and the lease, whose removal by the next run is shown elsewhere.
    fn prune(&self) {
        let engine = &self.world.engine;
        for container in engine.containers(&self.label()) {
            engine.remove(&container.id.unwrap());
        }
        for lease in engine.volumes(&format!("{LEASE}={}", self.world.name())) {
            engine.remove_volume(&lease.name);
        }
    }

    /// Nothing of the stack.
    fn nothing(&self) {
        leftovers::remove(&self.world.engine, |name| name == self.world.name());
    }

    /// One volume filled, one empty, and no container.
    fn half(&self) {
        self.nothing();
        self.killed(&self.restore(), self.first_filled).unwrap();
        assert_eq!(self.canaries().into_iter().flatten().count(), 1, "half of it");
    }

    /// The stack's volumes of data that are there.
    fn there(&self) -> Vec<String> {
        let mut there = self.world.engine.volumes(&self.label());
        there.retain(|volume| !volume.labels.contains_key(HOLDS));
        there.into_iter().map(|volume| volume.name).collect()
    }

    fn canaries(&self) -> Vec<Option<String>> {
        let there = self.there();
        let name = format!("{}-canaries", self.world.name());
        let canaries = Canaries::of(&self.world.engine, &name, &self.image, &there);
        self.volumes.iter().map(|v| there.contains(v).then(|| canaries.read(v)).flatten()).collect()
    }

    fn is_whole(&self, when: &str) {
        let all: Vec<_> = self.volumes.iter().cloned().map(Some).collect();
        assert_eq!(self.canaries(), all, "{when}");
        assert_eq!(self.world.engine.volumes(&self.label()).len(), self.volumes.len(), "{when}: more than the data");
    }

    /// `up` goes on with all of the data or with none, and with nothing else.
    fn state(&self, when: &str) -> State {
        let plan = self.world.run(&["up", self.world.name(), "--plan"]);
        if plan.code == Some(3) {
            plan.says(&[TOLD, "restore"]);
            return State::Told;
        }
        assert_eq!(plan.code, Some(0), "{when}\n{}", plan.stderr);
        if self.there().is_empty() {
            return State::Nothing;
        }
        self.is_whole(when);
        State::Whole
    }
}

/// What is there of a stack's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Nothing,
    Whole,
    /// Something, or nothing, and every command refuses to take it for data.
    Told,
}

#[test]
fn half_restored_data_is_never_taken_for_data() {
    let Some(saved) = Saved::open("half_restored") else { return };
    without_its_container_everybody_still_tells_it(&saved);
    a_volume_of_somebody_else_is_left_alone(&saved);
    a_restore_that_is_under_way_is_told_as_that(&saved);
    a_restore_killed_at_every_change_is_known_or_whole(&saved);
    a_deletion_killed_at_every_change_goes_on(&saved);
    a_deletion_that_ended_half_way_is_told(&saved);
    a_whole_stack_killed_while_it_is_deleted_is_whole_told_or_gone(&saved);
}

fn without_its_container_everybody_still_tells_it(saved: &Saved) {
    let (world, name) = (&saved.world, saved.world.name().to_owned());
    saved.half();
    let before = world.engine.identities(&name);
    world.run(&["up", &name, "--no-wait"]).expect(3).says(&[TOLD, "restore"]);
    world.run(&["up", &name, "--plan"]).expect(3).says(&[TOLD]);
    world.run(&["down", &name]).expect(3).says(&[TOLD]);
    world.run(&["snapshot", &name]).expect(3).says(&[TOLD]);
    let doctor = world.run(&["doctor", &name, "--output", "json"]).expect(3).json();
    assert!(doctor["findings"].as_array().unwrap().iter().any(|f| f["topic"] == "data"), "{doctor:#}");
    everybody_tells_it(world);
    let waited = world.run(&["verify", &name, "--wait", "10m"]).expect(1).says(&[TOLD, "restore"]);
    assert!(waited.took < Duration::from_mins(1), "no waiting makes it whole: {:?}", waited.took);
    let list = world.run(&["list", "--output", "json"]).expect(0).json();
    let row = list["stacks"].as_array().unwrap().iter().find(|row| row["stack"] == name).unwrap();
    assert_eq!(row["volumes"], 2, "what marks it is no data: {row:#}");
    assert_eq!(world.engine.identities(&name), before, "nothing was touched");
    world.command(&saved.restore()).run().expect(0);
    saved.is_whole("restored again");
    world.run(&["up", &name, "--plan"]).expect(0);

    saved.half();
    let sure = format!("--yes-delete-data={name}");
    let down = world.run(&["down", &name, "--delete-data", &sure, "--output", "json"]).expect(0).json();
    assert_eq!(
        (&down["volumes"], &down["kept_volumes"], &down["snapshot"]),
        (&2.into(), &0.into(), &().into()),
        "{down:#}"
    );
    assert!(world.engine.identities(&name).is_empty());
}

fn a_volume_of_somebody_else_is_left_alone(saved: &Saved) {
    let (engine, theirs) = (&saved.world.engine, format!("{}_restore", saved.world.name()));
    let request = bollard::models::VolumeCreateRequest {
        name: Some(theirs.clone()),
        labels: Some([(WORLD.to_owned(), saved.world.name().to_owned())].into()),
        ..Default::default()
    };
    engine.wait(engine.docker.create_volume(request)).unwrap();
    let advice = format!("docker volume rm {theirs}");
    saved.command(&saved.restore()).run().expect(3).says(&[&theirs, "nothing was touched", &advice]);
    assert!(saved.there().is_empty());
    engine.remove_volume(&theirs);
    saved.command(&saved.restore()).run().expect(0);
    saved.is_whole("with its name free");
}

fn a_restore_that_is_under_way_is_told_as_that(saved: &Saved) {
    let (world, name) = (&saved.world, saved.world.name());
    saved.nothing();
    saved.proxy.take();
    saved.proxy.rule(Rule::kind("PUT /containers/*/archive", Fault::Delay(Duration::from_secs(30))));
    let mut running = saved.command(&saved.restore()).start();
    wait::until("the restore fills a volume", target::patience(), || {
        assert!(running.ended().is_none(), "it ended\n{}", running.stderr());
        let calls = saved.proxy.calls().of("PUT /containers/*/archive");
        if calls.is_empty() { Err(running.stderr()) } else { Ok(()) }
    });
    let told = ["another run works on them", "wait until it is done"];
    for (words, code) in
        [(&["start", name][..], 75), (&["up", name, "--plan"], 75), (&["status", name], 0), (&["doctor", name], 75)]
    {
        let ran = world.run(words).expect(code).says(&told);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(TOLD), "it has not ended\n{}", ran.stderr);
    }
    saved.proxy.no_rules();
    drop(running);
    saved.nothing();
}

/// Every run begins with what the one before left, which was killed one change earlier; and one does with half of the data each time.
fn a_restore_killed_at_every_change_is_known_or_whole(saved: &Saved) {
    let began = Instant::now();
    saved.nothing();
    let (mut told, mut moments) = (0, 0);
    for call in 1..=ENOUGH {
        let Some(when) = saved.killed(&saved.restore(), call) else { break };
        moments += 1;
        match saved.state(&when) {
            State::Told => told += 1,
            State::Whole => saved.nothing(),
            State::Nothing => {}
        }
    }
    saved.is_whole("the last one went on to its end");
    assert!(told > 4, "{told} of {moments} kills met a restore half done");
    for call in 1..=ENOUGH {
        saved.half();
        let when = saved.killed(&saved.restore(), call).expect("half of it goes before anything is made");
        moments += 1;
        if saved.state(&when) == State::Nothing {
            break;
        }
    }
    saved.world.command(&saved.restore()).run().expect(0);
    saved.is_whole("after all");
    saved.world.time(&format!("{moments} kills of a restore"), began.elapsed());
}

/// A container of somebody else keeps one of the volumes.
fn a_deletion_that_ended_half_way_is_told(saved: &Saved) {
    let (world, name) = (&saved.world, saved.world.name());
    let sure = format!("--yes-delete-data={name}");
    let deletion = ["down", name, "--delete-data", "--no-snapshot", &sure];
    for goes_on in [true, false] {
        saved.nothing();
        saved.command(&saved.restore()).run().expect(0);
        let image = &saved.image;
        let keeps = Canaries::of(&world.engine, &format!("{name}-keeps"), image, &saved.volumes[1..]);
        let ran = world.run(&deletion);
        assert_ne!(ran.code, Some(0), "{ran:?}");
        drop(keeps);
        assert_eq!(saved.there(), saved.volumes[1..], "half of it");
        let told = ["a deletion of all data", TOLD];
        for words in
            [&["up", name, "--plan"][..], &["up", name], &["snapshot", name], &["start", name], &["down", name]]
        {
            world.run(words).expect(3).says(&told);
        }
        world.run(&["doctor", name]).expect(3).says(&told);
        world.run(&["status", name]).expect(0).says(&told);
        world.run(&["verify", name]).expect(1).says(&told);
        world.run(&["list"]).expect(0).says(&["deletion did not end"]);
        assert_eq!(saved.there(), saved.volumes[1..], "nothing was touched");
        if goes_on {
            world.run(&deletion).expect(0);
            assert!(world.engine.identities(name).is_empty());
        } else {
            saved.command(&saved.restore()).run().expect(0);
            saved.is_whole("after a deletion that did not end");
        }
    }
}

fn a_whole_stack_killed_while_it_is_deleted_is_whole_told_or_gone(saved: &Saved) {
    let (world, name) = (&saved.world, saved.world.name());
    let sure = format!("--yes-delete-data={name}");
    let deletion = ["down", name, "--delete-data", "--no-snapshot", &sure];
    for call in 1..=ENOUGH {
        saved.nothing();
        saved.command(&saved.restore()).run().expect(0);
        let Some(when) = saved.killed(&deletion, call) else { break };
        let there = saved.there().len();
        let code = if there == 1 { 3 } else { 0 };
        world.run(&["up", name, "--plan"]).expect(code);
        if there == saved.volumes.len() {
            // What marks it goes with the next run, so that it never tells of other volumes.
            world.run(&["snapshot", name, "--file", &format!("all-{call}.tar")]).expect(0);
            saved.is_whole(&when);
        } else {
            world.run(&deletion).expect(0);
            assert!(world.engine.identities(name).is_empty(), "{when}");
        }
    }
}

fn a_deletion_killed_at_every_change_goes_on(saved: &Saved) {
    let began = Instant::now();
    let name = saved.world.name();
    let sure = format!("--yes-delete-data={name}");
    let deletion = ["down", name, "--delete-data", &sure];
    for call in 1..=ENOUGH {
        saved.half();
        let when = saved.killed(&deletion, call).expect("it removes what is there");
        if saved.state(&when) != State::Told {
            assert!(call > 3, "both volumes go before the mark: {when}");
            break;
        }
        saved.world.run(&deletion).expect(0);
        assert!(saved.world.engine.identities(name).is_empty(), "{when}");
    }
    saved.world.time("kills of a deletion", began.elapsed());
    let snapshots = std::fs::read_dir(saved.world.project(name).join("snapshots")).unwrap();
    assert_eq!(snapshots.count(), 1, "no half was saved as data");
}
