//! Modules over REST (fact sheet 2.3).

use serde_json::{Value, json};

use crate::simulator::modules::{Module, Quarantined};
use crate::simulator::unknown::DISABLED_MODULE;
use crate::simulator::web::call::Call;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/modules/healthy", |call| list(healthy(call), &call.query)),
    Route::read("/modules/quarantined", |call| {
        list(call.node.modules.now().quarantined.iter().map(quarantined).collect(), &call.query)
    }),
];

fn healthy(call: &Call) -> Vec<Value> {
    let modules = call.node.modules.now();
    let running = modules.healthy.iter().map(|module| shown(module, "ACTIVE", "enabled"));
    let (state, on_startup) = DISABLED_MODULE;
    running.chain(modules.disabled.iter().map(|module| shown(module, state, on_startup))).collect()
}

fn shown(module: &Module, state: &str, on_startup: &str) -> Value {
    json!({
        "id": module.id, "name": module.name, "version": module.version, "state": state,
        "onStartup": on_startup, "shouldUpgrade": false, "startupTime": 0,
    })
}

fn quarantined(held: &Quarantined) -> Value {
    json!({
        "id": held.module.id, "name": held.module.name, "version": held.module.version,
        "certAccepted": held.cert_accepted, "licenseAccepted": held.license_accepted, "reason": held.reason,
    })
}
