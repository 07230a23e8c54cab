//! Words of `create` and `up`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::architecture::ProxyWord;
use crate::stack::{Architecture, Transport};

/// What shapes a stack.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Stack")]
pub struct ShapeArgs {
    /// Take the stack from a YAML or JSON file (- for standard input) instead of flags; only --redundant goes with it
    #[arg(short, long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Give the stack of --from-file a new identity, also under its own name
    #[arg(long, requires = "from_file")]
    pub new_identity: bool,
    /// Arrangement of the gateways: basic, scale-out, hub-and-spoke
    #[arg(short, long, value_name = "ARCHITECTURE", value_parser = architecture())]
    pub arch: Option<Architecture>,
    /// Number of frontends (scale-out) [default: 1]
    #[arg(long, value_name = "N")]
    pub frontends: Option<u32>,
    /// Number of spokes (hub-and-spoke) [default: 3]
    #[arg(long, value_name = "N")]
    pub spokes: Option<u32>,
    /// How gateways talk to each other: plain (demonstration only) or tls [default: plain]
    #[arg(long, value_name = "TRANSPORT", value_parser = transport())]
    pub gateway_network: Option<Transport>,
    /// Two container networks, databases on the back one only [default: on for scale-out]
    #[arg(long, overrides_with = "no_network_split")]
    pub network_split: bool,
    /// One container network
    #[arg(long, overrides_with = "network_split")]
    pub no_network_split: bool,
    /// Role that runs Edge, or none [default: spokes for hub-and-spoke, else none]
    #[arg(long, value_name = "ROLE")]
    pub edge_role: Option<String>,
    /// Role that becomes a master/backup pair: gateway, backend or hub; none makes a pair that is there one gateway again
    #[arg(long, value_name = "ROLE")]
    pub redundant: Option<String>,
    /// Database of the gateways [default: postgres]
    #[arg(long, value_enum, value_name = "KIND")]
    pub database: Option<DatabaseWord>,
    /// Built-in module that no gateway loads, such as vision; may be given more than once
    #[arg(long, value_name = "MODULE")]
    pub disable_builtin: Vec<String>,
    /// Image of the gateways [default: inductiveautomation/ignition:8.3.9]
    #[arg(long, value_name = "REF", conflicts_with = "ignition_version")]
    pub image: Option<String>,
    /// Version of the official image
    #[arg(long, value_name = "VERSION")]
    pub ignition_version: Option<String>,
    /// Simulated gateways instead of real ones: no image, no licence, little memory
    #[arg(long, action = ArgAction::SetTrue, conflicts_with_all = ["image"])]
    pub simulate: bool,
    /// First port on the host [default: 9088]
    #[arg(long, value_name = "PORT")]
    pub base_port: Option<u16>,
    /// Address that ports bind to [default: 127.0.0.1]
    #[arg(long, value_name = "IP")]
    pub bind_address: Option<String>,
    /// Publish no port: gateways are reached through a Traefik proxy, external (it is there) or scaffold (write one as well);
    /// none takes it away again
    #[arg(long, value_name = "MODE", value_parser = proxy_word())]
    pub reverse_proxy: Option<ProxyWord>,
    /// Network on which the proxy reaches the gateways; it must be there [default: proxy]
    #[arg(long, value_name = "NETWORK")]
    pub proxy_network: Option<String>,
    /// Where the scaffold is written, below the project [default: reverse-proxy]
    #[arg(long, value_name = "PATH")]
    pub proxy_path: Option<String>,
    /// Where the proxy listens, as seen from here; its port is in the gateways' addresses [default: 127.0.0.1:80]
    #[arg(long, value_name = "HOST:PORT")]
    pub proxy_address: Option<String>,
    /// Instead of ports that are taken on this host take the next free ones, and keep them in the record
    #[arg(long)]
    pub auto_ports: bool,
    /// Maximum Java heap of each gateway in MiB [default: 2048]
    #[arg(long, value_name = "MB")]
    pub memory: Option<u32>,
    /// Time zone id [default: UTC]
    #[arg(long, value_name = "ID")]
    pub timezone: Option<String>,
    /// Name of the first administrator [default: admin]
    #[arg(long, value_name = "NAME")]
    pub admin_username: Option<String>,
    /// File that holds the administrator's password [default: a generated one]
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Pass the memory advisory
    #[arg(long)]
    pub force: bool,
    /// Write generated files anew also where a person edited them
    #[arg(long)]
    pub overwrite: bool,
    /// Directory in which the project directory stands [default: the current one]
    #[arg(short, long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
}

fn architecture() -> impl clap::builder::TypedValueParser<Value = Architecture> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Architecture::ALL.map(Architecture::word)).map(|word| {
        let found = Architecture::ALL.into_iter().find(|a| a.word() == word);
        found.unwrap_or(Architecture::Basic)
    })
}

fn proxy_word() -> impl clap::builder::TypedValueParser<Value = ProxyWord> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(ProxyWord::ALL.map(ProxyWord::word))
        .map(|word| ProxyWord::ALL.into_iter().find(|known| known.word() == word).unwrap_or(ProxyWord::None))
}

fn transport() -> impl clap::builder::TypedValueParser<Value = Transport> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Transport::ALL.map(Transport::word))
        .map(|word| Transport::ALL.into_iter().find(|t| t.word() == word).unwrap_or_default())
}

/// Kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DatabaseWord {
    /// PostgreSQL.
    Postgres,
    /// No database.
    None,
}

/// Forms of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// `create`.
#[derive(Debug, Clone, Args)]
pub struct CreateArgs {
    /// Name of the stack and of its directory: a-z, 0-9 and hyphens; may be left out when --from-file says it, and with
    /// --update inside the project
    #[arg(required_unless_present_any = ["from_file", "update"])]
    pub name: Option<String>,
    /// What shapes the stack.
    #[command(flatten)]
    pub shape: ShapeArgs,
    /// Bring a project that is there in line with its record, changed by the flags or the file; starts nothing
    #[arg(long)]
    pub update: bool,
    /// Print the resolved stack and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Form of --dry-run
    #[arg(long, value_enum, requires = "dry_run")]
    pub output_format: Option<FormatWord>,
}

/// `up`.
#[derive(Debug, Clone, Args)]
pub struct UpArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// What shapes the stack.
    #[command(flatten)]
    pub shape: ShapeArgs,
    /// How long to wait until everything is proven
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = super::duration)]
    pub timeout: Duration,
    /// Return as soon as the containers are started
    #[arg(long)]
    pub no_wait: bool,
    /// When it fails, remove what this run created on the engine, and nothing that was there before
    #[arg(long, conflicts_with = "plan")]
    pub rollback: bool,
    /// Go on also where what the backup of a pair alone has may be lost: it leaves the stack (its volume stays), or takes over the
    /// data of its master in place of its own
    #[arg(long)]
    pub abandon_backup: bool,
    /// Print what would be done and do nothing
    #[arg(long)]
    pub plan: bool,
    /// When to pull images: those that are missing, always (containers of one that changed are made anew), or never; the simulated
    /// gateway's image is built from this program whatever is said here
    #[arg(long, value_enum, value_name = "WHEN", default_value = "missing")]
    pub pull: PullWord,
}

/// When images are pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PullWord {
    /// Those that are not on the engine.
    Missing,
    /// All of them.
    Always,
    /// None; one that is missing is a problem.
    Never,
}
