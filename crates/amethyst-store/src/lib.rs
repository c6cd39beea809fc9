//! The store: everything the API server knows, under one revision counter.
//!
//! State is a persistent ordered map published by pointer swap; a ring of recent events serves watchers; an
//! append-only log makes it durable. The store never looks into a record: no kind, no namespace, no JSON.
//!
//! Who sees what, and when:
//! - One writer checks preconditions against its head: everything accepted so far, published or not.
//! - Readers and watchers see only what is published, and publication follows revision order without gaps.
//! - A durable transaction is published when it is on disk, together with everything that shared its flush.
//! - A coalesced one is published at once, unless a durable one with a smaller revision still waits for its
//!   flush: then it is published behind it. A durable commit brings every coalesced one before it along.
//! - A revision that was shown is never given twice: the log reserves numbers ahead, and after a crash the
//!   store goes on behind the last one reserved.
//!
//! What is on disk: a file that names the format, a lock, and segments of checksummed frames. One flush is one
//! frame, so a transaction is there whole or not at all. Nothing here knows what a disk is but the
//! [`Disk`] trait; with a [`Seal`] everything that goes there is encrypted; the crash suite runs on [`sim::SimDisk`], which does what real ones may.

mod cursor;
mod disk;
mod durable;
mod error;
mod event;
mod head;
mod history;
mod key;
mod log;
mod meters;
mod options;
mod queue;
mod record;
mod seal;
pub mod sim;
mod snapshot;
mod store;
mod txn;
mod writer;

pub use cursor::{Batch, Cursor};
pub use disk::{Disk, DiskFile, DiskLock, LockError, RealDisk};
pub use error::{CommitError, Compacted, OpenError, WatchError};
pub use event::Event;
pub use key::{Key, Revision};
pub use log::{Recovery, sealed_with};
pub use options::{Options, Stats};
pub use record::{Record, Stored};
pub use seal::{KEY_BYTES, KeyId, Seal};
pub use snapshot::Snapshot;
pub use store::Store;
pub use txn::{Durability, Expect, Txn};
