//! Restart tasks over REST (fact sheet 2.3).

use axum::http::StatusCode;
use serde_json::json;

use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/restart-tasks/pending", |call| {
        let pending: Vec<String> =
            call.node.modules.pending().iter().map(|id| format!("Module Enabled: {id}")).collect();
        Answer::json(json!({"pending": pending}))
    }),
    Route::new(Verb::Post, "/restart-tasks/restart", Need::Write, restart),
];

fn restart(call: &Call) -> Answer {
    if !call.flag("confirm") {
        return Answer::problem(StatusCode::BAD_REQUEST, "confirm=true is missing");
    }
    call.node.request_restart("asked for over REST");
    Answer::ok()
}
