//! Downloads on their way: one at a time per content, gone on with after a crash.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use amethyst_http::Sink;
use sha2::{Digest as _, Sha256};

use super::{Cache, sync_folder};
use crate::digest::Digest;
use crate::fault::ChartFault;

/// How often a lock that somebody else holds is tried again.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// The right to download something; nobody else has it, in no process.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: fs::File,
}

/// A download on its way.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    file: fs::File,
    hash: Sha256,
    len: u64,
}

impl Cache {
    /// Waits for the right to download what a key names. There are 256 locks, so two keys may share one: who
    /// holds a lock must not ask for another.
    pub(crate) async fn lock(&self, key: &str) -> Result<Lock, ChartFault> {
        let path = self.root.join("locks").join(&Digest::of(key.as_bytes()).hex()[..2]);
        let failed = |error| ChartFault::cache(&path, error);
        let file =
            fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(fs::TryLockError::WouldBlock) => self.clock.sleep(TRY_EVERY).await,
                Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// What of a download is there already. The lock of its key is held.
    pub(crate) fn partial(&self, _lock: &Lock, key: &str) -> Result<Partial, ChartFault> {
        let path = self.root.join("partial").join(format!("{}.part", Digest::of(key.as_bytes()).hex()));
        Partial::open(&path).map_err(|error| ChartFault::cache(&path, error))
    }

    /// Makes a complete download a content, and says how it is called. A wrong one is thrown away.
    pub(crate) fn finish(
        &self,
        partial: Partial,
        what: &str,
        expected: Option<Digest>,
    ) -> Result<(Digest, u64), ChartFault> {
        let Partial { path, file, hash, len } = partial;
        let got = Digest::from_hash(hash);
        if let Some(expected) = expected
            && expected != got
        {
            let _ = fs::remove_file(&path);
            return Err(ChartFault::Digest { what: what.to_owned(), expected, got });
        }
        let blob = self.blob_path(&got);
        self.make_parent(&blob)?;
        let done = (|| {
            file.sync_all()?;
            self.used(&file);
            fs::rename(&path, &blob)?;
            sync_folder(&blob)
        })();
        done.map_err(|error| ChartFault::cache(&blob, error))?;
        Ok((got, len))
    }
}

impl Partial {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file =
            fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let (mut hash, mut len) = (Sha256::new(), 0);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            len += count as u64;
        }
        Ok(Self { path: path.to_owned(), file, hash, len })
    }
}

impl Sink for Partial {
    fn len(&self) -> u64 {
        self.len
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.hash = Sha256::new();
        self.len = 0;
        Ok(())
    }
}
