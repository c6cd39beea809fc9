//! Counters of a controller: plain numbers that `/metrics` or `status` print.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a controller has done since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    reconciles: AtomicU64,
    failures: AtomicU64,
    wakes: AtomicU64,
    busy_micros: AtomicU64,
    running: AtomicU64,
    waiting: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Passes that have ended.
    pub reconciles: u64,
    /// Passes that have ended with an error.
    pub failures: u64,
    /// Wakes by watches and edges, before they were merged in the queue.
    pub wakes: u64,
    /// The time spent in passes.
    pub busy: Duration,
    /// Passes that run.
    pub running: u64,
    /// Keys that wait for their turn.
    pub waiting: u64,
}

impl Metrics {
    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot {
            reconciles: read(&self.reconciles),
            failures: read(&self.failures),
            wakes: read(&self.wakes),
            busy: Duration::from_micros(read(&self.busy_micros)),
            running: read(&self.running),
            waiting: read(&self.waiting),
        }
    }

    pub(crate) fn woken(&self) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn queue(&self, waiting: usize, running: usize) {
        self.waiting.store(waiting as u64, Ordering::Relaxed);
        self.running.store(running as u64, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self, took: Duration, failed: bool) {
        self.reconciles.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.busy_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
