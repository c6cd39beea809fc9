//! What is published: the current view, the ring of recent events, and a few kept snapshots.
//!
//! The ring is bounded in bytes and shared: a watcher holds a place in it, never a queue of its own. Since
//! an event knows what stood before it, any state within the ring's reach is rebuilt from the current one by
//! undoing events backwards; snapshots are kept only for continue tokens that outlive the ring.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::{
    cursor::Batch,
    error::{CommitError, Compacted, WatchError},
    event::Event,
    key::Revision,
    options::{Options, Stats},
    record::{Record, Stored},
    snapshot::{Snapshot, View},
};

/// Events handed out at once; a commit is never split, so a batch may be longer by the rest of one.
const BATCH_EVENTS_MAX: usize = 256;

pub(crate) struct Published<R: Record> {
    view: ArcSwap<View<R>>,
    history: Mutex<History<R>>,
    signal: watch::Sender<Revision>,
    trouble: watch::Sender<Option<CommitError>>,
}

struct History<R: Record> {
    ring: VecDeque<Arc<Event<R>>>,
    ring_bytes: usize,
    /// A watch may start after this revision, or any later one.
    oldest: Revision,
    newest: Revision,
    /// Bytes ever pushed; tells how much a kept snapshot holds alive.
    pushed_bytes: usize,
    kept: VecDeque<Kept<R>>,
    options: Options,
}

struct Kept<R> {
    snapshot: Snapshot<R>,
    pushed_bytes: usize,
}

impl<R: Record> Published<R> {
    pub(crate) fn new(view: View<R>, options: Options) -> Self {
        let revision = view.revision;
        let history = History {
            ring: VecDeque::new(),
            ring_bytes: 0,
            oldest: revision,
            newest: revision,
            pushed_bytes: 0,
            kept: VecDeque::new(),
            options,
        };
        let (signal, _) = watch::channel(revision);
        let (trouble, _) = watch::channel(None);
        Self { view: ArcSwap::from_pointee(view), history: Mutex::new(history), signal, trouble }
    }

    fn history(&self) -> MutexGuard<'_, History<R>> {
        // Nothing below panics half way through a change, so a poisoned lock still guards whole data.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes events visible, to readers and watchers together: the pointer is swapped under the ring's
    /// lock, so whoever was given an event finds it in the next snapshot, and whoever holds a snapshot
    /// may watch from it.
    pub(crate) fn publish(&self, view: View<R>, events: Vec<Event<R>>) {
        let revision = view.revision;
        {
            let mut history = self.history();
            self.view.store(Arc::new(view));
            for event in events {
                history.push(event);
            }
            history.newest = revision;
            history.trim();
        }
        self.signal.send_replace(revision);
    }

    /// Notes how the last flush went; who follows it hears of changes only.
    pub(crate) fn flushed(&self, outcome: &Result<(), CommitError>) {
        let trouble = outcome.as_ref().err();
        self.trouble.send_if_modified(|known| {
            let changed = known.is_some() != trouble.is_some();
            if changed {
                *known = trouble.cloned();
            }
            changed
        });
    }

    pub(crate) fn trouble(&self) -> watch::Receiver<Option<CommitError>> {
        self.trouble.subscribe()
    }

    pub(crate) fn snapshot(&self) -> Snapshot<R> {
        Snapshot { view: self.view.load_full() }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Revision> {
        self.signal.subscribe()
    }

    pub(crate) fn check_start(&self, after: Revision) -> Result<(), WatchError> {
        let history = self.history();
        if after < history.oldest {
            Err(WatchError::Compacted { oldest: history.oldest })
        } else if after > history.newest {
            Err(WatchError::FutureRevision { current: history.newest })
        } else {
            Ok(())
        }
    }

    /// The next whole revisions after `after`, and the revision up to which they are complete.
    pub(crate) fn read(&self, after: Revision) -> Result<(Batch<R>, Revision), Compacted> {
        let history = self.history();
        if after < history.oldest {
            return Err(Compacted { oldest: history.oldest });
        }
        let start = history.ring.partition_point(|event| event.revision <= after);
        let mut end = (start + BATCH_EVENTS_MAX).min(history.ring.len());
        while end > start && end < history.ring.len() && history.splits_revision(end) {
            end += 1;
        }
        let batch: Vec<_> = history.ring.range(start..end).cloned().collect();
        let reached = if end == history.ring.len() {
            history.newest
        } else {
            batch.last().map_or(after, |event| event.revision)
        };
        Ok((batch, reached))
    }

    pub(crate) fn snapshot_at(&self, revision: Revision) -> Option<Snapshot<R>> {
        let mut history = self.history();
        let current = self.snapshot();
        if revision == current.revision() {
            return Some(current);
        }
        if let Some(kept) = history.kept.iter().find(|kept| kept.snapshot.revision() == revision) {
            return Some(kept.snapshot.clone());
        }
        if revision < history.oldest || revision > current.revision() {
            return None;
        }
        let (snapshot, undone_bytes) = history.undo(&current, revision);
        history.keep(snapshot.clone(), undone_bytes);
        Some(snapshot)
    }

    pub(crate) fn keep(&self, snapshot: &Snapshot<R>) {
        let mut history = self.history();
        if history.kept.iter().all(|kept| kept.snapshot.revision() != snapshot.revision()) {
            history.keep(snapshot.clone(), 0);
        }
    }

    pub(crate) fn compact(&self, revision: Revision) {
        let mut history = self.history();
        let revision = revision.min(history.newest);
        while history.ring.front().is_some_and(|event| event.revision <= revision) {
            history.drop_oldest();
        }
        history.oldest = history.oldest.max(revision);
        history.kept.retain(|kept| kept.snapshot.revision() >= revision);
    }

    pub(crate) fn oldest(&self) -> Revision {
        self.history().oldest
    }

    /// Numbers of the state, beside those of the log.
    pub(crate) fn stats(&self, log: Stats) -> Stats {
        let history = self.history();
        Stats {
            keys: self.view.load().map.len(),
            events: history.ring.len(),
            history_bytes: history.ring_bytes,
            ..log
        }
    }
}

impl<R: Record> History<R> {
    fn push(&mut self, event: Event<R>) {
        let weight = event.weight();
        self.ring_bytes += weight;
        self.pushed_bytes += weight;
        self.ring.push_back(Arc::new(event));
    }

    fn trim(&mut self) {
        // A revision is kept whole or not at all, and the newest always: whoever keeps up is never told
        // that it fell behind, however large one commit is.
        while let Some(front) = self.ring.front().map(|event| event.revision) {
            let too_much = self.ring_bytes > self.options.history_bytes_max && front < self.newest;
            if front != self.oldest && !too_much {
                break;
            }
            self.drop_oldest();
        }
        let (pushed, limit) = (self.pushed_bytes, self.options.snapshots_bytes_max);
        self.kept.retain(|kept| pushed - kept.pushed_bytes <= limit);
    }

    fn drop_oldest(&mut self) {
        let Some(event) = self.ring.pop_front() else { return };
        self.ring_bytes -= event.weight();
        self.oldest = event.revision;
    }

    fn splits_revision(&self, end: usize) -> bool {
        self.ring[end - 1].revision == self.ring[end].revision
    }

    fn undo(&self, current: &Snapshot<R>, revision: Revision) -> (Snapshot<R>, usize) {
        let mut map = current.view.map.clone();
        let mut bytes = 0;
        for event in self.ring.iter().rev().take_while(|event| event.revision > revision) {
            bytes += event.weight();
            match &event.before {
                Some(before) => map.insert(event.key.clone(), Stored::clone(before)),
                None => map.remove(&event.key),
            };
        }
        (Snapshot { view: Arc::new(View { revision, map }) }, bytes)
    }

    fn keep(&mut self, snapshot: Snapshot<R>, behind_bytes: usize) {
        while self.kept.len() >= self.options.snapshots_max.max(1) {
            self.kept.pop_front();
        }
        let pushed_bytes = self.pushed_bytes.saturating_sub(behind_bytes);
        self.kept.push_back(Kept { snapshot, pushed_bytes });
    }
}
