//! The web pages of a simulated gateway: what it plays, at a glance, and that it only plays. HTML text; no HTTP, no script.

mod markup;
mod start;
mod waiting;
mod welcome;

pub(crate) use markup::{escape, frame};
pub(crate) use start::start;
pub(crate) use waiting::waiting;
pub(crate) use welcome::welcome;
