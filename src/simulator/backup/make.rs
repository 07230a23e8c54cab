//! Makes the backup of a gateway: one archive in a file without a name, so that no more than one part of it is ever in memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::info::Info;
use super::layout::{
    BYTES_LIMIT, CLOCK, COUNT_LIMIT, INFO, LOCAL_DIRECTORIES, LOCAL_FILES, PROJECTS, Part, RESOURCES, part,
};
use crate::simulator::config::collections::LOCAL;
use crate::simulator::config::local_properties::{DEMO_TIME_REMAINING, KIND};
use crate::simulator::config::manifest::Manifest;
use crate::simulator::config::resource::Resource;
use crate::simulator::config::store::Store;
use crate::simulator::data::DataDir;

/// A finished archive.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Open at its beginning.
    pub(crate) file: File,
    /// Bytes.
    pub(crate) length: u64,
}

/// What a backup is made of.
pub(crate) struct Source {
    pub(crate) data: DataDir,
    pub(crate) store: Store,
    pub(crate) info: Info,
    /// The trial clock as it is now; the file has it as of the last shutdown.
    pub(crate) trial_left_s: u64,
}

/// Makes a backup. More than can be restored is an error.
pub(crate) fn make(source: &Source) -> io::Result<Archive> {
    let file = tempfile::tempfile_in(source.data.path(""))?;
    let mut archive = Making { zip: ZipWriter::new(BufWriter::new(file)), count: 0, bytes: 0 };
    archive.add(INFO, &serde_json::to_vec_pretty(&source.info)?)?;
    let wanted = |path: &str| match part(path) {
        Some(Part::Shared) => true,
        Some(Part::PeerLocal | Part::Trust) => source.info.peer_local,
        Some(Part::Info | Part::Clock | Part::Elsewhere) | None => false,
    };
    for (path, bytes) in source.store.everything() {
        let path = format!("{RESOURCES}/{path}");
        if wanted(&path) {
            archive.add(&path, &bytes)?;
        }
    }
    for (name, bytes) in clock(source).files() {
        archive.add(&format!("{CLOCK}/{name}"), &bytes)?;
    }
    for directory in [PROJECTS].into_iter().chain(LOCAL_DIRECTORIES) {
        archive.walk(&source.data, directory, &wanted)?;
    }
    for file in LOCAL_FILES.into_iter().filter(|file| wanted(file)) {
        archive.file(&source.data, file)?;
    }
    let mut file = archive.zip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    Ok(Archive { file, length })
}

/// The properties with the clock as it is now.
fn clock(source: &Source) -> Resource {
    let found = source.store.singleton("ignition", KIND);
    let mut config = found.as_ref().and_then(|f| f.config.as_object().cloned()).unwrap_or_default();
    config.insert(DEMO_TIME_REMAINING.to_owned(), json!(source.trial_left_s));
    let own = found.filter(|f| f.collection == LOCAL);
    let manifest = own.map_or_else(|| Manifest::new(None), |f| f.resource.manifest.clone());
    Resource::new(manifest, Some(json!(config)), None, std::collections::BTreeMap::new())
}

struct Making {
    zip: ZipWriter<BufWriter<File>>,
    count: usize,
    bytes: u64,
}

impl Making {
    fn add(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin(path, bytes.len() as u64)?;
        self.zip.write_all(bytes)
    }

    fn begin(&mut self, path: &str, length: u64) -> io::Result<()> {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(length);
        if self.count > COUNT_LIMIT || self.bytes > BYTES_LIMIT {
            return Err(io::Error::other("the gateway has more data than a backup of a simulated gateway holds"));
        }
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o644);
        Ok(self.zip.start_file(path, options)?)
    }

    /// A file of the data directory, when it is there and no link.
    fn file(&mut self, data: &DataDir, path: &str) -> io::Result<()> {
        let place = data.path(path);
        let Some(found) = place.symlink_metadata().ok().filter(std::fs::Metadata::is_file) else { return Ok(()) };
        self.begin(path, found.len())?;
        // One that grows meanwhile is cut, because its length was agreed to.
        io::copy(&mut fs_err::File::open(place)?.take(found.len()), &mut self.zip)?;
        Ok(())
    }

    /// The files of a directory and of those below it, in order. Links are not followed.
    fn walk(&mut self, data: &DataDir, directory: &str, wanted: &impl Fn(&str) -> bool) -> io::Result<()> {
        let mut entries = match fs_err::read_dir(data.path(directory)) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e),
        };
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{directory}/{name}");
            let kind = entry.file_type()?;
            // What a file below it would belong to; too deep or too odd paths end here.
            if kind.is_dir() && part(&format!("{path}/x")).is_some_and(|part| part != Part::Elsewhere) {
                self.walk(data, &path, wanted)?;
            } else if kind.is_file() && wanted(&path) {
                self.file(data, &path)?;
            }
        }
        Ok(())
    }
}
