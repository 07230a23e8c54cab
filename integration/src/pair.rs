//! Redundant pairs of simulated gateways, made on the engine without the program: containers with short times on a network over
//! which they talk and on another over which they are watched. What is done to them and what is expected stands elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, Ipam, IpamConfig, NetworkConnectRequest,
    NetworkCreateRequest, NetworkingConfig,
};

use crate::engine::Engine;
use crate::leftovers::{self, PREFIX, WORLD};
use crate::recreate::GATEWAY_DATA;
use crate::seed::Seed;
use crate::{http, image};

/// Times of the gateways: a sixtieth to a hundredth of the documented ones, as far as a busy machine follows.
const TIMES: [(&str, &str); 6] = [
    ("SIMULATED_BOOT_MS", "400"),
    ("SIMULATED_LINK_APPROVAL_MS", "100"),
    ("SIMULATED_LINK_RETRY_MS", "150"),
    ("SIMULATED_RECOVERY_MS", "400"),
    ("SIMULATED_TAKEOVER_MS", "150"),
    ("SIMULATED_SYNC_MS", "100"),
];
/// How long a node waits for its peer at the start.
pub const JOIN_WAIT: Duration = Duration::from_millis(1500);
/// Time between two pings, and how many may be missed.
const PING: (u32, u32) = (150, 6);
/// A silent peer is missed after this (fact sheet 5.3: `pingRate` x `pingMaxMissed`).
pub const PING_BUDGET: Duration = Duration::from_millis(900);
/// How long one look at a gateway may take on a busy machine. Nobody looks at one that cannot answer.
const LOOK: Duration = Duration::from_secs(2);

/// A node of a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Half {
    /// The master.
    Master,
    /// The backup.
    Backup,
}

/// Both nodes.
pub const HALVES: [Half; 2] = [Half::Master, Half::Backup];

impl Half {
    /// The other node.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Master => Self::Backup,
            Self::Backup => Self::Master,
        }
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Backup => "backup",
        })
    }
}

/// How a pair is configured.
#[derive(Clone, Debug)]
pub struct Shape {
    /// `Cold` or `Warm`.
    pub standby: &'static str,
    /// `Automatic` or `Manual`.
    pub recovery: &'static str,
    /// More variables of one node.
    pub env: Vec<(Half, &'static str, String)>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { standby: "Cold", recovery: "Automatic", env: Vec::new() }
    }
}

/// Two networks for any number of pairs. What was made on them goes with it.
#[derive(Debug)]
pub struct Ground {
    /// The engine, for the thread that owns the ground.
    pub engine: Engine,
    name: String,
    image: String,
    talk: Net,
    watch: Net,
    // The last to go: it removes the image.
    _image: image::Held,
}

/// A network with addresses of our choice: one that is given by the engine changes owners when containers stop.
#[derive(Clone, Debug)]
struct Net {
    name: String,
    /// First three numbers of its addresses.
    prefix: [u8; 3],
}

impl Net {
    fn make(engine: &Engine, name: &str, world: &str) -> Self {
        // Ranges that other networks use are refused by the engine.
        for third in 0..=255 {
            let prefix = [10, 213, third];
            let subnet = format!("10.213.{third}.0/24");
            let request = NetworkCreateRequest {
                name: name.to_owned(),
                ipam: Some(Ipam {
                    config: Some(vec![IpamConfig { subnet: Some(subnet), ..Default::default() }]),
                    ..Default::default()
                }),
                labels: Some(HashMap::from([(WORLD.to_owned(), world.to_owned())])),
                ..Default::default()
            };
            if engine.wait(engine.docker.create_network(request)).is_ok() {
                return Self { name: name.to_owned(), prefix };
            }
        }
        panic!("no free range of addresses for {name}");
    }

    fn address(&self, last: u8) -> Ipv4Addr {
        let [a, b, c] = self.prefix;
        Ipv4Addr::new(a, b, c, last)
    }

    fn endpoint(&self, last: u8, alias: &str) -> EndpointSettings {
        EndpointSettings {
            aliases: Some(vec![alias.to_owned()]),
            ipam_config: Some(EndpointIpamConfig {
                ipv4_address: Some(self.address(last).to_string()),
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

impl Ground {
    /// Makes the networks; nothing where there is no engine or where real gateways are tested, which is said loudly.
    pub fn open(scenario: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if crate::target::real_image().is_some() {
            crate::telling::say(&format!("LEFT OUT (needs gateways with short times): {scenario}"));
            return None;
        }
        let Some(engine) = Engine::connect() else {
            crate::telling::left_out("no Docker engine", scenario);
            return None;
        };
        let held = image::hold(&engine);
        let image = image::simulated(&engine).expect("the image was built");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-pairs-{number}", std::process::id());
        let talk = Net::make(&engine, &format!("{name}-talk"), &name);
        let watch = Net::make(&engine, &format!("{name}-watch"), &name);
        Some(Self { engine, name, image, talk, watch, _image: held })
    }

    /// Makes the `index`-th pair; both of its nodes are stopped.
    pub fn pair(&self, engine: &Engine, index: u8, shape: &Shape) -> Pair {
        let pair = Pair {
            name: format!("{}-{index}", self.name),
            talk: self.talk.clone(),
            watch: self.watch.clone(),
            index,
            shape: shape.clone(),
        };
        for half in HALVES {
            pair.create(engine, self, half);
        }
        pair
    }

    /// Makes and starts a gateway that stands alone on the watching network and has a link to both nodes of a pair there.
    pub fn frontend(&self, engine: &Engine, pair: &Pair) -> String {
        let container = format!("{}-frontend-{}", self.name, pair.index);
        let mut env = open_network();
        for (n, half) in HALVES.into_iter().enumerate() {
            env.extend([
                format!("GATEWAY_NETWORK_{n}_HOST={}", self.watch.address(last(pair.index, half))),
                format!("GATEWAY_NETWORK_{n}_PORT=8088"),
                format!("GATEWAY_NETWORK_{n}_ENABLESSL=false"),
            ]);
        }
        let endpoint = self.watch.endpoint(240 - pair.index, "frontend");
        self.make(engine, &container, env, vec!["-n".to_owned(), "frontend".to_owned()], endpoint);
        engine.start(&container);
        container
    }

    /// Address of a front end's web server.
    pub fn frontend_address(&self, pair: &Pair) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.watch.address(240 - pair.index)), 8088)
    }

    /// Makes a gateway that stands alone, with an address whose last number is given, and with links over plain connections to
    /// others of this network. It is stopped.
    pub fn alone(&self, engine: &Engine, last: u8, links: &[u8], env: &[(&str, &str)]) -> String {
        let container = format!("{}-alone-{last}", self.name);
        let mut all = open_network();
        for (n, link) in links.iter().enumerate() {
            all.extend([
                format!("GATEWAY_NETWORK_{n}_HOST={}", self.watch.address(*link)),
                format!("GATEWAY_NETWORK_{n}_PORT=8088"),
                format!("GATEWAY_NETWORK_{n}_ENABLESSL=false"),
            ]);
        }
        all.extend(env.iter().map(|(key, value)| format!("{key}={value}")));
        let name = vec!["-n".to_owned(), format!("gateway-{last}")];
        self.make(engine, &container, all, name, self.watch.endpoint(last, &format!("gateway-{last}")));
        container
    }

    /// Where a gateway that stands alone listens.
    pub fn address(&self, last: u8) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.watch.address(last)), 8088)
    }

    fn make(&self, engine: &Engine, name: &str, mut env: Vec<String>, cmd: Vec<String>, watch: EndpointSettings) {
        let given = |key: &str| env.iter().any(|e| e.split('=').next() == Some(key));
        let times: Vec<_> = TIMES.iter().filter(|(key, _)| !given(key)).map(|(k, v)| format!("{k}={v}")).collect();
        env.extend(times);
        let body = ContainerCreateBody {
            image: Some(self.image.clone()),
            cmd: Some(cmd),
            env: Some(env),
            labels: Some(HashMap::from([(WORLD.to_owned(), self.name.clone())])),
            // Anonymous, so that it goes with its container.
            volumes: Some(vec![GATEWAY_DATA.to_owned()]),
            host_config: Some(HostConfig {
                // A name that is not known is unknown at once, instead of after a question to servers that are far away.
                dns: Some(vec!["127.0.0.1".to_owned()]),
                ..Default::default()
            }),
            networking_config: Some(NetworkingConfig {
                endpoints_config: Some(HashMap::from([(self.watch.name.clone(), watch)])),
            }),
            ..Default::default()
        };
        engine.create(name, body);
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        leftovers::remove(&self.engine, |world| world == self.name);
    }
}

/// Variables of a gateway that lets everybody in over plain connections.
fn open_network() -> Vec<String> {
    [
        "ACCEPT_IGNITION_EULA=Y",
        "GATEWAY_ADMIN_PASSWORD=password",
        "GATEWAY_NETWORK_REQUIRESSL=false",
        "GATEWAY_NETWORK_SECURITYPOLICY=Unrestricted",
        "GATEWAY_NETWORK_REQUIRETWOWAYAUTH=false",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Last number of a node's addresses.
fn last(index: u8, half: Half) -> u8 {
    10 + 2 * index + u8::from(half == Half::Backup)
}

/// One pair. Holds no connection to the engine, so that any thread may work with it.
#[derive(Clone, Debug)]
pub struct Pair {
    name: String,
    talk: Net,
    watch: Net,
    index: u8,
    /// How it is configured.
    pub shape: Shape,
}

impl Pair {
    /// Name of a node's container.
    pub fn container(&self, half: Half) -> String {
        format!("{}-{half}", self.name)
    }

    /// Where a node is watched.
    pub fn address(&self, half: Half) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.watch.address(last(self.index, half))), 8088)
    }

    fn create(&self, engine: &Engine, ground: &Ground, half: Half) {
        let container = self.container(half);
        let mut env = open_network();
        env.extend(
            self.shape.env.iter().filter(|(h, _, _)| *h == half).map(|(_, key, value)| format!("{key}={value}")),
        );
        // A backup gets no name of its own: it takes its master's (fact sheet 5.4).
        let cmd = match half {
            Half::Master => vec!["-n".to_owned(), format!("pair-{}", self.index)],
            Half::Backup => Vec::new(),
        };
        let watch = self.watch.endpoint(last(self.index, half), &format!("watched-{half}-{}", self.index));
        ground.make(engine, &container, env, cmd, watch);
        self.connect(engine, half);
        let mut seed = Seed::new();
        seed.file("redundancy.xml", &self.redundancy_xml(half));
        // Both ends notice silence after the same time.
        let (rate, missed) = PING;
        let settings = format!(r#"{{"incomingPingRateMillis":{rate},"incomingPingMaxMissed":{missed}}}"#);
        seed.resource("ignition/gateway-network-settings", &settings);
        engine.upload(&container, GATEWAY_DATA, seed.into_tar());
    }

    fn redundancy_xml(&self, half: Half) -> String {
        let role = match half {
            Half::Master => "Master",
            Half::Backup => "Backup",
        };
        let entries = [
            ("noderole", role.to_owned()),
            ("standbyactivitylevel", self.shape.standby.to_owned()),
            ("masterrecoverymode", self.shape.recovery.to_owned()),
            ("joinwaittime", JOIN_WAIT.as_millis().to_string()),
            ("gan.host", self.alias(Half::Master)),
            ("gan.port", "8088".to_owned()),
            ("gan.enableSsl", "false".to_owned()),
            ("gan.pingRate", PING.0.to_string()),
            ("gan.pingMaxMissed", PING.1.to_string()),
            ("gan.websocketTimeout", "1000".to_owned()),
            ("gan.httpConnectTimeout", "1000".to_owned()),
        ];
        let entries = entries.map(|(key, value)| format!("<entry key=\"redundancy.{key}\">{value}</entry>\n")).concat();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<properties>\n{entries}</properties>\n")
    }

    fn alias(&self, half: Half) -> String {
        format!("{half}-{}", self.index)
    }

    /// Puts a node on the network over which the two talk.
    pub fn connect(&self, engine: &Engine, half: Half) {
        let request = NetworkConnectRequest {
            container: self.container(half),
            endpoint_config: Some(self.talk.endpoint(last(self.index, half), &self.alias(half))),
        };
        let done = engine.wait(engine.docker.connect_network(&self.talk.name, request));
        done.unwrap_or_else(|e| panic!("connect {}: {e}", self.container(half)));
    }

    /// Takes a node off that network.
    pub fn disconnect(&self, engine: &Engine, half: Half) {
        engine.disconnect(&self.container(half), &self.talk.name);
    }

    /// Role, sync state and level that a node shows, as `Master/Good/Active`; the reason when it shows none.
    pub fn look(&self, half: Half) -> Result<String, String> {
        let seen = http::redundancy_at(self.address(half), LOOK)?;
        if seen.starts_with('-') { Err(format!("no role yet: {seen}")) } else { Ok(seen) }
    }

    /// What both nodes show when all is well, with the configured roles.
    pub fn healthy(&self) -> [String; 2] {
        ["Master/Good/Active".to_owned(), format!("Backup/Good/{}", self.shape.standby)]
    }
}
