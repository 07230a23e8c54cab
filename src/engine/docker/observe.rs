//! Looking at the engine: three lists and one look at each distinct image, whatever the number of members.

use std::collections::BTreeSet;

use bollard::query_parameters::{ListContainersOptionsBuilder, ListNetworksOptions, ListVolumesOptions};
use futures_util::future::try_join_all;

use super::Docker;
use super::observed::{Observed, SeenContainer, SeenImage, SeenNetwork, SeenVolume};
use super::owner::Owner;
use super::volumes::{Purpose, is_holder};
use super::{Scope, fault, lease, mark};
use crate::blueprint::{Blueprint, labels};
use crate::engine::{Around, EngineError, Subnet, Undone};

impl Docker {
    /// Unfiltered, so that objects of ours by name but not by label are seen too.
    pub(super) async fn look(&self, want: &Blueprint) -> Result<Observed, EngineError> {
        let images: BTreeSet<&str> = want.containers.iter().map(|c| c.image.as_str()).collect();
        let (containers, networks, volumes, images) = tokio::try_join!(
            self.all_containers(),
            self.all_subnets(),
            self.all_volumes(),
            try_join_all(images.into_iter().map(|image| self.find_image(image))),
        )?;
        let of_stack = |found: &std::collections::HashMap<String, String>| {
            found.get(labels::STACK).is_some_and(|s| s == want.stack.as_str())
        };
        let keep_container =
            |c: &SeenContainer| of_stack(&c.labels) || want.containers.iter().any(|w| w.name == c.name);
        let keep_network = |n: &SeenNetwork| of_stack(&n.labels) || want.networks.iter().any(|w| w.name == n.name);
        let keep_volume = |v: &SeenVolume| of_stack(&v.labels) || want.volumes.iter().any(|w| w.name == v.name);
        let around = around(&containers, &networks);
        let scope = Scope { stack: want.stack.clone(), id: Some(want.stack_id) };
        let is_own_mark = |v: &SeenVolume| scope.holds(&v.labels) && mark::is_mark(&v.labels);
        let fills = |c: &SeenContainer| scope.holds(&c.labels) && is_holder(&c.labels, Purpose::Fill);
        let marks = volumes.iter().filter(|v| is_own_mark(v)).map(|v| &v.labels);
        let is_there = |name: &str| volumes.iter().any(|v| v.name == name && scope.holds(&v.labels));
        let filled = containers.iter().any(fills).then_some(Undone::Restore);
        let undone = filled.or_else(|| mark::undone(marks, is_there));
        let networks = networks.into_iter().map(|(network, _)| network);
        Ok(Observed {
            around,
            containers: containers.into_iter().filter(keep_container).collect(),
            networks: networks.filter(keep_network).collect(),
            leases: volumes.iter().filter_map(|v| lease::read_of(&want.stack, &v.labels)).collect(),
            volumes: volumes.into_iter().filter(|v| keep_volume(v) && !is_own_mark(v)).collect(),
            undone,
            images: images.into_iter().flatten().collect(),
        })
    }

    /// What is on the engine, whoever made it: two reads.
    pub async fn around(&self) -> Result<Around, EngineError> {
        let (containers, networks) = tokio::try_join!(self.all_containers(), self.all_subnets())?;
        Ok(around(&containers, &networks))
    }

    pub(super) async fn all_containers(&self) -> Result<Vec<SeenContainer>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let list = self.client.list_containers(Some(options)).await;
        let list = list.map_err(|e| self.fault("list containers", &e))?;
        Ok(list.into_iter().filter_map(SeenContainer::read).collect())
    }

    pub(super) async fn all_networks(&self) -> Result<Vec<SeenNetwork>, EngineError> {
        Ok(self.all_subnets().await?.into_iter().map(|(network, _)| network).collect())
    }

    /// Every network with its subnets.
    async fn all_subnets(&self) -> Result<Vec<(SeenNetwork, Vec<Subnet>)>, EngineError> {
        let list = self.client.list_networks(None::<ListNetworksOptions>).await;
        let list = list.map_err(|e| self.fault("list networks", &e))?;
        let read = |n: bollard::models::Network| {
            let ranges = n.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
            let subnets = ranges.into_iter().filter_map(|range| range.subnet?.parse().ok()).collect();
            Some((SeenNetwork { id: n.id?, name: n.name?, labels: n.labels.unwrap_or_default() }, subnets))
        };
        Ok(list.into_iter().filter_map(read).collect())
    }

    pub(super) async fn all_volumes(&self) -> Result<Vec<SeenVolume>, EngineError> {
        let list = self.client.list_volumes(None::<ListVolumesOptions>).await;
        let list = list.map_err(|e| self.fault("list volumes", &e))?;
        Ok(list
            .volumes
            .unwrap_or_default()
            .into_iter()
            .map(|v| SeenVolume { name: v.name, labels: v.labels })
            .collect())
    }

    /// An image on the engine by its reference; nothing when it is not there.
    pub(super) async fn find_image(&self, image: &str) -> Result<Option<(String, SeenImage)>, EngineError> {
        let found = match self.client.inspect_image(image).await {
            Ok(found) => found,
            Err(e) if fault::is_absent(&e) => return Ok(None),
            Err(e) => return Err(self.fault(&format!("look at image {image}"), &e)),
        };
        let config = found.config.unwrap_or_default();
        let seen = SeenImage {
            id: found.id.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            platform: format!("{}/{}", found.os.unwrap_or_default(), found.architecture.unwrap_or_default()),
            executable: config.labels.and_then(|mut labels| labels.remove(labels::EXECUTABLE)),
        };
        self.remember_owner(image, Owner::of(&seen.user));
        Ok(Some((image.to_owned(), seen)))
    }

    /// The owner of files in containers of an image: asked once, until the image is pulled or built anew.
    pub(super) async fn owner_in(&self, image: &str) -> Result<Owner, EngineError> {
        if let Some(owner) = self.known_owner(image) {
            return Ok(owner);
        }
        match self.find_image(image).await? {
            Some((_, seen)) => Ok(Owner::of(&seen.user)),
            None => Err(EngineError::ImageMissing {
                image: image.to_owned(),
                reason: "it was removed meanwhile".to_owned(),
            }),
        }
    }
}

fn around(containers: &[SeenContainer], networks: &[(SeenNetwork, Vec<Subnet>)]) -> Around {
    Around {
        published: containers.iter().flat_map(SeenContainer::published_by).collect(),
        subnets: networks.iter().flat_map(|(_, subnets)| subnets).copied().collect(),
    }
}
