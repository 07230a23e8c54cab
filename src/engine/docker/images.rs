//! Images: pulled, or the simulated gateway's built on the engine.

use std::collections::BTreeMap;
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::body_full;
use bollard::query_parameters::{BuildImageOptionsBuilder, CreateImageOptionsBuilder, RemoveImageOptions};
use futures_util::StreamExt;

use super::{Docker, fault, login};
use crate::blueprint::labels;
use crate::engine::{EngineError, Progress, PullFault};

/// What the simulated gateway's image is built from.
#[derive(Clone, Debug)]
pub struct BuildInput {
    /// Build context: a tar with a `Dockerfile` at its root, which sets the labels [`labels::EXECUTABLE`] and
    /// [`labels::SIMULATED`].
    pub tar: Vec<u8>,
    /// SHA-256 of the executable in it, in hexadecimal: the label's value, by which the next run knows the image again.
    pub executable_sha256: String,
}

/// What became of the simulated gateway's image.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Built {
    /// Whether it was built.
    pub built: bool,
    /// The image that had the name before.
    pub superseded: Option<String>,
}

impl Docker {
    /// Makes sure that the simulated gateway's image is there and holds this very executable. One read when it does.
    pub async fn ensure_simulated(&self, image: &str, build: &BuildInput) -> Result<Built, EngineError> {
        if self.executable_in(image).await?.is_some_and(|found| found == build.executable_sha256) {
            return Ok(Built::default());
        }
        let before = self.image_id(image).await?;
        self.forget_owner(image);
        self.build(image, build.tar.clone(), |text| self.report(Progress::Build { text })).await?;
        let superseded = if self.image_id(image).await? == before { None } else { before };
        Ok(Built { built: true, superseded })
    }

    /// The digest of the executable in a simulated gateway's image, out of its label; nothing without image or label.
    pub async fn executable_in(&self, image: &str) -> Result<Option<String>, EngineError> {
        match self.client.inspect_image(image).await {
            Ok(found) => {
                let labels = found.config.and_then(|c| c.labels).unwrap_or_default();
                Ok(labels.get(labels::EXECUTABLE).cloned())
            }
            Err(e) if fault::is_absent(&e) => Ok(None),
            Err(e) => Err(self.fault(&format!("look at image {image}"), &e)),
        }
    }

    /// Builds an image from a tar with a `Dockerfile` at its root; tells each step.
    ///
    /// Looking for a cached layer, an engine goes through its other images, and fails when one of them is removed meanwhile by
    /// somebody else (seen with 20.10): then it is built once more without the cache.
    async fn build(&self, image: &str, tar: Vec<u8>, tell: impl Fn(String)) -> Result<(), EngineError> {
        match self.build_once(image, tar.clone(), true, &tell).await {
            Err(EngineError::Build { reason, .. }) if image_went_away(&reason) => {
                tracing::debug!(image, reason, "built again without the cache");
                self.build_once(image, tar, false, &tell).await
            }
            other => other,
        }
    }

    /// [`Docker::build`] once. Without the cache no other image of the engine matters.
    pub(super) async fn build_once(
        &self,
        image: &str,
        tar: Vec<u8>,
        cached: bool,
        tell: &impl Fn(String),
    ) -> Result<(), EngineError> {
        let options = BuildImageOptionsBuilder::default().t(image).rm(true).forcerm(true).nocache(!cached).build();
        let mut steps = self.client.build_image(options, None, Some(body_full(tar.into())));
        let failed = |reason: String| EngineError::Build { image: image.to_owned(), reason };
        while let Some(step) = steps.next().await {
            let step = step.map_err(|e| match self.fault("build the image", &e) {
                EngineError::Refused { reason, .. } => failed(reason),
                other => other,
            })?;
            if let Some(detail) = step.error_detail {
                return Err(failed(detail.message.unwrap_or_else(|| "the engine gives no reason".to_owned())));
            }
            let text = step.stream.or(step.status).map(|t| t.trim().to_owned());
            if let Some(text) = text.filter(|t| t.starts_with("Step ")) {
                tell(format!("build image {image}: {text}"));
            }
        }
        Ok(())
    }

    async fn image_id(&self, image: &str) -> Result<Option<String>, EngineError> {
        match self.client.inspect_image(image).await {
            Ok(found) => Ok(found.id),
            Err(e) if fault::is_absent(&e) => Ok(None),
            Err(e) => Err(self.fault(&format!("look at image {image}"), &e)),
        }
    }

    /// Removes an image that lost its name and that nobody could find again. One that a container still uses stays: the
    /// engine refuses, and that is as it should be.
    pub async fn remove_superseded(&self, id: &str) {
        if let Err(error) = self.client.remove_image(id, None::<RemoveImageOptions>, None).await {
            tracing::debug!(image = id, %error, "the superseded image stays");
        }
    }

    /// Pulls an image, also when it is there, and again when what failed may pass. A reference without tag or digest means `latest`.
    pub async fn pull(&self, image: &str) -> Result<(), EngineError> {
        self.forget_owner(image);
        let registry = login::registry(image);
        // As with Docker's own command line, an image that needs no login is had also where one cannot be read.
        let (login, no_login) = match login::login(self.config.as_deref(), registry).await {
            Ok(login) => (login, None),
            Err(why) => (None, Some(why.to_string())),
        };
        if let Some(why) = &no_login {
            self.report(Progress::NoLogin { image: image.to_owned(), reason: why.clone() });
        }
        let in_words = |error| in_words(error, no_login.as_deref());
        for seconds in PULL_AGAIN_AFTER_S {
            match self.pull_once(image, login.clone()).await {
                Err(EngineError::ImageMissing { reason, .. }) if PullFault::of(&reason).may_pass() => {
                    self.report(Progress::PullAgain { image: image.to_owned(), reason, seconds });
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                other => return other.map_err(in_words),
            }
        }
        self.pull_once(image, login).await.map_err(in_words)
    }

    async fn pull_once(&self, image: &str, login: Option<DockerCredentials>) -> Result<(), EngineError> {
        let (repository, tag) = split_reference(image);
        let options = CreateImageOptionsBuilder::default().from_image(repository).tag(tag).build();
        let mut parts = self.client.create_image(Some(options), None, login);
        let missing = |reason: String| EngineError::ImageMissing { image: image.to_owned(), reason };
        let mut layers = Layers::default();
        let mut digest = None;
        self.report(Progress::Pull { image: image.to_owned(), current: 0, total: None });
        while let Some(part) = parts.next().await {
            let part = part.map_err(|e| match self.fault(&format!("pull image {image}"), &e) {
                EngineError::Refused { reason, .. } => missing(reason),
                other => other,
            })?;
            if let Some(detail) = part.error_detail {
                return Err(missing(detail.message.unwrap_or_else(|| "the engine gives no reason".to_owned())));
            }
            let status = part.status.unwrap_or_default();
            if let Some(found) = status.strip_prefix("Digest: ") {
                digest = Some(found.to_owned());
            }
            let progress = part.progress_detail.unwrap_or_default();
            if let Some(layer) = part.id.filter(|_| status == "Downloading") {
                layers.note(layer, progress.current, progress.total);
                let (current, total) = layers.sum();
                self.report(Progress::Pull { image: image.to_owned(), current, total });
            }
        }
        let (current, total) = layers.sum();
        self.report(Progress::Pulled { image: image.to_owned(), bytes: total.unwrap_or(current), digest });
        Ok(())
    }
}

/// Pauses before further attempts, in seconds.
const PULL_AGAIN_AFTER_S: [u64; 2] = [1, 3];

/// With plain words before the engine's own; `no_login`: why a login that there may be was not shown.
fn in_words(error: EngineError, no_login: Option<&str>) -> EngineError {
    match error {
        EngineError::ImageMissing { image, reason } => {
            let reason = match PullFault::of(&reason).words() {
                Some(words) => format!("{words} ({reason})"),
                None => reason,
            };
            let reason = match no_login {
                Some(why) => format!("{reason}; {why}"),
                None => reason,
            };
            EngineError::ImageMissing { image, reason }
        }
        other => other,
    }
}

/// Bytes of an image's layers, summed up over the layers heard of so far.
#[derive(Default, Debug)]
struct Layers(BTreeMap<String, (u64, Option<u64>)>);

impl Layers {
    fn note(&mut self, layer: String, current: Option<i64>, total: Option<i64>) {
        let bytes = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
        self.0.insert(layer, (bytes(current).unwrap_or(0), bytes(total).filter(|t| *t > 0)));
    }

    fn sum(&self) -> (u64, Option<u64>) {
        let current = self.0.values().fold(0, |sum: u64, (now, _)| sum.saturating_add(*now));
        let total = self.0.values().try_fold(0u64, |sum, (_, all)| all.map(|all| sum.saturating_add(all)));
        (current, total)
    }
}

/// Whether a build failed because an image that it looked at, or built upon, is not there any more.
fn image_went_away(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["failed to get digest", "no such image", "image does not exist"].iter().any(|words| reason.contains(words))
}

/// Repository and tag, or repository and digest. Without a tag the engine would pull every one.
fn split_reference(image: &str) -> (&str, &str) {
    if let Some((repository, digest)) = image.split_once('@') {
        return (repository, digest);
    }
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_always_has_a_tag() {
        assert_eq!(split_reference("postgres"), ("postgres", "latest"));
        assert_eq!(split_reference("a/b:1.2"), ("a/b", "1.2"));
        assert_eq!(split_reference("localhost:5000/b"), ("localhost:5000/b", "latest"));
        assert_eq!(split_reference("localhost:5000/b:2"), ("localhost:5000/b", "2"));
        assert_eq!(split_reference("a/b@sha256:00"), ("a/b", "sha256:00"));
    }

    #[test]
    fn layers_are_summed_and_an_unknown_one_leaves_the_total_open() {
        let mut layers = Layers::default();
        layers.note("a".to_owned(), Some(10), Some(100));
        layers.note("a".to_owned(), Some(20), Some(100));
        layers.note("b".to_owned(), Some(-1), Some(50));
        assert_eq!(layers.sum(), (20, Some(150)));
        layers.note("c".to_owned(), None, None);
        assert_eq!(layers.sum(), (20, None));
    }
}
