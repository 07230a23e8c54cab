//! The engine under the stacks: looked at directly, so that a scenario need not believe the program.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::{ContainerInspectResponse, ContainerSummary, ImageSummary, Network, PortBinding, Volume};
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder, LogsOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::StreamExt as _;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::{Builder, Runtime};

/// Our label with the stack's name.
pub const STACK: &str = "ignition-stack.stack";
/// Our label with the gateway's or service's name.
pub const MEMBER: &str = "ignition-stack.member";

/// The socket of the engine of this machine; nothing when it is reached in another way.
pub fn socket() -> Option<String> {
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    host.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned()).strip_prefix("unix://").map(str::to_owned)
}

/// A connection to the engine, used by one thread.
#[derive(Debug)]
pub struct Engine {
    runtime: Runtime,
    /// The client itself, for what has no word of its own here.
    pub docker: Docker,
}

impl Engine {
    /// The engine of this machine, when there is one that answers.
    pub fn connect() -> Option<Self> {
        Self::answering(|| Docker::connect_with_defaults().ok())
    }

    /// The engine behind a socket, when it answers.
    pub fn connect_to(socket: &Path) -> Option<Self> {
        let socket = socket.to_str()?;
        Self::answering(|| Docker::connect_with_unix(socket, 120, API_DEFAULT_VERSION).ok())
    }

    fn answering(connect: impl FnOnce() -> Option<Docker>) -> Option<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let docker = runtime.block_on(async {
            let docker = connect()?;
            docker.version().await.ok().map(|_| docker)
        })?;
        Some(Self { runtime, docker })
    }

    /// Runs a call to its end.
    pub fn wait<F: Future>(&self, call: F) -> F::Output {
        self.runtime.block_on(call)
    }

    /// Containers with a label, running or not.
    pub fn containers(&self, label: &str) -> Vec<ContainerSummary> {
        let filters = filter(label);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        self.wait(self.docker.list_containers(Some(options))).unwrap_or_default()
    }

    /// Networks with a label.
    pub fn networks(&self, label: &str) -> Vec<Network> {
        let filters = filter(label);
        let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
        self.wait(self.docker.list_networks(Some(options))).unwrap_or_default()
    }

    /// Volumes with a label.
    pub fn volumes(&self, label: &str) -> Vec<Volume> {
        let filters = filter(label);
        let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
        self.wait(self.docker.list_volumes(Some(options))).ok().and_then(|v| v.volumes).unwrap_or_default()
    }

    /// Images with a label, also without a name.
    pub fn images(&self, label: &str) -> Vec<ImageSummary> {
        let filters = filter(label);
        let options = ListImagesOptionsBuilder::default().all(true).filters(&filters).build();
        self.wait(self.docker.list_images(Some(options))).unwrap_or_default()
    }

    /// Everything that the engine says of a container.
    pub fn inspect(&self, container: &str) -> ContainerInspectResponse {
        self.wait(self.docker.inspect_container(container, None::<InspectContainerOptions>))
            .unwrap_or_else(|e| panic!("inspect {container}: {e}"))
    }

    /// The same as JSON; nothing when there is no such container.
    pub fn inspect_if_there(&self, container: &str) -> Option<Value> {
        let seen = self.wait(self.docker.inspect_container(container, None::<InspectContainerOptions>));
        match seen {
            Ok(seen) => Some(serde_json::to_value(seen).expect("an inspection serialises")),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => None,
            Err(e) => panic!("inspect {container}: {e}"),
        }
    }

    /// The same as JSON, to be compared or searched.
    pub fn inspect_json(&self, container: &str) -> Value {
        serde_json::to_value(self.inspect(container)).expect("an inspection serialises")
    }

    /// Ids of a stack's containers and names of its volumes, by which two moments are compared.
    pub fn identities(&self, stack: &str) -> BTreeSet<String> {
        let label = format!("{STACK}={stack}");
        let containers = self.containers(&label).into_iter().filter_map(|c| c.id);
        let volumes = self.volumes(&label).into_iter().map(|v| v.name);
        containers.chain(volumes).collect()
    }

    /// Names of the networks that a container is connected to.
    pub fn networks_of(&self, container: &str) -> BTreeSet<String> {
        let settings = self.inspect(container).network_settings.unwrap_or_default();
        settings.networks.unwrap_or_default().into_keys().collect()
    }

    /// Host address and port of everything that a container publishes.
    pub fn published(&self, container: &str) -> Vec<(IpAddr, u16)> {
        let host = self.inspect(container).host_config.unwrap_or_default();
        let parse = |b: PortBinding| Some((b.host_ip?.parse().ok()?, b.host_port?.parse().ok()?));
        host.port_bindings.unwrap_or_default().into_values().flatten().flatten().filter_map(parse).collect()
    }

    /// Whether a container's process runs.
    pub fn runs(&self, container: &str) -> bool {
        self.inspect(container).state.and_then(|s| s.running).unwrap_or(false)
    }

    /// When a container was started, as the engine writes it.
    pub fn started_at(&self, container: &str) -> String {
        self.inspect(container).state.and_then(|s| s.started_at).unwrap_or_default()
    }

    /// Everything that a container has logged.
    pub fn logs(&self, container: &str) -> String {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).build();
        let parts = self.wait(self.docker.logs(container, Some(options)).collect::<Vec<_>>());
        parts.into_iter().flatten().map(|part| part.to_string()).collect()
    }

    /// When a container last logged something, since the epoch.
    pub fn last_log_time(&self, container: &str) -> Option<Duration> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).tail("1").build();
        let parts = self.wait(self.docker.logs(container, Some(options)).collect::<Vec<_>>());
        let line = parts.into_iter().flatten().map(|part| part.to_string()).next_back()?;
        let at = OffsetDateTime::parse(line.split_whitespace().next()?, &Rfc3339).ok()?;
        Some(Duration::from_nanos(u64::try_from(at.unix_timestamp_nanos()).ok()?))
    }

    /// Runs a command in a container: exit code and output.
    pub fn exec(&self, container: &str, command: &[&str], env: &BTreeMap<String, String>) -> (Option<i64>, String) {
        let options = CreateExecOptions {
            cmd: Some(command.iter().map(|w| (*w).to_owned()).collect()),
            env: Some(env.iter().map(|(key, value)| format!("{key}={value}")).collect()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..Default::default()
        };
        self.wait(async {
            let made = self.docker.create_exec(container, options).await.expect("an exec can be made");
            let started = self.docker.start_exec(&made.id, None).await.expect("an exec can be started");
            let mut said = String::new();
            if let StartExecResults::Attached { mut output, .. } = started {
                while let Some(Ok(part)) = output.next().await {
                    said.push_str(&text(part));
                }
            }
            let ended = self.docker.inspect_exec(&made.id).await.expect("an exec can be looked at");
            (ended.exit_code, said)
        })
    }
}

fn text(part: LogOutput) -> String {
    String::from_utf8_lossy(&part.into_bytes()).into_owned()
}

/// A filter for one label: `key` or `key=value`.
pub(crate) fn filter(label: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![label.to_owned()])])
}
