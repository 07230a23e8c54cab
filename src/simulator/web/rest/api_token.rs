//! Making the secret of an API token over REST (fact sheet 3.2). Nothing on the gateway changes by it.

use axum::http::StatusCode;

use crate::simulator::access::token;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[Route::new(Verb::Post, "/api-token/generate", Need::Write, generate)];

fn generate(_: &Call) -> Answer {
    match token::generate() {
        Ok(pair) => Answer::json(pair),
        Err(e) => Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    }
}
