//! Pairs under changing conditions, in a process of its own: nothing else may be busy while times are judged.

#![allow(clippy::unwrap_used, reason = "also in the functions that tests are made of")]

mod mixed_conditions;
mod random_sequences;
