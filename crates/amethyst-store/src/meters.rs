//! What the writer thread lets others know of its log.

use std::sync::{Mutex, PoisonError};

use crate::{
    log::{Log, Places},
    options::Stats,
};

#[derive(Default)]
pub(crate) struct Meters {
    stats: Mutex<Stats>,
}

impl Meters {
    pub(crate) fn set(&self, log: &Log, places: &Places) {
        let stats = Stats {
            segments: log.segments(),
            disk_bytes: log.disk_bytes(),
            used_bytes: log.used_bytes(),
            live_bytes: places.live_bytes(),
            flushes: log.flushes,
            written_bytes: log.written_bytes,
            ..Stats::default()
        };
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = stats;
    }

    /// Numbers of the log; those of the state are left at 0.
    pub(crate) fn get(&self) -> Stats {
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
