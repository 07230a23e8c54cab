//! What must exist on any engine for a stack to run: networks, volumes, containers, seeds. Pure; feeds both the compose
//! file and the engine plan, so that the two cannot disagree.

mod build;
mod first_start;
mod gateway;
mod health;
pub mod labels;
mod routes;
mod seed;
mod service;

use indexmap::IndexMap;

pub use build::{build, container_name, network_name};
pub use first_start::{FirstStart, Unsettled};
pub use gateway::HTTP_PORT;
pub use seed::seeded_databases;

use crate::stack::{Name, Role, StackId};

/// Everything that must exist for one stack.
#[derive(Clone, PartialEq, Debug)]
pub struct Blueprint {
    /// Project name: prefix of every object's name, compose's project.
    pub stack: Name,
    /// Identity of the stack.
    pub stack_id: StackId,
    /// Networks to create.
    pub networks: Vec<Network>,
    /// Named volumes.
    pub volumes: Vec<Volume>,
    /// Containers in start order: services, then gateways.
    pub containers: Vec<Container>,
}

/// A bridge network, or one of somebody else that is only joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    /// Key in the compose file: `default`, `frontend`, `backend`.
    pub key: String,
    /// Name on the engine: `<stack>_<key>`.
    pub name: String,
    /// Our labels.
    pub labels: IndexMap<String, String>,
    /// Somebody else's: it must be there, and is neither made nor removed.
    pub external: bool,
}

/// A named volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Volume {
    /// Key in the compose file: `<member>-data`.
    pub key: String,
    /// Name on the engine: `<stack>_<key>`.
    pub name: String,
    /// The member whose data it holds.
    pub member: Name,
    /// Our labels.
    pub labels: IndexMap<String, String>,
}

/// What a container is in the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An Ignition gateway of that role.
    Gateway(Role),
    /// A companion service.
    Service,
}

/// A value of the environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EnvValue {
    /// Given as it stands.
    Plain(String),
    /// A secret of the project. On the engine `KEY_FILE` names a file that is put into the container; the compose
    /// file takes it from `.env`.
    Secret(SecretName),
}

/// Name of a secret: its file below `secrets/`, and, as [`SecretName::env_key`], its key in `.env`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SecretName(pub String);

impl SecretName {
    /// Password of the first administrator of every gateway.
    pub fn admin() -> Self {
        Self("admin-password".to_owned())
    }

    /// Password of a service's own account.
    pub fn service(id: &str) -> Self {
        Self(format!("{id}-password"))
    }

    /// Key in `.env`: upper case, `-` as `_`.
    pub fn env_key(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

/// A key, a certificate or a keystore of the gateway network: made once and kept below `secrets/` under this name, in the
/// form that other tools read. Never in `.env`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyFile(String);

impl KeyFile {
    /// Private key of the stack's authority (PEM). In no blueprint, because no container ever gets it.
    pub fn authority_key() -> Self {
        Self("gateway-network-ca.key".to_owned())
    }

    /// Certificate of the stack's authority (PEM).
    pub fn authority() -> Self {
        Self("gateway-network-ca.crt".to_owned())
    }

    /// Keystore of a gateway (PKCS#12).
    pub fn keystore(gateway: &Name) -> Self {
        Self(format!("{gateway}.pfx"))
    }

    /// Its file name.
    pub fn file_name(&self) -> &str {
        &self.0
    }

    /// Permission bits in a gateway's volume: a certificate is public.
    pub fn mode(&self) -> u32 {
        if *self == Self::authority() { 0o644 } else { 0o400 }
    }
}

/// A container of the stack.
#[derive(Clone, PartialEq, Debug)]
pub struct Container {
    /// The member: service name in compose, network alias, host name.
    pub member: Name,
    /// What it is.
    pub kind: Kind,
    /// Name on the engine, as compose v2 gives it: `<stack>-<member>-1`.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Arguments after the image's entrypoint.
    pub command: Vec<String>,
    /// Environment in order.
    pub env: IndexMap<String, EnvValue>,
    /// Published ports.
    pub ports: Vec<PublishedPort>,
    /// Named volumes and where they are mounted.
    pub mounts: Vec<Mount>,
    /// Keys of the networks it joins, in order.
    pub networks: Vec<String>,
    /// Health check that the engine runs, when the image's own is not used.
    pub health: Option<HealthCheck>,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// Time between SIGTERM and SIGKILL, in seconds.
    pub stop_grace_s: u32,
    /// Members that must be healthy before this one starts.
    pub after: Vec<Name>,
    /// Files put into its volume.
    pub seeds: Vec<Seed>,
    /// Our labels, the config hash included.
    pub labels: IndexMap<String, String>,
    /// Hash over everything above but the labels: differs when the container must be made anew.
    pub config_hash: String,
}

/// `host:port` on the engine's host, forwarded to a port of the container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublishedPort {
    /// Address on the host.
    pub host_ip: std::net::IpAddr,
    /// Port on the host.
    pub host_port: u16,
    /// Port in the container (TCP).
    pub container_port: u16,
}

/// A named volume in a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mount {
    /// Key of the volume.
    pub volume: String,
    /// Absolute path in the container.
    pub target: String,
}

/// A health check run by the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HealthCheck {
    /// Shell command (`CMD-SHELL`).
    pub shell: String,
    /// Seconds between checks.
    pub interval_s: u32,
    /// Seconds until one check counts as failed.
    pub timeout_s: u32,
    /// Failures in a row until unhealthy.
    pub retries: u32,
    /// Seconds at the start in which failures do not count.
    pub start_period_s: u32,
}

/// When a seed is put into the volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeedWhen {
    /// Only into a volume that was never seeded: afterwards the gateway owns the file.
    FirstStart,
    /// Whenever the container is created: we own the file (`redundancy.xml`, secrets, keys).
    EveryCreation,
}

/// What a seed holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SeedContent {
    /// These bytes.
    Text(String),
    /// The value of a secret, file mode 0400.
    Secret(SecretName),
    /// A file of the project's keys, as it is there.
    Key(KeyFile),
}

/// One file put into a gateway's data volume before the gateway starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seed {
    /// Path below the data directory, `/`-separated, never with `..`.
    pub path: String,
    /// Its content.
    pub content: SeedContent,
    /// When it is put there.
    pub when: SeedWhen,
}

/// Data directory of a gateway in the official image (fact sheet 6.1).
pub const GATEWAY_DATA: &str = "/usr/local/bin/ignition/data";

/// Directory inside a container that holds the files of secrets named by `*_FILE` variables.
pub const SECRETS_DIR: &str = "/run/secrets";

/// File in a seeded volume that says: these seeds are complete. Last in the archive, so that an interrupted upload is not
/// taken for a finished one.
pub const SEED_MARKER: &str = ".ignition-stack-seeded";
