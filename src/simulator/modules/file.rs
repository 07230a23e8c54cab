//! One `.modl` file: a zip archive with `module.xml`, the licence agreement and the certificate. Says what is in it, or what is wrong
//! with it; whether it runs is decided elsewhere.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::descriptor::{self, Descriptor, is_identifier};
use super::version::numbers;
use crate::simulator::unknown::module_digest;

const DESCRIPTOR: &str = "module.xml";
/// The certificate with which the module is signed.
const CERTIFICATE: &str = "certificates.p7b";
/// Largest certificate and licence agreement, in bytes.
const CERTIFICATE_LIMIT: u64 = 1024 * 1024;
const LICENSE_LIMIT: u64 = 4 * 1024 * 1024;

/// A file in a folder of modules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ModuleFile {
    pub(crate) path: PathBuf,
    /// Its name without the folder, as `modules.json` has it.
    pub(crate) filename: String,
    pub(crate) content: Result<Content, Broken>,
}

/// What a module says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Content {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// The oldest Ignition that it runs on.
    pub(crate) requires: String,
    /// Fingerprint of the certificate; `None` when the module is not signed.
    pub(crate) certificate: Option<String>,
    /// Hash of the licence agreement; `None` when there is none to accept.
    pub(crate) license: Option<String>,
}

/// A module that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Broken {
    /// What it says it is, as far as it can be read.
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) version: String,
    /// What is wrong, in words that follow the file's name.
    pub(crate) reason: String,
}

impl ModuleFile {
    /// Reads what the file of that name holds. Only regular files are opened: reading a pipe would wait for ever.
    pub(super) fn read(path: &Path, filename: &str) -> Self {
        let opened = || match fs_err::metadata(path) {
            Ok(metadata) if metadata.is_file() => fs_err::File::open(path).map_err(|e| format!("cannot be read: {e}")),
            Ok(_) => Err("is not a regular file".to_owned()),
            Err(e) => Err(format!("cannot be read: {e}")),
        };
        let content = match opened() {
            Ok(file) => Content::read(std::io::BufReader::new(file)),
            Err(reason) => Err(Broken { reason, ..Broken::default() }),
        };
        Self { path: path.to_owned(), filename: filename.to_owned(), content }
    }
}

impl Content {
    /// Reads a module, in memory and within bounds.
    pub(super) fn read(file: impl Read + Seek) -> Result<Self, Broken> {
        let broken = |reason: String| Broken { reason, ..Broken::default() };
        let mut archive = Archive::open(file).map_err(broken)?;
        let described = archive
            .entry(DESCRIPTOR, descriptor::SIZE_LIMIT)
            .and_then(|bytes| bytes.ok_or_else(|| format!("has no {DESCRIPTOR}")))
            .and_then(|bytes| Descriptor::parse(&bytes))
            .map_err(broken)?;
        if !is_identifier(&described.id) {
            return Err(broken(format!("has no proper identifier in {DESCRIPTOR}")));
        }
        let named = |reason: String| Broken {
            id: Some(described.id.clone()),
            name: described.name.clone(),
            version: described.version.clone(),
            reason,
        };
        for (element, value) in [("name", &described.name), ("version", &described.version)] {
            if value.is_empty() {
                return Err(named(format!("has no {element} in {DESCRIPTOR}")));
            }
        }
        if numbers(&described.requires).is_empty() {
            return Err(named(format!("names no required Ignition version in {DESCRIPTOR}")));
        }
        let certificate = archive.entry(CERTIFICATE, CERTIFICATE_LIMIT).map_err(named)?;
        if certificate.as_ref().is_some_and(Vec::is_empty) {
            return Err(named(format!("has an empty {CERTIFICATE}")));
        }
        let license = match described.license.as_str() {
            "" => None,
            entry => {
                let missing = || format!("has no licence agreement {entry}, which {DESCRIPTOR} names");
                Some(archive.entry(entry, LICENSE_LIMIT).and_then(|l| l.ok_or_else(missing)).map_err(named)?)
            }
        };
        Ok(Self {
            certificate: certificate.map(|bytes| module_digest(&bytes)),
            license: license.map(|bytes| module_digest(&bytes)),
            id: described.id,
            name: described.name,
            version: described.version,
            requires: described.requires,
        })
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
