//! `/licenses` (fact sheet 2.3): a gateway that runs on its trial has none.

use serde_json::json;

use super::uptime_ms;
use crate::simulator::node::{Node, epoch_ms};
use crate::simulator::web::answer::Answer;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[Route::read("/licenses", |call| licenses(&call.node))];

fn licenses(node: &Node) -> Answer {
    // Nothing about licences ever changes after the start.
    let updated = epoch_ms().saturating_sub(uptime_ms(node));
    Answer::json(json!({
        "cloud": [], "certificate": [], "hardware": [], "embedded": [], "leased": [],
        "effective": {"lastUpdated": updated}, "leasedUnactivateTimeoutMS": 7500, "busy": false,
    }))
}
