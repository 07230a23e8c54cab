//! A project that is there and the files it shall have: what to write, what to remove, and what a person edited and keeps.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::secrets::SECRETS_DIR;
use super::write::{DIR, PRIVATE_FILE, make_directory, sync_directory, write_durable_file};
use super::{ProjectError, load, target, text_file};
use crate::blueprint::SecretName;
use crate::engine::Secrets;
use crate::render::{GENERATED_PATH, Generated, RECORD_PATH, Tree, dotenv};
use crate::stack::Name;

/// Larger files were not generated.
const MAX_GENERATED: u64 = 16 * 1024 * 1024;
/// What compose reads; its lines are secrets.
const ENV: &str = ".env";

/// What has to happen to a project's files. Paths are relative to the project and sorted.
#[derive(Debug)]
pub struct Update {
    /// Files that were not there.
    pub added: Vec<String>,
    /// Files whose content changes.
    pub written: Vec<String>,
    /// Files that are no longer generated.
    pub removed: Vec<String>,
    /// Files that would change, but that a person edited: they stay as they are.
    pub kept: Vec<String>,
    /// Secrets that are needed for the first time.
    pub fresh: Vec<SecretName>,
    list: Generated,
    writes_env: bool,
}

impl Update {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.written.is_empty() && self.removed.is_empty() && self.fresh.is_empty()
    }
}

/// What stands at a path of the project.
enum There {
    Nothing,
    File(Vec<u8>),
    /// A directory, a link, something behind a link, a file too large to be ours.
    Other,
}

/// Compares a project with the files and secrets that it shall have. With `record` the record is one of them. With `overwrite`
/// files that a person edited are written anew.
///
/// A file counts as generated when its content is in the list of those that were ([`Generated`]). Without such a list (an older
/// version made the project) every file that differs counts as edited.
pub fn plan_update(
    project: &Path,
    name: &Name,
    tree: &Tree,
    names: &BTreeSet<SecretName>,
    record: bool,
    overwrite: bool,
) -> Result<Update, ProjectError> {
    let list = list_of(project);
    let mut update = Update {
        added: Vec::new(),
        written: Vec::new(),
        removed: Vec::new(),
        kept: Vec::new(),
        fresh: Vec::new(),
        list: list.clone().unwrap_or_default(),
        writes_env: true,
    };
    for (path, file) in &tree.files {
        if path == GENERATED_PATH || path == RECORD_PATH && !record {
            continue;
        }
        let ours = |bytes: &[u8]| path == RECORD_PATH || update.list.knows(path, bytes);
        let into = match look(project, path)? {
            There::File(bytes) if bytes == file.bytes => continue,
            There::Nothing => &mut update.added,
            There::File(bytes) if overwrite || ours(&bytes) => &mut update.written,
            There::File(_) | There::Other => &mut update.kept,
        };
        into.push(path.clone());
    }
    for path in update.list.paths().filter(|path| !tree.files.contains_key(*path)) {
        match look(project, path)? {
            There::Nothing => {}
            There::File(bytes) if update.list.knows(path, &bytes) => update.removed.push(path.to_owned()),
            There::File(_) | There::Other => update.kept.push(path.to_owned()),
        }
    }
    // Without a list nobody knows which secrets there were: one that is missing was lost, then.
    let is_new = |name: &&SecretName| {
        list.as_ref().is_some_and(|list| !list.has_secret(name)) && !project.join(SECRETS_DIR).join(&name.0).exists()
    };
    update.fresh = names.iter().filter(is_new).cloned().collect();
    let env = env(project, name, &update.list, names)?;
    update.writes_env = env.generated || overwrite;
    if !update.writes_env && (env.lacks || !update.fresh.is_empty()) {
        update.kept.push(ENV.to_owned());
    }
    update.kept.sort();
    Ok(update)
}

/// What is known of a project's `.env`.
struct Env {
    /// Each of its lines was generated, or it is not there.
    generated: bool,
    /// A secret that the project has is not in it.
    lacks: bool,
}

fn env(project: &Path, name: &Name, list: &Generated, names: &BTreeSet<SecretName>) -> Result<Env, ProjectError> {
    let Ok(there) = text_file::read(&project.join(ENV), MAX_GENERATED) else {
        return Ok(Env { generated: true, lacks: true });
    };
    let there: BTreeSet<&str> = there.lines().collect();
    let lines = |secrets: &mut dyn Iterator<Item = SecretName>| {
        let found = secrets.filter_map(|name| Some((name.clone(), load(project, [&name]).ok()?.remove(&name)?)));
        dotenv(name, &found.collect())
    };
    let known = lines(&mut list.secrets().chain(names.iter().cloned()))?;
    let known: BTreeSet<&str> = known.lines().collect();
    let wanted = lines(&mut names.iter().cloned())?;
    Ok(Env { generated: there.is_subset(&known), lacks: !wanted.lines().all(|line| there.contains(line)) })
}

impl Update {
    /// Does it, each file at once or not at all, and the record last; returns the secrets, fresh ones included. `fresh` gives
    /// their values.
    ///
    /// Killed in between, the next update goes on: until the end the list knows the old and the new content of every file.
    pub fn apply(
        self,
        project: &Path,
        name: &Name,
        tree: &Tree,
        names: &BTreeSet<SecretName>,
        fresh: &Secrets,
    ) -> Result<Secrets, ProjectError> {
        let after = Generated::of(tree, names);
        let write = |path: &str, bytes: &[u8], mode: u32| replace(project, path, bytes, mode);
        if !self.is_empty() {
            write(GENERATED_PATH, self.list.turning_into(&after).to_text().as_bytes(), 0o644)?;
        }
        for (secret, value) in fresh {
            let path = project.join(SECRETS_DIR).join(&secret.0);
            write_durable_file(&path, format!("{value}\n").as_bytes(), PRIVATE_FILE)?;
        }
        let secrets = load(project, names)?;
        for path in self.added.iter().chain(&self.written).filter(|path| *path != RECORD_PATH) {
            let file = &tree.files[path];
            write(path, &file.bytes, file.mode)?;
        }
        for path in &self.removed {
            remove(project, path)?;
        }
        let env = dotenv(name, &secrets)?;
        let same = text_file::read(&project.join(ENV), MAX_GENERATED).is_ok_and(|there| there == env);
        if self.writes_env && !same {
            write(ENV, env.as_bytes(), PRIVATE_FILE)?;
        }
        if self.added.iter().chain(&self.written).any(|path| path == RECORD_PATH) {
            let file = &tree.files[RECORD_PATH];
            write(RECORD_PATH, &file.bytes, file.mode)?;
        }
        if !self.is_empty() {
            let list = after.keeping(&self.list, self.kept.iter().map(String::as_str));
            write(GENERATED_PATH, list.to_text().as_bytes(), 0o644)?;
        }
        Ok(secrets)
    }
}

fn list_of(project: &Path) -> Option<Generated> {
    Generated::parse(&text_file::read(&project.join(GENERATED_PATH), MAX_GENERATED).ok()?)
}

/// Looks without following a link: what is behind one is not the project's.
fn look(project: &Path, path: &str) -> Result<There, ProjectError> {
    let parts = target::parts(path)?;
    let mut at = project.to_owned();
    for (depth, part) in parts.iter().enumerate() {
        at.push(part);
        let found = match fs_err::symlink_metadata(&at) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(There::Nothing),
            Err(error) => return Err(ProjectError::io(format!("looking at {}", at.display()))(error)),
        };
        let last = depth + 1 == parts.len();
        if last && found.is_file() && found.len() <= MAX_GENERATED {
            let bytes = fs_err::read(&at).map_err(ProjectError::io(format!("reading {}", at.display())))?;
            return Ok(There::File(bytes));
        }
        if last || !found.is_dir() {
            return Ok(There::Other);
        }
    }
    Ok(There::Other)
}

/// Writes a file beside its place and moves it there: a reader sees the old content or the new one.
fn replace(project: &Path, path: &str, bytes: &[u8], mode: u32) -> Result<(), ProjectError> {
    let place = project.join(path);
    let failed = || ProjectError::io(format!("writing {}", place.display()));
    let directory = parent_of(project, path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ignition-stack-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    let mut temporary = builder.tempfile_in(&directory).map_err(failed())?;
    temporary.write_all(bytes).map_err(failed())?;
    temporary.as_file().sync_all().map_err(failed())?;
    temporary.persist(&place).map_err(|error| failed()(error.error))?;
    sync_directory(&directory)
}

/// The directory of a file, made where it is missing.
fn parent_of(project: &Path, path: &str) -> Result<PathBuf, ProjectError> {
    let parts = target::parts(path)?;
    let mut at = project.to_owned();
    for part in &parts[..parts.len() - 1] {
        at.push(part);
        if fs_err::symlink_metadata(&at).is_err() {
            make_directory(&at, DIR)?;
        }
    }
    Ok(at)
}

/// Removes a file, and the directories that are empty without it.
fn remove(project: &Path, path: &str) -> Result<(), ProjectError> {
    let place = project.join(path);
    fs_err::remove_file(&place).map_err(ProjectError::io(format!("removing {}", place.display())))?;
    let above = place.ancestors().skip(1).take_while(|directory| *directory != project);
    for directory in above {
        // One with something else in it stays, and so do those above it.
        if std::fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
#[path = "update_tests.rs"]
mod tests;
