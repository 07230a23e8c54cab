//! Restores before a start reads its data: one that was committed while the gateway ran, and that of `-r` (fact sheet 6.3).

use std::path::Path;

use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::{Host, Wishes, stage};
use crate::simulator::backup::swap;
use crate::simulator::data::DataDir;
use crate::simulator::error::SimulatorError;
use crate::simulator::log::Log;
use crate::simulator::start::options::Options;

/// Finishes what was begun, and restores the backup of `-r` at the first start; whether the latter was done. `disabled`: what
/// `GATEWAY_RESTORE_DISABLED` says.
pub(crate) fn prepare(
    data: &DataDir,
    options: &Options,
    first: bool,
    disabled: bool,
    version: &str,
    log: &Log,
) -> Result<bool, SimulatorError> {
    let failed = |path: &Path, e: BackupError| SimulatorError::Restore { path: path.to_owned(), reason: e.to_string() };
    let finish = || swap::finish(data).map_err(|e| failed(&data.path(""), e.into()));
    let mut swapped = finish()?;
    if swapped {
        log.init("The backup that was restored is in its place");
    }
    let from = options.restore.as_deref().filter(|_| first);
    if let Some(path) = from {
        let disabled = disabled || options.restore_disabled;
        log.init(&format!("Restoring {}{}", path.display(), if disabled { " with connections disabled" } else { "" }));
        let (data, mode) = (data.clone(), options.config_mode.clone());
        let host = Host { data, mode, version: version.to_owned(), log: log.clone() };
        restore(path, &host, disabled).map_err(|e| failed(path, e))?;
        swapped |= finish()?;
    } else if let Some(path) = &options.restore {
        log.init(&format!("Not the first start: {} is not restored again", path.display()));
    }
    if swapped {
        data.make_directories()?;
    }
    Ok(from.is_some())
}

fn restore(path: &Path, host: &Host, disabled: bool) -> Result<(), BackupError> {
    // Reading a pipe would wait for ever.
    if !fs_err::metadata(path)?.is_file() {
        return Err(BackupError::Foreign { reason: "it is no regular file".to_owned() });
    }
    let file = fs_err::File::open(path)?.into_parts().0;
    let wishes = Wishes { disabled, ..Wishes::default() };
    stage(file, host, &wishes)?.commit(&host.data)
}
