//! A reverse proxy in front of the gateways: who is reached by which name (product reference, section 7). Knows no proxy's words.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gateway, Name, Pair, Port, Stack};

/// Domain of every route: all names below it mean this machine, `127.0.0.1`, wherever they are asked for.
const DOMAIN: &str = "localtest.me";

/// Port of plain HTTP, which no URL has to name.
const HTTP: u16 = 80;

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
    /// Where it listens; `None` is port 80 of the engine's host.
    pub address: Option<ProxyAddress>,
}

/// Where a proxy takes requests: a host name or address and a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProxyAddress {
    host: String,
    port: Port,
}

impl ProxyAddress {
    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let number = !port.starts_with('0') && port.bytes().all(|b| b.is_ascii_digit());
        let port = port.parse().ok().filter(|_| number)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(v6) => format!("[{}]", v6.parse::<std::net::Ipv6Addr>().ok()?),
            None => host.to_ascii_lowercase(),
        };
        (host.starts_with('[') || is_host(&host)).then_some(Self { host, port })
    }
}

/// A host name as names of machines are, or an IPv4 address.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let numbers = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.len() <= 253
        && text.split('.').all(label)
        // What ends in a number is an address, and nothing else may look like one.
        && (!numbers || text.parse::<std::net::Ipv4Addr>().is_ok())
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The name by which a gateway is reached through the proxy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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

    /// Where the proxy listens, seen from the engine's host.
    pub fn proxy_address(&self) -> Option<String> {
        let proxy = self.proxy.as_ref()?;
        if let Some(address) = &proxy.address {
            return Some(address.to_string());
        }
        // The scaffold's port is bound as the stack's own would be.
        let bound = proxy.scaffold.is_some() && !self.bind_address.is_unspecified();
        let host = if bound { self.bind_address } else { std::net::Ipv4Addr::LOCALHOST.into() };
        Some(std::net::SocketAddr::new(host, HTTP).to_string())
    }

    /// The proxy's port, as a browser has to name it.
    pub fn proxy_port(&self) -> u16 {
        self.proxy.as_ref().and_then(|proxy| proxy.address.as_ref()).map_or(HTTP, |address| address.port.get())
    }

    /// What a browser is pointed at to follow a route.
    pub fn route_url(&self, route: &Route) -> String {
        match self.proxy_port() {
            HTTP => format!("http://{}", route.host()),
            port => format!("http://{}:{port}", route.host()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        let table = [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("localhost:8080", "localhost:8080"),
            ("Proxy.Plant-1.example:65535", "proxy.plant-1.example:65535"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0:0:0:0:0:0:1]:80", "[::1]:80"),
        ];
        for (text, shown) in table {
            let address = ProxyAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(ProxyAddress::parse(shown), Some(address), "{shown}");
        }
        let long = format!("{}:80", "a.".repeat(130));
        let bad = "|80|:80|host|host:|host:0|host:+80|host:65536|host:080|a b:80|a/b:80|u@h:80|http://h:80|::1:80|[::1]|[x]:80|-h:80|1.2.3:80|256.1.1.1:80|h\n:80|a..b:80|h:80/x";
        for bad in bad.split('|').chain([long.as_str()]) {
            assert_eq!(ProxyAddress::parse(bad), None, "{bad:?}");
        }
    }
}
