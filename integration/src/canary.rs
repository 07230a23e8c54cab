//! Canaries in volumes: files that tell whether data survived, put there and read by a container of the test's own that never
//! runs, whatever the stack's containers are doing.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use bollard::query_parameters::CreateContainerOptionsBuilder;

use crate::engine::Engine;
use crate::leftovers::WORLD;

/// Name of the file.
const CANARY: &str = "canary";

/// A container that has volumes. Gone when it is dropped.
#[derive(Debug)]
pub struct Canaries<'a> {
    engine: &'a Engine,
    container: String,
}

impl<'a> Canaries<'a> {
    /// Looks into volumes that are there, with a container of this name from any image that is there. A volume that is not
    /// there fails the test: the engine would make it.
    pub fn of(engine: &'a Engine, container: &str, image: &str, volumes: &[String]) -> Self {
        for volume in volumes {
            assert!(engine.wait(engine.docker.inspect_volume(volume)).is_ok(), "the volume {volume} is lost");
        }
        let mount = |volume: &String| Mount {
            typ: Some(MountType::VOLUME),
            source: Some(volume.clone()),
            target: Some(format!("/{volume}")),
            ..Default::default()
        };
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            // A killed run leaves it; its name begins with the world's.
            labels: Some(HashMap::from([(WORLD.to_owned(), container.to_owned())])),
            host_config: Some(HostConfig { mounts: Some(volumes.iter().map(mount).collect()), ..Default::default() }),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(container).build();
        let made = engine.wait(engine.docker.create_container(Some(options), body));
        made.unwrap_or_else(|e| panic!("create container {container}: {e}"));
        Self { engine, container: container.to_owned() }
    }

    /// Puts a canary into a volume.
    pub fn put(&self, volume: &str, text: &str) {
        self.engine.write_file(&self.container, &format!("/{volume}"), CANARY, text);
    }

    /// What the canary of a volume says.
    pub fn read(&self, volume: &str) -> Option<String> {
        self.engine.read_file(&self.container, &format!("/{volume}/{CANARY}"))
    }
}

impl Drop for Canaries<'_> {
    fn drop(&mut self) {
        self.engine.remove(&self.container);
    }
}
