//! A plan as data: which operations, in which order, and why each. Knows no engine; prints itself.

mod amounts;
mod gateway_step;

use std::fmt;

pub use amounts::Amounts;
pub use gateway_step::GatewayStep;

use crate::stack::Name;

/// What an engine can do in one call; shown to people as one line.
pub trait Operation: fmt::Display {
    /// What kind of operation, as one stable word for programs: `create-container`.
    fn kind(&self) -> &'static str;

    /// Name of the object that it is done to.
    fn object(&self) -> String;

    /// What it asks of gateways, when it is not the engine that does it.
    fn of_gateways(&self) -> Option<&GatewayStep>;

    /// Whether it only waits or fetches, so that ending it half way leaves nothing half done.
    fn is_long(&self) -> bool;
}

/// One operation and its cause.
#[derive(Clone, PartialEq, Debug)]
pub struct Step<Op> {
    /// What is done.
    pub op: Op,
    /// Why, in words a user understands: `missing`, `image changed`.
    pub cause: String,
    /// The gateway or service that it is done to, when it is done to one.
    pub member: Option<Name>,
}

/// Operations that may run at the same time as their neighbours; a stage begins when the one before it is done.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage<Op> {
    /// Sequences: steps of one sequence run in order, sequences run side by side.
    pub sequences: Vec<Vec<Step<Op>>>,
}

/// Everything that must be done, in order.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan<Op> {
    /// Stages in order.
    pub stages: Vec<Stage<Op>>,
    /// What is worth knowing of how it is done.
    pub notes: Vec<String>,
}

impl<Op> Default for Plan<Op> {
    fn default() -> Self {
        Self { stages: Vec::new(), notes: Vec::new() }
    }
}

impl<Op> Plan<Op> {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }

    /// Every step, in an order in which they could run one by one.
    pub fn steps(&self) -> impl Iterator<Item = &Step<Op>> {
        self.stages.iter().flat_map(|s| s.sequences.iter().flatten())
    }
}

impl<Op: Operation> fmt::Display for Plan<Op> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "nothing to do");
        }
        for step in self.steps() {
            writeln!(f, "{}  ({})", step.op, step.cause)?;
        }
        Ok(())
    }
}
