//! Which objects of a stack there are at one moment, and taking away those that came later.

use std::collections::{BTreeMap, BTreeSet};

use super::Docker;
use super::members::Scope;
use super::op::Op;
use super::verbs::{is_alive, is_service};
use crate::engine::{EngineError, Secrets};

/// The objects of a stack at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Objects {
    /// Names of the containers, by identity.
    containers: BTreeMap<String, String>,
    /// Names of the networks, by identity.
    networks: BTreeMap<String, String>,
    /// Names of the volumes, which are their identity.
    volumes: BTreeSet<String>,
}

impl Objects {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each with its kind: `volume demo_db-data`.
    pub fn names(&self) -> Vec<String> {
        let containers = self.containers.values().map(|name| format!("container {name}"));
        let networks = self.networks.values().map(|name| format!("network {name}"));
        let volumes = self.volumes.iter().map(|name| format!("volume {name}"));
        containers.chain(networks).chain(volumes).collect()
    }
}

/// What became of what came later.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RolledBack {
    /// What is gone, each with its kind.
    pub removed: Vec<String>,
    /// What the engine kept, each with its kind and the reason.
    pub left: Vec<String>,
    /// What was there before and is not any more, each with its kind: the run had replaced it.
    pub gone: Vec<String>,
}

impl Docker {
    /// The objects that a stack has now: three lists.
    pub async fn objects(&self, scope: &Scope) -> Result<Objects, EngineError> {
        let (containers, networks, volumes) =
            tokio::try_join!(self.containers_of(&scope.stack), self.all_networks(), self.all_volumes())?;
        Ok(Objects {
            containers: containers.into_iter().filter(|c| scope.holds(&c.labels)).map(|c| (c.id, c.name)).collect(),
            networks: networks.into_iter().filter(|n| scope.holds(&n.labels)).map(|n| (n.id, n.name)).collect(),
            volumes: volumes.into_iter().filter(|v| scope.has_data_in(&v.labels)).map(|v| v.name).collect(),
        })
    }

    /// Removes the stack's objects that were not there before: containers, gateways first, then networks, then volumes with what is in
    /// them. What the engine keeps does not stop the rest.
    pub async fn remove_since(&self, scope: &Scope, before: &Objects) -> Result<RolledBack, EngineError> {
        let containers = self.containers_of(&scope.stack).await?;
        let new = containers.into_iter().filter(|c| scope.holds(&c.labels) && !before.containers.contains_key(&c.id));
        let (services, gateways): (Vec<_>, Vec<_>) = new.partition(is_service);
        let mut done = RolledBack::default();
        for group in [gateways, services] {
            let removals = group.into_iter().map(|c| {
                let stop = is_alive(c.state).then(|| Op::Stop { container: c.name.clone(), id: c.id.clone() });
                let remove = Op::RemoveContainer { container: c.name.clone(), id: c.id };
                (format!("container {}", c.name), stop.into_iter().chain([remove]).collect())
            });
            self.remove_each(removals.collect(), &mut done).await;
        }
        let now = self.objects(scope).await?;
        let networks = now.networks.into_iter().filter(|(id, _)| !before.networks.contains_key(id));
        let networks =
            networks.map(|(id, name)| (format!("network {name}"), vec![Op::RemoveNetwork { name, id }])).collect();
        self.remove_each(networks, &mut done).await;
        let volumes = now.volumes.into_iter().filter(|name| !before.volumes.contains(name));
        let volumes = volumes.map(|name| (format!("volume {name}"), vec![Op::RemoveVolume { name }])).collect();
        self.remove_each(volumes, &mut done).await;
        let now = self.objects(scope).await?.names();
        done.gone = before.names().into_iter().filter(|name| !now.contains(name)).collect();
        Ok(done)
    }

    async fn remove_each(&self, removals: Vec<(String, Vec<Op>)>, done: &mut RolledBack) {
        let secrets = Secrets::new();
        let runs = removals.into_iter().map(|(what, ops)| {
            let secrets = &secrets;
            async move {
                for op in &ops {
                    if let Err(error) = self.run(op, secrets).await {
                        return Err(format!("{what} ({error})"));
                    }
                }
                Ok(what)
            }
        });
        for end in futures_util::future::join_all(runs).await {
            match end {
                Ok(what) => done.removed.push(what),
                Err(why) => done.left.push(why),
            }
        }
    }
}
