//! The resource verbs over REST (fact sheet 2.5): routes, and the verbs that only read. A kind that is not modelled has no route,
//! and answers as an unknown path does.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{resource_changes, resource_health};
use crate::simulator::config::change::undefined;
use crate::simulator::config::collections::CORE;
use crate::simulator::config::kinds::{self, MODULE};
use crate::simulator::config::store::Found;
use crate::simulator::config::tree::Kind;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::list;
use crate::simulator::web::routes::{Need, Route, Verb};

/// Largest body of a change, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

const fn change(verb: Verb, pattern: &'static str, handler: fn(&Call) -> Answer) -> Route {
    Route::new(verb, pattern, Need::Write, handler).body_limit(BODY_LIMIT)
}

/// The routes of kinds whose resources have names.
macro_rules! named {
    ($($kind:literal)*) => {
        &[$(
            Route::read(concat!("/resources/list/ignition/", $kind), |call| list_of(call, $kind)),
            Route::read(concat!("/resources/names/ignition/", $kind), |call| names(call, $kind)),
            Route::read(concat!("/resources/type/ignition/", $kind), |_| type_of($kind)),
            Route::read(concat!("/resources/find/ignition/", $kind, "/{name}"), |call| find(call, $kind)),
            change(Verb::Put, concat!("/resources/ignition/", $kind), |call| resource_changes::modify(call, $kind)),
            change(Verb::Delete, concat!("/resources/ignition/", $kind, "/{name}/{signature}"), |call| {
                resource_changes::delete(call, $kind)
            }),
            change(Verb::Post, concat!("/resources/rename/ignition/", $kind), |call| {
                resource_changes::rename(call, $kind)
            }),
        )*]
    };
}

/// The routes that make resources.
macro_rules! creatable {
    ($($kind:literal)*) => {
        &[$(
            change(Verb::Post, concat!("/resources/ignition/", $kind), |call| resource_changes::create(call, $kind)),
        )*]
    };
}

/// The routes of kinds of which there is one resource.
macro_rules! singletons {
    ($($kind:literal)*) => {
        &[$(
            Route::read(concat!("/resources/singleton/ignition/", $kind), |call| singleton(call, $kind)),
            Route::read(concat!("/resources/type/ignition/", $kind), |_| type_of($kind)),
            change(Verb::Put, concat!("/resources/ignition/", $kind), |call| resource_changes::modify(call, $kind)),
            change(Verb::Delete, concat!("/resources/ignition/", $kind, "/{signature}"), |call| {
                resource_changes::delete(call, $kind)
            }),
        )*]
    };
}

pub(crate) const NAMED: &[Route] = named!(
    "gateway-network-outgoing" "gateway-network-incoming" "api-token" "database-connection" "secret-provider"
    "user-source" "identity-provider"
);

pub(crate) const SINGLETONS: &[Route] = singletons!(
    "gateway-network-settings" "gateway-network-proxy-rules" "gateway-network-queue-settings" "security-levels"
    "security-properties" "system-properties" "local-system-properties" "quickstart"
);

/// Incoming connections are not among them (fact sheet 4.2).
pub(crate) const CREATABLE: &[Route] = creatable!(
    "gateway-network-outgoing" "api-token" "database-connection" "secret-provider" "user-source" "identity-provider"
    "gateway-network-settings" "gateway-network-proxy-rules" "gateway-network-queue-settings" "security-levels"
    "security-properties" "system-properties" "local-system-properties" "quickstart"
);

pub(crate) const ACROSS: &[Route] = &[
    change(Verb::Post, "/resources/copy", resource_changes::copy),
    change(Verb::Post, "/resources/move", resource_changes::relocate),
];

fn list_of(call: &Call, kind: &str) -> Answer {
    let found = call.node.store.named(MODULE, kind);
    list::list(found.values().map(|f| describe(call, kind, f)).collect(), &call.query)
}

fn names(call: &Call, kind: &str) -> Answer {
    let found = call.node.store.named(MODULE, kind);
    list::list(found.into_keys().map(|name| json!({"name": name})).collect(), &call.query)
}

fn type_of(kind: &str) -> Answer {
    match kinds::find(&Kind::new(MODULE, kind)) {
        Some(rules) => Answer::json(json!({"module": MODULE, "type": kind, "singleton": rules.singleton})),
        None => missing(),
    }
}

fn find(call: &Call, kind: &str) -> Answer {
    let found = call.node.store.find(&Kind::new(MODULE, kind), Some(call.parameter("name")), call.query("collection"));
    found.map_or_else(missing, |f| Answer::json(describe(call, kind, &f)))
}

fn singleton(call: &Call, kind: &str) -> Answer {
    let key = Kind::new(MODULE, kind);
    let collection = call.query("collection");
    if let Some(found) = call.node.store.find(&key, None, collection) {
        return Answer::json(describe(call, kind, &found));
    }
    let default = kinds::find(&key).filter(|_| call.flag("defaultIfUndefined")).and_then(undefined);
    default.map_or_else(missing, |resource| {
        let found = Found {
            name: None,
            collection: collection.unwrap_or(CORE).to_owned(),
            collections: Vec::new(),
            enabled: resource.manifest.enabled(),
            config: resource.config.clone().unwrap_or_default(),
            resource: resource.into(),
        };
        Answer::json(describe(call, kind, &found))
    })
}

fn missing() -> Answer {
    Answer::problem(StatusCode::NOT_FOUND, "There is no such resource")
}

/// One resource with all its keys. `data` names the files besides the settings, `collections` where there are versions: what
/// these two hold is not on record.
fn describe(call: &Call, kind: &str, found: &Found) -> Value {
    let resource = &found.resource;
    let mut body = json!({
        "type": format!("{MODULE}/{kind}"),
        "name": found.name.clone().unwrap_or_default(),
        "description": resource.manifest.description(),
        "enabled": found.enabled,
        "version": resource.manifest.version(),
        "collection": found.collection,
        "collections": found.collections,
        "signature": resource.signature,
        "config": resource.config.as_deref(),
        "backupConfig": resource.backup_config.as_deref(),
        "data": resource.data.keys().collect::<Vec<_>>(),
        "attributes": resource.manifest.attributes(),
    });
    if let (Some(health), Some(body)) = (resource_health::of(&call.node, kind, found), body.as_object_mut()) {
        body.insert("healthchecks".to_owned(), health);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::config::kinds::RULES;

    #[test]
    fn every_modelled_kind_has_its_routes() {
        for rules in RULES {
            let has = |routes: &[Route], pattern: String| routes.iter().any(|r| r.pattern == pattern);
            let name = rules.name;
            assert_eq!(has(NAMED, format!("/resources/list/ignition/{name}")), !rules.singleton, "{name}");
            assert_eq!(has(SINGLETONS, format!("/resources/singleton/ignition/{name}")), rules.singleton, "{name}");
            assert_eq!(has(CREATABLE, format!("/resources/ignition/{name}")), rules.creatable, "{name}");
        }
    }
}
