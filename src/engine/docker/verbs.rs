//! Commands on the containers of a stack that exist: stop, start, restart. Each is a plan of operations, run side by side.

use futures_util::stream::{self, StreamExt};

use super::Docker;
use super::label;
use super::members::Scope;
use super::observed::SeenContainer;
use super::op::Op;
use crate::blueprint::labels;
use crate::engine::{ContainerState, EngineError, Secrets};
use crate::stack::Name;

/// Operations run at once: more only contend in the engine.
const AT_ONCE: usize = 8;

impl Docker {
    /// Stops the members named, or all: gateways first, then what they use. Returns those that it stopped.
    pub async fn stop(&self, scope: &Scope, members: &[Name]) -> Result<Vec<Name>, EngineError> {
        let found = self.chosen(scope, members).await?;
        let alive = found.into_iter().filter(|(_, c)| is_alive(c.state));
        let (services, gateways): (Vec<_>, Vec<_>) = alive.partition(|(_, c)| is_service(c));
        let op = |c: &SeenContainer| Op::Stop { container: c.name.clone(), id: c.id.clone() };
        let mut done = self.each(gateways, op).await?;
        done.extend(self.each(services, op).await?);
        Ok(done)
    }

    /// Starts the members named, or all, that do not run: services first. Never-started containers are left to `up`,
    /// which gives them their files. Returns those that it started.
    pub async fn start(&self, scope: &Scope, members: &[Name]) -> Result<Vec<Name>, EngineError> {
        let found = self.chosen(scope, members).await?;
        let asleep = |state| matches!(state, ContainerState::Exited { .. } | ContainerState::Paused);
        let (services, gateways): (Vec<_>, Vec<_>) =
            found.into_iter().filter(|(_, c)| asleep(c.state)).partition(|(_, c)| is_service(c));
        let op = |c: &SeenContainer| match c.state {
            ContainerState::Paused => Op::Unpause { container: c.name.clone() },
            _ => Op::Start { container: c.name.clone() },
        };
        let mut done = self.each(services, op).await?;
        done.extend(self.each(gateways, op).await?);
        Ok(done)
    }

    /// Restarts the members named, or all, that were ever started: services first. Returns those that it restarted.
    pub async fn restart(&self, scope: &Scope, members: &[Name]) -> Result<Vec<Name>, EngineError> {
        let found = self.chosen(scope, members).await?;
        let known = |state| is_alive(state) || matches!(state, ContainerState::Exited { .. });
        let (services, gateways): (Vec<_>, Vec<_>) =
            found.into_iter().filter(|(_, c)| known(c.state)).partition(|(_, c)| is_service(c));
        let op = |c: &SeenContainer| Op::Restart { container: c.name.clone(), id: c.id.clone() };
        let mut done = self.each(services, op).await?;
        done.extend(self.each(gateways, op).await?);
        Ok(done)
    }

    /// Freezes all members that run. Returns the names of their containers, to be given to [`Docker::unfreeze`].
    pub async fn freeze(&self, scope: &Scope) -> Result<Vec<String>, EngineError> {
        let found = self.chosen(scope, &[]).await?;
        let running = found.into_iter().filter(|(_, c)| c.state == ContainerState::Running);
        let containers: Vec<String> = running.map(|(_, c)| c.name).collect();
        let op = |container: &String| vec![Op::Pause { container: container.clone() }];
        match self.run_all(containers.iter().map(op).collect()).await {
            Ok(()) => Ok(containers),
            Err(error) => {
                // Those that were frozen already must not stay so; the first error is the one that counts.
                let _ = self.unfreeze(&containers).await;
                Err(error)
            }
        }
    }

    /// Lets frozen containers go on; all are tried.
    pub async fn unfreeze(&self, containers: &[String]) -> Result<(), EngineError> {
        let op = |container: &String| vec![Op::Unpause { container: container.clone() }];
        self.run_all(containers.iter().map(op).collect()).await
    }

    /// The members named, or all, in the stack's containers. A member without container is an error that names it.
    async fn chosen(&self, scope: &Scope, members: &[Name]) -> Result<Vec<(Name, SeenContainer)>, EngineError> {
        let found = self.containers_of(&scope.stack).await?;
        let own = found.into_iter().filter(|c| scope.holds(&c.labels));
        let mut own: Vec<(Name, SeenContainer)> = own.filter_map(|c| Some((label::member(&c.labels)?, c))).collect();
        if members.is_empty() {
            return Ok(own);
        }
        if let Some(absent) = members.iter().find(|m| !own.iter().any(|(name, _)| name == *m)) {
            let action = format!("find {absent} of stack {}", scope.stack);
            return Err(EngineError::Refused {
                action,
                reason: "it has no container on this engine".to_owned(),
                absent: true,
            });
        }
        own.retain(|(name, _)| members.contains(name));
        Ok(own)
    }

    async fn each(
        &self,
        containers: Vec<(Name, SeenContainer)>,
        op: impl Fn(&SeenContainer) -> Op,
    ) -> Result<Vec<Name>, EngineError> {
        let (members, ops): (Vec<Name>, Vec<Op>) = containers.iter().map(|(name, c)| (name.clone(), op(c))).unzip();
        self.run_all(ops.into_iter().map(|op| vec![op]).collect()).await?;
        Ok(members)
    }

    /// Runs sequences side by side, each to its end or its first error. Every sequence is tried; then the first error counts.
    pub(super) async fn run_all(&self, sequences: Vec<Vec<Op>>) -> Result<(), EngineError> {
        let secrets = Secrets::new();
        let secrets = &secrets;
        let runs = stream::iter(sequences).map(|sequence| async move {
            for op in &sequence {
                self.run(op, secrets).await?;
            }
            Ok(())
        });
        let results: Vec<Result<(), EngineError>> = runs.buffered(AT_ONCE).collect().await;
        results.into_iter().collect()
    }
}

pub(super) fn is_alive(state: ContainerState) -> bool {
    matches!(state, ContainerState::Running | ContainerState::Paused | ContainerState::Restarting)
}

pub(super) fn is_service(container: &SeenContainer) -> bool {
    container.labels.get(labels::KIND).is_some_and(|kind| kind == "service")
}
