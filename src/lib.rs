//! ignition-stack: generates, starts and proves multi-gateway Ignition stacks. This file only lists the rooms.

pub mod architecture;
pub mod blueprint;
pub mod cancel;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod diagnosis;
pub mod engine;
pub mod error;
pub mod gateway;
pub mod holder;
pub mod interrupt;
pub mod lifecycle;
pub mod pki;
pub mod plan;
pub mod process;
pub mod project;
pub mod render;
pub mod report;
pub mod settings;
pub mod simulator;
pub mod spec;
pub mod stack;
pub mod trace;
