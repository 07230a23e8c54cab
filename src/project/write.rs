//! Writes a whole project at once or not at all. What is in it comes from the render room.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::io::Write as _;
use std::path::Path;

use fs_err::{File, OpenOptions};

use super::secrets::SECRETS_DIR;
use super::{ProjectError, stale, target};
use crate::engine::Secrets;
use crate::render::{RenderError, Tree, dotenv, is_secret_name};
use crate::stack::Name;

/// Mode of a directory that is no secret, as the umask leaves it.
pub(super) const DIR: u32 = 0o755;
/// Mode of the directory of secrets.
const PRIVATE_DIR: u32 = 0o700;
/// Mode of a file that holds secrets.
pub(super) const PRIVATE_FILE: u32 = 0o600;

/// Writes the tree, `.env` and `secrets/` of the project `name` to the directory `path`.
///
/// Everything goes into a temporary directory beside it, which is made durable and then renamed: a reader sees the whole
/// project or none. The target must not exist or be an empty directory. On failure the temporary directory is gone and
/// nothing else has changed. Files have their modes from birth, so that no secret is ever readable by others.
pub fn write(path: &Path, name: &Name, tree: &Tree, secrets: &Secrets) -> Result<(), ProjectError> {
    let target = target::check(path)?;
    let env = dotenv(name, secrets)?;
    let (temporary, _held) = new_directory(&target.parent, &stale::prefix(name))?;
    let root = temporary.path();
    stale::remove(root, name);
    let mut directories = BTreeSet::new();
    for (file, content) in &tree.files {
        let parts = target::parts(file)?;
        make_parents(root, &parts, &mut directories)?;
        write_file(&root.join(file), &content.bytes, content.mode)?;
    }
    write_file(&root.join(".env"), env.as_bytes(), PRIVATE_FILE)?;
    write_secrets(root, secrets)?;
    make_durable(root)?;
    // The one step that others see. It replaces nothing but an empty directory.
    if let Err(error) = fs_err::rename(root, &target.path) {
        // Somebody else wrote there since it was looked at: said as if it had been there then.
        target::check(path)?;
        return Err(ProjectError::io(format!("moving the project to {}", target.path.display()))(error));
    }
    // Moved away: there is nothing left to remove.
    let _ = temporary.keep();
    // The project is there; that its name would not outlive a power cut is no reason to call that a failure.
    let _ = sync_directory(&target.parent);
    Ok(())
}

/// A temporary directory that is ours as long as its lock is held: another run takes one without a lock for a stale one.
fn new_directory(parent: &Path, prefix: &str) -> Result<(tempfile::TempDir, stale::Held), ProjectError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(DIR));
    loop {
        let made = builder
            .tempdir_in(parent)
            .map_err(ProjectError::io(format!("making a temporary directory in {}", parent.display())))?;
        // Between its making and its locking another run may have removed it: then it takes another one.
        if let Some(held) = stale::hold(made.path()) {
            return Ok((made, held));
        }
    }
}

fn write_secrets(root: &Path, secrets: &Secrets) -> Result<(), ProjectError> {
    make_directory(&root.join(SECRETS_DIR), PRIVATE_DIR)?;
    for (name, value) in secrets {
        if !is_secret_name(name) {
            return Err(RenderError::SecretName { shown: name.0.chars().take(60).collect() }.into());
        }
        write_file(&root.join(SECRETS_DIR).join(&name.0), format!("{value}\n").as_bytes(), PRIVATE_FILE)?;
    }
    for (file, bytes) in secrets.keys() {
        write_file(&root.join(SECRETS_DIR).join(file.file_name()), bytes, PRIVATE_FILE)?;
    }
    Ok(())
}

fn make_parents(root: &Path, parts: &[&str], made: &mut BTreeSet<String>) -> Result<(), ProjectError> {
    for depth in 1..parts.len() {
        let directory = parts[..depth].join("/");
        if !made.contains(&directory) {
            make_directory(&root.join(&directory), DIR)?;
            made.insert(directory);
        }
    }
    Ok(())
}

#[cfg_attr(not(unix), allow(unused_variables, unused_mut))]
pub(super) fn make_directory(path: &Path, mode: u32) -> Result<(), ProjectError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    builder.create(path).map_err(ProjectError::io(format!("making the directory {}", path.display())))
}

/// Writes a file that was not there; not yet durable.
#[cfg_attr(not(unix), allow(unused_variables))]
fn write_file(path: &Path, bytes: &[u8], mode: u32) -> Result<File, ProjectError> {
    let failed = || ProjectError::io(format!("writing {}", path.display()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut file = options.open(path).map_err(failed())?;
    file.write_all(bytes).map_err(failed())?;
    Ok(file)
}

/// The same, durable.
pub(super) fn write_durable_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), ProjectError> {
    let file = write_file(path, bytes, mode)?;
    file.sync_all().map_err(ProjectError::io(format!("writing {}", path.display())))
}

/// Makes everything below a directory durable: by one call for its whole file system, because the hundreds of files and
/// directories of a large project, one by one, take a second.
#[cfg(target_os = "linux")]
fn make_durable(root: &Path) -> Result<(), ProjectError> {
    let failed = || ProjectError::io(format!("making {} durable", root.display()));
    let directory = File::open(root).map_err(failed())?;
    rustix::fs::syncfs(directory.file()).map_err(|error| failed()(error.into()))
}

/// The same where there is no such call.
#[cfg(not(target_os = "linux"))]
fn make_durable(root: &Path) -> Result<(), ProjectError> {
    let failed = || ProjectError::io(format!("making {} durable", root.display()));
    for entry in fs_err::read_dir(root).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.is_dir() {
            make_durable(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(failed())?;
        }
    }
    sync_directory(root)
}

/// Makes the entries of a directory durable, where the system can.
pub(super) fn sync_directory(path: &Path) -> Result<(), ProjectError> {
    #[cfg(unix)]
    fs_err::File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(ProjectError::io(format!("making {} durable", path.display())))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
