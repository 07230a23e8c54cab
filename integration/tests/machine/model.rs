//! What must be true of a stack after every step, known without asking the program.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, VolumeCreateRequest};
use bollard::query_parameters::{CreateContainerOptionsBuilder, ListVolumesOptions, RemoveVolumeOptions};
use ignition_stack_integration::canary::Canaries;
use ignition_stack_integration::engine::{MEMBER, STACK};
use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::private_engine::PrivateEngine;
use ignition_stack_integration::{Ran, World};
use serde_json::{Value, json};

/// Times of the gateways, as short as they work: what is tested here is the program.
const TIMES: [(&str, &str); 5] = [
    ("SIMULATED_BOOT_MS", "300"),
    ("SIMULATED_LINK_APPROVAL_MS", "100"),
    ("SIMULATED_LINK_RETRY_MS", "200"),
    ("SIMULATED_RECOVERY_MS", "500"),
    ("SIMULATED_SYNC_MS", "100"),
];

/// Longest time until everything is proven, on a machine that has much to do.
const PROVEN: &str = "120s";

/// What a member's container does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stands {
    /// It runs, as `up` left it.
    Running,
    /// It was taken away, or stopped, or cut off: the stack is not as it should be.
    Harmed,
    /// A kill came in between: nobody can know.
    Unknown,
}

/// A stack, and what is known of it.
pub(crate) struct Model<'a> {
    pub(crate) world: &'a World,
    /// Its engine, when it may be stopped and started.
    pub(crate) private: Option<&'a mut PrivateEngine>,
    /// Each member of the record.
    pub(crate) members: BTreeMap<String, Stands>,
    /// Volumes with a canary, also of members that are none any more. Each says its own name.
    canaries: BTreeSet<String>,
    image: String,
    foreign: Foreign,
    story: Vec<String>,
}

/// Objects of others whose names fit the stack.
struct Foreign {
    container: String,
    volume: String,
    /// The container as it was.
    seen: Value,
}

impl<'a> Model<'a> {
    /// A project that was never started.
    pub(crate) fn begin(world: &'a World, private: Option<&'a mut PrivateEngine>, random: &mut fastrand::Rng) -> Self {
        let mut shape = vec!["--arch", "scale-out", "--database", "none", "--memory", "512"];
        if random.bool() {
            shape.extend(["--redundant", "backend"]);
        }
        if random.bool() {
            shape.push("--no-network-split");
        }
        if private.is_some() {
            shape.extend(["--bind-address", "0.0.0.0"]);
        }
        let command = world.command(&world.create_words(world.name(), 0, &shape));
        TIMES.iter().fold(command, |command, (key, value)| command.env(key, value)).run().expect(0);
        let image = record(world)["ignition_image"].as_str().unwrap().to_owned();
        // Built by the first `up`; until then there is nothing that a foreign container could be made of.
        world.run(&["up", world.name(), "--timeout", PROVEN]).expect(0);
        let mut model = Self {
            world,
            private,
            members: BTreeMap::new(),
            canaries: BTreeSet::new(),
            foreign: Foreign::make(world, &image),
            image,
            story: vec![format!("up of {}", shape.join(" "))],
        };
        model.proven();
        model
    }

    /// Adds a line to what is told when something is wrong.
    pub(crate) fn say(&mut self, line: impl Into<String>) {
        self.story.push(line.into());
    }

    /// What happened so far.
    fn story(&self) -> String {
        self.story.join("\n")
    }

    /// Expects one of these exit codes.
    pub(crate) fn expect(&self, ran: &Ran, codes: &[i32]) {
        let fits = ran.code.is_some_and(|code| codes.contains(&code));
        assert!(
            fits,
            "ignition-stack {}: exit code {:?}, expected {codes:?}\n{}\n{}\n-- after\n{}",
            ran.words,
            ran.code,
            ran.stdout,
            ran.stderr,
            self.story()
        );
    }

    /// Names of the members.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Notes that something was done to every member.
    pub(crate) fn all(&mut self, stands: Stands) {
        for member in self.members.values_mut() {
            *member = stands;
        }
    }

    /// After an `up` that proved the stack: the members are those of the record, and each new volume gets its canary.
    pub(crate) fn proven(&mut self) {
        let record = record(self.world);
        let names = record["gateways"].as_array().unwrap().iter().map(|g| g["name"].as_str().unwrap().to_owned());
        self.members = names.map(|name| (name, Stands::Running)).collect();
        let volumes: Vec<String> = self.volumes().into_iter().collect();
        let keeper = format!("{}-canaries", self.world.name());
        let canaries = Canaries::of(&self.world.engine, &keeper, &self.image, &volumes);
        for volume in volumes {
            if self.canaries.insert(volume.clone()) {
                canaries.put(&volume, &volume);
            }
        }
    }

    /// What is true after every step.
    pub(crate) fn check(&self) {
        let there = self.volumes();
        let lost: Vec<_> = self.canaries.difference(&there).collect();
        self.same("volumes lost", &lost, &Vec::<&String>::new());
        let volumes: Vec<String> = self.canaries.iter().cloned().collect();
        if !volumes.is_empty() {
            let keeper = format!("{}-canaries", self.world.name());
            let canaries = Canaries::of(&self.world.engine, &keeper, &self.image, &volumes);
            for volume in &volumes {
                self.same("canary", &canaries.read(volume), &Some(volume.clone()));
            }
        }
        self.same("a foreign container", &self.foreign.look(self.world), &self.foreign.seen);
        let stays = self.world.engine.wait(self.world.engine.docker.inspect_volume(&self.foreign.volume)).is_ok();
        self.same("a foreign volume is there", &stays, &true);
        self.same("the record is whole", &record(self.world)["name"].as_str(), &Some(self.world.name()));
    }

    /// After `down --delete-data`.
    pub(crate) fn emptied(&mut self) {
        self.all(Stands::Harmed);
        self.canaries.clear();
        self.same("volumes left", &self.volumes(), &BTreeSet::new());
    }

    /// An engine that ends while it makes a volume leaves one without labels. Nobody can know whose that is: the program refuses it and says
    /// how to remove it, and it is removed as it says.
    pub(crate) fn without_labels(&mut self) {
        let name = self.world.name();
        let is_named = |volume: &str| [format!("{name}_"), format!("{name}-")].iter().any(|p| volume.starts_with(p));
        let listed = self.world.engine.wait(self.world.engine.docker.list_volumes(None::<ListVolumesOptions>)).unwrap();
        let bare: Vec<String> = listed
            .volumes
            .unwrap_or_default()
            .into_iter()
            .filter(|volume| volume.labels.is_empty() && is_named(&volume.name))
            .map(|volume| volume.name)
            .collect();
        if bare.is_empty() {
            return;
        }
        self.say(format!("left without labels by the engine: {}", bare.join(" ")));
        let ran = self.world.run(&["up", name, "--timeout", PROVEN]);
        self.expect(&ran, &[3]);
        for volume in bare {
            let told = ran.stderr.split("docker volume rm ").nth(1).is_some_and(|names| names.contains(&volume));
            self.same("it is told how to remove it", &told, &true);
            self.world.engine.remove_volume(&volume);
        }
    }

    /// The end of a sequence: one `up` makes the stack whole, and a second one finds nothing to do.
    pub(crate) fn whole(&mut self) {
        self.say("the last up");
        let ran = self.world.run(&["up", self.world.name(), "--output", "json", "--timeout", PROVEN]);
        self.expect(&ran, &[0]);
        self.same("verified", &ran.json()["verified"], &Value::Bool(true));
        self.proven();
        self.check();
        let containers = self.containers();
        let running: BTreeSet<&String> = containers.keys().collect();
        self.same("members on the engine", &running, &self.members.keys().collect());
        let again = self.world.run(&["up", self.world.name(), "--output", "json", "--timeout", PROVEN]);
        self.expect(&again, &[0]);
        self.say(again.stderr.clone());
        self.same("operations of a second up", &again.json()["operations"], &Value::from(0));
        self.same("containers after a second up", &self.containers(), &containers);
        let verify = self.world.run(&["verify", self.world.name(), "--wait", "60s"]);
        self.expect(&verify, &[0]);
    }

    /// Takes everything away, and sees that nothing of it is left.
    pub(crate) fn end(&mut self) {
        let name = self.world.name();
        let ran =
            self.world.run(&["down", name, "--delete-data", "--no-snapshot", &format!("--yes-delete-data={name}")]);
        self.expect(&ran, &[0]);
        self.emptied();
        self.same("containers left", &self.containers(), &BTreeMap::new());
        self.same("networks left", &self.world.engine.networks(&format!("{STACK}={name}")).len(), &0);
        self.check();
        self.foreign.remove(self.world);
    }

    /// Id of each member's container.
    fn containers(&self) -> BTreeMap<String, String> {
        let all = self.world.engine.containers(&format!("{STACK}={}", self.world.name()));
        let member = |labels: Option<std::collections::HashMap<String, String>>| {
            labels.and_then(|labels| labels.get(MEMBER).cloned()).unwrap_or_else(|| "no member".to_owned())
        };
        all.into_iter().map(|c| (member(c.labels), c.id.unwrap_or_default())).collect()
    }

    fn volumes(&self) -> BTreeSet<String> {
        self.world.engine.volumes(&format!("{STACK}={}", self.world.name())).into_iter().map(|v| v.name).collect()
    }

    #[track_caller]
    fn same<T: PartialEq + Debug>(&self, what: &str, seen: &T, expected: &T) {
        assert!(seen == expected, "{what}: {seen:?}, expected {expected:?}\n-- after\n{}", self.story());
    }
}

impl Foreign {
    fn make(world: &World, image: &str) -> Self {
        let (container, volume) = (format!("{}-stranger-1", world.name()), format!("{}_stranger-data", world.name()));
        // No label of the program: they are somebody else's. This one is the tests', by which they go when a sequence fails.
        let labels = HashMap::from([(WORLD.to_owned(), world.name().to_owned())]);
        let request =
            VolumeCreateRequest { name: Some(volume.clone()), labels: Some(labels.clone()), ..Default::default() };
        world.engine.wait(world.engine.docker.create_volume(request)).unwrap();
        let body = ContainerCreateBody { image: Some(image.to_owned()), labels: Some(labels), ..Default::default() };
        let options = CreateContainerOptionsBuilder::default().name(&container).build();
        world.engine.wait(world.engine.docker.create_container(Some(options), body)).unwrap();
        let seen = without_nothing(world.engine.inspect_json(&container));
        Self { container, volume, seen }
    }

    fn look(&self, world: &World) -> Value {
        without_nothing(world.engine.inspect_json(&self.container))
    }

    fn remove(&self, world: &World) {
        world.engine.remove(&self.container);
        world.engine.wait(world.engine.docker.remove_volume(&self.volume, None::<RemoveVolumeOptions>)).unwrap();
    }
}

/// The same without what says nothing: an engine that was started again has empty lists where there was nothing before.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(key, value)| (key, without_nothing(value)));
            Value::Object(kept.filter(|(_, value)| !value.is_null() && *value != json!([])).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nothing).collect()),
        other => other,
    }
}

/// The record of the world's project.
pub(crate) fn record(world: &World) -> Value {
    let path = world.project(world.name()).join(".ignition-stack/config.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// How long a command may take before it is killed, in milliseconds.
pub(crate) fn kill_after(random: &mut fastrand::Rng) -> Duration {
    Duration::from_millis(random.u64(1..2500))
}
