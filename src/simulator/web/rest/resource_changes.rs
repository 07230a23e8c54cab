//! The resource verbs that change something (fact sheet 2.5). The store decides; here requests become calls and outcomes answers.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::simulator::config::change::{self, Change, Draft};
use crate::simulator::config::kinds::MODULE;
use crate::simulator::config::refusal::Refusal;
use crate::simulator::config::transfer::{Rename, Transfer};
use crate::simulator::config::tree::Kind;
use crate::simulator::web::answer::{Answer, Problem};
use crate::simulator::web::call::Call;

/// One change, or a list of them: the forms of rename, copy and move are not on record, so both are taken.
#[derive(Deserialize)]
#[serde(untagged)]
enum Batch<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Batch<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

pub(super) fn create(call: &Call, kind: &str) -> Answer {
    match call.json::<Vec<Draft>>() {
        Ok(drafts) => outcome(call.node.store.create(&Kind::new(MODULE, kind), drafts, call.caller.actor())),
        Err(answer) => answer,
    }
}

pub(super) fn modify(call: &Call, kind: &str) -> Answer {
    match call.json::<Vec<Draft>>() {
        Ok(drafts) => outcome(call.node.store.modify(&Kind::new(MODULE, kind), drafts, call.caller.actor())),
        Err(answer) => answer,
    }
}

/// The path holds the signature, and for a resource with a name that as well.
pub(super) fn delete(call: &Call, kind: &str) -> Answer {
    let name = Some(call.parameter("name")).filter(|n| !n.is_empty());
    let (collection, signature) = (call.query("collection"), call.parameter("signature"));
    outcome(call.node.store.delete(&Kind::new(MODULE, kind), name, collection, signature))
}

pub(super) fn rename(call: &Call, kind: &str) -> Answer {
    match call.json::<Batch<Rename>>() {
        Ok(renames) => {
            outcome(call.node.store.rename(&Kind::new(MODULE, kind), renames.into_vec(), call.caller.actor()))
        }
        Err(answer) => answer,
    }
}

pub(super) fn copy(call: &Call) -> Answer {
    match call.json::<Batch<Transfer>>() {
        Ok(copies) => outcome(call.node.store.copy(copies.into_vec(), call.caller.actor())),
        Err(answer) => answer,
    }
}

pub(super) fn relocate(call: &Call) -> Answer {
    match call.json::<Batch<Transfer>>() {
        Ok(moves) => outcome(call.node.store.relocate(moves.into_vec(), call.caller.actor())),
        Err(answer) => answer,
    }
}

fn outcome(result: Result<Vec<Change>, Refusal>) -> Answer {
    match result {
        Ok(changes) => Answer::json(change::answer(&changes)),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Answer::Problem(status, Problem { messages: refusal.messages, fields: refusal.fields })
        }
    }
}
