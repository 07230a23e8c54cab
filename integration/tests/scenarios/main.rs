//! Scenarios against a real engine. Each file begins with what it means to show.

#![allow(clippy::unwrap_used, reason = "also in the functions that tests are made of")]

mod another_host;
mod basic_pair;
mod behind_a_proxy;
mod canaries;
mod changing;
mod control;
mod counted;
mod data;
mod database;
mod engine_restart;
mod engine_says_no;
mod engine_trouble;
mod failpoints;
mod gateway_says_no;
mod half_restored;
mod hostile;
mod hub_and_spoke;
mod images;
mod interrupted;
mod logins;
mod main_job;
mod no_false_pass;
mod one_at_a_time;
mod over_tls;
mod pair_changed;
mod pair_data;
mod planning;
mod preflight;
mod random_kills;
mod reports;
mod rollback;
mod snapshots;
mod verify_names;
