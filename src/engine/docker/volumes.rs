//! The data in a stack's volumes, out and in: through a container that has them and never runs, so that no image of the stack
//! is needed and the engine may be on another host.

use std::collections::{BTreeMap, HashMap};
use std::io;

use bollard::body_try_stream;
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, MountVolumeOptions};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder, ListImagesOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveImageOptions, UploadToContainerOptionsBuilder,
};
use futures_util::{Stream, StreamExt as _, stream};

use super::members::{Scope, by_stack};
use super::observed::{SeenContainer, SeenVolume};
use super::op::Op;
use super::{Docker, fault, mark};
use crate::blueprint::labels;
use crate::engine::{EngineError, Secrets};

/// A volume and the labels that it has or shall have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VolumeLabels {
    /// Its name on the engine.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Name of a volume's own directory in its tar. An engine takes owner and mode of a directory over only when the tar names it.
const ROOT: &str = "data";

/// What the volumes are held for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Their data is copied; nothing in them can change through the holder.
    Read,
    /// They are made, and filled.
    Fill,
    /// They are removed, all of them: a mark alone, no container.
    Delete,
}

impl Purpose {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "snapshot",
            Self::Fill => "restore",
            Self::Delete => "delete",
        }
    }
}

/// A container that has volumes and never runs. To be given back with [`Docker::release`].
#[derive(Debug)]
pub struct Holder {
    container: String,
    image: String,
    /// The directory above each volume in it.
    places: BTreeMap<String, String>,
}

impl Holder {
    fn place(&self, volume: &str) -> &str {
        self.places.get(volume).map_or("/", String::as_str)
    }
}

impl Docker {
    /// The stack's volumes, by label; not what only marks a restore.
    pub async fn labelled_volumes(&self, scope: &Scope) -> Result<Vec<VolumeLabels>, EngineError> {
        let data = self.own_volumes(scope).await?.into_iter().filter(|v| !mark::is_mark(&v.labels));
        Ok(data.map(|v| VolumeLabels { name: v.name, labels: v.labels.into_iter().collect() }).collect())
    }

    /// Everything of the stack that is a volume, by label.
    pub(super) async fn own_volumes(&self, scope: &Scope) -> Result<Vec<SeenVolume>, EngineError> {
        let options = ListVolumesOptionsBuilder::default().filters(&by_stack(Some(&scope.stack))).build();
        let list = self.client.list_volumes(Some(options)).await;
        let list = list.map_err(|e| self.fault("list volumes", &e))?;
        let own = list.volumes.unwrap_or_default().into_iter().filter(|v| scope.holds(&v.labels));
        let mut own: Vec<_> = own.map(|v| SeenVolume { name: v.name, labels: v.labels }).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(own)
    }

    /// Which of these names a volume on the engine has, whoever made it.
    pub async fn volumes_there(&self, names: &[&str]) -> Result<Vec<String>, EngineError> {
        let all = self.all_volumes().await?;
        Ok(all.into_iter().map(|v| v.name).filter(|name| names.contains(&name.as_str())).collect())
    }

    /// Makes a holder of the volumes. One that a killed run left is taken away first. With [`Purpose::Fill`] the volumes are
    /// made, and everybody sees that they are not whole ([`Docker::unfinished`]) until [`Docker::restored`].
    pub async fn hold(&self, scope: &Scope, volumes: &[VolumeLabels], purpose: Purpose) -> Result<Holder, EngineError> {
        let container = format!("{}-{}", scope.stack, purpose.word());
        let mark = if purpose == Purpose::Fill { Some(self.mark(scope, volumes).await?) } else { None };
        let image = holder_image(scope, purpose);
        self.drop_holder(scope, purpose).await?;
        // Also those without a container, or without a name.
        self.remove_holder_images(scope).await;
        self.build_empty(scope, &image).await?;
        let places: BTreeMap<String, String> =
            volumes.iter().enumerate().map(|(i, v)| (v.name.clone(), format!("/{i}"))).collect();
        let holder = Holder { container, image, places };
        let mount = |volume: &VolumeLabels, target: String| Mount {
            typ: Some(MountType::VOLUME),
            source: Some(volume.name.clone()),
            target: Some(target),
            read_only: Some(purpose == Purpose::Read),
            volume_options: Some(MountVolumeOptions {
                labels: Some(volume.labels.clone().into_iter().collect()),
                ..MountVolumeOptions::default()
            }),
            ..Mount::default()
        };
        let data = volumes.iter().map(|v| mount(v, format!("{}/{ROOT}", holder.place(&v.name))));
        // The mark too, so that nobody's `docker volume prune` takes it and leaves them.
        let mounts = data.chain(mark.iter().map(|mark| mount(mark, "/mark".to_owned()))).collect();
        let body = ContainerCreateBody {
            image: Some(holder.image.clone()),
            // Never run; an engine takes no container without a command.
            cmd: Some(vec!["none".to_owned()]),
            labels: Some(holder_labels(scope, purpose)),
            host_config: Some(HostConfig {
                mounts: Some(mounts),
                network_mode: Some("none".to_owned()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&holder.container).build();
        match self.client.create_container(Some(options), body).await {
            Ok(_) => Ok(holder),
            Err(e) => {
                let error = self.fault(&format!("create container {}", holder.container), &e);
                self.remove_image_of(&holder.image).await;
                Err(error)
            }
        }
    }

    /// The tar of a volume, as it comes: all of it below one directory, which stands for the volume itself.
    pub fn read_volume(&self, holder: &Holder, volume: &str) -> impl Stream<Item = Result<Vec<u8>, EngineError>> {
        let path = format!("{}/{ROOT}", holder.place(volume));
        let options = DownloadFromContainerOptionsBuilder::default().path(&path).build();
        let action = format!("read volume {volume}");
        self.client
            .download_from_container(&holder.container, Some(options))
            .map(move |part| part.map(Vec::from).map_err(|e| self.fault(&action, &e)))
    }

    /// Unpacks a tar into a volume, with owners and modes as the tar has them.
    pub async fn fill_volume(
        &self,
        holder: &Holder,
        volume: &str,
        tar: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static,
    ) -> Result<(), EngineError> {
        let options = UploadToContainerOptionsBuilder::default().path(holder.place(volume)).build();
        let body = body_try_stream(stream::iter(tar.map(|part| part.map(Into::into))));
        let sent = self.client.upload_to_container(&holder.container, Some(options), body).await;
        sent.map_err(|e| self.fault(&format!("fill volume {volume}"), &e))
    }

    /// Takes a holder away; the volumes stay.
    pub async fn release(&self, holder: Holder) -> Result<(), EngineError> {
        let id = holder.container.clone();
        let removed = self.run(&Op::RemoveContainer { container: holder.container.clone(), id }, &Secrets::new()).await;
        self.remove_image_of(&holder.image).await;
        removed
    }

    /// Takes away the holder that a killed run left, if there is one, and its image; its volumes stay. Returns the container's name.
    pub async fn drop_holder(&self, scope: &Scope, purpose: Purpose) -> Result<Option<String>, EngineError> {
        let Some(left) = self.holder_of(scope, purpose).await? else { return Ok(None) };
        let remove = Op::RemoveContainer { container: left.name.clone(), id: left.id };
        self.run(&remove, &Secrets::new()).await?;
        self.remove_image_of(&holder_image(scope, purpose)).await;
        Ok(Some(left.name))
    }

    /// Names of the members' containers.
    pub async fn members_of_stack(&self, scope: &Scope) -> Result<Vec<String>, EngineError> {
        let all = self.members_of(scope).await?;
        Ok(all.into_iter().map(|member| member.container).collect())
    }

    /// Removes volumes with what is in them, by name: those that [`Docker::unfinished`] told.
    pub async fn remove_volumes(&self, names: &[String]) -> Result<(), EngineError> {
        self.run_all(names.iter().map(|name| vec![Op::RemoveVolume { name: name.clone() }]).collect()).await
    }

    pub(super) async fn holder_of(
        &self,
        scope: &Scope,
        purpose: Purpose,
    ) -> Result<Option<SeenContainer>, EngineError> {
        let all = self.containers_of(&scope.stack).await?;
        Ok(all.into_iter().find(|c| scope.holds(&c.labels) && is_holder(&c.labels, purpose)))
    }

    /// An image with nothing in it, and nobody else's: one out of the engine's cache could be removed with another stack's holder.
    /// It is the stack's by its labels from birth: a build that is cut off leaves it without a name.
    async fn build_empty(&self, scope: &Scope, image: &str) -> Result<(), EngineError> {
        let failed = |e: io::Error| EngineError::Build { image: image.to_owned(), reason: e.to_string() };
        self.build_once(image, empty_context(scope).map_err(failed)?, false, &|_| ()).await
    }

    /// Removes every image of a holder of the stack that no container is made of, also those that runs which were killed left.
    pub(super) async fn remove_holder_images(&self, scope: &Scope) {
        let labels = image_labels(scope).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        let of_stack = HashMap::from([("label", labels)]);
        let options = ListImagesOptionsBuilder::default().all(true).filters(&of_stack).build();
        match self.client.list_images(Some(options)).await {
            Ok(images) => {
                for image in images {
                    self.remove_image_of(&image.id).await;
                }
            }
            Err(error) => tracing::debug!(reason = fault::innermost(&error), "the holders' images are not known"),
        }
    }

    async fn remove_image_of(&self, image: &str) {
        if let Err(error) = self.client.remove_image(image, None::<RemoveImageOptions>, None).await {
            tracing::debug!(image, reason = fault::innermost(&error), "the holder's image stays");
        }
    }
}

/// The image that the holder of a stack's volumes is made of.
fn holder_image(scope: &Scope, purpose: Purpose) -> String {
    format!("ignition-stack-volumes:{}-{}", scope.stack, purpose.word())
}

pub(super) fn holder_labels(scope: &Scope, purpose: Purpose) -> HashMap<String, String> {
    let id = scope.id.map(|id| (labels::STACK_ID.to_owned(), id.to_string()));
    [(labels::STACK.to_owned(), scope.stack.to_string()), (labels::HOLDS.to_owned(), purpose.word().to_owned())]
        .into_iter()
        .chain(id)
        .collect()
}

/// Whether labels are those of what only holds volumes for that.
pub(super) fn is_holder(found: &HashMap<String, String>, purpose: Purpose) -> bool {
    found.get(labels::HOLDS).is_some_and(|word| word == purpose.word())
}

fn image_labels(scope: &Scope) -> HashMap<String, String> {
    let mut all = holder_labels(scope, Purpose::Read);
    all.insert(labels::HOLDS.to_owned(), "volumes".to_owned());
    all
}

/// One instruction with all labels makes one image, which has them.
fn empty_context(scope: &Scope) -> io::Result<Vec<u8>> {
    let labels: Vec<_> = image_labels(scope).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let text = format!("FROM scratch\nLABEL {}\n", labels.join(" "));
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header, "Dockerfile", text.as_bytes())?;
    tar.into_inner()
}
