//! A reverse proxy in front of the gateways: who is reached by which name (product reference, section 7). Knows no proxy's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gateway, Name, Pair, Stack};

/// Domain of every route: all names below it mean this machine, `127.0.0.1`, wherever they are asked for.
const DOMAIN: &str = "localtest.me";

/// Whose the proxy is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyMode {
    /// It runs already, or somebody else starts it.
    External,
    /// A compose project for one is written beside the stack's.
    Scaffold,
}

impl ProxyMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::External, Self::Scaffold];

    /// The word used in flags and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Scaffold => "scaffold",
        }
    }
}

/// A reverse proxy, decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// Name on the engine of the network that it reaches the gateways on. Not ours: neither made nor removed.
    pub network: String,
    /// Where its compose project is written, a path below the stack's project; `None` when it is somebody else's.
    pub scaffold: Option<String>,
}

/// The name by which a gateway is reached through the proxy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route(String);

impl Route {
    /// Its name, unique in the stack.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its host name.
    pub fn host(&self) -> String {
        format!("{}.{DOMAIN}", self.0)
    }
}

impl Stack {
    /// Route of a gateway behind a proxy: the stack's name for one gateway, `<stack>-<gateway>` otherwise.
    pub fn route(&self, gateway: &Gateway) -> Option<Route> {
        self.proxy.as_ref()?;
        let alone = self.gateways.len() == 1;
        Some(Route(if alone { self.name.to_string() } else { format!("{}-{}", self.name, gateway.name) }))
    }

    /// Route of a pair as a whole.
    pub fn pair_route(&self, pair: &Pair) -> Option<Route> {
        self.proxy.as_ref()?;
        Some(Route(format!("{}-{}-pair", self.name, pair.master)))
    }

    /// The pair that a gateway is a node of.
    pub fn pair_of(&self, gateway: &Name) -> Option<&Pair> {
        self.pairs.iter().find(|pair| &pair.master == gateway || &pair.backup == gateway)
    }
}
