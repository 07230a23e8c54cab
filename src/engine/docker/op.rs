//! The operations on a Docker engine, as data: what a plan is made of. Says what each does; does nothing itself.

use std::fmt;

use indexmap::IndexMap;

use crate::blueprint::{Container, Kind, SecretName, Seed};
use crate::plan::{GatewayStep, Operation};
use crate::stack::Name;

/// One thing done on the engine: one mutating call each, except where said.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// Pulls an image.
    PullImage {
        /// Reference with a tag.
        image: String,
    },
    /// Creates a bridge network, and one read: of several that runs at once created, one is left. Then more calls.
    CreateNetwork {
        /// Name on the engine.
        name: String,
        /// Its labels, compose's included.
        labels: IndexMap<String, String>,
    },
    /// Creates a container, its named volumes with it.
    CreateContainer(Box<Creation>),
    /// Attaches a container to a network.
    ConnectNetwork {
        /// Name of the container.
        container: String,
        /// The network.
        network: NetworkRef,
        /// Its name there; none of ours on a network of somebody else, where the engine makes its host name known all the same.
        alias: Option<Name>,
    },
    /// Puts files into a container that does not run: unless the volume carries the marker, all of them in one upload;
    /// otherwise only those for every creation. One read, at most one mutating call.
    Seed(Box<Seeding>),
    /// Starts a container.
    Start {
        /// Name of the container.
        container: String,
    },
    /// Freezes a container.
    Pause {
        /// Name of the container.
        container: String,
    },
    /// Lets a paused container go on.
    Unpause {
        /// Name of the container.
        container: String,
    },
    /// Stops a container, with the grace that it was created with.
    Stop {
        /// Name of the container.
        container: String,
        /// Identity on the engine.
        id: String,
    },
    /// Stops a container and starts it again.
    Restart {
        /// Name of the container.
        container: String,
        /// Identity on the engine.
        id: String,
    },
    /// Removes a container; its named volumes stay.
    RemoveContainer {
        /// Name of the container.
        container: String,
        /// Identity on the engine: never another container that took the name meanwhile.
        id: String,
    },
    /// Removes a network.
    RemoveNetwork {
        /// Name on the engine.
        name: String,
        /// Identity on the engine.
        id: String,
    },
    /// Removes a volume with the data in it.
    RemoveVolume {
        /// Name on the engine.
        name: String,
    },
    /// Waits until each container is healthy, or runs where it has no health check. Changes nothing.
    WaitHealthy {
        /// Names of the containers.
        containers: Vec<String>,
        /// The stack they belong to.
        stack: Name,
        /// Longest wait, in seconds.
        timeout_s: u32,
    },
    /// Asked of gateways, by whoever carries out the plan: the engine has no part in it.
    Gateways(GatewayStep),
}

/// A network in an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NetworkRef {
    /// It is there: its identity on the engine, because engines before Docker 25 allow two of one name.
    Existing {
        /// Identity on the engine.
        id: String,
        /// Name, for people.
        name: String,
    },
    /// An earlier operation of the plan creates it under this name.
    Planned {
        /// Name on the engine.
        name: String,
    },
}

impl NetworkRef {
    /// Name on the engine.
    pub fn name(&self) -> &str {
        match self {
            Self::Existing { name, .. } | Self::Planned { name } => name,
        }
    }
}

/// A container to create.
#[derive(Clone, PartialEq, Debug)]
pub struct Creation {
    /// What the blueprint says of it.
    pub container: Container,
    /// Its volumes.
    pub volumes: Vec<VolumeMount>,
    /// The first of its networks; the others are connected by operations of their own, because engines with an API
    /// below 1.44 accept one at creation.
    pub network: Option<NetworkRef>,
    /// Its labels, compose's included.
    pub labels: IndexMap<String, String>,
}

/// A named volume in a container to create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VolumeMount {
    /// Name on the engine.
    pub name: String,
    /// Absolute path in the container.
    pub target: String,
    /// Labels of the volume, if it is made.
    pub labels: IndexMap<String, String>,
}

/// Files to put into a container.
#[derive(Clone, PartialEq, Debug)]
pub struct Seeding {
    /// Name of the container.
    pub container: String,
    /// Its image: its user owns the files.
    pub image: String,
    /// What the container is.
    pub kind: Kind,
    /// Where its data volume is mounted.
    pub target: Option<String>,
    /// Files below the data volume.
    pub seeds: Vec<Seed>,
    /// Secrets that its environment names as files.
    pub secrets: Vec<SecretName>,
}

impl Operation for Op {
    fn kind(&self) -> &'static str {
        match self {
            Self::PullImage { .. } => "pull-image",
            Self::CreateNetwork { .. } => "create-network",
            Self::CreateContainer(_) => "create-container",
            Self::ConnectNetwork { .. } => "connect-network",
            Self::Seed(_) => "seed",
            Self::Start { .. } => "start",
            Self::Pause { .. } => "pause",
            Self::Unpause { .. } => "unpause",
            Self::Stop { .. } => "stop",
            Self::Restart { .. } => "restart",
            Self::RemoveContainer { .. } => "remove-container",
            Self::RemoveNetwork { .. } => "remove-network",
            Self::RemoveVolume { .. } => "remove-volume",
            Self::WaitHealthy { .. } => "wait-healthy",
            Self::Gateways(step) => step.kind(),
        }
    }

    fn object(&self) -> String {
        match self {
            Self::PullImage { image } => image.clone(),
            Self::CreateContainer(c) => c.container.name.clone(),
            Self::Seed(s) => s.container.clone(),
            Self::ConnectNetwork { container, .. }
            | Self::Start { container }
            | Self::Pause { container }
            | Self::Unpause { container }
            | Self::Stop { container, .. }
            | Self::Restart { container, .. }
            | Self::RemoveContainer { container, .. } => container.clone(),
            Self::CreateNetwork { name, .. } | Self::RemoveNetwork { name, .. } | Self::RemoveVolume { name } => {
                name.clone()
            }
            Self::WaitHealthy { containers, .. } => containers.join(", "),
            Self::Gateways(step) => step.node().to_string(),
        }
    }

    fn is_long(&self) -> bool {
        matches!(self, Self::PullImage { .. } | Self::WaitHealthy { .. } | Self::Gateways(_))
    }

    fn of_gateways(&self) -> Option<&GatewayStep> {
        match self {
            Self::Gateways(step) => Some(step),
            _ => None,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PullImage { image } => write!(f, "pull image {image}"),
            Self::CreateNetwork { name, .. } => write!(f, "create network {name}"),
            Self::CreateContainer(c) => {
                write!(f, "create container {} from {}", c.container.name, c.container.image)
            }
            Self::ConnectNetwork { container, network, .. } => {
                write!(f, "connect container {container} to network {}", network.name())
            }
            Self::Seed(s) => write!(f, "seed container {}", s.container),
            Self::Start { container } => write!(f, "start container {container}"),
            Self::Pause { container } => write!(f, "pause container {container}"),
            Self::Unpause { container } => write!(f, "unpause container {container}"),
            Self::Stop { container, .. } => write!(f, "stop container {container}"),
            Self::Restart { container, .. } => write!(f, "restart container {container}"),
            Self::RemoveContainer { container, .. } => write!(f, "remove container {container}"),
            Self::RemoveNetwork { name, .. } => write!(f, "remove network {name}"),
            Self::RemoveVolume { name } => write!(f, "remove volume {name}"),
            Self::WaitHealthy { containers, .. } => write!(f, "wait until healthy: {}", containers.join(", ")),
            Self::Gateways(step) => write!(f, "{step}"),
        }
    }
}
