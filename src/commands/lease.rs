//! One run at a time: in a project by its lock, and for runs from other directories and hosts by a lease on the engine. Who is
//! refused is told who holds it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::Context;
use crate::engine::docker::{Asked, Docker, Lease, Observed};
use crate::error::{Class, Failure};
use crate::holder::{Holder, Life};
use crate::process;
use crate::project::{self, Lock};
use crate::stack::Name;

/// The leases of this run.
#[derive(Clone, Default)]
pub struct Held(Arc<Mutex<Vec<Lease>>>);

impl Held {
    fn keep(&self, lease: Lease) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
    }

    /// Gives them back. What cannot be given back is known to the next run by the end of this one.
    pub async fn give_back(&self) {
        let leases = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for lease in leases {
            lease.give_back().await;
        }
    }
}

/// Takes the lock of a project.
pub(super) fn lock(directory: &Path, verb: &str, stack: &Name) -> Result<Lock, Failure> {
    Ok(project::lock(directory, &holder(verb, stack))?)
}

/// Takes the lease on a stack, and keeps it until the program ends.
pub(super) async fn take(context: &Context, docker: &Docker, stack: &Name, verb: &str) -> Result<(), Failure> {
    let mine = holder(verb, stack);
    let under_way = context.cancel.under_way();
    let asked = docker.ask_for_lease(stack, &mine, |holder| life(holder) == Life::Ended).await?;
    let taken = match asked {
        Asked::Ours(lease) => {
            context.held.keep(lease);
            Ok(())
        }
        Asked::Held(holder) => Err(busy(stack, &holder)),
    };
    drop(under_way);
    taken
}

/// That another run holds the stack, when one does; else the failure as it is.
pub(super) async fn busy_or(failure: Failure, docker: &Docker, stack: &Name) -> Failure {
    match docker.lease_holder(stack).await {
        Ok(Some(holder)) if life(&holder) != Life::Ended => busy(stack, &holder),
        _ => failure,
    }
}

/// Whether a run that has ended left its lease, or what it had on the way to it, or what it held for a snapshot.
pub(super) fn is_left(observed: &Observed) -> bool {
    let left = observed.leases.iter().any(|holder| life(holder) == Life::Ended);
    let at_work = observed.leases.iter().any(|holder| life(holder) != Life::Ended);
    left || (observed.is_held_for_a_snapshot() && !at_work)
}

/// This run.
pub(super) fn holder(verb: &str, stack: &Name) -> Holder {
    process::holder(format!("{verb} {stack}"))
}

/// Whether a holder still runs, as far as that can be seen from here.
pub(super) fn life(holder: &Holder) -> Life {
    holder.life(&process::own(), process::runs)
}

fn busy(stack: &Name, holder: &Holder) -> Failure {
    let failure = Failure::new(Class::Busy, format!("another run of ignition-stack works on {stack}"))
        .seen(format!("it is {}", holder.told(SystemTime::now())));
    failure.advise(patience(stack, holder, &format!("; ignition-stack status {stack} shows how far it is")))
}

/// What to do about another run that is at work; `further`: what can be done while it is known to live.
pub(super) fn patience(stack: &Name, holder: &Holder, further: &str) -> String {
    match life(holder) {
        Life::Unknown => {
            format!("wait until it is done; when you know that it no longer runs: ignition-stack unlock {stack}")
        }
        Life::Lives | Life::Ended => format!("wait until it is done{further}"),
    }
}
