//! Every shape that a stack can have, in memory: its project generated twice, read back by readers that know no type of ours, compared
//! with the blueprint, made again from its record, and shown in short. Programs that are not ours read some in `every_shape`.

mod agreement;
mod compose;
mod generations;
mod guides;
mod proxies;
mod seeds;
mod short;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ignition_stack::architecture::{Choice, Database, ProxyWord, ProxyWords, build};
use ignition_stack::blueprint::{self, Blueprint, SecretName};
use ignition_stack::engine::Secrets;
use ignition_stack::render::{self, Tree};
use ignition_stack::spec;
use ignition_stack::stack::{Architecture, ProxyMode, Stack, Transport, resolve};
use uuid::Uuid;

/// One shape.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    architecture: Architecture,
    split: bool,
    redundant: bool,
    edge: bool,
    database: bool,
    transport: Transport,
    proxy: Option<ProxyMode>,
}

impl Shape {
    /// All of them. A single gateway has nothing to split.
    pub(crate) fn all() -> Vec<Self> {
        let mut shapes = Vec::new();
        for architecture in Architecture::ALL {
            for bits in 0..32_u8 {
                let [split, redundant, edge, database, tls] = [16, 8, 4, 2, 1].map(|bit| bits & bit != 0);
                if split && architecture == Architecture::Basic {
                    continue;
                }
                let transport = if tls { Transport::Tls } else { Transport::Plain };
                for proxy in [None, Some(ProxyMode::External), Some(ProxyMode::Scaffold)] {
                    shapes.push(Self { architecture, split, redundant, edge, database, transport, proxy });
                }
            }
        }
        assert_eq!(shapes.len(), 3 * (16 + 32 + 32));
        shapes
    }

    /// What it is called.
    pub(crate) fn title(self) -> String {
        let words = [
            (self.split, "split"),
            (self.redundant, "redundant"),
            (self.edge, "edge"),
            (self.database, "postgres"),
            (self.transport.is_tls(), "tls"),
            (self.proxy == Some(ProxyMode::External), "external proxy"),
            (self.proxy == Some(ProxyMode::Scaffold), "scaffolded proxy"),
        ];
        let words = words.iter().filter(|(on, _)| *on).map(|(_, word)| format!(", {word}"));
        format!("{}{}", self.architecture, words.collect::<String>())
    }

    fn choice(self, id: Uuid) -> Choice {
        let leaf = match self.architecture {
            Architecture::Basic => "gateway",
            Architecture::ScaleOut => "frontend",
            Architecture::HubAndSpoke => "spoke",
        };
        Choice {
            stack_id: Some(id),
            frontends: (self.architecture == Architecture::ScaleOut).then_some(2),
            spokes: (self.architecture == Architecture::HubAndSpoke).then_some(2),
            gateway_network: Some(self.transport),
            network_split: (self.architecture != Architecture::Basic).then_some(self.split),
            edge_role: Some(if self.edge { leaf } else { "none" }.to_owned()),
            redundant: self.redundant.then(|| self.architecture.redundant_role().word().to_owned()),
            reverse_proxy: ProxyWords { proxy: self.proxy.map(ProxyWord::Mode), ..ProxyWords::default() },
            database: Some(if self.database { Database::Postgres } else { Database::None }),
            ..Choice::of("demo", self.architecture)
        }
    }
}

/// A project that was generated, in memory: what `create` writes.
pub(crate) struct Project {
    pub(crate) stack: Stack,
    pub(crate) blueprint: Blueprint,
    pub(crate) tree: Tree,
    pub(crate) dotenv: String,
    pub(crate) secrets: BTreeMap<String, String>,
}

impl Project {
    /// The project of a shape under an identity.
    pub(crate) fn of(shape: Shape, id: Uuid) -> Self {
        Self::generate(resolve(&build(&shape.choice(id)).unwrap()).unwrap())
    }

    /// The project of the stack that a text describes.
    pub(crate) fn from_text(text: &str) -> Self {
        Self::generate(resolve(&spec::load(text).unwrap().spec).unwrap())
    }

    fn generate(stack: Stack) -> Self {
        let blueprint = blueprint::build(&stack);
        let tree = render::tree(&stack, &blueprint, spec::dump_json(&stack.dump()), None).unwrap();
        let names = render::secret_names(&blueprint);
        // Text that a reader who is not careful gets wrong.
        let secrets: BTreeMap<_, _> =
            names.into_iter().map(|SecretName(name)| (name.clone(), format!("$1 # {name}"))).collect();
        let mut given = Secrets::new();
        given.extend(secrets.iter().map(|(name, value)| (SecretName(name.clone()), value.clone())));
        let dotenv = render::dotenv(&stack.name, &given).unwrap();
        Self { stack, blueprint, tree, dotenv, secrets }
    }

    /// The text of a file.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        let file = self.tree.files.get(path).unwrap_or_else(|| panic!("there is no {path}"));
        std::str::from_utf8(&file.bytes).unwrap()
    }
}

/// The identity of most projects here.
pub(crate) const ID: Uuid = Uuid::from_u128(0x1234);

/// The variables of a `.env` by a reader of our own: `KEY=value` or `KEY='value'`, nothing else.
pub(crate) fn variables(dotenv: &str) -> BTreeMap<&str, &str> {
    let lines = dotenv.lines().filter(|line| !line.starts_with('#'));
    let pairs: Vec<_> = lines
        .map(|line| {
            let (key, value) = line.split_once('=').unwrap();
            let quoted = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
            (key, quoted.unwrap_or(value))
        })
        .collect();
    let count = pairs.len();
    let variables: BTreeMap<_, _> = pairs.into_iter().collect();
    assert_eq!(variables.len(), count, "a key stands there twice");
    variables
}

/// A check with the shape's name before what it says.
#[allow(clippy::print_stdout, reason = "shown when the check fails: its shape")]
fn each(check: fn(&Project)) {
    // Made once for all checks: making them costs more than most of what is looked for.
    static PROJECTS: LazyLock<Vec<(Shape, Project)>> =
        LazyLock::new(|| Shape::all().into_iter().map(|shape| (shape, Project::of(shape, ID))).collect());
    for (shape, project) in PROJECTS.iter() {
        println!("{}", shape.title());
        check(project);
    }
}

#[test]
fn the_env_file_holds_the_project_and_every_secret() {
    each(|project| {
        let variables = variables(&project.dotenv);
        assert_eq!(variables["COMPOSE_PROJECT_NAME"], "demo");
        assert_eq!(variables.len(), 1 + project.secrets.len());
        for (name, value) in &project.secrets {
            assert_eq!(variables[name.to_uppercase().replace('-', "_").as_str()], value);
        }
    });
}
