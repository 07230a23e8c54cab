//! The variables of the image (fact sheet 6.2): every one is looked at, so that a `<NAME>_FILE` that cannot be read keeps the gateway
//! from starting, whether the variable means anything here or not. What they mean lives with what they set.

use crate::simulator::error::SimulatorError;
use crate::simulator::knobs;
use crate::simulator::log::{Log, printable};
use crate::simulator::start::environment::Environment;

/// Variables that set something here.
const PLAYED: [&str; 17] = [
    "ACCEPT_IGNITION_EULA",
    "ACCEPT_MODULE_CERTS",
    "ACCEPT_MODULE_LICENSES",
    "DISABLE_QUICKSTART",
    "GATEWAY_ADMIN_PASSWORD",
    "GATEWAY_ADMIN_USERNAME",
    "GATEWAY_GAN_PORT",
    "GATEWAY_HTTPS_PORT",
    "GATEWAY_HTTP_PORT",
    "GATEWAY_MODULES_ENABLED",
    "GATEWAY_RESTORE_DISABLED",
    "IGNITION_EDITION",
    "IGNITION_GID",
    "IGNITION_LICENSE_KEY",
    "IGNITION_ACTIVATION_TOKEN",
    "IGNITION_UID",
    "TZ",
];

/// Variables that set nothing here, and why.
const WITHOUT_EFFECT: [(&str, &str); 9] = [
    ("GATEWAY_ENCODING_KEY", "nothing is encoded with it"),
    ("IGNITION_ROOT_KEY_PASSWORD", "no secret is encrypted, so that there is no key set"),
    ("EAM_SETUP_INSTALLSELECTION", EAM),
    ("EAM_AGENT_CONTROLLERSERVERNAME", EAM),
    ("EAM_AGENT_SENDSTATSINTERVAL", EAM),
    ("EAM_CONTROLLER_ARCHIVEPATH", EAM),
    ("EAM_CONTROLLER_ARCHIVELOCATION", EAM),
    ("EAM_CONTROLLER_DATASOURCE", EAM),
    ("EAM_CONTROLLER_LOWDISKTHRESHOLDMB", EAM),
];
/// Most characters of a name that is nobody's.
const NAME_SHOWN: usize = 80;
const EAM: &str = "the module for enterprise administration does nothing";

/// Looks at all of them, and says which ones are set in vain. Values are never said: some are secrets.
pub(crate) fn look(env: &Environment, log: &Log) -> Result<(), SimulatorError> {
    let set = |name: &str| Ok::<_, SimulatorError>(env.text(name)?.is_some_and(|v| !v.trim().is_empty()));
    for name in PLAYED {
        set(name)?;
    }
    for (name, why) in WITHOUT_EFFECT {
        if set(name)? {
            log.init(&format!("{name} is set and has no effect on a simulated gateway: {why}"));
        }
    }
    for name in env.names() {
        if let Some(text) = in_vain(name, env) {
            log.warn("IgnitionGateway", &text);
        }
    }
    leased_activation(env, log)
}

/// What is wrong with a variable that nobody reads although its name sounds so.
fn in_vain(name: &str, env: &Environment) -> Option<String> {
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    let shown: String = printable(name).chars().take(NAME_SHOWN).collect();
    if plain.starts_with("SIMULATED_") {
        if knobs::all().any(|known| known == plain) {
            return None;
        }
        let near = knobs::all()
            .map(|known| (strsim::damerau_levenshtein(plain.get(..NAME_SHOWN).unwrap_or(plain), known), known));
        let near = near.min().map(|(_, known)| known).unwrap_or_default();
        return Some(format!("{shown} is set and is no variable of a simulated gateway; the nearest is {near}"));
    }
    let (index, _) = plain.strip_prefix("GATEWAY_NETWORK_")?.split_once('_')?;
    let numbered = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
    let host = format!("GATEWAY_NETWORK_{index}_HOST");
    let alone = numbered && !env.names().any(|other| other.strip_suffix("_FILE").unwrap_or(other) == host);
    alone.then(|| format!("{shown} is set and makes no connection: {host} is not set"))
}

/// Leased activation asks the vendor's licence server (fact sheet 6.2), which nobody plays: as long as it is not reached the
/// gateway runs on its trial.
fn leased_activation(env: &Environment, log: &Log) -> Result<(), SimulatorError> {
    let count = |name: &str| {
        let list = env.text(name)?.unwrap_or_default();
        Ok::<_, SimulatorError>(list.split(',').filter(|item| !item.trim().is_empty()).count())
    };
    let (keys, tokens) = (count("IGNITION_LICENSE_KEY")?, count("IGNITION_ACTIVATION_TOKEN")?);
    if keys + tokens > 0 {
        log.warn(
            "LicenseManager",
            &format!("Leased activation of {keys} licence(s) with {tokens} token(s): no licence server is played, the trial goes on"),
        );
    }
    if keys != tokens {
        log.warn(
            "LicenseManager",
            "IGNITION_LICENSE_KEY and IGNITION_ACTIVATION_TOKEN do not have one item for each other",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn look_at(name: &str, value: &str) -> Result<(), SimulatorError> {
        let env = Environment::new(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        look(&env, &Log::new(std::io::sink()))
    }

    #[test]
    fn a_name_that_nobody_reads_is_told_with_the_nearest() {
        let told = |names: &[&str]| {
            let env = Environment::new(names.iter().map(|n| ((*n).to_owned(), "1".to_owned())).collect());
            env.names().filter_map(|n| in_vain(n, &env)).collect::<Vec<_>>().join("; ")
        };
        let said = told(&["SIMULATED_BOOTMS"]);
        assert!(
            said.starts_with("SIMULATED_BOOTMS is set") && said.ends_with("the nearest is SIMULATED_BOOT_MS"),
            "{said}"
        );
        assert!(told(&["SIMULATED_HANGIN_FILE"]).ends_with("SIMULATED_HANG_IN"));
        assert!(told(&["GATEWAY_NETWORK_0_PORT"]).ends_with("GATEWAY_NETWORK_0_HOST is not set"));
        for fine in [
            ["SIMULATED_BOOT_MS", "SIMULATED_VERSION"],
            ["SIMULATED_DATA_DIR_FILE", "PATH"],
            ["GATEWAY_NETWORK_7_PORT", "GATEWAY_NETWORK_7_HOST_FILE"],
            ["GATEWAY_NETWORK_ENABLED", "GATEWAY_NETWORK_SECURITYPOLICY"],
        ] {
            assert_eq!(told(&fine), "", "{fine:?}");
        }
        // Of any length, in any script.
        assert!(told(&[&format!("SIMULATED_{}", "\u{e9}".repeat(5000))]).len() < 300);
    }

    #[test]
    fn every_variable_works_as_a_file_that_must_be_readable() {
        let dir = tempfile::tempdir().unwrap();
        let readable = dir.path().join("value");
        fs_err::write(&readable, "1\n").unwrap();
        for name in PLAYED.into_iter().chain(WITHOUT_EFFECT.map(|(name, _)| name)) {
            let file = format!("{name}_FILE");
            assert!(look_at(&file, readable.to_str().unwrap()).is_ok(), "{name}");
            let refused = look_at(&file, "/nonexistent/secret").unwrap_err();
            assert!(matches!(&refused, SimulatorError::SecretFile { name, .. } if *name == file), "{refused}");
        }
    }
}
