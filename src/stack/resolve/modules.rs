//! Built-in modules that a gateway shall not load (product reference, section 9).

use super::texts;
use crate::catalog::builtin::{self, BuiltIn};
use crate::catalog::{image, service};
use crate::spec::{GatewaySpec, Problems};
use crate::stack::Service;

/// The variable that holds the list of those that may run (fact sheet 6.2).
pub const WHITELIST: &str = "GATEWAY_MODULES_ENABLED";

/// The modules that are named, each once. The list of a gateway's modules follows from its version, so that must be known.
pub(super) fn disabled(
    path: &str,
    given: &GatewaySpec,
    image: &str,
    services: &[Service],
    problems: &mut Problems,
) -> Vec<BuiltIn> {
    let mut found: Vec<BuiltIn> = Vec::new();
    if given.disable_builtins.is_empty() {
        return found;
    }
    let all = format!("{path}.disable_builtins");
    if given.env.contains_key(WHITELIST) {
        problems.add(&all, format!("goes into {WHITELIST}, which env sets as well: leave one of them out"));
    }
    let version = image::version_of(image).unwrap_or_default();
    let Some(there) = builtin::of_version(version) else {
        let why = "is turned into the list of modules that may run, and that list is known for images whose tag is a version from 8.3 on";
        problems.add(&all, format!("{why}; this one is {:?}", texts::cut(image)));
        return found;
    };
    let there: Vec<BuiltIn> = there.collect();
    for (i, slug) in given.disable_builtins.iter().enumerate() {
        let at = format!("{all}[{i}]");
        let Some(module) = there.iter().find(|module| module.slug == slug) else {
            let why = if builtin::find(slug).is_some() {
                format!("{slug} does not come with Ignition {version}")
            } else {
                let known: Vec<&str> = there.iter().map(|module| module.slug).collect();
                crate::spec::unknown(slug, &known)
            };
            problems.add(at, why);
            continue;
        };
        let needing = given.services.iter().filter_map(|a| services.iter().find(|s| s.id.as_str() == a.instance));
        let mut needing = needing.filter(|s| driver(&s.slug).is_some_and(|driver| driver == module.slug));
        if let Some(service) = needing.next() {
            problems.add(at, format!("{slug} is what its database {} is reached with", service.id));
        }
        if !found.contains(module) {
            found.push(*module);
        }
    }
    found
}

/// The module through which a gateway reaches a database service.
fn driver(slug: &str) -> Option<&'static str> {
    let manifest = service::find(slug)?;
    manifest.database.as_ref()?;
    builtin::ALL
        .into_iter()
        .find(|module| module.slug.strip_suffix("-jdbc-driver").is_some_and(|kind| kind.starts_with(slug)))
        .map(|module| module.slug)
}
