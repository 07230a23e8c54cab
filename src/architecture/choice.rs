//! The words a person gives, and the rules between them: a flag that does not apply is an error that says so.

use indexmap::IndexMap;
use uuid::Uuid;

use super::redundant::NO_PAIR;
use super::{MAX_PORT, ProxyWords};
use crate::spec::{Problems, ReverseProxySpec};
use crate::stack::{Architecture, Role, Transport};

/// First port when none is named.
const DEFAULT_BASE_PORT: u16 = 9088;
/// Spokes when no number is named.
const DEFAULT_SPOKES: u32 = 3;

/// The database of the gateways.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Database {
    /// PostgreSQL.
    #[default]
    Postgres,
    /// None.
    None,
}

impl Database {
    /// Slug in the catalogue.
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some("postgres"),
            Self::None => None,
        }
    }
}

/// What was asked for; `None` where nothing was said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Project name.
    pub name: String,
    /// Identity, when there is one already.
    pub stack_id: Option<Uuid>,
    /// Arrangement.
    pub architecture: Architecture,
    /// Number of frontends (scale-out).
    pub frontends: Option<u32>,
    /// Number of spokes (hub-and-spoke).
    pub spokes: Option<u32>,
    /// Transport of the gateway network.
    pub gateway_network: Option<Transport>,
    /// Two container networks or one.
    pub network_split: Option<bool>,
    /// Role that runs Edge, or `none`.
    pub edge_role: Option<String>,
    /// Role that is a redundant pair.
    pub redundant: Option<String>,
    /// Database.
    pub database: Option<Database>,
    /// Image of the gateways.
    pub image: Option<String>,
    /// First port.
    pub base_port: Option<u16>,
    /// Address that ports bind to.
    pub bind_address: Option<String>,
    /// Reverse proxy in front of the gateways.
    pub reverse_proxy: ProxyWords,
    /// Heap of each gateway in MiB.
    pub memory_mb: Option<u32>,
    /// Time zone id.
    pub timezone: Option<String>,
    /// First administrator.
    pub admin_username: Option<String>,
    /// Built-in modules that no gateway loads, by slug; empty where nothing was said.
    pub disable_builtins: Vec<String>,
    /// Environment of every gateway.
    pub env: IndexMap<String, String>,
}

impl Choice {
    /// An architecture with everything else left open.
    pub fn of(name: &str, architecture: Architecture) -> Self {
        Self {
            name: name.to_owned(),
            stack_id: None,
            architecture,
            frontends: None,
            spokes: None,
            gateway_network: None,
            network_split: None,
            edge_role: None,
            redundant: None,
            database: None,
            image: None,
            base_port: None,
            bind_address: None,
            reverse_proxy: ProxyWords::default(),
            memory_mb: None,
            timezone: None,
            admin_username: None,
            disable_builtins: Vec::new(),
            env: IndexMap::new(),
        }
    }

    pub(super) fn base_port(&self) -> u32 {
        self.base_port.unwrap_or(DEFAULT_BASE_PORT).into()
    }

    /// Checks the words against each other.
    pub(super) fn check(&self) -> Result<Shape, Problems> {
        let mut problems = Problems::default();
        let arch = self.architecture;
        let only = |flag: &str, given: bool, wanted: Architecture, problems: &mut Problems| {
            if given && arch != wanted {
                problems.add(flag, format!("is for {wanted}, and this stack is {arch}"));
            }
        };
        only("--frontends", self.frontends.is_some(), Architecture::ScaleOut, &mut problems);
        only("--spokes", self.spokes.is_some(), Architecture::HubAndSpoke, &mut problems);
        if self.network_split.is_some() && arch == Architecture::Basic {
            problems.add("--network-split", "is for several gateways; basic has one");
        }
        let count = match arch {
            Architecture::Basic => 0,
            Architecture::ScaleOut => self.frontends.unwrap_or(1),
            Architecture::HubAndSpoke => self.spokes.unwrap_or(DEFAULT_SPOKES),
        };
        if arch == Architecture::ScaleOut && count == 0 {
            problems.add("--frontends", "at least 1 frontend is needed");
        }
        let edge = self.edge(&mut problems);
        let redundant = self.redundant(&mut problems);
        let last = self.base_port().saturating_add(count).saturating_add(u32::from(redundant.is_some()));
        if last > MAX_PORT {
            let first = self.base_port();
            problems.add(
                "--base-port",
                format!("ports from {first} to {last} are needed, and the last one there is, is {MAX_PORT}"),
            );
        }
        if self.base_port == Some(0) {
            problems.add("--base-port", "0 is not a port (1 to 65535)");
        }
        let mut proxy = None;
        self.reverse_proxy.apply(&mut proxy, &mut problems);
        problems.or(Shape { count, edge, redundant, proxy })
    }

    fn edge(&self, problems: &mut Problems) -> Option<Role> {
        let arch = self.architecture;
        let allowed = match arch {
            Architecture::Basic => Role::Gateway,
            Architecture::ScaleOut => Role::Frontend,
            Architecture::HubAndSpoke => Role::Spoke,
        };
        match self.edge_role.as_deref() {
            None => (arch == Architecture::HubAndSpoke).then_some(Role::Spoke),
            Some("none") => None,
            Some(word) if word == allowed.word() => Some(allowed),
            Some(word @ ("backend" | "hub")) if arch.roles().iter().any(|r| r.word() == word) => {
                problems.add(
                    "--edge-role",
                    format!("{word} is the target of links, and Edge is a leaf edition that cannot be one; known: {allowed}, none"),
                );
                None
            }
            Some(word) => {
                problems.add(
                    "--edge-role",
                    format!("{arch} has no role {word:?} that may run Edge; known: {allowed}, none"),
                );
                None
            }
        }
    }

    fn redundant(&self, problems: &mut Problems) -> Option<Role> {
        let word = self.redundant.as_deref().filter(|word| *word != NO_PAIR)?;
        let role = self.architecture.redundant_role();
        if word == role.word() {
            return Some(role);
        }
        let arch = self.architecture;
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        let replicated = arch.roles().iter().find(|r| r.word() == stem && **r != role);
        let why = match replicated {
            Some(tier) => format!("a {tier} scales out instead: redundancy is a master and one backup, not N-way"),
            None => format!("{arch} has no role {word:?}"),
        };
        problems.add("--redundant", format!("{why}; known: {role}, {NO_PAIR}"));
        None
    }
}

/// What the checks decide.
pub(super) struct Shape {
    /// How many frontends or spokes.
    pub(super) count: u32,
    /// Role that runs Edge.
    pub(super) edge: Option<Role>,
    /// Role that is a pair.
    pub(super) redundant: Option<Role>,
    /// The proxy in front.
    pub(super) proxy: Option<ReverseProxySpec>,
}
