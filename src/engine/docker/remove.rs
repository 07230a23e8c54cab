//! Taking a stack's objects off the engine: by label and identity, never by name alone.

use bollard::query_parameters::ListNetworksOptionsBuilder;

use super::Docker;
use super::members::{Scope, by_stack};
use super::op::Op;
use super::verbs::{is_alive, is_service};
use crate::engine::EngineError;

/// What was taken away, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Removed {
    /// Containers.
    pub containers: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes, with the data in them.
    pub volumes: Vec<String>,
}

impl Docker {
    /// Stops and removes the stack's containers, gateways first, and then its networks, and the images that killed holders of volumes left.
    /// Volumes stay. Doing it twice is no error.
    pub async fn down(&self, scope: &Scope) -> Result<Removed, EngineError> {
        let containers = self.containers_of(&scope.stack).await?;
        let own = containers.into_iter().filter(|c| scope.holds(&c.labels));
        let (services, gateways): (Vec<_>, Vec<_>) = own.partition(is_service);
        let mut removed = Removed::default();
        for group in [gateways, services] {
            let sequences = group.iter().map(|c| {
                let (container, id) = (c.name.clone(), c.id.clone());
                let stop = is_alive(c.state).then(|| Op::Stop { container: container.clone(), id: id.clone() });
                stop.into_iter().chain([Op::RemoveContainer { container, id }]).collect()
            });
            self.run_all(sequences.collect()).await?;
            removed.containers.extend(group.into_iter().map(|c| c.name));
        }
        let options = ListNetworksOptionsBuilder::default().filters(&by_stack(Some(&scope.stack))).build();
        let networks = self.client.list_networks(Some(options)).await;
        let networks = networks.map_err(|e| self.fault("list networks", &e))?;
        let mut sequences = Vec::new();
        for network in networks.into_iter().filter(|n| n.labels.as_ref().is_some_and(|l| scope.holds(l))) {
            if let (Some(id), Some(name)) = (network.id, network.name) {
                removed.networks.push(name.clone());
                sequences.push(vec![Op::RemoveNetwork { name, id }]);
            }
        }
        self.run_all(sequences).await?;
        self.remove_holder_images(scope).await;
        Ok(removed)
    }

    /// Removes the stack's volumes with all data in them; to be called only when the user confirmed. A volume that a
    /// container still uses is refused by the engine.
    pub async fn delete_volumes(&self, scope: &Scope) -> Result<Removed, EngineError> {
        let names = self.volumes_of(scope).await?;
        self.run_all(names.iter().map(|name| vec![Op::RemoveVolume { name: name.clone() }]).collect()).await?;
        Ok(Removed { volumes: names, ..Removed::default() })
    }

    /// Names of the stack's volumes, by label: what [`Docker::delete_volumes`] would remove.
    pub async fn volumes_of(&self, scope: &Scope) -> Result<Vec<String>, EngineError> {
        Ok(self.labelled_volumes(scope).await?.into_iter().map(|v| v.name).collect())
    }
}
