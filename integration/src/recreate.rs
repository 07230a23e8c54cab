//! Making a container anew with something changed, as a person could do by hand: its labels and its networks stay.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, NetworkConnectRequest, NetworkingConfig, VolumeCreateRequest,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveVolumeOptions};

use crate::engine::Engine;

/// Where the data volume of a gateway is mounted (fact sheet 6.1).
pub const GATEWAY_DATA: &str = "/usr/local/bin/ignition/data";

/// Where `up` puts the files of secrets: into the container itself, so they would go with it.
const SECRETS: &str = "/run/secrets";

/// A container as it would have to be asked for again.
struct Recipe {
    body: ContainerCreateBody,
    endpoints: Vec<(String, EndpointSettings)>,
    /// An archive of [`SECRETS`], where the container has any.
    secrets: Option<Vec<u8>>,
}

impl Engine {
    /// Removes a container and makes it again, changed by `edit`, not started. Its volumes stay.
    pub fn recreate(&self, container: &str, edit: impl FnOnce(&mut ContainerCreateBody)) {
        let mut recipe = self.recipe(container);
        edit(&mut recipe.body);
        self.remove(container);
        self.make(container, recipe);
    }

    /// Removes a file out of a gateway's data volume. The gateway ends up stopped.
    ///
    /// Not every image has a shell to do it, so the volume is made anew and filled with all but the file.
    pub fn remove_data_file(&self, container: &str, file: &str) {
        self.stop(container);
        let all = self.download(container, GATEWAY_DATA).expect("the data directory can be read");
        let (kept, dropped) = without(&all, &format!("data/{file}"));
        assert_eq!(dropped, 1, "{container} has one {GATEWAY_DATA}/{file}");
        let mounts = self.inspect(container).mounts.unwrap_or_default();
        let mount = mounts.into_iter().find(|m| m.destination.as_deref() == Some(GATEWAY_DATA));
        let name = mount.and_then(|m| m.name).expect("the data directory is a volume");
        let labels = self.wait(self.docker.inspect_volume(&name)).expect("the volume can be looked at").labels;
        let recipe = self.recipe(container);
        self.remove(container);
        self.wait(self.docker.remove_volume(&name, None::<RemoveVolumeOptions>)).expect("the volume can be removed");
        let request = VolumeCreateRequest { name: Some(name), labels: Some(labels), ..Default::default() };
        self.wait(self.docker.create_volume(request)).expect("the volume can be made again");
        self.make(container, recipe);
        let parent = GATEWAY_DATA.rsplit_once('/').map_or("/", |(parent, _)| parent);
        self.upload(container, parent, kept);
    }

    fn recipe(&self, container: &str) -> Recipe {
        let seen = self.inspect(container);
        let config = serde_json::to_value(seen.config).expect("a configuration serialises");
        let mut body: ContainerCreateBody = serde_json::from_value(config).expect("what is shown can be asked for");
        body.host_config = seen.host_config;
        let networks = seen.network_settings.and_then(|s| s.networks).unwrap_or_default();
        let endpoints = networks.into_iter().map(|(network, seen)| (network, asked_for(seen, container)));
        Recipe { body, endpoints: endpoints.collect(), secrets: self.download(container, SECRETS) }
    }

    fn make(&self, container: &str, recipe: Recipe) {
        let Recipe { mut body, endpoints, secrets } = recipe;
        let mut endpoints = endpoints.into_iter();
        // Before API 1.44 the engine takes one network at the creation; the others follow before the start.
        let first = endpoints.next();
        body.networking_config = first.map(|e| NetworkingConfig { endpoints_config: Some(HashMap::from([e])) });
        let options = CreateContainerOptionsBuilder::default().name(container).build();
        self.wait(self.docker.create_container(Some(options), body)).expect("the container can be made again");
        for (network, endpoint) in endpoints {
            let request = NetworkConnectRequest { container: container.to_owned(), endpoint_config: Some(endpoint) };
            self.wait(self.docker.connect_network(&network, request)).expect("it can be connected again");
        }
        if let Some(secrets) = secrets {
            self.upload(container, "/run", secrets);
        }
    }
}

/// Of what the engine shows of an endpoint, the names: addresses are given anew.
fn asked_for(seen: EndpointSettings, container: &str) -> EndpointSettings {
    let short_id = |alias: &String| alias.len() == 12 && alias.chars().all(|c| c.is_ascii_hexdigit());
    let mut aliases = seen.aliases.unwrap_or_default();
    aliases.retain(|alias| !short_id(alias) && alias != container);
    EndpointSettings { aliases: Some(aliases), ..Default::default() }
}

/// An archive without one of its files, and how often it was there.
fn without(archive: &[u8], path: &str) -> (Vec<u8>, usize) {
    let mut kept = tar::Builder::new(Vec::new());
    let mut dropped = 0;
    for entry in tar::Archive::new(archive).entries().expect("the archive can be read") {
        let mut entry = entry.expect("the archive can be read");
        let own = entry.path().expect("a path").to_path_buf();
        if own == std::path::Path::new(path) {
            dropped += 1;
            continue;
        }
        let mut header = entry.header().clone();
        let written = match entry.link_name().expect("a link") {
            Some(target) => kept.append_link(&mut header, own, target),
            None => kept.append_data(&mut header, own, &mut entry),
        };
        written.expect("a tar in memory can be written");
    }
    (kept.into_inner().expect("a tar in memory can be written"), dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_left_out_and_the_others_keep_their_owner() {
        let mut archive = tar::Builder::new(Vec::new());
        for name in ["data/redundancy.xml", "data/other"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            header.set_uid(2003);
            archive.append_data(&mut header, name, &b"hi"[..]).unwrap();
        }
        let (kept, dropped) = without(&archive.into_inner().unwrap(), "data/redundancy.xml");
        assert_eq!(dropped, 1);
        let mut kept = tar::Archive::new(kept.as_slice());
        let left: Vec<_> = kept.entries().unwrap().map(Result::unwrap).collect();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].header().uid().unwrap(), 2003);
    }
}
