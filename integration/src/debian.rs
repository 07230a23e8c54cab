//! Images on a Debian tree, for machines without a registry: the tree is made once by debootstrap and kept below `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use bollard::body_full;
use bollard::query_parameters::{CreateImageOptionsBuilder, RemoveImageOptionsBuilder};
use futures_util::StreamExt as _;
use tar::{Builder, EntryType, Header};

use crate::engine::Engine;
use crate::leftovers::WORLD;
use crate::program::workspace;

/// Debian's suite.
const SUITE: &str = "bookworm";
/// The end of a tar.
const TRAILER: usize = 1024;
/// What no server of ours needs, to keep the images small.
const SUPERFLUOUS: [&str; 6] = [
    "./var/cache/*",
    "./var/lib/apt/lists/*",
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
    "./usr/share/perl/*",
];

/// What an image is made of beside Debian.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// Name of the image's repository and of the tree.
    pub name: &'a str,
    /// Packages beyond the smallest Debian.
    pub packages: &'a str,
    /// Further paths that are left out.
    pub without: &'a [&'a str],
    /// What the image says of itself: instructions as a Dockerfile has them.
    pub config: Vec<String>,
}

/// An image, removed from the engine when it is dropped, which must be after the containers are gone. The tree stays.
#[derive(Debug)]
pub struct Image {
    engine: Engine,
    /// Its reference.
    pub reference: String,
}

impl Image {
    /// Makes the image; says why it cannot where debootstrap is missing or has no right to work.
    pub fn make(recipe: &Recipe<'_>, tag: &str, own: Files) -> Result<Self, String> {
        let engine = Engine::connect().ok_or("no Docker engine")?;
        let tree = tree(recipe)?;
        let mut files = own.tar.into_inner().map_err(|e| e.to_string())?;
        files.truncate(files.len().saturating_sub(TRAILER));
        files.extend(std::fs::read(&tree).map_err(|e| format!("{}: {e}", tree.display()))?);
        // By which .ci/run finds one that was left behind.
        let label = format!("LABEL {WORLD}=images");
        let config: Vec<_> = recipe.config.iter().cloned().chain([label]).collect();
        let options =
            CreateImageOptionsBuilder::default().from_src("-").repo(recipe.name).tag(tag).changes(config).build();
        let steps = engine.docker.create_image(Some(options), Some(body_full(files.into())), None);
        for step in engine.wait(steps.collect::<Vec<_>>()) {
            if let Some(error) = step.map_err(|e| e.to_string())?.error_detail {
                return Err(error.message.unwrap_or_default());
            }
        }
        Ok(Self { engine, reference: format!("{}:{tag}", recipe.name) })
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = self.engine.wait(self.engine.docker.remove_image(&self.reference, Some(options), None));
    }
}

/// Files of our own in an image. They must not be in the tree, too.
#[allow(missing_debug_implementations, reason = "a tar builder has none")]
pub struct Files {
    tar: Builder<Vec<u8>>,
}

impl Default for Files {
    fn default() -> Self {
        Self::new()
    }
}

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self { tar: Builder::new(Vec::new()) }
    }

    /// A directory with its owner and group.
    pub fn directory(&mut self, path: &str, mode: u32, owner: (u64, u64)) {
        self.add(&format!("{path}/"), EntryType::Directory, mode, owner, b"");
    }

    /// A file with its owner and group.
    pub fn file(&mut self, path: &str, mode: u32, owner: (u64, u64), content: &[u8]) {
        self.add(path, EntryType::Regular, mode, owner, content);
    }

    fn add(&mut self, path: &str, kind: EntryType, mode: u32, owner: (u64, u64), content: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner.0);
        header.set_gid(owner.1);
        header.set_size(content.len() as u64);
        self.tar.append_data(&mut header, path, content).expect("a tar in memory can be written");
    }
}

/// The tree as a tar, from an earlier run or made now.
fn tree(recipe: &Recipe<'_>) -> Result<PathBuf, String> {
    let cache = workspace().join("target/test-images");
    let tar = cache.join(format!("{}-{SUITE}.tar", recipe.name));
    if tar.is_file() {
        return Ok(tar);
    }
    std::fs::create_dir_all(&cache).map_err(|e| e.to_string())?;
    // Made under another name first, so that a run that is killed leaves no half tree to be trusted.
    let work = tempfile::tempdir_in(&cache).map_err(|e| e.to_string())?;
    let root = work.path().join("root");
    let root = root.to_string_lossy();
    let include = format!("--include={}", recipe.packages);
    let mirror = mirror(Path::new("/etc/apt"));
    let mut words = vec!["--variant=minbase"];
    words.extend((!recipe.packages.is_empty()).then_some(include.as_str()));
    words.extend([SUITE, &root]);
    // Without one debootstrap takes Debian's own.
    words.extend(mirror.as_deref());
    run("debootstrap", &words)?;
    let half = work.path().join("tar");
    let half_path = half.to_string_lossy();
    let excluded: Vec<_> = SUPERFLUOUS.iter().chain(recipe.without).map(|path| format!("--exclude={path}")).collect();
    let mut words: Vec<&str> = vec!["--create", "--numeric-owner", "--one-file-system"];
    words.extend(excluded.iter().map(String::as_str));
    words.extend(["--file", &half_path, "--directory", &root, "."]);
    run("tar", &words)?;
    std::fs::rename(&half, &tar).map_err(|e| e.to_string())?;
    Ok(tar)
}

/// The mirror of Debian's archive that this machine itself uses.
fn mirror(apt: &Path) -> Option<String> {
    let lists = std::fs::read_dir(apt.join("sources.list.d")).ok().into_iter().flatten().flatten().map(|f| f.path());
    let files = std::iter::once(apt.join("sources.list")).chain(lists);
    files.filter_map(|path| std::fs::read_to_string(path).ok()).find_map(|text| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words = lines.flat_map(str::split_whitespace).map(|word| word.trim_end_matches('/'));
        let mut found = words.filter(|word| word.starts_with("http") && word.ends_with("/debian"));
        found.next().map(str::to_owned)
    })
}

fn run(program: &str, words: &[&str]) -> Result<(), String> {
    let ran = Command::new(program).args(words).output().map_err(|e| format!("{program}: {e}"))?;
    let said = || String::from_utf8_lossy(if ran.stderr.is_empty() { &ran.stdout } else { &ran.stderr }).into_owned();
    if ran.status.success() { Ok(()) } else { Err(format!("{program}: {}", said().trim())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_read_from_either_form_of_apts_lists() {
        let apt = tempfile::tempdir().unwrap();
        assert_eq!(mirror(apt.path()), None);
        std::fs::create_dir(apt.path().join("sources.list.d")).unwrap();
        let sources = "Types: deb\n# http://old.test/debian\nURIs: http://mirror.test/debian/\nSuites: stable\n";
        std::fs::write(apt.path().join("sources.list.d/debian.sources"), sources).unwrap();
        assert_eq!(mirror(apt.path()).as_deref(), Some("http://mirror.test/debian"));
        let list = "deb https://other.test/debian-security s main\ndeb [trusted=yes] https://near.test/debian s main\n";
        std::fs::write(apt.path().join("sources.list"), list).unwrap();
        assert_eq!(mirror(apt.path()).as_deref(), Some("https://near.test/debian"));
    }
}
