//! The modules a simulated gateway has: the built-in list by version and the strict whitelist (fact sheet 7.5, 6.2).

use sha2::{Digest, Sha256};

const PREFIX: &str = "com.inductiveautomation.";
/// Built in on 8.3.6 and later, without the prefix.
const BUILT_IN: [&str; 29] = [
    "alarm-notification",
    "connectors.kafka",
    "eam",
    "eventstream",
    "historian",
    "historian.sql",
    "jdbc.mariadb",
    "jdbc.mssql",
    "jdbc.postgresql",
    "opcua",
    "opcua.drivers.ablegacy",
    "opcua.drivers.bacnet",
    "opcua.drivers.dnp3",
    "opcua.drivers.logix",
    "opcua.drivers.micro800",
    "opcua.drivers.mitsubishi",
    "opcua.drivers.modbus",
    "opcua.drivers.omron",
    "opcua.drivers.siemens",
    "opcua.drivers.siemens-symbolic",
    "opcua.drivers.tcpudp",
    "perspective",
    "reporting",
    "sfc",
    "sms-notification",
    "sqlbridge",
    "symbol-factory",
    "vision",
    "webdev",
];
/// Seen on 8.3.9 in addition.
const SINCE_8_3_9: [&str; 3] = ["opcua.drivers.dnp3v2", "opcua.drivers.iec61850", "phone-notification"];

/// One module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Module {
    pub(crate) id: String,
    pub(crate) version: String,
}

/// What runs and what is held back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Modules {
    pub(crate) healthy: Vec<Module>,
    pub(crate) quarantined: Vec<Module>,
}

impl Modules {
    /// The modules of a version under a whitelist of full identifiers; set but empty allows nothing.
    pub(crate) fn of(version: &str, whitelist: Option<&str>) -> Self {
        let allowed: Option<Vec<&str>> = whitelist.map(|list| list.split(',').map(str::trim).collect());
        let extra: &[&str] = if at_least_8_3_9(version) { &SINCE_8_3_9 } else { &[] };
        let mut modules = Self::default();
        let mut names: Vec<&str> = BUILT_IN.iter().chain(extra).copied().collect();
        names.sort_unstable();
        for name in names {
            let module = Module { id: format!("{PREFIX}{name}"), version: module_version(version) };
            let admitted = allowed.as_ref().is_none_or(|list| list.contains(&module.id.as_str()));
            if admitted { modules.healthy.push(module) } else { modules.quarantined.push(module) }
        }
        modules
    }

    /// A value that differs when two nodes run different modules (`moduleHash`, fact sheet 5.2).
    pub(crate) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for module in &self.healthy {
            hash.update(format!("{}={}\n", module.id, module.version));
        }
        crate::simulator::access::password::hex(&hash.finalize()[..16])
    }
}

/// Whether the first version is older than the second; an empty one is older than none.
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    numbers(version) < numbers(than)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).map_while(|part| part.parse().ok()).collect()
}

fn at_least_8_3_9(version: &str) -> bool {
    numbers(version) >= vec![8, 3, 9]
}

/// Module versions trail the platform by one major number: 7.3.9 on 8.3.9 (fact sheet 2.3). The build number is zero, because
/// no such build exists.
fn module_version(version: &str) -> String {
    match numbers(version).as_slice() {
        [major, minor, rev, ..] => format!("{}.{minor}.{rev} (b0)", major.saturating_sub(1)),
        _ => format!("{version} (b0)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_the_documented_ones() {
        assert_eq!(Modules::of("8.3.9", None).healthy.len(), 32);
        assert_eq!(Modules::of("8.3.10", None).healthy.len(), 32);
        assert_eq!(Modules::of("8.3.6", None).healthy.len(), 29);
        assert_eq!(Modules::of("8.3.9", None).healthy[0].version, "7.3.9 (b0)");
    }

    #[test]
    fn the_whitelist_is_strict_and_wants_full_identifiers() {
        let m = Modules::of("8.3.9", Some("com.inductiveautomation.opcua,perspective,com.other"));
        assert_eq!(m.healthy.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["com.inductiveautomation.opcua"]);
        assert_eq!(m.quarantined.len(), 31);
        assert!(Modules::of("8.3.9", Some("")).healthy.is_empty());
        assert_ne!(m.hash(), Modules::of("8.3.9", None).hash());
        assert_eq!(m.hash(), Modules::of("8.3.9", Some("com.inductiveautomation.opcua")).hash());
    }
}
