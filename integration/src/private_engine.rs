//! A Docker engine of the test's own, which may be stopped and started again: its data, its socket and its network namespace are its own, so
//! that the machine's engine never notices. With a cable to that namespace it is an engine on another host.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::away::Cable;
use crate::certificates::{self, SERVER_CERTIFICATE, SERVER_KEY};
use crate::engine::Engine;
use crate::run::{self, Invocation};
use crate::{telling, wait};

/// Longest time to begin or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where an engine of another host listens, with TLS.
const PORT: u16 = 2376;

/// The engine; it goes with everything on it when it is dropped.
#[derive(Debug)]
pub struct PrivateEngine {
    directory: TempDir,
    /// Holds the network namespace, also while no engine runs.
    holder: Child,
    daemon: Option<Child>,
    /// To where it is, when it is on another host.
    cable: Option<Cable>,
}

impl PrivateEngine {
    /// Starts one; nothing where that cannot be done, which is said loudly.
    pub fn start(scenario: &str) -> Option<Self> {
        Self::start_where(scenario, false)
    }

    /// Starts one on another host: it is reached at that host's address alone, over TCP with TLS that asks for a certificate.
    pub fn start_away(scenario: &str) -> Option<Self> {
        Self::start_where(scenario, true)
    }

    fn start_where(scenario: &str, away: bool) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        // The machine's own settings are not for this one.
        std::fs::write(directory.path().join("daemon.json"), "{}").expect("a file can be written");
        let held = ["--net", "setpriv", "--pdeathsig", "KILL", "sh", "-c", "ip link set lo up && exec sleep infinity"];
        let Ok(holder) = quiet(Command::new("unshare").args(held)).spawn() else {
            telling::left_out("unshare cannot be run", scenario);
            return None;
        };
        let mut engine = Self { directory, holder, daemon: None, cable: None };
        if !engine.has_its_network() || (away && !engine.lay_cable()) || engine.begin().is_err() {
            telling::left_out(
                "no second engine can be started here: root, dockerd, unshare, nsenter, setpriv and ip are needed",
                scenario,
            );
            return None;
        }
        Some(engine)
    }

    /// Lays the cable, once the network is its own.
    fn lay_cable(&mut self) -> bool {
        self.cable = Cable::lay(self.holder.id());
        if let Some(cable) = &self.cable {
            certificates::write(self.directory.path(), cable.there().into());
        }
        self.cable.is_some()
    }

    /// Its address, for `DOCKER_HOST`.
    pub fn host(&self) -> String {
        match &self.cable {
            Some(cable) => format!("tcp://{}:{PORT}", cable.there()),
            None => self.local_host(),
        }
    }

    /// The cable to its host.
    ///
    /// # Panics
    /// When it is not on another host.
    pub fn cable(&self) -> &Cable {
        self.cable.as_ref().expect("it is on another host")
    }

    /// The address of its host, when that is another one.
    pub fn away(&self) -> Option<Ipv4Addr> {
        self.cable.as_ref().map(Cable::there)
    }

    /// What a run of the program finds it by.
    pub fn env(&self) -> Vec<(String, String)> {
        let mut env = vec![("DOCKER_HOST", self.host())];
        if self.cable.is_some() {
            env.push(("DOCKER_TLS_VERIFY", "1".to_owned()));
            env.push(("DOCKER_CERT_PATH", self.directory.path().display().to_string()));
        }
        env.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// A run of the program against it, in its network.
    pub fn run(&self, command: Invocation) -> Invocation {
        command.env("DOCKER_HOST", &self.local_host()).within(&self.network())
    }

    fn local_host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// A connection to it.
    pub fn connect(&self) -> Option<Engine> {
        Engine::connect_to(&self.socket())
    }

    /// Stops it, and its containers with it.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            run::send(daemon.id(), "TERM");
            let _ = daemon.wait();
        }
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        if let Err(log) = self.begin() {
            panic!("the engine does not start again:\n{log}");
        }
    }

    /// Waits until the holder has left the machine's network. An engine that was started before that would work on the machine's: it would
    /// remove the bridge and the rules of the machine's engine. False when the holder ended instead.
    fn has_its_network(&mut self) -> bool {
        let network = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let machine = network("self").expect("this process has a network");
        let holder = self.holder.id().to_string();
        wait::until("a network namespace of its own", PATIENCE, || match self.holder.try_wait().ok().flatten() {
            Some(_) => Ok(false),
            None if network(&holder).is_some_and(|own| own != machine) => Ok(true),
            None => Err(format!("process {holder} is still in {}", machine.display())),
        })
    }

    fn begin(&mut self) -> Result<(), String> {
        let at = |name: &str| self.directory.path().join(name).display().to_string();
        let log = std::fs::File::options().create(true).append(true).open(at("log")).expect("a file can be made");
        let mut words = self.network();
        words.extend(["setpriv", "--pdeathsig", "TERM", "dockerd", "--bridge=none"].map(str::to_owned));
        words.extend(
            ["--storage-driver", "vfs", "--default-address-pool", "base=10.213.0.0/16,size=24"].map(str::to_owned),
        );
        words.extend(["--config-file".to_owned(), at("daemon.json"), "--data-root".to_owned(), at("data")]);
        words.extend([
            "--exec-root".to_owned(),
            at("exec"),
            "--pidfile".to_owned(),
            at("pid"),
            "-H".to_owned(),
            self.local_host(),
        ]);
        if self.cable.is_some() {
            words.extend(["-H".to_owned(), self.host(), "--tlsverify".to_owned()]);
            words.extend(["--tlscacert".to_owned(), at("ca.pem")]);
            words.extend(["--tlscert".to_owned(), at(SERVER_CERTIFICATE), "--tlskey".to_owned(), at(SERVER_KEY)]);
        }
        let mut command = Command::new(&words[0]);
        let mut daemon = quiet(command.args(&words[1..])).stderr(log).spawn().map_err(|e| e.to_string())?;
        let answers = wait::until("the private engine answers", PATIENCE, || {
            match (daemon.try_wait().ok().flatten(), self.connect()) {
                (Some(status), _) => Ok(Err(status.to_string())),
                (None, Some(_)) => Ok(Ok(())),
                (None, None) => Err(std::fs::read_to_string(at("log")).unwrap_or_default()),
            }
        });
        self.daemon = Some(daemon);
        answers.map_err(|why| format!("{why}\n{}", std::fs::read_to_string(at("log")).unwrap_or_default()))
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// The words before a command that is to run in its network.
    fn network(&self) -> Vec<String> {
        ["nsenter", "--target", &self.holder.id().to_string(), "--net", "--"].map(str::to_owned).to_vec()
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        // Mounts of containers that run would keep the directory.
        if let Some(engine) = self.connect() {
            for container in engine.containers(crate::engine::STACK) {
                let options = bollard::query_parameters::RemoveContainerOptionsBuilder::default().force(true).build();
                let _ = engine.wait(engine.docker.remove_container(&container.id.unwrap_or_default(), Some(options)));
            }
        }
        self.stop();
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        let netns = self.directory.path().join("exec/netns");
        for entry in std::fs::read_dir(netns).into_iter().flatten().flatten() {
            let _ = quiet(Command::new("umount").arg(entry.path())).status();
        }
    }
}
