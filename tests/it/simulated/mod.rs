//! `simulate-gateway` as a process of its own, as whoever tests other tools against it runs it.

mod bombarded;
mod dictionary;
mod gateway;
mod hostile;
mod manual;
mod refused;
mod stopped;
mod trees;
