//! What a scenario does to containers behind the program's back.

use bollard::body_full;
use bollard::models::{ContainerCreateBody, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest};
use bollard::query_parameters::{
    BuildImageOptionsBuilder, CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder,
    KillContainerOptionsBuilder, RemoveContainerOptionsBuilder, RemoveVolumeOptions, StartContainerOptions,
    StopContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use crate::engine::Engine;

/// Further attempts to freeze a container.
const PAUSE_AGAIN: u32 = 10;

/// Panics with what was tried when the engine refused it.
fn must<T>(what: &str, done: Result<T, bollard::errors::Error>) -> T {
    done.unwrap_or_else(|e| panic!("{what}: {e}"))
}

impl Engine {
    /// Makes a container that is not ours.
    pub fn create(&self, name: &str, body: ContainerCreateBody) {
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        must(&format!("create {name}"), self.wait(self.docker.create_container(Some(options), body)));
    }

    /// Builds an image anew from itself, with a label more: the same content under the same name, with another identity.
    pub fn build_upon(&self, image: &str) {
        let text = format!("FROM {image}\nLABEL ignition-stack-integration.built=again\n");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let mut context = tar::Builder::new(Vec::new());
        context.append_data(&mut header, "Dockerfile", text.as_bytes()).expect("a tar can be made");
        let body = body_full(context.into_inner().expect("a tar can be made").into());
        let options = BuildImageOptionsBuilder::default().t(image).rm(true).build();
        let steps = self.wait(self.docker.build_image(options, None, Some(body)).collect::<Vec<_>>());
        for step in steps {
            let step = must(&format!("build {image}"), step);
            assert!(step.error_detail.is_none(), "build {image}: {:?}", step.error_detail);
        }
    }

    /// Stops a container as `docker stop` does.
    pub fn stop(&self, container: &str) {
        self.stop_within(container, 30);
    }

    /// The same, with so many seconds until it is killed.
    pub fn stop_within(&self, container: &str, seconds: i32) {
        let options = StopContainerOptionsBuilder::default().t(seconds).build();
        must(&format!("stop {container}"), self.wait(self.docker.stop_container(container, Some(options))));
    }

    /// Starts a container.
    pub fn start(&self, container: &str) {
        let started = self.wait(self.docker.start_container(container, None::<StartContainerOptions>));
        must(&format!("start {container}"), started);
    }

    /// Freezes a container's processes. On a busy machine the kernel cannot always do it at the first attempt.
    pub fn pause(&self, container: &str) {
        let mut paused = self.wait(self.docker.pause_container(container));
        for _ in 0..PAUSE_AGAIN {
            if !paused.as_ref().is_err_and(|e| e.to_string().contains("unable to freeze")) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
            paused = self.wait(self.docker.pause_container(container));
        }
        must(&format!("pause {container}"), paused);
    }

    /// Lets them go on.
    pub fn unpause(&self, container: &str) {
        must(&format!("unpause {container}"), self.wait(self.docker.unpause_container(container)));
    }

    /// SIGKILL.
    pub fn kill(&self, container: &str) {
        let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
        must(&format!("kill {container}"), self.wait(self.docker.kill_container(container, Some(options))));
    }

    /// `docker rm -f`: the volumes stay.
    pub fn remove(&self, container: &str) {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        must(&format!("remove {container}"), self.wait(self.docker.remove_container(container, Some(options))));
    }

    /// Removes a volume with its data.
    pub fn remove_volume(&self, volume: &str) {
        let removed = self.wait(self.docker.remove_volume(volume, None::<RemoveVolumeOptions>));
        must(&format!("remove {volume}"), removed);
    }

    /// Takes a container off a network.
    pub fn disconnect(&self, container: &str, network: &str) {
        let request = NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
        let done = self.wait(self.docker.disconnect_network(network, request));
        must(&format!("disconnect {container} from {network}"), done);
    }

    /// Puts a container on a network under a name.
    pub fn attach(&self, container: &str, network: &str, alias: &str) {
        let endpoint = EndpointSettings { aliases: Some(vec![alias.to_owned()]), ..Default::default() };
        let request = NetworkConnectRequest { container: container.to_owned(), endpoint_config: Some(endpoint) };
        must(&format!("connect {container} to {network}"), self.wait(self.docker.connect_network(network, request)));
    }

    /// Unpacks a tar in a container, which need not run.
    pub fn upload(&self, container: &str, path: &str, tar: Vec<u8>) {
        let options = UploadToContainerOptionsBuilder::default().path(path).build();
        let done = self.wait(self.docker.upload_to_container(container, Some(options), body_full(tar.into())));
        must(&format!("upload to {container}:{path}"), done);
    }

    /// A file or directory of a container as a tar; nothing when it is not there.
    pub fn download(&self, container: &str, path: &str) -> Option<Vec<u8>> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let parts = self.wait(self.docker.download_from_container(container, Some(options)).collect::<Vec<_>>());
        let parts: Result<Vec<_>, _> = parts.into_iter().collect();
        parts.ok().map(|parts| parts.concat())
    }

    /// Writes one small file in a container.
    pub fn write_file(&self, container: &str, directory: &str, name: &str, content: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // The user of Ignition's images (fact sheet 6.1).
        header.set_uid(2003);
        header.set_gid(2003);
        let mut archive = tar::Builder::new(Vec::new());
        // The directories above it are the same user's: the engine would make them root's.
        let parents: Vec<_> = std::path::Path::new(name).ancestors().skip(1).filter(|p| *p != "").collect();
        for parent in parents.into_iter().rev() {
            let mut header = header.clone();
            header.set_entry_type(tar::EntryType::Directory);
            header.set_size(0);
            header.set_mode(0o755);
            archive.append_data(&mut header, parent, std::io::empty()).expect("a tar in memory can be written");
        }
        archive.append_data(&mut header, name, content.as_bytes()).expect("a tar in memory can be written");
        self.upload(container, directory, archive.into_inner().expect("a tar in memory can be written"));
    }

    /// Reads one small file in a container.
    pub fn read_file(&self, container: &str, path: &str) -> Option<String> {
        let bytes = self.download(container, path)?;
        let mut archive = tar::Archive::new(bytes.as_slice());
        let entry = archive.entries().ok()?.next()?.ok()?;
        std::io::read_to_string(entry).ok()
    }
}
