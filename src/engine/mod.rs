//! The port to a container engine: a few verbs, and the facts they bring back. What an engine is like inside lives in its folder.

pub mod docker;
mod facts;
pub mod foreign;
mod pull_fault;
mod secrets;
mod subnet;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use thiserror::Error;

pub use self::facts::{AddressPool, Around, Facts, PublishedBy, covers};
use self::foreign::ForeignObject;
pub use self::pull_fault::PullFault;
pub use self::secrets::Secrets;
pub use self::subnet::Subnet;
use crate::blueprint::Blueprint;
use crate::plan::{Operation, Plan};
use crate::stack::{Name, Pair, StackId};

/// What the plan needs to know beside the blueprint.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Directory of the project, kept in a label so that `list` can name it.
    pub project_dir: Option<PathBuf>,
    /// Longest wait for what others come after; shortens the engine's own limit.
    pub healthy_within: Option<std::time::Duration>,
    /// How the pairs stand that were looked at: of one that is redundant, one node stays active while both are made anew.
    pub pairs: Vec<PairSeen>,
    /// Pairs that are taken apart: the backup stops before its master is made anew, or it would take over meanwhile.
    pub parting: Vec<Pair>,
}

/// How a pair stands before anything is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PairSeen {
    /// The pair.
    pub pair: Pair,
    /// The node that is active while the other one stands by, connected and in sync; or why it is not so.
    pub active: Result<Name, String>,
    /// The one node of the pair that works, whether or not the other one could take over from it.
    pub only_active: Option<Name>,
}

/// What may be begun with a stack's volumes and not be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undone {
    /// They are filled from a snapshot.
    Restore,
    /// They are removed, all of them.
    Deletion,
}

/// One member as the engine sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct MemberState {
    /// Gateway or service.
    pub member: Name,
    /// Name of its container on the engine.
    pub container: String,
    /// What the container does.
    pub state: ContainerState,
    /// Result of the engine's health check, where there is one.
    pub health: Option<Health>,
    /// Its address on each network, by the network's name on the engine.
    pub addresses: BTreeMap<String, IpAddr>,
    /// Host address and port of each published container port.
    pub published: BTreeMap<u16, (IpAddr, u16)>,
    /// Image reference it was created from.
    pub image: String,
    /// Whether our label says that it is a simulated gateway.
    pub simulated: bool,
    /// Hash of the configuration that it was made from, out of its label.
    pub config_hash: Option<String>,
    /// How its process ended last by itself, when it ended with an error or the engine started it again.
    pub ended: Option<Ended>,
}

/// How a container's process ended by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ended {
    /// Exit code, where it was seen.
    pub code: Option<i64>,
    /// Whether the kernel killed it for its memory.
    pub out_of_memory: bool,
    /// How often the engine has started it again.
    pub restarts: u32,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
}

/// State of a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContainerState {
    /// Made, never started.
    Created,
    /// Its process runs.
    Running,
    /// Frozen by `pause`.
    Paused,
    /// Ended and about to be started again by its restart policy.
    Restarting,
    /// Ended.
    Exited {
        /// Exit code.
        code: Option<i64>,
    },
    /// Being removed, or dead.
    Gone,
}

/// Result of the engine's health check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Health {
    /// No result yet.
    Starting,
    /// Passed.
    Healthy,
    /// Failed too often.
    Unhealthy,
}

/// A stack found on the engine by its labels.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundStack {
    /// Its name.
    pub name: String,
    /// Its identity.
    pub id: Option<String>,
    /// Directory of its project when `up` made it.
    pub project_dir: Option<PathBuf>,
    /// Its containers.
    pub members: Vec<MemberState>,
    /// How many volumes it has.
    pub volumes: usize,
    /// What was begun with them and is not done.
    pub undone: Option<Undone>,
    /// How many networks it has.
    pub networks: usize,
}

/// One line of a container's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// The member it comes from.
    pub member: Name,
    /// Text without line end; bytes that are not UTF-8 replaced. Not yet harmless for a terminal.
    pub text: String,
}

/// Why a stack's plan is refused: safety, not failure.
#[derive(Clone, PartialEq, Debug, Error)]
#[error("{} on this engine {} not made for this stack: {}", if .objects.len() == 1 { "an object" } else { "objects" }, if .objects.len() == 1 { "was" } else { "were" }, joined(.objects))]
pub struct Refusal {
    /// Each foreign object.
    pub objects: Vec<ForeignObject>,
}

fn joined(objects: &[ForeignObject]) -> String {
    objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What goes wrong with an engine.
#[derive(Debug, Error)]
pub enum EngineError {
    /// Nobody listens, no permission, no such socket.
    #[error("the Docker engine at {endpoint} {}: {reason}", if *.denied { "may not be used by this user" } else { "does not answer" })]
    Unreachable {
        /// Where, and how that was chosen.
        endpoint: String,
        /// What the attempt said.
        reason: String,
        /// Whether it is there and may not be used.
        denied: bool,
    },
    /// A published port is taken.
    #[error("{container}: port {address} is in use by something else")]
    PortTaken {
        /// The container that wanted it.
        container: String,
        /// `address:port`.
        address: String,
    },
    /// The image is not there and cannot be pulled.
    #[error("image {image} is not on this engine and could not be pulled: {reason}")]
    ImageMissing {
        /// Reference.
        image: String,
        /// What the engine said.
        reason: String,
    },
    /// An image cannot be built on the engine.
    #[error("image {image} could not be built: {reason}")]
    Build {
        /// Reference.
        image: String,
        /// What went wrong.
        reason: String,
    },
    /// The files that a container needs before it starts cannot be put into it.
    #[error("{container}: its files cannot be put in place: {reason}")]
    Seed {
        /// The container.
        container: String,
        /// What is wrong.
        reason: String,
    },
    /// A container that others wait for did not become healthy.
    #[error("{container}: {reason}")]
    NotHealthy {
        /// The container.
        container: String,
        /// Its state in words.
        reason: String,
        /// Whether time ran out; otherwise the state is hopeless.
        timed_out: bool,
        /// What is behind it (id of the catalogue), where that is known.
        cause_id: Option<&'static str>,
    },
    /// A network cannot be removed because containers are on it that do not go with it.
    #[error("network {network} cannot be removed: {} on it", match .by.as_slice() { [one] => format!("container {one} is"), many => format!("containers {} are", many.join(", ")) })]
    NetworkInUse {
        /// Name of the network.
        network: String,
        /// Names of the containers, at least one.
        by: Vec<String>,
    },
    /// A volume has the name of a stack's lease and is none.
    #[error("there is a volume {volume} that is not a lease of this program")]
    NotALease {
        /// Name of the volume.
        volume: String,
        /// Whether it has no label at all.
        bare: bool,
    },
    /// Any other refusal by the engine.
    #[error("{action}: the engine refused: {reason}")]
    Refused {
        /// What was tried.
        action: String,
        /// What the engine said.
        reason: String,
        /// Whether it said that the object is not there.
        absent: bool,
    },
}

/// Progress of a long operation, for people.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress {
    /// Bytes pulled of an image, of a total when known.
    Pull {
        /// Image reference.
        image: String,
        /// Bytes so far.
        current: u64,
        /// Bytes in all, when the engine says.
        total: Option<u64>,
    },
    /// A pull failed and is tried again.
    PullAgain {
        /// Image reference.
        image: String,
        /// What the engine said.
        reason: String,
        /// Seconds until then.
        seconds: u64,
    },
    /// A login that there may be for an image's registry cannot be had: it is pulled without.
    NoLogin {
        /// Image reference.
        image: String,
        /// What is in the way, with the name of the file or the helper program.
        reason: String,
    },
    /// An image was pulled.
    Pulled {
        /// Image reference.
        image: String,
        /// Bytes that were downloaded.
        bytes: u64,
        /// Digest by which its registry knows it, when the engine told.
        digest: Option<String>,
    },
    /// A build step.
    Build {
        /// What happens.
        text: String,
    },
}

/// A container engine. One implementor per kind of engine; the river before and after it does not change.
#[allow(async_fn_in_trait, reason = "used on one thread, by static dispatch")]
pub trait Engine {
    /// One call to the engine.
    type Op: Operation;
    /// One snapshot of the objects that concern a stack.
    type Observed;

    /// Decides what must be done to get from what is there to what is wanted. No `self`: cannot do I/O.
    fn plan(want: &Blueprint, have: &Self::Observed, policy: &Policy) -> Result<Plan<Self::Op>, Refusal>;

    /// Looks at everything that concerns a stack, once.
    async fn observe(&self, want: &Blueprint) -> Result<Self::Observed, EngineError>;

    /// Does one operation.
    async fn apply(&self, op: &Self::Op, secrets: &Secrets) -> Result<(), EngineError>;

    /// Where it is, and how that was chosen.
    fn address(&self) -> String;

    /// The members among the containers of a snapshot.
    fn members_in(seen: &Self::Observed, want: &Blueprint) -> Vec<MemberState>;

    /// The containers of the stack with that name and, where it is known, that identity, in no order: one call whatever
    /// their number.
    async fn members(&self, stack: &Name, id: Option<&StackId>) -> Result<Vec<MemberState>, EngineError>;

    /// The last lines of a member's container.
    async fn tail(&self, container: &str, lines: u32) -> Result<Vec<String>, EngineError>;
}
