//! The simulated gateway's image, built from this very program.

use crate::catalog::image;
use crate::commands::Context;
use crate::engine::docker::{BuildInput, Docker};
use crate::error::{Class, Failure};
use crate::report::Event;
use crate::simulator;

/// SHA-256 of this program, by which an image that holds it is known.
pub(super) fn executable() -> Result<String, Failure> {
    simulator::image::executable_sha256().map_err(|e| unbuildable(&e))
}

fn unbuildable(error: &simulator::image::ImageError) -> Failure {
    Failure::new(Class::Engine, error.to_string())
        .advise("run ignition-stack on Linux, or use real gateways: leave --simulate out")
}

/// Makes sure of the simulated gateway's image; returns the one that it takes the place of.
pub(super) async fn build(docker: &Docker, reference: &str, context: &Context) -> Result<Option<String>, Failure> {
    if docker.executable_in(reference).await? == Some(executable()?) {
        return Ok(None);
    }
    context.event(Event::Working(format!("build image {reference} from this program")));
    let version = image::version_of(reference).unwrap_or(image::DEFAULT_VERSION);
    let built = simulator::image::build_context(version).map_err(|e| unbuildable(&e))?;
    let input = BuildInput { tar: built.tar, executable_sha256: built.executable_sha256 };
    Ok(docker.ensure_simulated(reference, &input).await?.superseded)
}
