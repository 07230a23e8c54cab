//! An image with a real PostgreSQL for machines without a registry: a Debian tree made once by debootstrap, and an entrypoint
//! that takes the official image's variables.

use std::path::{Path, PathBuf};
use std::process::Command;

use bollard::body_full;
use bollard::query_parameters::{BuildImageOptionsBuilder, RemoveImageOptionsBuilder};
use futures_util::StreamExt as _;

use crate::engine::Engine;
use crate::program::workspace;

const DOCKERFILE: &str = include_str!("../images/postgres/Dockerfile");
const ENTRYPOINT: &str = include_str!("../images/postgres/entrypoint.sh");
/// Debian's suite and mirror.
const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
/// What no server needs, to keep the image small.
const SUPERFLUOUS: [&str; 5] =
    ["./var/cache/apt", "./var/lib/apt/lists", "./usr/share/doc", "./usr/share/man", "./usr/share/locale"];

/// The image, removed from the engine when it is dropped, which must be after the containers are gone. The tree stays below `target`.
#[derive(Debug)]
pub struct Postgres {
    engine: Engine,
    /// Its reference.
    pub image: String,
}

impl Postgres {
    /// Builds the image; says why it cannot where debootstrap is missing or has no right to work.
    pub fn build() -> Result<Self, String> {
        let engine = Engine::connect().ok_or("no Docker engine")?;
        let tree = tree()?;
        let image = format!("ist-postgres:{}", std::process::id());
        let options = BuildImageOptionsBuilder::default().t(&image).rm(true).forcerm(true).build();
        let context = context(&tree).map_err(|e| format!("{}: {e}", tree.display()))?;
        let steps = engine.docker.build_image(options, None, Some(body_full(context.into())));
        for step in engine.wait(steps.collect::<Vec<_>>()) {
            if let Some(error) = step.map_err(|e| e.to_string())?.error_detail {
                return Err(error.message.unwrap_or_default());
            }
        }
        Ok(Self { engine, image })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = self.engine.wait(self.engine.docker.remove_image(&self.image, Some(options), None));
    }
}

/// A Dockerfile, the entrypoint and the tree, which the engine unpacks.
fn context(tree: &Path) -> std::io::Result<Vec<u8>> {
    let mut context = tar::Builder::new(Vec::new());
    for (name, content, mode) in [("Dockerfile", DOCKERFILE, 0o644), ("entrypoint.sh", ENTRYPOINT, 0o755)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        context.append_data(&mut header, name, content.as_bytes())?;
    }
    context.append_path_with_name(tree, "rootfs.tar")?;
    context.into_inner()
}

/// The tree as a tar, from an earlier run or made now.
fn tree() -> Result<PathBuf, String> {
    let cache = workspace().join("target/test-images");
    let tar = cache.join(format!("postgres-{SUITE}.tar"));
    if tar.is_file() {
        return Ok(tar);
    }
    std::fs::create_dir_all(&cache).map_err(|e| e.to_string())?;
    // Made under another name first, so that a run that is killed leaves no half tree to be trusted.
    let work = tempfile::tempdir_in(&cache).map_err(|e| e.to_string())?;
    let root = work.path().join("root");
    let root = root.to_string_lossy();
    run("debootstrap", &["--variant=minbase", "--include=postgresql", SUITE, &root, MIRROR])?;
    let half = work.path().join("tar");
    let half_path = half.to_string_lossy();
    let excluded = SUPERFLUOUS.map(|path| format!("--exclude={path}/*"));
    let mut words: Vec<&str> = vec!["--create", "--numeric-owner", "--one-file-system"];
    words.extend(excluded.iter().map(String::as_str));
    words.extend(["--file", &half_path, "--directory", &root, "."]);
    run("tar", &words)?;
    std::fs::rename(&half, &tar).map_err(|e| e.to_string())?;
    Ok(tar)
}

fn run(program: &str, words: &[&str]) -> Result<(), String> {
    let ran = Command::new(program).args(words).output().map_err(|e| format!("{program}: {e}"))?;
    let said = || String::from_utf8_lossy(if ran.stderr.is_empty() { &ran.stdout } else { &ran.stderr }).into_owned();
    if ran.status.success() { Ok(()) } else { Err(format!("{program}: {}", said().trim())) }
}
