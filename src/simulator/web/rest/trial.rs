//! The trial over REST (fact sheet 2.3).

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::node::Node;
use crate::simulator::unknown::EXPIRED_TRIAL_STATE;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    Route::new(Verb::Get, "/trial", Need::Open, |call| Answer::json(trial(&call.node))),
    Route::new(Verb::Post, "/trial", Need::Write, reset),
];

fn trial(node: &Node) -> Value {
    let left = node.trial_left_s();
    let state = if left == 0 { EXPIRED_TRIAL_STATE } else { "AllInDemo" };
    json!({
        "licenseMode": "Trial", "trialState": state, "trialSecondsLeft": left, "expired": left == 0,
        "emergency": false, "emergencySecondsLeft": 0, "development": false, "developmentSecondsLeft": 0,
    })
}

fn reset(call: &Call) -> Answer {
    if call.node.reset_trial() {
        Answer::ok()
    } else {
        Answer::problem(StatusCode::FORBIDDEN, "Trial has not expired yet.")
    }
}
