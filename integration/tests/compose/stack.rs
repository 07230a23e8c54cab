//! A project in a world, with compose and with the program side by side, and what its volumes say of their seeding.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ignition_stack_integration::compose::{Compose, Generation};
use ignition_stack_integration::engine::{MEMBER, STACK};
use ignition_stack_integration::run::Ran;
use ignition_stack_integration::{World, target, telling, wait};

use serde_json::Value;

use crate::images::Images;

const DATA: &str = "/usr/local/bin/ignition/data";
const MARKER: &str = ".ignition-stack-seeded";
/// A seed of the first start that a gateway may change later on.
const CHANGED: &str = "config/resources/core/config-mode.json";

/// What a stack is made of, and what must come of it.
pub(crate) struct Shape {
    pub(crate) words: &'static [&'static str],
    pub(crate) gateways: &'static [&'static str],
    pub(crate) pairs: u64,
    pub(crate) links: u64,
}

pub(crate) const BASIC: Shape = Shape { words: &["--arch", "basic"], gateways: &["gateway"], pairs: 0, links: 0 };
pub(crate) const SCALE_OUT: Shape = Shape {
    words: &["--arch", "scale-out", "--redundant", "backend"],
    gateways: &["frontend", "backend", "backend-backup"],
    pairs: 1,
    links: 2,
};
pub(crate) const OVER_TLS: Shape =
    Shape { words: &["--arch", "scale-out", "--redundant", "backend", "--gateway-network", "tls"], ..SCALE_OUT };
pub(crate) const HUB_AND_SPOKE: Shape = Shape {
    words: &["--arch", "hub-and-spoke", "--spokes", "2"],
    gateways: &["hub", "spoke-1", "spoke-2"],
    pairs: 0,
    links: 2,
};

/// A project that nobody has started yet.
pub(crate) struct Stack {
    pub(crate) shape: &'static Shape,
    pub(crate) generation: Generation,
    // Before the images, so that the containers go first.
    pub(crate) world: World,
    compose: Compose,
    _images: Arc<Images>,
}

impl Stack {
    /// Writes it; nothing where this machine has not what it needs, which is said loudly.
    pub(crate) fn create(generation: Generation, shape: &'static Shape, scenario: &str) -> Option<Self> {
        Self::create_edited(generation, shape, scenario, |_| {})
    }

    /// The same with changes to what is written.
    pub(crate) fn create_edited(
        generation: Generation,
        shape: &'static Shape,
        scenario: &str,
        edit: impl FnOnce(&mut Value),
    ) -> Option<Self> {
        let scenario = format!("{scenario}, {generation}, {}", shape.words[1]);
        let compose = match Compose::find(generation) {
            Ok(compose) => compose,
            Err(why) if generation.may_be_absent() => {
                telling::say(&format!("LEFT OUT ({why}): {scenario}"));
                return None;
            }
            Err(why) => {
                telling::left_out(&why, &scenario);
                return None;
            }
        };
        let images = match Images::hold() {
            Ok(images) => images,
            Err(why) => {
                telling::left_out(&why, &scenario);
                return None;
            }
        };
        let world = World::open_with_image(&scenario, &images.gateway())?;
        let words: Vec<&str> = shape.words.iter().copied().chain(["--database", "postgres"]).collect();
        world.create_from(&words, |record| {
            record["service_instances"][0]["image"] = images.postgres().into();
            edit(record);
        });
        Some(Self { shape, generation, world, compose, _images: images })
    }

    /// Its directory.
    pub(crate) fn project(&self) -> PathBuf {
        self.world.project(self.world.name())
    }

    /// Runs compose in the project, as a person does; tells the time.
    pub(crate) fn compose(&self, words: &[&str]) -> Ran {
        let ran = self.compose.run(&self.project(), words).expect(0);
        self.world.time(&format!("compose {}", words.join(" ")), ran.took);
        ran
    }

    /// Runs the program.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let all: Vec<&str> = [&words[..1], &[self.world.name()], &words[1..]].concat();
        let ran = self.world.run(&all).expect(0);
        self.world.time(words[0], ran.took);
        ran
    }

    /// Names of the members: gateways and the database.
    pub(crate) fn members(&self) -> Vec<&'static str> {
        self.shape.gateways.iter().copied().chain(["db"]).collect()
    }

    /// A gateway with the database attached: the first of every shape is not Edge.
    fn database_user(&self) -> &'static str {
        self.shape.gateways[0]
    }

    /// Containers of the members by their names, whoever made them.
    pub(crate) fn containers(&self) -> BTreeMap<String, String> {
        let all = self.world.engine.containers(&format!("{STACK}={}", self.world.name()));
        let member = |c: bollard::models::ContainerSummary| Some((c.labels?.remove(MEMBER)?, c.id?));
        all.into_iter().filter_map(member).collect()
    }

    /// How many containers of the stack there are, the seeding ones among them, and networks.
    pub(crate) fn objects(&self) -> (usize, usize) {
        let label = format!("{STACK}={}", self.world.name());
        (self.world.engine.containers(&label).len(), self.world.engine.networks(&label).len())
    }

    /// Runs a command in a gateway's container as the gateway's user, and expects it to succeed.
    pub(crate) fn inside(&self, gateway: &str, command: &str) -> String {
        let container = &self.containers()[gateway];
        let words = ["bash", "-c", &format!("cd {DATA} && {command}")];
        let (code, said) = self.world.engine.exec(container, &words, &BTreeMap::new());
        assert_eq!(code, Some(0), "{gateway}: {command}\n{said}");
        said
    }

    /// Lets `verify --wait` prove the stack, and looks for the pairs and links in what it saw.
    pub(crate) fn is_proven(&self) {
        let limit = format!("{}s", target::patience().as_secs());
        let began = Instant::now();
        let ran = self.world.run(&["verify", self.world.name(), "--wait", &limit, "--output", "json"]);
        let verdict = ignition_stack_integration::Verdict::of(&ran);
        assert!(verdict.holds(), "{verdict}");
        self.world.time("verify --wait", began.elapsed());
        let count = |condition: &str| -> u64 {
            let each = self.shape.gateways.iter().map(|gateway| verdict.passed(gateway, condition));
            each.sum::<usize>().try_into().unwrap()
        };
        assert_eq!(count("peer-connected"), 2 * self.shape.pairs, "{verdict}");
        assert_eq!((count("link-running"), count("link-accepted")), (self.shape.links, self.shape.links), "{verdict}");
        assert_eq!(verdict.passed(self.database_user(), "database"), 1, "{verdict}");
    }

    /// Waits until the engine's own health checks say that every member is well.
    pub(crate) fn is_healthy(&self) {
        wait::until("healthy", target::patience(), || {
            let unwell: Vec<_> = self.containers().into_iter().filter(|(_, id)| self.health(id) != "healthy").collect();
            if unwell.is_empty() { Ok(()) } else { Err(format!("{unwell:?}")) }
        });
    }

    fn health(&self, container: &str) -> String {
        let health = self.world.engine.inspect(container).state.and_then(|s| s.health);
        health.and_then(|h| h.status).map(|s| s.to_string()).unwrap_or_default()
    }

    /// Lets the gateways change a file that they were seeded with, as they do when someone works with them.
    pub(crate) fn the_gateways_change_a_seed(&self) {
        for gateway in self.shape.gateways {
            self.inside(gateway, &format!("printf '\\n' >> {CHANGED}"));
        }
    }

    /// What would differ if a gateway's volume were seeded a second time: identity and times of the marker and of every file
    /// of the first start. Of a backup only what its master does not send it.
    pub(crate) fn stamps(&self) -> BTreeMap<&'static str, String> {
        let stamps = self.shape.gateways.iter().map(|gateway| {
            let list = self.project().join("services").join(gateway).join("seeds");
            let list = std::fs::read_to_string(&list).unwrap();
            let firsts = list.lines().filter_map(|line| line.strip_prefix("first file "));
            let own = |path: &&str| !gateway.ends_with("-backup") || !path.starts_with("config/resources/");
            let paths: Vec<&str> = firsts.filter(own).chain([MARKER]).collect();
            assert!(paths.len() >= 2, "{list}");
            (*gateway, self.inside(gateway, &format!("stat -c '%n %i %z' {}", paths.join(" "))))
        });
        stamps.collect()
    }

    /// Everything in a gateway's volume belongs to the gateway's user.
    pub(crate) fn all_is_the_gateways_own(&self) {
        for gateway in self.shape.gateways {
            assert_eq!(self.inside(gateway, "find . ! -uid 2003"), "", "{gateway}");
        }
    }

    /// What a seeding container of compose last said.
    pub(crate) fn seeding_said(&self, gateway: &str) -> String {
        self.world.engine.logs(&self.generation.container(self.world.name(), &format!("seed-{gateway}")))
    }

    /// The members that run.
    pub(crate) fn running(&self) -> Vec<String> {
        let all = self.containers();
        all.into_iter().filter(|(_, id)| self.world.engine.runs(id)).map(|(member, _)| member).collect()
    }
}

/// Expects containers to have ended by themselves, not to have been killed after their grace.
pub(crate) fn ended_in_time(ran: &Ran) {
    assert!(ran.took < Duration::from_secs(30), "{}: {:?}", ran.words, ran.took);
}
