//! Prepares a restore beside the data: the archive unpacked and checked, changed as was wished, and a plan of what takes which place.
//! Nothing else is touched. When it counts, and what happens then, is the swap's business.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::archive::{self, Unpacked};
use super::disable::disable_connections;
use super::layout::{CLOCK, LOCAL_COLLECTION, LOCAL_DIRECTORIES, LOCAL_FILES, PROJECTS, RESOURCES, TRUST, UUID};
use super::refusal::BackupError;
use super::swap::Staged;
use crate::simulator::config::collections::{CORE, LOCAL, MODE_FILE};
use crate::simulator::config::local_properties::SYSTEM_UID;
use crate::simulator::config::reader::Reader;
use crate::simulator::config::resource::CONFIG;
use crate::simulator::config::store::Store;
use crate::simulator::config::system_name;
use crate::simulator::data::DataDir;
use crate::simulator::error::SimulatorError;
use crate::simulator::log::Log;
use crate::simulator::start::options::is_system_name;
use crate::simulator::unknown::RESTORE_REPLACES_TRUST;

/// What is wished of a restore (fact sheet 2.3).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Wishes {
    /// Connections come back disabled.
    pub(crate) disabled: bool,
    /// The peer-local part comes back as well, the UUID with it.
    pub(crate) local: bool,
    /// Another system name.
    pub(crate) name: Option<String>,
}

/// The gateway that a backup is restored on.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) data: DataDir,
    /// The deployment mode.
    pub(crate) mode: Option<String>,
    pub(crate) version: String,
    pub(crate) log: Log,
}

/// Stages a backup.
pub(crate) fn stage(archive: File, host: &Host, wishes: &Wishes) -> Result<Staged, BackupError> {
    if wishes.name.as_deref().is_some_and(|name| !is_system_name(name)) {
        return Err(BackupError::Name);
    }
    let staged = Staged::new(&host.data)?;
    let Unpacked { info, passed_over, examples } = archive::unpack(archive, &staged.tree())?;
    info.readable_by(&host.version)?;
    if passed_over > 0 {
        host.log.warn("Restore", &format!("{passed_over} entries have no place in a backup: {}", examples.join(", ")));
    }
    // Makes the trust folders, so that those which the backup has nothing for are empty.
    let new = DataDir::open(staged.tree()).map_err(into_io)?;
    let core = format!("{RESOURCES}/{CORE}/{MODE_FILE}");
    if let Some(reason) = Store::fault(&new) {
        return Err(BackupError::broken(reason));
    }
    if new.read(&core)?.is_none() {
        return Err(BackupError::broken(format!("{core} is missing")));
    }
    if wishes.disabled {
        let count = disable_connections(&new.path(RESOURCES))?;
        host.log.info("Restore", &format!("{count} connections are restored disabled"));
    }
    if let Some(name) = &wishes.name {
        let store = Store::load(&new, host.mode.as_deref(), false, Log::new(io::sink()));
        system_name::keep(&store, name)?;
    }
    if !wishes.local {
        make_own(&new, &host.data)?;
    }
    staged.plan(&places(&new, &host.data, wishes.local && info.peer_local))?;
    Ok(staged)
}

/// Another gateway than the one of the backup: it gets a new UUID (fact sheet 4.2) and keeps its own identifier; the trial clock is
/// the backup's (fact sheet 8).
fn make_own(new: &DataDir, old: &DataDir) -> io::Result<()> {
    new.write(UUID, Uuid::new_v4().to_string().as_bytes())?;
    let file = format!("{CLOCK}/{CONFIG}");
    let Some(mut config) = new.read_json::<serde_json::Map<_, _>>(&file)? else {
        return Ok(());
    };
    let old: Option<serde_json::Map<_, _>> = old.read_json(&file).unwrap_or_default();
    let own = old.and_then(|mut old| old.remove(SYSTEM_UID)).filter(Value::is_string);
    config.insert(SYSTEM_UID.to_owned(), own.unwrap_or_else(|| json!(Uuid::new_v4().to_string())));
    new.write(&file, &serde_json::to_vec_pretty(&config)?)
}

/// What is replaced. `local`: the peer-local part as well.
fn places(new: &DataDir, old: &DataDir, local: bool) -> BTreeSet<String> {
    let mut places: BTreeSet<String> = collections(&new.path(RESOURCES));
    places.extend(collections(&old.path(RESOURCES)));
    places.insert(PROJECTS.to_owned());
    if local {
        places.extend(LOCAL_DIRECTORIES.into_iter().chain(LOCAL_FILES).map(str::to_owned));
        places.insert(LOCAL_COLLECTION.to_owned());
    } else {
        let own = [UUID, CLOCK].into_iter().filter(|path| new.path(path).exists());
        let trust = TRUST.into_iter().filter(|_| RESTORE_REPLACES_TRUST);
        places.extend(own.chain(trust).map(str::to_owned));
    }
    places
}

/// The collections that every restore replaces, those that the backup does not have included.
fn collections(root: &Path) -> BTreeSet<String> {
    let names = Reader::new(root).directories("");
    names.into_iter().filter(|name| name != LOCAL).map(|name| format!("{RESOURCES}/{name}")).collect()
}

fn into_io(error: SimulatorError) -> io::Error {
    match error {
        SimulatorError::Data { source, .. } => source,
        other => io::Error::other(other),
    }
}
