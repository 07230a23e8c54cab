//! From plan to proof: carry out, look, judge, wait. Decides nothing about what must exist; prints nothing.

pub mod condition;
pub mod execute;
pub mod line;
pub mod listing;
mod looks;
pub mod pairs;
pub mod parting;
mod patience;
pub mod preflight;
pub mod roots;
pub mod standing;
pub mod wait;
