//! What was fetched, on disk: contents by their digest, and what each request came to.
//!
//! ```text
//! format                    who this folder belongs to
//! blobs/sha256/ab/abcd...   contents
//! refs/<digest of key>      what a request came to, as JSON
//! partial/<digest of key>   downloads on their way
//! locks/ab                  who downloads what
//! ```
//!
//! Files appear whole or not at all (written beside, flushed, renamed), so several processes may share the
//! folder. No other program's cache is read or written.

mod entry;
mod evict;
mod partial;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use amethyst_clock::Clock;
use bytes::Bytes;
use jiff::Timestamp;

use crate::digest::Digest;
use crate::fault::{ChartError, ChartFault};
use crate::request::ChartRequest;

pub(crate) use entry::Entry;
pub use evict::Evicted;
pub(crate) use partial::{Lock, Partial};

/// What the folder's `format` file says.
const FORMAT: &str = "amethyst cache 1\n";

/// A folder of fetched charts, artifacts and documents. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cache {
    root: Arc<Path>,
    clock: Clock,
}

/// Something that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What it is.
    pub digest: Digest,
    /// Where its bytes are.
    pub path: PathBuf,
    /// How many there are.
    pub size: u64,
    /// The version or tag that was chosen.
    pub version: String,
    /// As Flux writes it in `status.artifact.revision`: `1.2.3@sha256:...` of an OCI repository, `1.2.3` of a
    /// chart.
    pub revision: String,
    /// Whether anything had to be asked for.
    pub origin: Origin,
    /// When the request was last found to mean this.
    pub resolved: Timestamp,
}

/// Where something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Everything was in the cache, and fresh enough.
    Cache,
    /// A server said that what is in the cache is still what is meant.
    Confirmed,
    /// It was fetched now.
    Network,
}

impl Cache {
    /// Opens the cache in a folder, which is made when missing. A folder that holds something else is refused.
    pub fn open(root: &Path, clock: Clock) -> Result<Self, ChartFault> {
        let failed = |error| ChartFault::cache(root, error);
        fs::create_dir_all(root).map_err(failed)?;
        let format = root.join("format");
        match fs::read_to_string(&format) {
            Ok(text) if text == FORMAT => {}
            Ok(text) => {
                let reason = format!("its `format` file says `{}`", text.trim().escape_default());
                return Err(ChartFault::Format { path: root.display().to_string(), reason });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let own = ["blobs", "refs", "partial", "locks", "format"];
                let foreign = fs::read_dir(root).map_err(failed)?.find_map(|found| {
                    let name = found.ok()?.file_name().to_string_lossy().into_owned();
                    (!own.contains(&name.as_str())).then_some(name)
                });
                if let Some(name) = foreign {
                    let reason = format!("it holds `{}`, which is none of ours", name.escape_default());
                    return Err(ChartFault::Format { path: root.display().to_string(), reason });
                }
                for folder in ["blobs/sha256", "refs", "partial", "locks"] {
                    fs::create_dir_all(root.join(folder)).map_err(failed)?;
                }
                let cache = Self { root: root.into(), clock };
                cache.write_whole(&format, FORMAT.as_bytes()).map_err(failed)?;
                return Ok(cache);
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(Self { root: root.into(), clock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What a request came to when it was last fetched. Asks nobody: what was never fetched is an error whose
    /// hint names `amethyst fetch`.
    pub fn get(&self, request: &ChartRequest) -> Result<Fetched, ChartError> {
        let entry = self.entry(&request.source.key());
        let found = entry.and_then(|entry| self.fetched(&entry, Origin::Cache));
        found.ok_or_else(|| ChartError::new(request, ChartFault::Offline))
    }

    /// The content of a digest, when it is here.
    pub fn blob(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.blob_path(digest);
        path.is_file().then_some(path)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("blobs/sha256").join(&hex[..2]).join(hex)
    }

    /// What an entry names, when its content is still here and as long as it was; notes that it was used.
    pub(crate) fn fetched(&self, entry: &Entry, origin: Origin) -> Option<Fetched> {
        let path = self.blob_path(&entry.digest);
        let file = fs::File::open(&path).ok()?;
        if file.metadata().ok()?.len() != entry.size {
            return None;
        }
        self.used(&file);
        Some(Fetched {
            digest: entry.digest,
            path,
            size: entry.size,
            version: entry.version.clone(),
            revision: entry.revision.clone(),
            origin,
            resolved: entry.resolved,
        })
    }

    /// Notes when a content was last used. A cache that cannot be written still serves.
    fn used(&self, file: &fs::File) {
        let now = self.clock.now();
        let since = Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
        let _ = file.set_modified(SystemTime::UNIX_EPOCH + since);
    }

    /// Keeps a small content.
    #[cfg(test)]
    pub(crate) fn keep(&self, bytes: &[u8]) -> Result<Digest, ChartFault> {
        let digest = Digest::of(bytes);
        let path = self.blob_path(&digest);
        if fs::metadata(&path).is_ok_and(|found| found.len() == bytes.len() as u64) {
            return Ok(digest);
        }
        self.make_parent(&path)?;
        self.write_whole(&path, bytes).map_err(|error| ChartFault::cache(&path, error))?;
        Ok(digest)
    }

    fn make_parent(&self, path: &Path) -> Result<(), ChartFault> {
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(|error| ChartFault::cache(parent, error))
    }

    /// Writes a file that appears whole or not at all.
    fn write_whole(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        use std::io::Write;
        let beside = self.root.join("partial").join(format!(
            "{}.{}.{}",
            Digest::of(path.as_os_str().as_encoded_bytes()).hex(),
            std::process::id(),
            unique()
        ));
        let written = (|| {
            let mut file = fs::File::create(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&beside, path)?;
            sync_folder(path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

impl Fetched {
    /// Its bytes, verified. What is damaged is taken out of the cache, so that it is fetched again.
    pub fn bytes(&self) -> Result<Bytes, ChartFault> {
        let bytes = fs::read(&self.path).map_err(|error| ChartFault::cache(&self.path, error))?;
        let got = Digest::of(&bytes);
        if got == self.digest {
            return Ok(Bytes::from(bytes));
        }
        let _ = fs::remove_file(&self.path);
        let error = io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is damaged: its digest is {got}; it is fetched again next time"),
        );
        Err(ChartFault::cache(&self.path, error))
    }
}

/// Makes a rename durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| fs::File::open(parent)?.sync_all())
}

/// A number that no other file of this process beside gets.
fn unique() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

#[cfg(test)]
mod tests;
