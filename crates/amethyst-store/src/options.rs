//! How a store is set up, and what it says about itself.

use std::sync::Arc;
use std::time::Duration;

use crate::seal::Seal;

/// Limits and habits of a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of events kept for watchers and for reads of the past.
    pub history_bytes_max: usize,
    /// Kept snapshots beyond that history: how many.
    pub snapshots_max: usize,
    /// Kept snapshots beyond that history: bytes of replaced records they may hold alive.
    pub snapshots_bytes_max: usize,
    /// Size of one preallocated segment of the log.
    pub segment_bytes: u64,
    /// Garbage the log may hold beyond as much as it holds live, before it is cleaned.
    pub garbage_bytes_floor: u64,
    /// Live bytes copied forward with one flush at most, so that cleaning never stalls writers.
    pub clean_bytes_per_flush: usize,
    /// Bytes of transactions that go into one flush; what is queued beyond that waits for the next.
    pub group_bytes_max: usize,
    /// Transactions that may wait for the writer; further commits wait their turn.
    pub queue_max: usize,
    /// How long a coalesced write may stay off the disk.
    pub coalesce: Duration,
    /// Revisions reserved ahead on disk, so that none is given twice after a crash.
    pub reserve: u64,
    /// Seals what goes to the disk; none writes it in clear. What was written otherwise is written anew when
    /// the store is opened.
    pub seal: Option<Arc<Seal>>,
    /// Open a damaged log and keep what can be read, instead of refusing.
    pub salvage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            history_bytes_max: 8 << 20,
            snapshots_max: 32,
            snapshots_bytes_max: 16 << 20,
            segment_bytes: 4 << 20,
            garbage_bytes_floor: 8 << 20,
            clean_bytes_per_flush: 256 << 10,
            group_bytes_max: 1 << 20,
            queue_max: 1024,
            coalesce: Duration::from_secs(5),
            reserve: 4096,
            seal: None,
            salvage: false,
        }
    }
}

/// What a store holds and has done.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Keys in the current state.
    pub keys: usize,
    /// Events kept for watchers.
    pub events: usize,
    /// Bytes those events are charged with.
    pub history_bytes: usize,
    /// Segments of the log; 0 in memory.
    pub segments: usize,
    /// Bytes the segments occupy on disk, preallocated room included.
    pub disk_bytes: u64,
    /// Bytes of the log that hold records.
    pub used_bytes: u64,
    /// Bytes of the log that hold current records.
    pub live_bytes: u64,
    /// Flushes since the store was opened.
    pub flushes: u64,
    /// Bytes written since the store was opened.
    pub written_bytes: u64,
}
