//! The simulated gateway's image during a run of the suite: built once before the first scenario, gone after the last one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bollard::query_parameters::{ListImagesOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder};

use crate::engine::{Engine, STACK, filter};
use crate::leftovers::{self, PREFIX};
use crate::ports::Ports;
use crate::run::Invocation;
use crate::target;

/// On the image: that it is a simulated gateway's.
const SIMULATED: &str = "ignition-stack.simulated";
/// On the image: digest of the program in it.
const EXECUTABLE: &str = "ignition-stack.executable";

/// What the process knows of the image.
#[derive(Default)]
struct Shared {
    /// Worlds that are open.
    worlds: usize,
    /// Images that were there before the first of them, with their tags.
    before: BTreeMap<String, Vec<String>>,
    /// Digest of the program under test, when an image was built of it.
    executable: Option<String>,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared { worlds: 0, before: BTreeMap::new(), executable: None });

fn shared() -> MutexGuard<'static, Shared> {
    // A scenario that panicked while it built the image leaves nothing half written.
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Held by a world as long as it may need the image.
#[derive(Debug)]
pub struct Held(());

/// Makes sure that the image is there and stays.
pub fn hold(engine: &Engine) -> Held {
    let mut shared = shared();
    if shared.worlds == 0 {
        leftovers::sweep(engine);
        if target::real_image().is_none() {
            shared.before = images(engine);
            shared.executable = build(engine);
        }
    }
    shared.worlds += 1;
    Held(())
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut shared = shared();
        shared.worlds -= 1;
        if shared.worlds > 0 {
            return;
        }
        let (before, executable) = (std::mem::take(&mut shared.before), shared.executable.take());
        if let (Some(executable), Some(engine)) = (executable, Engine::connect()) {
            restore(&engine, &before, &executable);
        }
    }
}

/// Lets the program build its image, through a stack that is started and not waited for. Returns the program's digest.
fn build(engine: &Engine) -> Option<String> {
    let (directory, ports) = (tempfile::tempdir().expect("a temporary directory can be made"), Ports::claim());
    let name = format!("{PREFIX}image-{}", std::process::id());
    let base = ports.base().to_string();
    let words = ["up", &name, "--arch", "basic", "--database", "none", "--no-wait", "--base-port", &base];
    let words: Vec<String> = words.map(str::to_owned).into_iter().chain(target::words()).collect();
    let ran = Invocation::new(directory.path(), &words).run();
    let image = engine.containers(&format!("{STACK}={name}")).into_iter().find_map(|c| c.image_id);
    leftovers::remove(engine, |found| found == name);
    let ran = ran.expect(0);
    let image = image.unwrap_or_else(|| panic!("up made no container\n{}", ran.stderr));
    let labels = engine.wait(engine.docker.inspect_image(&image)).ok()?.config?.labels?;
    labels.get(EXECUTABLE).cloned()
}

/// The image that is held: one with a name. What is being built just now, by another scenario, has the label before it is whole.
pub fn simulated(engine: &Engine) -> Option<String> {
    let executable = shared().executable.clone()?;
    let mut found = labelled(engine, &format!("{EXECUTABLE}={executable}")).into_iter();
    found.find(|(_, tags)| tags.iter().any(|tag| !tag.starts_with("<none>"))).map(|(id, _)| id)
}

/// Every simulated gateway's image with its tags.
fn images(engine: &Engine) -> BTreeMap<String, Vec<String>> {
    labelled(engine, &format!("{SIMULATED}=true"))
}

fn labelled(engine: &Engine, label: &str) -> BTreeMap<String, Vec<String>> {
    let filters = filter(label);
    let options = ListImagesOptionsBuilder::default().filters(&filters).build();
    let found = engine.wait(engine.docker.list_images(Some(options))).unwrap_or_default();
    found.into_iter().map(|image| (image.id, image.repo_tags)).collect()
}

/// Removes the images of the program under test that were not there before, and gives their tags back to those that had
/// them. One that another run still uses is refused by the engine and stays for that run to remove.
fn restore(engine: &Engine, before: &BTreeMap<String, Vec<String>>, executable: &str) {
    let ours = labelled(engine, &format!("{EXECUTABLE}={executable}"));
    for (id, tags) in ours.iter().filter(|(id, _)| !before.contains_key(*id)) {
        for (old, old_tags) in before {
            for tag in old_tags.iter().filter(|tag| tags.contains(tag)) {
                let (repository, version) = tag.rsplit_once(':').unwrap_or((tag, "latest"));
                let options = TagImageOptionsBuilder::default().repo(repository).tag(version).build();
                let _ = engine.wait(engine.docker.tag_image(old, Some(options)));
            }
        }
        let options = RemoveImageOptionsBuilder::default().build();
        let _ = engine.wait(engine.docker.remove_image(id, Some(options), None));
    }
}
