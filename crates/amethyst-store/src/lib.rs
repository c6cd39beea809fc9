//! The store: everything the API server knows, under one revision counter.
//!
//! State is a persistent ordered map published by pointer swap; a ring of recent events serves watchers; an
//! append-only log makes it durable. The store never looks into a record: no kind, no namespace, no JSON.
//!
//! Who sees what, and when:
//! - One writer checks preconditions against its head: everything accepted so far, published or not.
//! - Readers and watchers see only what is published, and publication follows revision order without gaps.
//! - A durable transaction is published when it is on disk. A coalesced one is published at once, unless a
//!   durable one with a smaller revision still waits for its flush: then it is published behind it.

mod cursor;
mod error;
mod event;
mod head;
mod history;
mod key;
mod options;
mod record;
mod snapshot;
mod store;
mod txn;

pub use cursor::{Batch, Cursor};
pub use error::{CommitError, Compacted, WatchError};
pub use event::Event;
pub use key::{Key, Revision};
pub use options::{Options, Stats};
pub use record::{Record, Stored};
pub use snapshot::Snapshot;
pub use store::Store;
pub use txn::{Durability, Expect, Txn};
