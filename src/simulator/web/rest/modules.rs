//! Modules over REST (fact sheet 2.3).

use serde_json::{Value, json};

use crate::simulator::modules::Module;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/modules/healthy", |call| {
        list(call.node.setup.modules.healthy.iter().map(healthy).collect(), &call.query)
    }),
    Route::read("/modules/quarantined", |call| {
        list(call.node.setup.modules.quarantined.iter().map(quarantined).collect(), &call.query)
    }),
];

/// The last part of an identifier; the modules' display names are not in the fact sheet.
fn module_name(id: &str) -> &str {
    id.strip_prefix("com.inductiveautomation.").unwrap_or(id)
}

fn healthy(module: &Module) -> Value {
    json!({
        "id": module.id, "name": module_name(&module.id), "version": module.version, "state": "ACTIVE",
        "onStartup": "enabled", "shouldUpgrade": false, "startupTime": 0,
    })
}

fn quarantined(module: &Module) -> Value {
    json!({
        "id": module.id, "name": module_name(&module.id), "version": module.version, "certAccepted": true,
        "licenseAccepted": true, "reason": "not named in GATEWAY_MODULES_ENABLED",
    })
}
