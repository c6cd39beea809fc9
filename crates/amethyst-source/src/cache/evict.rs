//! Keeping the cache small: what was not used for the longest time goes first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::Cache;
use super::entry::digest_of;
use crate::fault::ChartFault;

/// Leftovers of downloads and of crashed writers that are older than this are taken out.
const LEFTOVER: Duration = Duration::from_hours(7 * 24);

/// What was taken out of a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// How many contents.
    pub blobs: usize,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many bytes of contents are left.
    pub bytes_left: u64,
}

struct Blob {
    used: SystemTime,
    path: PathBuf,
    size: u64,
}

impl Cache {
    /// How many bytes the contents have.
    pub fn size(&self) -> Result<u64, ChartFault> {
        Ok(self.blobs()?.iter().map(|blob| blob.size).sum())
    }

    /// Takes out contents, those first that were not used for the longest time, until at most `bytes_max` are
    /// left, and what named them. Whoever reads one just then keeps what it has opened.
    pub fn shrink(&self, bytes_max: u64) -> Result<Evicted, ChartFault> {
        let mut blobs = self.blobs()?;
        blobs.sort_by_key(|blob| blob.used);
        let mut evicted =
            Evicted { bytes_left: blobs.iter().map(|blob| blob.size).sum(), ..Evicted::default() };
        for blob in blobs {
            if evicted.bytes_left <= bytes_max {
                break;
            }
            remove(&blob.path)?;
            evicted.blobs += 1;
            evicted.bytes += blob.size;
            evicted.bytes_left -= blob.size;
        }
        for (path, _) in files(&self.root.join("refs"))? {
            let named = fs::read(&path).ok().and_then(|text| digest_of(&text));
            if named.is_none_or(|digest| self.blob(&digest).is_none()) {
                remove(&path)?;
            }
        }
        for (path, found) in files(&self.root.join("partial"))? {
            if found.modified().is_ok_and(|at| self.is_older(at, LEFTOVER)) {
                remove(&path)?;
            }
        }
        Ok(evicted)
    }

    fn is_older(&self, at: SystemTime, than: Duration) -> bool {
        Timestamp::try_from(at).is_ok_and(|at| {
            Duration::try_from(self.clock.now().duration_since(at)).is_ok_and(|age| age > than)
        })
    }

    fn blobs(&self) -> Result<Vec<Blob>, ChartFault> {
        let root = self.root.join("blobs/sha256");
        let mut blobs = Vec::new();
        for folder in fs::read_dir(&root).map_err(|error| ChartFault::cache(&root, error))? {
            let folder = folder.map_err(|error| ChartFault::cache(&root, error))?.path();
            for (path, found) in files(&folder)? {
                let used = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                blobs.push(Blob { used, path, size: found.len() });
            }
        }
        Ok(blobs)
    }
}

fn files(folder: &Path) -> Result<Vec<(PathBuf, fs::Metadata)>, ChartFault> {
    let listing = fs::read_dir(folder).map_err(|error| ChartFault::cache(folder, error))?;
    // What went away meanwhile is no fault.
    let files = listing.filter_map(|found| {
        let found = found.ok()?;
        let metadata = found.metadata().ok()?;
        metadata.is_file().then(|| (found.path(), metadata))
    });
    Ok(files.collect())
}

fn remove(path: &Path) -> Result<(), ChartFault> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ChartFault::cache(path, error)),
        _ => Ok(()),
    }
}
