//! Resources of kinds that modules bring along (fact sheet 7.3), as far as they can be read. Their routes are there once the module
//! is up; what the settings mean is not played.

use axum::http::StatusCode;
use serde_json::json;

use crate::simulator::config::tree::Kind;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

const HISTORIAN: &str = "com.inductiveautomation.historian";
const OPC_UA: &str = "com.inductiveautomation.opcua";

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/resources/names/com.inductiveautomation.historian/historian-provider", |call| {
        let found = call.node.store.named(HISTORIAN, "historian-provider");
        list(found.into_keys().map(|name| json!({"name": name})).collect(), &call.query)
    }),
    Route::read("/resources/singleton/com.inductiveautomation.opcua/server-config", |call| {
        singleton(call, "server-config")
    }),
    Route::read("/resources/singleton/com.inductiveautomation.opcua/access-control", |call| {
        singleton(call, "access-control")
    }),
    Route::read("/resources/singleton/com.inductiveautomation.opcua/one-time", |call| singleton(call, "one-time")),
];

fn singleton(call: &Call, kind: &str) -> Answer {
    let found = call.node.store.find(&Kind::new(OPC_UA, kind), None, call.query("collection"));
    found.map_or_else(
        || Answer::problem(StatusCode::NOT_FOUND, "There is no such resource"),
        |found| {
            Answer::json(json!({
                "type": format!("{OPC_UA}/{kind}"), "name": "", "enabled": found.enabled, "collection": found.collection,
                "collections": found.collections, "signature": found.resource.signature, "config": found.config.as_ref(),
            }))
        },
    )
}
