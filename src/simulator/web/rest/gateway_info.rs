//! `/gateway-info` (fact sheet 2.3).

use serde_json::{Value, json};

use super::full_version;
use crate::simulator::node::Node;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[Route::read("/gateway-info", |call| Answer::json(gateway_info(&call.node)))];

fn gateway_info(node: &Node) -> Value {
    let (name, role) = {
        let state = node.state();
        (state.name.clone(), state.machine.role())
    };
    json!({
        "name": name,
        "redundancyRole": role.as_str(),
        "edition": node.setup.edition,
        "hostname": node.setup.hostname,
        "port": node.setup.http_port,
        "ignitionVersion": full_version(node),
        "deploymentMode": node.setup.mode.clone().unwrap_or_default(),
        "timeZone": node.setup.timezone,
        "timeZoneId": node.setup.timezone,
        "jvmVersion": "17.0.17",
        "allowUnsignedModules": node.setup.modules.installed.allow_unsigned,
        "license": {"mode": "Trial", "validForVersion": true, "expirationDate": null, "licenseRestrictions": []},
    })
}
