//! The modules that come with the gateway, by version and edition (fact sheet 7.5).

use super::Module;
use super::version::numbers;
use crate::simulator::unknown::EDGE_LACKS;

/// How the identifiers of the maker's modules begin.
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

/// The modules of a version and an edition (empty for standard), by identifier.
pub(super) fn built_in(version: &str, edition: &str) -> Vec<Module> {
    let extra: &[&str] = if numbers(version) >= vec![8, 3, 9] { &SINCE_8_3_9 } else { &[] };
    let mut names: Vec<&str> = BUILT_IN.iter().chain(extra).copied().collect();
    names.retain(|name| edition != "edge" || !EDGE_LACKS.contains(name));
    names.sort_unstable();
    let module = |name: &str| Module {
        id: format!("{PREFIX}{name}"),
        // Their display names are not in the fact sheet.
        name: name.to_owned(),
        version: module_version(version),
        file: None,
    };
    names.into_iter().map(module).collect()
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
        assert_eq!(built_in("8.3.9", "").len(), 32);
        assert_eq!(built_in("8.3.10", "maker").len(), 32);
        assert_eq!(built_in("8.3.6", "").len(), 29);
        assert_eq!(built_in("8.3.9", "")[0].version, "7.3.9 (b0)");
    }

    #[test]
    fn edge_loads_twenty_two_on_every_version() {
        for version in ["8.3.0", "8.3.6", "8.3.9", "8.3.10"] {
            let modules = built_in(version, "edge");
            assert_eq!(modules.len(), 22, "{version}");
            assert!(modules.iter().all(|m| !m.id.contains(".jdbc.")));
        }
    }
}
