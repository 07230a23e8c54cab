//! The reverse proxy of a configuration: a network that may be somebody else's, and a path that stays in the project.

use super::texts::cut;
use crate::spec::{Problems, ReverseProxySpec};
use crate::stack::{Network, Proxy, ProxyAddress, ProxyMode};

/// Network when none is named.
pub const DEFAULT_PROXY_NETWORK: &str = "proxy";
/// Path of the scaffold when none is named.
pub const DEFAULT_PROXY_PATH: &str = "reverse-proxy";

/// Networks that the engine has by itself, and that nobody joins by name.
const OF_THE_ENGINE: [&str; 5] = ["bridge", "default", "host", "ingress", "none"];
/// What a project has at its top, in lower case, which a scaffold must not write into.
const OF_THE_PROJECT: [&str; 10] = [
    ".env",
    ".gitignore",
    ".ignition-stack",
    "docker-compose.yaml",
    "makefile",
    "post-setup.md",
    "readme.md",
    "scripts",
    "secrets",
    "services",
];

pub(super) fn resolve(stack: &str, given: &ReverseProxySpec, problems: &mut Problems) -> Proxy {
    let network = given.network.clone().unwrap_or_else(|| DEFAULT_PROXY_NETWORK.to_owned());
    if let Some(rule) = network_rule(stack, &network) {
        problems.add("reverse_proxy.network", format!("{:?} {rule}", cut(&network)));
    }
    let scaffold = match given.mode {
        ProxyMode::Scaffold => Some(given.path.clone().unwrap_or_else(|| DEFAULT_PROXY_PATH.to_owned())),
        ProxyMode::External => {
            if given.path.is_some() {
                problems.add("reverse_proxy.path", "is for the mode scaffold: an external proxy has its own place");
            }
            None
        }
    };
    if let Some(path) = &scaffold
        && let Some(rule) = path_rule(path)
    {
        problems.add("reverse_proxy.path", format!("{:?} {rule}", cut(path)));
    }
    let address = given.address.as_deref().and_then(|text| {
        let address = ProxyAddress::parse(text);
        if address.is_none() {
            let rule = "is not where a proxy listens: a host or address and a port, such as localhost:8080";
            problems.add("reverse_proxy.address", format!("{:?} {rule}", cut(text)));
        }
        address
    });
    Proxy { network, scaffold, address }
}

/// The rule that the name of a network breaks.
fn network_rule(stack: &str, name: &str) -> Option<&'static str> {
    let shape = (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if !shape {
        return Some("is not the name of a network: letters, digits, and _ . - after the first, at most 63");
    }
    if OF_THE_ENGINE.contains(&name) {
        return Some("is a network of the engine itself, which a proxy does not find gateways on");
    }
    let own = Network::ALL.iter().any(|network| name == format!("{stack}_{}", network.word()));
    own.then_some("is a network of this stack itself: the proxy's is another one")
}

/// The rule that the path of a scaffold breaks.
fn path_rule(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.len() > 200 {
        return Some("must have 1 to 200 characters");
    }
    if path.starts_with('/') {
        return Some("is absolute: the proxy's project stays in this one");
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("has an empty part, or one that is . or ..: the proxy's project stays in this one");
    }
    if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-/".contains(&b)) {
        return Some("may have letters, digits, _ . - and / only");
    }
    let first = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
    OF_THE_PROJECT.contains(&first.as_str()).then_some("begins with a name that the project itself uses")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems(network: Option<&str>, mode: ProxyMode, path: Option<&str>) -> String {
        let given = ReverseProxySpec {
            mode,
            network: network.map(str::to_owned),
            path: path.map(str::to_owned),
            address: None,
        };
        let mut problems = Problems::default();
        resolve("demo", &given, &mut problems);
        problems.0.iter().map(|p| format!("{}: {}", p.path, p.message)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let given = ReverseProxySpec { mode: ProxyMode::Scaffold, network: None, path: None, address: None };
        let mut problems = Problems::default();
        let proxy = resolve("demo", &given, &mut problems);
        assert_eq!(
            proxy,
            Proxy { network: "proxy".to_owned(), scaffold: Some("reverse-proxy".to_owned()), address: None }
        );
        assert!(problems.0.is_empty());
    }

    #[test]
    fn networks_that_are_none_or_not_the_proxys_are_refused() {
        let long = "n".repeat(64);
        for bad in ["", "a b", "-x", "a/b", "a\nb", "host", "none", "bridge", "default", "demo_backend", &long] {
            assert!(problems(Some(bad), ProxyMode::External, None).starts_with("reverse_proxy.network: "), "{bad:?}");
        }
        for good in ["proxy", "web.1", "other_backend", "Demo_backend"] {
            assert_eq!(problems(Some(good), ProxyMode::External, None), "", "{good:?}");
        }
    }

    #[test]
    fn paths_that_leave_the_project_or_use_its_names_are_refused() {
        let bad = "|/etc|..|../x|a/../..|a/./b|a//b|a/|a\\b|C:\\x|a b|a\n|secrets|SECRETS/x|services/x|.ignition-stack/x|README.md|Makefile|.env";
        for bad in bad.split('|') {
            let told = problems(None, ProxyMode::Scaffold, Some(bad));
            assert!(told.starts_with("reverse_proxy.path: "), "{bad:?}: {told}");
        }
        for good in ["reverse-proxy", "infra/traefik", "a..b", "proxy_1.x"] {
            assert_eq!(problems(None, ProxyMode::Scaffold, Some(good)), "", "{good:?}");
        }
        assert!(problems(None, ProxyMode::External, Some("x")).contains("is for the mode scaffold"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn a_path_that_is_taken_stays_below_the_project(path in "[a-z./\\\\~ -]{0,12}|\\PC{0,20}") {
            if path_rule(&path).is_none() {
                let joined = std::path::Path::new("/p").join(&path);
                prop_assert!(joined.components().all(|c| !matches!(c, std::path::Component::ParentDir)));
                prop_assert!(joined.starts_with("/p") && joined != std::path::Path::new("/p"));
            }
        }
    }
}
