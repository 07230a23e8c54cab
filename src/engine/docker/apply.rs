//! Doing one operation. Makes no decision but two: whether a volume to seed carries its marker, and which network stays when
//! another run created the same one meanwhile.

use std::collections::HashMap;
use std::time::Duration;

use bollard::body_stream;
use bollard::models::{ContainerStateStatusEnum, NetworkConnectRequest, NetworkCreateRequest};
use bollard::query_parameters::{
    ContainerArchiveInfoOptionsBuilder, CreateContainerOptionsBuilder, InspectContainerOptions, InspectNetworkOptions,
    ListNetworksOptionsBuilder, RemoveContainerOptionsBuilder, RemoveVolumeOptions, RestartContainerOptions,
    StartContainerOptions, StopContainerOptions, UploadToContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::{StreamExt, stream};
use indexmap::IndexMap;
use tokio::time::Instant;

use super::op::{Creation, NetworkRef, Op, Seeding};
use super::{Docker, fault, seed, translate};
use crate::blueprint::labels;
use crate::engine::{EngineError, Secrets};
use crate::stack::Name;

/// Attempts to freeze a container, and the time between two.
const PAUSES: u32 = 10;
const PAUSE_AGAIN: Duration = Duration::from_millis(200);
/// Longest time that the engine may take to make a container that another run has asked for.
const MADE_WITHIN: Duration = Duration::from_secs(10);
/// Time between two looks at it.
const MADE_EVERY: Duration = Duration::from_millis(200);

impl Docker {
    pub(super) async fn run(&self, op: &Op, secrets: &Secrets) -> Result<(), EngineError> {
        let failed = |e: bollard::errors::Error| self.fault(&op.to_string(), &e);
        match op {
            Op::PullImage { image } => self.pull(image).await,
            Op::CreateNetwork { name, labels } => self.make_network(name, labels, &op.to_string()).await,
            Op::CreateContainer(creation) => self.create(creation, &op.to_string()).await,
            Op::ConnectNetwork { container, network, alias } => {
                self.attach(container, network, alias.as_ref()).await.map_err(failed)
            }
            Op::Seed(seeding) => self.seed(seeding, secrets).await,
            Op::Start { container } => {
                let started = self.client.start_container(container, None::<StartContainerOptions>).await;
                started.map_err(|e| self.start_fault(&op.to_string(), container, &e))
            }
            Op::Pause { container } => self.pause(container).await.map_err(failed),
            Op::Unpause { container } => self.client.unpause_container(container).await.map_err(failed),
            Op::Stop { id, .. } => {
                let stopped = self.client.stop_container(id, None::<StopContainerOptions>).await;
                absent_is_done(stopped).map_err(failed)
            }
            Op::Restart { container, id } => {
                let restarted = self.client.restart_container(id, None::<RestartContainerOptions>).await;
                restarted.map_err(|e| self.start_fault(&op.to_string(), container, &e))
            }
            Op::RemoveContainer { id, .. } => self.remove(id).await.map_err(failed),
            Op::RemoveNetwork { name, id } => match absent_is_done(self.client.remove_network(id).await) {
                Err(e) if has_endpoints(&e) => Err(self.network_in_use(name, id).await.unwrap_or_else(|| failed(e))),
                other => other.map_err(failed),
            },
            Op::RemoveVolume { name } => {
                absent_is_done(self.client.remove_volume(name, None::<RemoveVolumeOptions>).await).map_err(failed)
            }
            Op::Gateways(step) => Err(EngineError::Refused {
                action: step.to_string(),
                reason: "that is asked of gateways, not of an engine".to_owned(),
                absent: false,
            }),
            Op::WaitHealthy { containers, stack, timeout_s } => self.wait(containers, stack, *timeout_s).await,
        }
    }

    /// Creates a network, and sees to it that one is left when another run did the same since this one looked.
    async fn make_network(
        &self,
        name: &str,
        labels: &IndexMap<String, String>,
        action: &str,
    ) -> Result<(), EngineError> {
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".to_owned()),
            labels: Some(translate::map(labels)),
            ..NetworkCreateRequest::default()
        };
        let refused = match self.client.create_network(request).await {
            Ok(created) => {
                self.remember_network(name, created.id);
                None
            }
            // Engines that allow one network of a name: the other run's is as good as ours, if it is ours at all.
            Err(e) if fault::status(&e) == Some(409) => Some(e),
            Err(e) => return Err(self.fault(action, &e)),
        };
        let mut found = self.own_networks(name, labels).await?.into_iter();
        match (found.next(), refused) {
            (Some(keeper), _) => self.remember_network(name, keeper),
            (None, Some(e)) => return Err(self.fault(action, &e)),
            (None, None) => {}
        }
        // Not only ours: a run that was killed no longer removes its own.
        for id in found {
            match absent_is_done(self.client.remove_network(&id).await) {
                // In use: the next plan makes its containers anew.
                Err(e) if has_endpoints(&e) => {}
                other => other.map_err(|e| self.fault(&format!("remove the second network {name}"), &e))?,
            }
        }
        Ok(())
    }

    /// Identities of the networks of a name and of the stack that the labels tell, the oldest first: whoever comes later
    /// sees the same one there, also when the earlier run looked before there were two.
    async fn own_networks(&self, name: &str, labels: &IndexMap<String, String>) -> Result<Vec<String>, EngineError> {
        let (Some(stack), Some(id)) = (labels.get(labels::STACK), labels.get(labels::STACK_ID)) else {
            return Ok(Vec::new());
        };
        let ours = vec![format!("{}={stack}", labels::STACK), format!("{}={id}", labels::STACK_ID)];
        let filters = HashMap::from([("label".to_owned(), ours)]);
        let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
        let list = self.client.list_networks(Some(options)).await;
        let list = list.map_err(|e| self.fault("list networks", &e))?;
        let mut found: Vec<_> = list.into_iter().filter(|n| n.name.as_deref() == Some(name)).collect();
        found.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
        Ok(found.into_iter().filter_map(|n| n.id).collect())
    }

    /// Who is on a network that the engine keeps; nothing when it names nobody.
    async fn network_in_use(&self, name: &str, id: &str) -> Option<EngineError> {
        let found = self.client.inspect_network(id, None::<InspectNetworkOptions>).await.ok()?;
        let mut by: Vec<String> = found.containers?.into_values().filter_map(|endpoint| endpoint.name).collect();
        by.sort();
        (!by.is_empty()).then(|| EngineError::NetworkInUse { network: name.to_owned(), by })
    }

    async fn create(&self, creation: &Creation, action: &str) -> Result<(), EngineError> {
        let container = &creation.container;
        let network = creation.network.as_ref().map(|n| self.handle(n));
        let options = CreateContainerOptionsBuilder::default().name(&container.name).build();
        let body = translate::create_body(creation, network.as_deref());
        match self.client.create_container(Some(options), body).await {
            Ok(_) => Ok(()),
            Err(e) if fault::is_absent(&e) && fault::innermost(&e).contains("image") => {
                Err(EngineError::ImageMissing { image: container.image.clone(), reason: fault::innermost(&e) })
            }
            Err(e) if fault::status(&e) == Some(409) && self.is_made(creation).await => Ok(()),
            Err(e) => Err(self.fault(action, &e)),
        }
    }

    /// Whether the container that has the name is the very one to be made: the engine goes on with what a run asked for that was
    /// killed, or whose connection was cut, and this run looked before it was done. The name is taken first, the rest follows.
    async fn is_made(&self, creation: &Creation) -> bool {
        let deadline = Instant::now() + MADE_WITHIN;
        loop {
            let found = self.client.inspect_container(&creation.container.name, None::<InspectContainerOptions>).await;
            match found {
                Ok(found) => {
                    let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
                    let fresh = found.state.and_then(|state| state.status) == Some(ContainerStateStatusEnum::CREATED);
                    // The image's own labels are there, too.
                    return fresh && creation.labels.iter().all(|(key, value)| labels.get(key) == Some(value));
                }
                Err(e) if fault::is_absent(&e) && Instant::now() < deadline => tokio::time::sleep(MADE_EVERY).await,
                Err(_) => return false,
            }
        }
    }

    async fn attach(
        &self,
        container: &str,
        network: &NetworkRef,
        alias: Option<&Name>,
    ) -> Result<(), bollard::errors::Error> {
        let request = NetworkConnectRequest {
            container: container.to_owned(),
            endpoint_config: Some(translate::endpoint(alias)),
        };
        self.client.connect_network(&self.handle(network), request).await
    }

    fn handle(&self, network: &NetworkRef) -> String {
        translate::network_handle(network, self.created_network(network.name()).as_deref()).to_owned()
    }

    async fn seed(&self, seeding: &Seeding, secrets: &Secrets) -> Result<(), EngineError> {
        let container = seeding.container.as_str();
        let marked = self.is_marked(seeding).await?;
        let owner = self.owner_in(&seeding.image).await?;
        let archive = seed::archive(seeding, owner, marked, secrets);
        let archive =
            archive.map_err(|e| EngineError::Seed { container: container.to_owned(), reason: e.to_string() })?;
        let Some(archive) = archive else { return Ok(()) };
        let options = UploadToContainerOptionsBuilder::default().path("/").build();
        // A stream, not a whole body: the client traces the latter, and this one holds secrets.
        let body = body_stream(stream::once(async { archive.into() }));
        let sent = self.client.upload_to_container(container, Some(options), body).await;
        sent.map_err(|e| self.fault(&format!("put files into {container}"), &e))
    }

    /// Whether the data volume of a container was seeded completely before.
    async fn is_marked(&self, seeding: &Seeding) -> Result<bool, EngineError> {
        let Some(path) = seed::marker_path(seeding).filter(|_| seed::asks_for_marker(seeding)) else {
            return Ok(false);
        };
        let options = ContainerArchiveInfoOptionsBuilder::default().path(&path).build();
        match self.client.get_container_archive_info(&seeding.container, Some(options)).await {
            Ok(_) => Ok(true),
            // Also the answer when the container is gone: then the upload says so.
            Err(e) if fault::is_absent(&e) => Ok(false),
            Err(e) => Err(self.fault(&format!("look for the seeds of {}", seeding.container), &e)),
        }
    }

    /// Freezes a container. On a busy machine the kernel cannot always do it at the first attempt.
    async fn pause(&self, container: &str) -> Result<(), bollard::errors::Error> {
        let mut left = PAUSES;
        loop {
            left -= 1;
            match self.client.pause_container(container).await {
                Err(e) if left > 0 && fault::innermost(&e).contains("unable to freeze") => {
                    tokio::time::sleep(PAUSE_AGAIN).await;
                }
                other => return other,
            }
        }
    }

    /// Removes a container and its anonymous volumes, and returns when it is gone, also when another removal was faster.
    async fn remove(&self, id: &str) -> Result<(), bollard::errors::Error> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match absent_is_done(self.client.remove_container(id, Some(options)).await) {
            Err(e) if fault::status(&e) == Some(409) && fault::innermost(&e).contains("already in progress") => {
                let options = WaitContainerOptionsBuilder::default().condition("removed").build();
                // How it ended is of no interest: that it is gone, or was gone already, is.
                self.client.wait_container(id, Some(options)).for_each(|_| async {}).await;
                Ok(())
            }
            other => other,
        }
    }
}

/// Whether the engine keeps a network because containers are on it.
fn has_endpoints(error: &bollard::errors::Error) -> bool {
    fault::innermost(error).contains("active endpoints")
}

/// Taking away what is not there is done.
fn absent_is_done(answer: Result<(), bollard::errors::Error>) -> Result<(), bollard::errors::Error> {
    match answer {
        Err(e) if fault::is_absent(&e) => Ok(()),
        other => other,
    }
}
