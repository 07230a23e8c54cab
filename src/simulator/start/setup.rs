//! From arguments, variables and the data directory to everything a simulated gateway knows when it starts. Runs nothing.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;
use std::path::PathBuf;

use uuid::Uuid;

use crate::blueprint::GATEWAY_DATA;
use crate::catalog::image::{DEFAULT_VERSION, is_simulated_version};
use crate::simulator::access::commissioning;
use crate::simulator::config::store::Store;
use crate::simulator::config::system_name;
use crate::simulator::config::{local_properties, quickstart};
use crate::simulator::data::{DataDir, Record};
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::{self, Knobs, Timings};
use crate::simulator::log::Log;
use crate::simulator::modules::is_older;
use crate::simulator::network::variables::Variables;
use crate::simulator::node::TRIAL_S;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::redundancy::xml::RedundancySettings;
use crate::simulator::start::environment::Environment;
use crate::simulator::start::modules::{ModuleSetup, Start};
use crate::simulator::start::options::{Options, is_system_name};
use crate::simulator::start::public_address::PublicAddress;
use crate::simulator::start::settings::Settings;
use crate::simulator::start::user::User;
use crate::simulator::start::{restore, variables, volume};
use crate::simulator::unknown::{
    NETWORK_VARIABLES_AT_EVERY_START, RESTORED_USERS_COUNT, WRITES_INDEPENDENT_REDUNDANCY_XML,
};

const UUID_FILE: &str = "config/local/ignition/gateway-network/uuid.txt";

/// Everything that is fixed once the gateway starts.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) version: String,
    /// Empty for standard.
    pub(crate) edition: String,
    pub(crate) hostname: String,
    pub(crate) system_name: String,
    pub(crate) uuid: String,
    pub(crate) bind: IpAddr,
    pub(crate) http_port: u16,
    /// Where clients are sent.
    pub(crate) public: PublicAddress,
    pub(crate) mode: Option<String>,
    pub(crate) timezone: String,
    pub(crate) knobs: Knobs,
    /// This start follows a restart of the gateway's process, not of the container.
    pub(crate) again: bool,
    pub(crate) data: DataDir,
    pub(crate) record: Record,
    /// The configuration; its copies share it.
    pub(crate) store: Store,
    /// The variables of the container, for secrets that settings refer to.
    pub(crate) environment: Environment,
    /// Port of the gateway network's TLS connections.
    pub(crate) gan_port: u16,
    /// What the variables say about the gateway network; the configuration has it too.
    pub(crate) network: Variables,
    pub(crate) redundancy: RedundancySettings,
    pub(crate) modules: ModuleSetup,
    /// Why the gateway ends up FAULTED, if it does.
    pub(crate) fault: Option<String>,
    pub(crate) log: Log,
}

impl Setup {
    /// Prepares a start: reads all there is to read and leaves the traces of a first start.
    pub(crate) fn prepare(
        args: &[OsString],
        env: &Environment,
        knobs: &Knobs,
        log: Log,
    ) -> Result<Self, SimulatorError> {
        let options = Options::parse(args)?;
        for argument in &options.launch.unknown {
            log.init(&format!("Passed over, no parameter of wrapper, gateway or JVM: {argument}"));
        }
        let version = version(env)?;
        let data = volume::open(data_root(env)?, &User::current())?;
        refuse_downgrade(&data, &version)?;
        let first = matches!(data.load_record(), Ok(None));
        let disabled = env.flag("GATEWAY_RESTORE_DISABLED", false)?;
        let restored = restore::prepare(&data, &options, first, disabled, &version, &log)?;
        variables::look(env, &log)?;
        let hostname = hostname(env)?;
        let mut faulted = Faulted::default();

        let redundancy = match data.read("redundancy.xml") {
            Ok(None) => faulted.take(never_configured(&data)),
            Ok(Some(bytes)) => faulted.take(RedundancySettings::parse(&bytes).map_err(|e| e.to_string())),
            Err(e) => faulted.take(Err(e.to_string())),
        };
        let mode = options.config_mode.as_deref();
        faulted.take(Store::fault(&data).map_or(Ok(()), Err));
        if faulted.0.is_none() {
            faulted.take(Store::make_manifests(&data, mode).map_err(|e| e.to_string()));
        }
        let store = Store::load(&data, mode, redundancy.role == Role::Backup, log.clone());
        let settings = Settings::prepare(&data, &options, env.number("GATEWAY_GAN_PORT")?);
        let settings = settings.map_err(|reason| SimulatorError::Settings { reason })?;
        let no_quickstart = env.flag("DISABLE_QUICKSTART", false)?;
        let record = commission(&data, &store, env, &version, restored, &mut faulted)?;
        let mut record = if faulted.0.is_none() { of_version(&data, record, &version)? } else { record };
        if faulted.0.is_none() {
            // A gateway without them runs all the same.
            let written = if first { quickstart::make(&store, no_quickstart) } else { Ok(()) };
            if let Err(e) = written.and_then(|()| trial(&store, &mut record)) {
                log.error("IgnitionGateway", &format!("not every property could be written: {e}"));
            }
        }
        let edition = edition(env)?;
        let modules = ModuleSetup::prepare(&Start {
            data: &data,
            env,
            launch: &options.launch,
            log: &log,
            version: &version,
            edition: &edition,
            role: redundancy.role,
            record: &record,
            first,
            faulted: faulted.0.is_some(),
        })?;
        let network = Variables::read(env)?;
        // Nothing listens there, but nonsense is nonsense.
        env.number::<u16>("GATEWAY_HTTPS_PORT")?;
        if faulted.0.is_none() && NETWORK_VARIABLES_AT_EVERY_START {
            faulted.take(network.apply(&store).map_err(|e| e.to_string()));
        }
        let named = options.system_name.or_else(|| system_name::configured(&store));
        let system_name = named.unwrap_or_else(|| format!("Ignition-{hostname}"));
        if faulted.0.is_none() {
            faulted.take(system_name::keep(&store, &system_name).map_err(|e| e.to_string()));
        }
        Ok(Self {
            public: settings.public,
            gan_port: settings.gan_port.unwrap_or(8060),
            edition,
            modules,
            uuid: faulted.take(identity(&data)),
            bind: env
                .parsed(knobs::BIND_ADDRESS, "must be an IP address, such as 127.0.0.1")?
                .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            http_port: port(env, "GATEWAY_HTTP_PORT")?.unwrap_or(8088),
            timezone: env.text("TZ")?.filter(|z| !z.is_empty()).unwrap_or_else(|| "UTC".to_owned()),
            mode: options.config_mode,
            fault: faulted.0,
            version,
            hostname,
            system_name,
            knobs: knobs.clone(),
            again: false,
            data,
            record,
            store,
            environment: env.clone(),
            network,
            redundancy,
            log,
        })
    }

    /// How long things take in this start, as the knobs are now.
    pub(crate) fn timings(&self) -> Timings {
        if self.again { self.knobs.timings().of_a_restart() } else { self.knobs.timings() }
    }
}

/// The first reason why the gateway cannot leave STARTING other than as FAULTED.
#[derive(Default)]
struct Faulted(Option<String>);

impl Faulted {
    fn take<T: Default>(&mut self, result: Result<T, String>) -> T {
        result.unwrap_or_else(|reason| {
            self.0.get_or_insert(reason);
            T::default()
        })
    }
}

/// The version to play.
fn version(env: &Environment) -> Result<String, SimulatorError> {
    let named = env.text(knobs::VERSION)?.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let version = named.unwrap_or_else(|| DEFAULT_VERSION.to_owned());
    if is_simulated_version(&version) {
        return Ok(version);
    }
    let reason = format!("a simulated gateway plays Ignition 8.3 only, such as {DEFAULT_VERSION}");
    Err(SimulatorError::Variable { name: knobs::VERSION.to_owned(), reason })
}

fn hostname(env: &Environment) -> Result<String, SimulatorError> {
    let named = env.text("HOSTNAME")?.or_else(|| fs_err::read_to_string("/etc/hostname").ok());
    let named = named.map(|h| h.trim().to_owned()).filter(|h| is_system_name(h));
    Ok(named.unwrap_or_else(|| "localhost".to_owned()))
}

/// A port that clients must know beforehand: none that the system chooses.
fn port(env: &Environment, name: &str) -> Result<Option<u16>, SimulatorError> {
    Ok(env.parsed::<NonZeroU16>(name, "must be a port from 1 to 65535")?.map(NonZeroU16::get))
}

fn edition(env: &Environment) -> Result<String, SimulatorError> {
    let name = "IGNITION_EDITION";
    match env.text(name)?.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "standard" => Ok(String::new()),
        edition @ ("edge" | "maker" | "cloud") => Ok(edition.to_owned()),
        _ => Err(SimulatorError::Variable {
            name: name.to_owned(),
            reason: "must be standard, edge, maker or cloud".to_owned(),
        }),
    }
}

/// The settings of a gateway that was never given a role.
fn never_configured(data: &DataDir) -> Result<RedundancySettings, String> {
    let settings = RedundancySettings::default();
    if WRITES_INDEPENDENT_REDUNDANCY_XML {
        let text = settings.to_xml().map_err(|e| e.to_string())?;
        data.write("redundancy.xml", &text).map_err(|e| e.to_string())?;
    }
    Ok(settings)
}

/// The gateway's UUID, made on the first start (fact sheet 4.2).
fn identity(data: &DataDir) -> Result<String, String> {
    let Some(bytes) = data.read(UUID_FILE).map_err(|e| e.to_string())? else {
        let uuid = Uuid::new_v4().to_string();
        data.write(UUID_FILE, uuid.as_bytes()).map_err(|e| e.to_string())?;
        return Ok(uuid);
    };
    let text = String::from_utf8_lossy(&bytes);
    let uuid = Uuid::parse_str(text.trim()).map_err(|e| format!("{UUID_FILE}: {e}"))?;
    Ok(uuid.to_string())
}

/// Commissioning by environment (fact sheet 6.4): only the first start looks at the variables, and it uses the password up
/// even when the licence agreement is missing. A start that ends FAULTED is none.
fn commission(
    data: &DataDir,
    store: &Store,
    env: &Environment,
    version: &str,
    restored: bool,
    faulted: &mut Faulted,
) -> Result<Record, SimulatorError> {
    if let Some(record) = faulted.take(data.load_record().map_err(|e| e.to_string())) {
        return Ok(record);
    }
    let mut record = Record { version: version.to_owned(), trial_in_properties: true, ..Record::default() };
    let eula = env.text("ACCEPT_IGNITION_EULA")?.is_some_and(|v| v.trim().eq_ignore_ascii_case("Y"));
    let username = env.text("GATEWAY_ADMIN_USERNAME")?.filter(|u| !u.is_empty());
    let password = env.text("GATEWAY_ADMIN_PASSWORD")?.filter(|p| !p.is_empty());
    if faulted.0.is_some() {
        return Ok(record);
    }
    // An empty object in this file skips commissioning by environment: no administrator at all (fact sheet 3.4).
    if matches!(data.read_json::<serde_json::Map<_, _>>("commissioning.json"), Ok(Some(map)) if map.is_empty()) {
        record.commissioned = true;
    } else {
        record.eula = eula;
        if restored && RESTORED_USERS_COUNT && commissioning::has_users(store) {
            record.administrator = true;
        } else if let Some(password) = password {
            let made = commissioning::commission(store, username.as_deref().unwrap_or("admin"), &password);
            record.administrator = made.is_ok();
            faulted.take(made.map_err(|e| e.to_string()));
        }
        record.commissioned = record.eula && record.administrator;
    }
    faulted.take(data.save_record(&record).map_err(|e| e.to_string()));
    Ok(record)
}

/// Refuses to go back to an older version (fact sheet 8), before anything is written.
fn refuse_downgrade(data: &DataDir, version: &str) -> Result<(), SimulatorError> {
    match data.load_record() {
        Ok(Some(record)) if is_older(version, &record.version) => {
            Err(SimulatorError::Downgrade { used: record.version, played: version.to_owned() })
        }
        // A record that cannot be read is told of later.
        _ => Ok(()),
    }
}

/// Notes a newer version.
fn of_version(data: &DataDir, mut record: Record, version: &str) -> Result<Record, SimulatorError> {
    if record.version != version {
        version.clone_into(&mut record.version);
        let failed = |source| SimulatorError::Data { path: data.path(""), source };
        data.save_record(&record).map_err(failed)?;
    }
    Ok(record)
}

/// The trial clock at the start (fact sheet 7.3): that of the properties, unless the last run was killed and the record is newer.
fn trial(store: &Store, record: &mut Record) -> std::io::Result<()> {
    match local_properties::trial_left_s(store).filter(|_| record.trial_in_properties) {
        Some(left) => record.trial_used_s = TRIAL_S.saturating_sub(left),
        None => local_properties::keep(store, TRIAL_S.saturating_sub(record.trial_used_s))?,
    }
    Ok(())
}

/// The data directory: the image's, unless a variable names another.
pub(crate) fn data_root(env: &Environment) -> Result<PathBuf, SimulatorError> {
    Ok(env.text(knobs::DATA_DIR)?.map_or_else(|| PathBuf::from(GATEWAY_DATA), PathBuf::from))
}

#[cfg(test)]
#[path = "setup_tests.rs"]
mod tests;
