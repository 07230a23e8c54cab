//! What stands after `--` of the entrypoint's arguments: parameters of the service wrapper, the gateway and the JVM (fact sheet 6.3).
//! Sorts them; applies nothing.

use std::collections::BTreeMap;

/// Parameters by kind. Of two with one name the last counts, as on a JVM's command line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Launch {
    /// `-D<name>=<value>`; without a value the value is empty.
    pub(crate) properties: BTreeMap<String, String>,
    /// `gateway.<name>=<value>`, with the prefix.
    pub(crate) gateway: BTreeMap<String, String>,
    /// `wrapper.<name>=<value>`, with the prefix. There is no JVM that they could shape.
    pub(crate) wrapper: BTreeMap<String, String>,
    /// `-X...`: there is no JVM either.
    pub(crate) jvm: Vec<String>,
    /// What is none of these; passed over, and said so in the log.
    pub(crate) unknown: Vec<String>,
}

impl Launch {
    pub(crate) fn add(&mut self, argument: &str) {
        let pair = |text: &str| text.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
        if let Some(property) = argument.strip_prefix("-D").filter(|p| !p.is_empty() && !p.starts_with('=')) {
            let (name, value) = pair(property).unwrap_or_else(|| (property.to_owned(), String::new()));
            self.properties.insert(name, value);
        } else if argument.starts_with("-X") {
            self.jvm.push(argument.to_owned());
        } else {
            match pair(argument) {
                Some((name, value)) if name.starts_with("gateway.") => self.gateway.insert(name, value),
                Some((name, value)) if name.starts_with("wrapper.") => self.wrapper.insert(name, value),
                _ => {
                    self.unknown.push(argument.to_owned());
                    None
                }
            };
        }
    }

    /// A system property that says yes.
    pub(crate) fn flag(&self, property: &str) -> bool {
        self.properties.get(property).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_place_and_the_last_counts() {
        let mut launch = Launch::default();
        for argument in [
            "-Dignition.config.mode=dev",
            "-Dignition.config.mode=test=1",
            "-Dbare",
            "wrapper.java.initmemory=256",
            "gateway.useProxyForwardedHeader=true",
            "-Xmx512m",
            "-XX:+UseG1GC",
            "-n",
            "gateway.bare",
            "-D",
            "-D=x",
        ] {
            launch.add(argument);
        }
        assert_eq!(launch.properties["ignition.config.mode"], "test=1");
        assert_eq!(launch.properties["bare"], "");
        assert_eq!(launch.wrapper["wrapper.java.initmemory"], "256");
        assert_eq!(launch.gateway["gateway.useProxyForwardedHeader"], "true");
        assert_eq!(launch.jvm, ["-Xmx512m", "-XX:+UseG1GC"]);
        assert_eq!(launch.unknown, ["-n", "gateway.bare", "-D", "-D=x"]);
        assert!(!launch.flag("bare"));
    }
}
