//! Carries out a plan in its order, with bounded parallelism. Makes no decisions.

use std::cell::{Cell, RefCell};

use futures_util::StreamExt as _;

use crate::cancel::Cancel;
use crate::engine::{Engine, EngineError, Secrets};
use crate::plan::{GatewayStep, Operation, Plan, Step};
use crate::report::{Event, Events};
use crate::stack::Name;

/// Sequences that run at one time. One create and start costs about 0.2 s of engine time on two cores, and more than
/// 4 to 8 at a time only adds contention.
const PARALLEL: usize = 4;

/// Carries out what a plan asks of gateways.
#[allow(async_fn_in_trait, reason = "used on one thread, by static dispatch")]
pub trait Gateways {
    /// Does one step; returns when it is done, or when the plan may go on without it.
    async fn carry_out(&self, step: &GatewayStep) -> Result<(), EngineError>;
}

/// An operation that failed.
#[derive(Debug)]
pub struct StepFailed {
    /// The operation in words.
    pub operation: String,
    /// The gateway or service that it was done to, when it was done to one.
    pub member: Option<Name>,
    /// Why.
    pub error: EngineError,
    /// How many were done before and beside it.
    pub done: usize,
}

/// Does every step; returns how many were done. After the first failure nothing new begins, and what is under way is finished.
pub async fn execute<E: Engine>(
    engine: &E,
    gateways: &impl Gateways,
    plan: &Plan<E::Op>,
    secrets: &Secrets,
    events: &dyn Events,
    cancel: &Cancel,
) -> Result<usize, StepFailed> {
    let done = Cell::new(0usize);
    let failed: RefCell<Option<StepFailed>> = RefCell::new(None);
    for stage in &plan.stages {
        futures_util::stream::iter(&stage.sequences)
            .for_each_concurrent(PARALLEL, |sequence| {
                sequence_of(engine, gateways, sequence, secrets, events, cancel, &done, &failed)
            })
            .await;
        if let Some(failure) = failed.take() {
            return Err(StepFailed { done: done.get(), ..failure });
        }
    }
    Ok(done.get())
}

#[expect(clippy::too_many_arguments, reason = "the state of one execution, and nobody else calls it")]
async fn sequence_of<E: Engine>(
    engine: &E,
    gateways: &impl Gateways,
    sequence: &[Step<E::Op>],
    secrets: &Secrets,
    events: &dyn Events,
    cancel: &Cancel,
    done: &Cell<usize>,
    failed: &RefCell<Option<StepFailed>>,
) {
    for step in sequence {
        if failed.borrow().is_some() || cancel.is_requested() {
            return;
        }
        events.event(Event::Doing(step.op.to_string()));
        let under_way = (!step.op.is_long()).then(|| cancel.under_way());
        let began = std::time::Instant::now();
        let applied = match step.op.of_gateways() {
            Some(asked) => gateways.carry_out(asked).await,
            None => engine.apply(&step.op, secrets).await,
        };
        drop(under_way);
        tracing::debug!(operation = %step.op, cause = step.cause, ms = began.elapsed().as_millis(), ok = applied.is_ok());
        match applied {
            Ok(()) => {
                done.set(done.get() + 1);
                events.event(Event::Did(format!("{}  ({})", step.op, step.cause)));
            }
            Err(error) => {
                let (operation, member) = (step.op.to_string(), step.member.clone());
                failed.borrow_mut().get_or_insert(StepFailed { operation, member, error, done: 0 });
            }
        }
    }
}
