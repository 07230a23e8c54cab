//! The simulated gateway's image, built from this very program.

use super::target::Target;
use crate::catalog::image;
use crate::commands::Context;
use crate::engine::docker::{BuildInput, Docker, Observed, SeenImage};
use crate::error::{Class, Failure};
use crate::report::Event;
use crate::simulator;

fn unbuildable(error: &simulator::image::ImageError) -> Failure {
    Failure::new(Class::Engine, error.to_string())
        .advise("run ignition-stack on Linux, or use real gateways: leave --simulate out")
}

/// Begins to read this program, for [`cause`]: twenty megabytes and more, while the engine is asked.
pub(super) fn read_ahead(target: &Target) {
    if target.stack.simulated() {
        // What is wrong with it is told to who needs it.
        tokio::task::spawn_blocking(simulator::image::executable_sha256);
    }
}

/// Why the image has to be built; nothing when the one that is there holds this program, and for real gateways.
pub(super) fn cause(target: &Target, observed: &Observed) -> Result<Option<&'static str>, Failure> {
    if !target.stack.simulated() {
        return Ok(None);
    }
    let Some(seen) = observed.images.get(&target.stack.image) else { return Ok(Some("missing")) };
    let own = simulator::image::executable_sha256().map_err(|e| unbuildable(&e))?;
    Ok((seen.executable.as_ref() != Some(&own)).then_some("executable changed"))
}

/// The engine as it will be once the image is built; nothing when it is not going to be.
pub(super) fn once_built(target: &Target, observed: &Observed) -> Result<Option<Observed>, Failure> {
    if cause(target, observed)?.is_none() {
        return Ok(None);
    }
    let executable = simulator::image::executable_sha256().map_err(|e| unbuildable(&e))?;
    let mut built = observed.clone();
    let image = built.images.entry(target.stack.image.clone()).or_default();
    // Its identity is the engine's to give: none that is there.
    *image = SeenImage { id: String::new(), executable: Some(executable), ..std::mem::take(image) };
    Ok(Some(built))
}

/// Makes sure of the simulated gateway's image; returns the one that it takes the place of.
pub(super) async fn build(docker: &Docker, reference: &str, context: &Context) -> Result<Option<String>, Failure> {
    context.event(Event::Working(format!("build image {reference} from this program")));
    let version = image::version_of(reference).unwrap_or(image::DEFAULT_VERSION);
    let built = simulator::image::build_context(version).map_err(|e| unbuildable(&e))?;
    let input = BuildInput { tar: built.tar, executable_sha256: built.executable_sha256 };
    Ok(docker.ensure_simulated(reference, &input).await?.superseded)
}
