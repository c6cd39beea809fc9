//! A folder of the machine.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FallocateFlags, FlockOperation},
    io::Errno,
};

use crate::disk::{Disk, DiskFile, DiskLock, LockError};

const LOCK: &str = "LOCK";

/// A folder of the machine. It holds secrets, so only its owner may look inside.
pub struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// Takes a folder, making it and its parents if they do not exist.
    pub fn new(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref();
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn take_lock(&self) -> Result<RealLock, LockError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path(LOCK))
            .map_err(LockError::Io)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut text = String::new();
                // The owner may not have written its number yet; then the refusal names none.
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(LockError::Held { pid });
            }
            Err(error) => return Err(LockError::Io(error.into())),
        }
        file.set_len(0).map_err(LockError::Io)?;
        writeln!(file, "{}", std::process::id()).map_err(LockError::Io)?;
        Ok(RealLock { file })
    }
}

impl Disk for RealDisk {
    fn called(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn lock(&self) -> Result<Box<dyn DiskLock>, LockError> {
        Ok(Box::new(self.take_lock()?))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.path(name))?;
        if size > 0 {
            preallocate(&file, size)?;
        }
        Ok(Box::new(RealFile { file }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).open(self.path(name))?;
        Ok(Box::new(RealFile { file }))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// Reserves room; a file system that cannot gets a sparse file, and may then be full later, when written.
fn preallocate(file: &File, size: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, size) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(size),
        Err(error) => Err(error.into()),
    }
}

struct RealFile {
    file: File,
}

impl DiskFile for RealFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The lock is the open file: the kernel drops it with the process, however that ends.
struct RealLock {
    file: File,
}

impl DiskLock for RealLock {}

impl Drop for RealLock {
    /// A child that was forked and has not begun its program yet holds the same open file, and would hold the lock
    /// for as long.
    fn drop(&mut self) {
        // Fails for no lock on a file that is open; closing it is what is left then.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::{RealDisk, RealLock};
    use crate::disk::Disk;

    #[test]
    fn a_lock_that_is_given_back_is_free_whoever_else_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path()).unwrap();
        let lock: RealLock = disk.take_lock().unwrap();
        // As a forked child has it.
        let child = lock.file.try_clone().unwrap();
        assert!(disk.lock().is_err());
        drop(lock);
        assert!(disk.lock().is_ok());
        drop(child);
    }
}
