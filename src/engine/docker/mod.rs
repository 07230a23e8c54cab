//! Docker through its Engine API. Thinking: op, plan, fate, foreign, label, translate, seed. Doing: connect, observe, apply,
//! wait, logs, images, verbs. Nothing else in the program knows the client's crate.

mod apply;
mod connect;
mod endpoint;
mod facts;
mod fate;
mod fault;
mod foreign;
mod images;
mod inspect;
mod label;
mod lease;
mod line;
mod login;
mod logs;
mod mark;
mod members;
mod objects;
mod observe;
mod observed;
mod op;
mod owner;
mod plan;
#[cfg(test)]
pub(crate) mod plan_fixture;
#[cfg(test)]
mod plan_more_tests;
#[cfg(test)]
mod plan_tests;
mod remove;
mod rolling;
#[cfg(test)]
mod rolling_tests;
mod seed;
mod stacks;
mod status;
mod translate;
mod verbs;
mod volumes;
mod wait;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub use endpoint::{Endpoint, EndpointSettings};
pub use images::{BuildInput, Built};
pub use inspect::Excerpt;
pub use lease::{Asked, Lease};
pub use logs::LogRange;
pub use mark::{deletion_name, mark_name};
pub use members::Scope;
pub use objects::{Objects, RolledBack};
pub use observed::{Attachment, Observed, SeenContainer, SeenImage, SeenNetwork, SeenVolume};
pub use op::{Creation, NetworkRef, Op, Seeding, VolumeMount};
pub use remove::Removed;
pub use volumes::{Holder, Purpose, VolumeLabels};

use super::{Engine, EngineError, MemberState, Policy, Progress, Refusal, Secrets};
use crate::blueprint::Blueprint;
use crate::plan::Plan;
use crate::stack::{Name, StackId};
use owner::Owner;

/// A connection to a Docker engine.
pub struct Docker {
    client: bollard::Docker,
    endpoint: Endpoint,
    /// Directory of the command line's configuration, which knows the user's logins.
    config: Option<PathBuf>,
    /// Identities of the networks that this connection created, by name: later operations of the plan ask for them.
    created_networks: Mutex<BTreeMap<String, String>>,
    /// Owners of seeded files, by image reference.
    owners: Mutex<BTreeMap<String, Owner>>,
    /// What earlier lists showed of each container, by id.
    known: Mutex<BTreeMap<String, inspect::Known>>,
    progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

impl fmt::Debug for Docker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Docker").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Docker {
    fn remember_network(&self, name: &str, id: String) {
        self.created_networks.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), id);
    }

    fn created_network(&self, name: &str) -> Option<String> {
        self.created_networks.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn remember_owner(&self, image: &str, owner: Owner) {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).insert(image.to_owned(), owner);
    }

    fn forget_owner(&self, image: &str) {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).remove(image);
    }

    fn known(&self, id: &str) -> Option<inspect::Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    fn remember(&self, id: &str, known: inspect::Known) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), known);
    }

    fn known_owner(&self, image: &str) -> Option<Owner> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).get(image).copied()
    }
}

impl Engine for Docker {
    type Op = Op;
    type Observed = Observed;

    fn plan(want: &Blueprint, have: &Observed, policy: &Policy) -> Result<Plan<Op>, Refusal> {
        plan::plan(want, have, policy)
    }

    async fn observe(&self, want: &Blueprint) -> Result<Observed, EngineError> {
        self.look(want).await
    }

    async fn apply(&self, op: &Op, secrets: &Secrets) -> Result<(), EngineError> {
        self.run(op, secrets).await
    }

    fn address(&self) -> String {
        self.endpoint.to_string()
    }

    fn members_in(seen: &Observed, want: &Blueprint) -> Vec<MemberState> {
        let scope = Scope { stack: want.stack.clone(), id: Some(want.stack_id) };
        scope.members_in(&seen.containers)
    }

    async fn members(&self, stack: &Name, id: Option<&StackId>) -> Result<Vec<MemberState>, EngineError> {
        self.members_of(&Scope { stack: stack.clone(), id: id.copied() }).await
    }

    async fn tail(&self, container: &str, lines: u32) -> Result<Vec<String>, EngineError> {
        self.last_lines(container, lines).await
    }
}
