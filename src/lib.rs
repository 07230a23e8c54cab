//! ignition-stack: generates, starts and proves multi-gateway Ignition stacks. This file only lists the rooms.

pub mod architecture;
pub mod blueprint;
pub mod catalog;
pub mod diagnosis;
pub mod engine;
pub mod gateway;
pub mod lifecycle;
pub mod plan;
pub mod project;
pub mod render;
pub mod simulator;
pub mod spec;
pub mod stack;
