//! What a request came to.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Cache;
use crate::digest::Digest;
use crate::fault::ChartFault;

/// An entry may be this long; a longer file is none.
const ENTRY_BYTES_MAX: u64 = 64 * 1024;

/// What a request came to, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) resolved: Timestamp,
    /// What the server called this version of it.
    pub(crate) etag: Option<String>,
    /// When the server said that it had last changed.
    pub(crate) modified: Option<String>,
}

/// As it stands on disk.
#[derive(Deserialize, Serialize)]
struct OnDisk {
    key: String,
    digest: String,
    size: u64,
    version: String,
    revision: String,
    resolved: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

impl Cache {
    /// What a key came to; an entry that cannot be read is none.
    pub(crate) fn entry(&self, key: &str) -> Option<Entry> {
        let path = self.entry_path(key);
        if fs::metadata(&path).ok()?.len() > ENTRY_BYTES_MAX {
            return None;
        }
        let found: OnDisk = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        if found.key != key {
            return None;
        }
        Some(Entry {
            digest: found.digest.parse().ok()?,
            size: found.size,
            version: found.version,
            revision: found.revision,
            resolved: found.resolved.parse().ok()?,
            etag: found.etag,
            modified: found.modified,
        })
    }

    /// Notes what a key came to.
    pub(crate) fn set_entry(&self, key: &str, entry: &Entry) -> Result<(), ChartFault> {
        let path = self.entry_path(key);
        let text = serde_json::to_vec(&OnDisk {
            key: key.to_owned(),
            digest: entry.digest.to_string(),
            size: entry.size,
            version: entry.version.clone(),
            revision: entry.revision.clone(),
            resolved: entry.resolved.to_string(),
            etag: entry.etag.clone(),
            modified: entry.modified.clone(),
        });
        let text = text.map_err(|error| ChartFault::cache(&path, error.into()))?;
        self.write_whole(&path, &text).map_err(|error| ChartFault::cache(&path, error))
    }

    fn entry_path(&self, key: &str) -> PathBuf {
        self.root.join("refs").join(Digest::of(key.as_bytes()).hex())
    }
}

/// The digest that an entry's file names, whatever else stands in it.
pub(super) fn digest_of(text: &[u8]) -> Option<Digest> {
    let found: OnDisk = serde_json::from_slice(text).ok()?;
    found.digest.parse().ok()
}
