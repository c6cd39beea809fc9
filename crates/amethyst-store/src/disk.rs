//! The file layer under the log: one flat folder, and only the operations whose durability is well defined.
//!
//! [`RealDisk`] is a folder of the machine; [`SimDisk`](crate::sim::SimDisk) is one that loses, tears, fails
//! and fills up as asked. Nothing above this file opens a file.

mod real;

use std::io;

pub use real::RealDisk;

/// A flat folder of files that belongs to one store.
pub trait Disk: Send + Sync + 'static {
    /// Takes the folder for this process, until the guard is dropped.
    fn lock(&self) -> Result<Box<dyn DiskLock>, LockError>;
    /// The names of all files.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes a file of `size` zero bytes, with room for them, in place of any of that name. Its name is
    /// durable only after [`Disk::sync_dir`].
    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file that exists, for writing.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Reads a whole file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// Renames a file over any of that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals durable.
    fn sync_dir(&self) -> io::Result<()>;
    /// What people call a file of it, in messages.
    fn called(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// A file open for writing.
pub trait DiskFile: Send {
    /// Writes all of `bytes` at `offset`; after an error any part of it may have been written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything written durable. After an error the state of what was written since the last
    /// success is unknown for good: a later success says nothing about it.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// Holds the folder until it is dropped.
pub trait DiskLock: Send {}

/// Why a folder could not be taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it.
    Held {
        /// That process, if it said so.
        pid: Option<u32>,
    },
    /// The lock could not be tried.
    Io(io::Error),
}

/// True when an error means that there is no room, which may pass.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
