//! A stack of tiny containers on a real engine, which goes away with its test. The image is made here: no registry is asked.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use ignition_stack::blueprint::{
    Blueprint, Container, EnvValue, GATEWAY_DATA, Kind, Mount, Network, PublishedPort, SecretName, Seed, SeedContent,
    SeedWhen, Volume,
};
use ignition_stack::engine::docker::{BuildInput, Docker, EndpointSettings, Op, Scope};
use ignition_stack::engine::{Engine, EngineError, Policy, Secrets};
use ignition_stack::plan::Plan;
use ignition_stack::stack::{Name, Role, StackId};
use indexmap::IndexMap;
use uuid::Uuid;

/// The only program in the test image: speaks on both streams, then waits for the signal to stop.
const PROGRAM: &str = r#"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static void stop(int signal) { (void)signal; _exit(0); }
int main(int count, char **words) {
    if (count > 1 && !strcmp(words[1], "check")) return 0;
    if (count > 1 && !strcmp(words[1], "crash")) return 3;
    signal(SIGTERM, stop);
    puts("hello from out"); fflush(stdout);
    fputs("hello from err\n", stderr);
    for (;;) pause();
}
"#;

const DOCKERFILE: &str = "FROM scratch
COPY program /program
USER 2003:0
HEALTHCHECK --interval=1s --timeout=5s CMD [\"/program\", \"check\"]
ENTRYPOINT [\"/program\"]
";

/// Makes names of stacks distinct within a run.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// How many tests use the image that they share; the last one takes it away.
static USERS: AtomicU32 = AtomicU32::new(0);

/// Held while the shared image is built or taken away.
static BUILDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What a test acts on.
pub(crate) struct World {
    pub(crate) engine: Docker,
    pub(crate) name: Name,
    pub(crate) id: StackId,
    pub(crate) image: String,
}

impl World {
    /// The engine and an image on it; nothing, and a word about it, where no engine answers. CI must have one.
    pub(crate) async fn new(test: &str) -> Option<Self> {
        let engine = match connect().await {
            Ok(engine) => engine,
            Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{test}: {why}"),
            Err(why) => {
                eprintln!("SKIPPED {test}: {why}");
                return None;
            }
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = Name::parse(&format!("ist-eng-{}-{count}", std::process::id())).unwrap();
        let world = Self { engine, image: format!("ist-eng-{}:shared", std::process::id()), name, id: Uuid::new_v4() };
        let _guard = BUILDING.lock().await;
        USERS.fetch_add(1, Ordering::SeqCst);
        world.engine.ensure_simulated(&world.image, &Self::build_input(DOCKERFILE, "shared")).await.unwrap();
        Some(world)
    }

    /// Uses an image of its own from now on, which holds the executable `first`.
    pub(crate) async fn take_own_image(&mut self) {
        self.image = format!("{}:own", self.name);
        assert!(
            self.engine.ensure_simulated(&self.image, &Self::build_input(DOCKERFILE, "first")).await.unwrap().built
        );
    }

    pub(crate) fn build_input(dockerfile: &str, executable: &str) -> BuildInput {
        let executable = format!("ist-eng-{}-{executable}", std::process::id());
        let dockerfile = format!(
            "{dockerfile}LABEL \"{}\"=\"{executable}\" \"{}\"=\"true\"\n",
            ignition_stack::blueprint::labels::EXECUTABLE,
            ignition_stack::blueprint::labels::SIMULATED
        );
        let mut tar = tar::Builder::new(Vec::new());
        for (path, bytes, mode) in [("Dockerfile", dockerfile.as_bytes(), 0o644), ("program", program(), 0o755)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(mode);
            tar.append_data(&mut header, path, bytes).unwrap();
        }
        BuildInput { tar: tar.into_inner().unwrap(), executable_sha256: executable }
    }

    /// A service `db` and a gateway `gw` on two networks.
    pub(crate) fn blueprint(&self) -> Blueprint {
        let stack = self.name.as_str();
        let network = |key: &str| Network {
            key: key.into(),
            name: format!("{stack}_{key}"),
            labels: IndexMap::new(),
            external: false,
        };
        let volume = |member: &str| Volume {
            key: format!("{member}-data"),
            name: format!("{stack}_{member}-data"),
            member: Name::parse(member).unwrap(),
            labels: IndexMap::new(),
        };
        let mut db = self.container("db", Kind::Service);
        db.networks = vec!["backend".into()];
        let mut gw = self.container("gw", Kind::Gateway(Role::Gateway));
        gw.networks = vec!["frontend".into(), "backend".into()];
        gw.after = vec![db.member.clone()];
        gw.env.insert("GATEWAY_ADMIN_PASSWORD".into(), EnvValue::Secret(SecretName::admin()));
        let seed = |path: &str, content, when| Seed { path: path.into(), content, when };
        gw.seeds = vec![
            seed("config/a/b.json", SeedContent::Text("first".into()), SeedWhen::FirstStart),
            seed("config/token", SeedContent::Secret(SecretName::admin()), SeedWhen::FirstStart),
            seed("redundancy.xml", SeedContent::Text("every".into()), SeedWhen::EveryCreation),
        ];
        Blueprint {
            stack: self.name.clone(),
            stack_id: self.id,
            networks: vec![network("frontend"), network("backend")],
            volumes: vec![volume("db"), volume("gw")],
            containers: vec![db, gw],
        }
    }

    fn container(&self, member: &str, kind: Kind) -> Container {
        Container {
            member: Name::parse(member).unwrap(),
            kind,
            name: self.container_name(member),
            image: self.image.clone(),
            command: Vec::new(),
            env: IndexMap::new(),
            ports: Vec::new(),
            mounts: vec![Mount { volume: format!("{member}-data"), target: GATEWAY_DATA.into() }],
            networks: Vec::new(),
            health: None,
            memory_limit: Some(64 << 20),
            stop_grace_s: 5,
            after: Vec::new(),
            seeds: Vec::new(),
            labels: IndexMap::new(),
            config_hash: format!("hash-{member}"),
        }
    }

    pub(crate) fn container_name(&self, member: &str) -> String {
        format!("{}-{member}-1", self.name)
    }

    pub(crate) fn published(port: u16) -> PublishedPort {
        PublishedPort { host_ip: [127, 0, 0, 1].into(), host_port: port, container_port: 8088 }
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope { stack: self.name.clone(), id: Some(self.id) }
    }

    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::from([(SecretName::admin(), format!("canary-{}", self.id))])
    }

    pub(crate) async fn plan(&self, want: &Blueprint) -> Plan<Op> {
        let have = self.engine.observe(want).await.unwrap();
        Docker::plan(want, &have, &Policy::default()).unwrap()
    }

    /// The plan's text with the stack's name as `S`.
    pub(crate) async fn plan_text(&self, want: &Blueprint) -> String {
        self.plan(want).await.to_string().replace(self.name.as_str(), "S")
    }

    /// Does what the plan says, one step after the other.
    pub(crate) async fn up(&self, want: &Blueprint) -> Result<(), EngineError> {
        let secrets = self.secrets();
        for step in self.plan(want).await.steps() {
            self.engine.apply(&step.op, &secrets).await?;
        }
        Ok(())
    }

    /// Waits until a member has spoken. From then on it hears SIGTERM: the engine says of a container that it
    /// was started before its program has done anything, and the first process of a container does not hear what it does not listen to.
    pub(crate) async fn heard(&self, member: &str) {
        let mut words = Vec::new();
        for _ in 0..100 {
            words = self.engine.tail(&self.container_name(member), 10).await.unwrap();
            if words.len() == 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        words.sort();
        assert_eq!(words, ["hello from err", "hello from out"], "{member}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let label = format!("label=ignition-stack.stack={}", self.name);
        let list = |words: &[&str]| -> Vec<String> {
            let out = Command::new("docker").args(words).output().map(|o| o.stdout).unwrap_or_default();
            String::from_utf8_lossy(&out).split_whitespace().map(str::to_owned).collect()
        };
        let remove = |words: &[&str], found: Vec<String>| {
            if !found.is_empty() {
                let _ = Command::new("docker").args(words).args(found).output();
            }
        };
        remove(&["rm", "-f", "-v"], list(&["ps", "-aq", "--filter", &label]));
        remove(&["network", "rm"], list(&["network", "ls", "-q", "--filter", &label]));
        remove(&["volume", "rm"], list(&["volume", "ls", "-q", "--filter", &label]));
        let executable = |name: &str| {
            let label = format!("label=ignition-stack.executable=ist-eng-{}-{name}", std::process::id());
            list(&["image", "ls", "-q", "--no-trunc", "--filter", &label])
        };
        let force: &[&str] = &["image", "rm", "-f"];
        if self.image.ends_with(":own") {
            remove(force, [executable("first"), executable("second")].concat());
        }
        // A test that begins meanwhile holds the lock and has counted itself, or finds no image and builds it.
        let guard = BUILDING.try_lock();
        if USERS.fetch_sub(1, Ordering::SeqCst) == 1 && guard.is_ok() {
            remove(force, executable("shared"));
        }
    }
}

/// A new connection, which remembers nothing of an earlier one.
pub(crate) async fn connect() -> Result<Docker, EngineError> {
    let settings = EndpointSettings { docker_host: std::env::var("DOCKER_HOST").ok(), ..Default::default() };
    Docker::connect(&settings).await
}

/// `mode uid:gid path content` of a path in a container, directories included.
pub(crate) fn files(container: &str, path: &str) -> Vec<String> {
    let tar = docker(&["cp", &format!("{container}:{path}"), "-"]);
    let mut archive = tar::Archive::new(tar.stdout.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        let (header, path) = (entry.header(), entry.path().unwrap().display().to_string());
        let owner = format!("{}:{}", header.uid().unwrap(), header.gid().unwrap());
        format!("{:04o} {owner} {path} {text}", header.mode().unwrap() & 0o7777).trim_end().to_owned()
    });
    let mut entries: Vec<String> = entries.collect();
    entries.sort_by(|a, b| a.split(' ').nth(2).cmp(&b.split(' ').nth(2)));
    entries
}

/// Runs the docker command line, the outside judge.
pub(crate) fn docker(words: &[&str]) -> Output {
    let out = Command::new("docker").args(words).output().unwrap();
    assert!(out.status.success(), "docker {words:?}: {}", String::from_utf8_lossy(&out.stderr));
    out
}

/// What the docker command line says, as text.
pub(crate) fn docker_text(words: &[&str]) -> String {
    String::from_utf8(docker(words).stdout).unwrap().trim().to_owned()
}

/// The test program, built once, static so that it runs in an empty image.
fn program() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let (source, target): (PathBuf, PathBuf) = (dir.path().join("program.c"), dir.path().join("program"));
        std::fs::write(&source, PROGRAM).unwrap();
        let out = Command::new("cc").args(["-static", "-O1", "-o"]).arg(&target).arg(&source).output().unwrap();
        assert!(out.status.success(), "cc: {}", String::from_utf8_lossy(&out.stderr));
        std::fs::read(&target).unwrap()
    })
}
