//! The modules that come with the gateway: their friendly slugs, their identifiers, and the versions that have them (fact sheet 7.5).

/// How the identifiers of built-in modules begin.
pub const PREFIX: &str = "com.inductiveautomation.";

/// The first version of which the list is known.
const FIRST: [u32; 2] = [8, 3];

/// A module that comes with the gateway.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BuiltIn {
    /// The name that people type.
    pub slug: &'static str,
    /// Its identifier without [`PREFIX`].
    suffix: &'static str,
    /// Whether it was first seen on 8.3.9; the others are there on 8.3.6.
    late: bool,
}

const fn early(slug: &'static str, suffix: &'static str) -> BuiltIn {
    BuiltIn { slug, suffix, late: false }
}

const fn late(slug: &'static str, suffix: &'static str) -> BuiltIn {
    BuiltIn { slug, suffix, late: true }
}

/// Every module, by slug.
pub const ALL: [BuiltIn; 32] = [
    early("alarm-notification", "alarm-notification"),
    early("allen-bradley-driver", "opcua.drivers.ablegacy"),
    early("bacnet-driver", "opcua.drivers.bacnet"),
    late("dnp3-driver", "opcua.drivers.dnp3v2"),
    early("enterprise-administration", "eam"),
    early("event-streams", "eventstream"),
    early("historian-core", "historian"),
    late("iec61850-driver", "opcua.drivers.iec61850"),
    early("kafka-connector", "connectors.kafka"),
    early("legacy-dnp3-driver", "opcua.drivers.dnp3"),
    early("logix-driver", "opcua.drivers.logix"),
    early("mariadb-jdbc-driver", "jdbc.mariadb"),
    early("micro800-driver", "opcua.drivers.micro800"),
    early("mitsubishi-driver", "opcua.drivers.mitsubishi"),
    early("modbus-driver", "opcua.drivers.modbus"),
    early("mssql-jdbc-driver", "jdbc.mssql"),
    early("omron-driver", "opcua.drivers.omron"),
    early("opc-ua", "opcua"),
    early("perspective", "perspective"),
    late("phone-notification", "phone-notification"),
    early("postgresql-jdbc-driver", "jdbc.postgresql"),
    early("reporting", "reporting"),
    early("sfc", "sfc"),
    early("siemens-drivers", "opcua.drivers.siemens"),
    early("siemens-enhanced-driver", "opcua.drivers.siemens-symbolic"),
    early("sms-notification", "sms-notification"),
    early("sql-bridge", "sqlbridge"),
    early("sql-historian", "historian.sql"),
    early("symbol-factory", "symbol-factory"),
    early("udp-and-tcp-drivers", "opcua.drivers.tcpudp"),
    early("vision", "vision"),
    early("webdev", "webdev"),
];

impl BuiltIn {
    /// Its full identifier.
    pub fn identifier(&self) -> String {
        format!("{PREFIX}{}", self.suffix)
    }
}

/// The module of that slug.
pub fn find(slug: &str) -> Option<BuiltIn> {
    ALL.into_iter().find(|module| module.slug == slug)
}

/// The modules of an Ignition version; `None` where the list is not known: before 8.3, whose whitelist takes other names (fact sheet
/// 6.2), and for a text that is no version. A version after the newest one of which the list is known has that one's list.
pub fn of_version(version: &str) -> Option<impl Iterator<Item = BuiltIn>> {
    let numbers: Vec<u32> = version.split(['.', '-']).map_while(|part| part.parse().ok()).collect();
    let known = numbers.len() >= 2 && numbers[..2] >= FIRST[..];
    let with_late = numbers >= vec![8, 3, 9];
    known.then(|| ALL.into_iter().filter(move |module| with_late || !module.late))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_the_documented_ones_and_no_name_is_there_twice() {
        let count = |version: &str| of_version(version).map(Iterator::count);
        for (version, wanted) in [
            ("8.3.6", Some(29)),
            ("8.3.9", Some(32)),
            ("8.3.10-rc1", Some(32)),
            ("8.4.0", Some(32)),
            ("8.1.44", None),
            ("8", None),
            ("latest", None),
            ("", None),
        ] {
            assert_eq!(count(version), wanted, "{version}");
        }
        let mut suffixes: Vec<_> = ALL.iter().map(|module| module.suffix).collect();
        suffixes.sort_unstable();
        suffixes.dedup();
        assert_eq!(suffixes.len(), ALL.len());
        assert!(ALL.windows(2).all(|two| two[0].slug < two[1].slug));
        assert_eq!(find("opc-ua").unwrap().identifier(), "com.inductiveautomation.opcua");
        assert_eq!(find("opcua"), None);
    }
}
