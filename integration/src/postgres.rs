//! An image with a real PostgreSQL for machines without a registry: a Debian tree made once by debootstrap, and an entrypoint
//! that takes the official image's variables.

use std::path::{Path, PathBuf};
use std::process::Command;

use bollard::body_full;
use bollard::query_parameters::{CreateImageOptionsBuilder, RemoveImageOptionsBuilder};
use futures_util::StreamExt as _;

use crate::engine::Engine;
use crate::program::workspace;

const ENTRYPOINT: &str = include_str!("../images/postgres/entrypoint.sh");
/// Where it stands in the image.
const ENTRYPOINT_PATH: &str = "usr/local/bin/entrypoint.sh";
/// What else the image says of itself.
const CONFIG: [&str; 4] = [
    "ENTRYPOINT [\"/usr/local/bin/entrypoint.sh\"]",
    "ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "VOLUME /var/lib/postgresql",
    "EXPOSE 5432",
];
/// The end of a tar.
const TRAILER: usize = 1024;
/// Debian's suite and mirror.
const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
/// What this server does not need (it compiles no queries), to keep the image small.
const SUPERFLUOUS: [&str; 9] = [
    "./var/cache/*",
    "./var/lib/apt/lists/*",
    "./var/lib/postgresql/*",
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
    "./usr/share/perl/*",
    "./usr/lib/*/libLLVM*",
    "./usr/lib/*/libz3*",
];

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
        let (repository, tag) = ("ist-postgres", std::process::id().to_string());
        let options = CreateImageOptionsBuilder::default()
            .from_src("-")
            .repo(repository)
            .tag(&tag)
            .changes(CONFIG.map(str::to_owned).to_vec())
            .build();
        let files = files(&tree).map_err(|e| format!("{}: {e}", tree.display()))?;
        let steps = engine.docker.create_image(Some(options), Some(body_full(files.into())), None);
        for step in engine.wait(steps.collect::<Vec<_>>()) {
            if let Some(error) = step.map_err(|e| e.to_string())?.error_detail {
                return Err(error.message.unwrap_or_default());
            }
        }
        let image = format!("{repository}:{tag}");
        Ok(Self { engine, image })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = self.engine.wait(self.engine.docker.remove_image(&self.image, Some(options), None));
    }
}

/// The entrypoint and the tree in one tar.
fn files(tree: &Path) -> std::io::Result<Vec<u8>> {
    let mut own = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(ENTRYPOINT.len() as u64);
    header.set_mode(0o755);
    own.append_data(&mut header, ENTRYPOINT_PATH, ENTRYPOINT.as_bytes())?;
    let mut files = own.into_inner()?;
    files.truncate(files.len().saturating_sub(TRAILER));
    files.extend(std::fs::read(tree)?);
    Ok(files)
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
    let excluded = SUPERFLUOUS.map(|path| format!("--exclude={path}"));
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
