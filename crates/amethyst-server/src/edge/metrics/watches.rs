//! Watches by resource: how many run, and how many events they have sent.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::Str;

use crate::request::RequestInfo;

/// All watches.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<BTreeMap<Labels, Arc<Counts>>>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    group: Str,
    version: Str,
    resource: Str,
    scope: &'static str,
}

#[derive(Debug, Default)]
struct Counts {
    running: AtomicI64,
    events: AtomicU64,
}

/// Counts a watch until it is dropped.
#[derive(Debug)]
pub(crate) struct Watching(Arc<Counts>);

impl Watching {
    /// Counts an event that was sent.
    pub(crate) fn sent(&self) {
        self.0.events.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Watches {
    /// Counts a watch that begins.
    pub(super) fn begin(&self, info: &RequestInfo) -> Watching {
        let (group, version) = (info.group.clone(), info.version.clone());
        let labels = Labels { group, version, resource: info.resource.clone(), scope: super::scope(info) };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= super::SERIES_MAX {
            // Resources come and go; what nobody watches makes room.
            all.retain(|_, counts| counts.running.load(Ordering::Relaxed) > 0);
        }
        let counts = Arc::clone(all.entry(labels).or_default());
        counts.running.fetch_add(1, Ordering::Relaxed);
        Watching(counts)
    }

    /// Appends the text that Prometheus reads.
    pub(super) fn write(&self, out: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.push_str("# TYPE apiserver_longrunning_requests gauge\n");
        let mut sent: BTreeMap<String, u64> = BTreeMap::new();
        for (Labels { group, version, resource, scope }, counts) in all.iter() {
            let running = counts.running.load(Ordering::Relaxed);
            let _ = writeln!(
                out,
                "apiserver_longrunning_requests{{component=\"apiserver\",group=\"{group}\",resource=\"{resource}\",\
                 scope=\"{scope}\",subresource=\"\",verb=\"WATCH\",version=\"{version}\"}} {running}"
            );
            let labels = format!("group=\"{group}\",resource=\"{resource}\",version=\"{version}\"");
            *sent.entry(labels).or_default() += counts.events.load(Ordering::Relaxed);
        }
        out.push_str("# TYPE apiserver_watch_events_total counter\n");
        for (labels, events) in sent {
            let _ = writeln!(out, "apiserver_watch_events_total{{{labels}}} {events}");
        }
    }
}
