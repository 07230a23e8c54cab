//! `backup-info.json`, the file by which an archive says what it is a backup of.

use serde::{Deserialize, Serialize};

use super::refusal::BackupError;
use crate::simulator::modules::is_older;

/// What stands in `product`.
const PRODUCT: &str = "simulated Ignition gateway";
/// The latest form of a backup.
const FORMAT: u32 = 1;

/// What a backup says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Info {
    product: String,
    format: u32,
    /// Version of Ignition.
    pub(crate) version: String,
    /// Empty for standard.
    pub(crate) edition: String,
    /// The gateway's system name.
    pub(crate) name: String,
    /// Epoch milliseconds.
    pub(crate) created: u64,
    /// Whether the peer-local part is in it.
    pub(crate) peer_local: bool,
}

impl Info {
    /// Of a backup that is made now.
    pub(crate) fn new(version: &str, edition: &str, name: &str, created: u64, peer_local: bool) -> Self {
        let (product, format) = (PRODUCT.to_owned(), FORMAT);
        let (version, edition, name) = (version.to_owned(), edition.to_owned(), name.to_owned());
        Self { product, format, version, edition, name, created, peer_local }
    }

    /// Reads it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BackupError> {
        let foreign = |reason: String| BackupError::Foreign { reason };
        let info: Self = serde_json::from_slice(bytes).map_err(|e| foreign(format!("{}: {e}", super::layout::INFO)))?;
        if info.product != PRODUCT {
            return Err(foreign(format!("it is one of a {:?}", info.product)));
        }
        Ok(info)
    }

    /// Refuses a backup that a gateway of this version cannot read (fact sheet 8: there is no way back to an older version).
    pub(crate) fn readable_by(&self, version: &str) -> Result<(), BackupError> {
        if is_older(version, &self.version) {
            return Err(BackupError::Newer { theirs: self.version.clone(), own: version.to_owned() });
        }
        if self.format > FORMAT {
            return Err(BackupError::Foreign { reason: format!("its form {} is not known yet", self.format) });
        }
        Ok(())
    }
}
