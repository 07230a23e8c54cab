//! The secrets of a project: made once, kept as files below `secrets/`. Their values are never shown: no error, no
//! message and no `Debug` output of this room has one. Key files are in `keys`.

use std::path::Path;

use super::{ProjectError, text_file};
use crate::blueprint::SecretName;
use crate::engine::Secrets;
use crate::render::{RenderError, is_secret_name};

/// Directory of the secrets in a project, mode 0700.
pub const SECRETS_DIR: &str = "secrets";

/// Characters of a generated secret: letters and digits that no reader takes for one another (no I, O, l, 0, 1).
const ALPHABET: &[u8; 57] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// Length of a generated secret, in characters: 140 bits.
const LENGTH: usize = 24;

/// The longest secret that is read from a file, in bytes.
const MAX_SECRET: u64 = 4096;
/// The same for any file beside them, as keystores are.
const MAX_FILE: u64 = 1 << 20;

/// A fresh value for each name.
pub fn generate<'a>(names: impl IntoIterator<Item = &'a SecretName>) -> Result<Secrets, ProjectError> {
    names.into_iter().map(|name| Ok((name.clone(), value()?))).collect()
}

fn value() -> Result<String, ProjectError> {
    let mut value = String::with_capacity(LENGTH);
    while value.len() < LENGTH {
        let bytes = random::<{ 2 * LENGTH }>()?;
        value.extend(bytes.iter().copied().filter_map(character).take(LENGTH - value.len()));
    }
    Ok(value)
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> Result<[u8; N], ProjectError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ProjectError::NoRandomness { reason: error.to_string() })?;
    Ok(bytes)
}

/// The character that a random byte stands for. Bytes beyond the last whole alphabet are dropped: they would make the
/// first characters likelier.
fn character(byte: u8) -> Option<char> {
    const WHOLE: usize = 256 / ALPHABET.len() * ALPHABET.len();
    let index = usize::from(byte);
    (index < WHOLE).then(|| char::from(ALPHABET[index % ALPHABET.len()]))
}

/// Reads secrets of the project in `project`. One line end at the end of a file is not part of the value.
pub fn load<'a>(project: &Path, names: impl IntoIterator<Item = &'a SecretName>) -> Result<Secrets, ProjectError> {
    names.into_iter().map(|name| Ok((name.clone(), load_one(project, name)?))).collect()
}

fn load_one(project: &Path, name: &SecretName) -> Result<String, ProjectError> {
    if !is_secret_name(name) {
        return Err(RenderError::SecretName { shown: name.0.chars().take(60).collect() }.into());
    }
    read_value(&project.join(SECRETS_DIR).join(&name.0))
}

/// The content of every file of the project's secrets, whoever put it there, without the line end at its end.
pub fn all(project: &Path) -> Result<Vec<Vec<u8>>, ProjectError> {
    let directory = project.join(SECRETS_DIR);
    let failed = || ProjectError::io(format!("reading {}", directory.display()));
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&directory).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        // What everybody may see is no secret.
        if path.is_dir() || path.extension().is_some_and(|e| e == "crt") {
            continue;
        }
        let mut content = text_file::bytes(&path, MAX_FILE)?;
        while content.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            content.pop();
        }
        all.push(content);
    }
    Ok(all)
}

/// The files of the project's secrets that others than their owner may read, as paths in the project. Certificates are no secret.
pub fn exposed(project: &Path) -> Vec<String> {
    let below = std::fs::read_dir(project.join(SECRETS_DIR)).into_iter().flatten().flatten();
    let below = below.map(|entry| format!("{SECRETS_DIR}/{}", entry.file_name().to_string_lossy()));
    let secret = |path: &String| Path::new(path).extension().is_none_or(|e| e != "crt");
    let mut found: Vec<String> = below.filter(secret).chain([".env".to_owned()]).collect();
    found.retain(|path| std::fs::metadata(project.join(path)).is_ok_and(|seen| seen.is_file() && others_read(&seen)));
    found.sort();
    found
}

#[cfg(unix)]
fn others_read(seen: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    seen.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn others_read(_: &std::fs::Metadata) -> bool {
    false
}

/// The value of a secret in any file. One line end at its end is not part of the value.
pub fn read_value(path: &Path) -> Result<String, ProjectError> {
    let path = path.to_owned();
    let text = text_file::read(&path, MAX_SECRET)?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(ProjectError::BadFile { path, reason: "it is empty".to_owned() });
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests;
