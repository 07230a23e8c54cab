//! What the judge is given: the engine, this machine, and what the stack will ask for. Pure.

use std::net::SocketAddr;

use crate::engine::foreign::ForeignObject;
use crate::engine::{Around, Facts, Subnet};
use crate::stack::{Name, Stack};

/// A question to the judge.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Where the engine is, and how that was chosen.
    pub endpoint: String,
    /// Whether its published ports are ports of this machine.
    pub local: bool,
    /// The engine's host as a person writes it, where it is not this machine.
    pub host: Option<String>,
    /// What the engine says of itself.
    pub engine: &'a Facts,
    /// What else is on it.
    pub around: &'a Around,
    /// Free bytes where the engine keeps its data; nothing where that cannot be seen.
    pub free_bytes: Option<u64>,
    /// Subnets that this machine has routes for, where the engine is on it.
    pub routes: Vec<Subnet>,
    /// First port that needs no rights, where the engine is on this machine.
    pub unprivileged_from: Option<u16>,
    /// This program's own platform: `linux/amd64`.
    pub program: String,
    /// What is asked for; nothing when the engine alone is looked at.
    pub wanted: Option<Wanted<'a>>,
}

/// What a stack will ask for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// Whether its project is there, so that its record can be edited.
    pub exists: bool,
    /// Whether the memory advisory is passed.
    pub force: bool,
    /// Whether the gateways will be looked at from here.
    pub proven: bool,
    /// Whether missing images may not be pulled.
    pub never_pull: bool,
    /// Ports that its members publish.
    pub ports: Vec<WantedPort>,
    /// Distinct images of containers that will be made.
    pub images: Vec<WantedImage>,
    /// How many networks will be made.
    pub new_networks: usize,
    /// Objects of others that are in the way: kind, name and whose.
    pub foreign: Vec<ForeignObject>,
    /// The proxy's network, when it is not there.
    pub missing_proxy_network: Option<String>,
    /// Directory of a proxy that belongs to the project, as `docker compose -f` takes it.
    pub proxy_scaffold: Option<String>,
}

/// A port that a member publishes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WantedPort {
    /// Gateway or service.
    pub member: Name,
    /// Name of its container.
    pub container: String,
    /// Where on the engine's host.
    pub address: SocketAddr,
    /// Who has it now, as far as this machine can see.
    pub used: PortUse,
}

/// Who has a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortUse {
    /// Nobody that can be seen from here.
    Free,
    /// A process; its name where it could be read.
    Process(Option<String>),
    /// This machine has no such address.
    NoSuchAddress,
    /// Not to be seen from here.
    NotSeen,
}

/// An image that containers will be made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WantedImage {
    /// Its reference.
    pub reference: String,
    /// Whether this program builds it.
    pub simulated: bool,
    /// Its platform when it is on the engine: `linux/amd64`.
    pub platform: Option<String>,
}
