//! The one writer of a durable store: a thread that checks, writes, flushes and publishes.
//!
//! Everything that queued up while the last flush ran goes into the next one, as one frame. Within a batch,
//! coalesced transactions that come before the first durable one are published at once and *carried*: their
//! records go to the disk with the next flush. From the first durable one on, everything waits for the flush,
//! so that publication never leaves revision order. If the flush fails, all that waited for it fails, the
//! head falls back to what is published, and what is carried is written again later.
//!
//! A published revision is never above the revision reserved on disk; one that would be waits for a flush.

use std::{collections::BTreeMap, sync::Arc};

use amethyst_clock::Clock;
use tokio::time::Instant;

use crate::{
    disk::DiskLock,
    error::{CommitError, OpenError},
    event::Event,
    head::Head,
    history::Published,
    key::{Key, Revision},
    log::{FrameBuilder, Log, Mark, Opened, Places, Recovery, Rewrite},
    meters::Meters,
    options::Options,
    queue::{Queue, Reply, Request, Work},
    record::{Record, Stored},
    txn::{Durability, Txn},
};

/// Keys as they shall stand on disk; none for those deleted.
type Changes<R> = BTreeMap<Key, Option<Stored<R>>>;

pub(crate) struct Writer<R: Record> {
    published: Arc<Published<R>>,
    queue: Arc<Queue<R>>,
    meters: Arc<Meters>,
    clock: Clock,
    options: Options,
    head: Head<R>,
    log: Log,
    places: Places,
    /// As known to be on disk.
    reserved: Revision,
    carried: Changes<R>,
    carried_bytes: usize,
    /// When the carried changes must be on disk.
    deadline: Option<Instant>,
    cleaning: Option<Cleaning>,
    /// The last frame on disk is a clean mark and nothing happened since.
    clean: bool,
    _lock: Box<dyn DiskLock>,
}

/// Live records on their way from the oldest segments to the newest.
struct Cleaning {
    /// The segments before this one are being emptied.
    below: u64,
    keys: Vec<Key>,
}

/// What waits for one flush.
struct Batch<R: Record> {
    changes: Changes<R>,
    events: Vec<Event<R>>,
    replies: Vec<(Reply, Result<Revision, CommitError>)>,
    bytes: usize,
    must_flush: bool,
}

impl<R: Record> Writer<R> {
    pub(crate) fn new(
        opened: Opened<R>,
        lock: Box<dyn DiskLock>,
        published: Arc<Published<R>>,
        queue: Arc<Queue<R>>,
        meters: Arc<Meters>,
        clock: Clock,
        options: Options,
    ) -> Result<(Self, Recovery), OpenError> {
        let (rewrite, mut recovery) = (opened.rewrite, opened.recovery);
        let mut writer = Self {
            published,
            queue,
            meters,
            clock,
            options,
            head: Head::new(opened.reserved, opened.map),
            log: opened.log,
            places: opened.places,
            reserved: opened.reserved,
            carried: Changes::new(),
            carried_bytes: 0,
            deadline: None,
            cleaning: None,
            clean: recovery.clean,
            _lock: lock,
        };
        match rewrite {
            Rewrite::No => {}
            Rewrite::Salvage => writer.rewrite().map_err(OpenError::Salvage)?,
            Rewrite::Reseal => writer.reseal(&mut recovery)?,
        }
        writer.measure();
        Ok((writer, recovery))
    }

    /// Works until the queue is closed and empty; then leaves a clean mark.
    pub(crate) fn run(mut self) -> Result<(), CommitError> {
        loop {
            let limit = self.deadline.map(|deadline| deadline - self.clock.instant());
            let taken = self.queue.take(limit, self.options.group_bytes_max);
            self.serve(taken.requests);
            if taken.finished {
                return self.finish();
            }
            if self.deadline.is_some_and(|deadline| deadline <= self.clock.instant()) {
                self.flush_carried();
            }
        }
    }

    fn serve(&mut self, requests: Vec<Request<R>>) {
        if requests.is_empty() {
            return;
        }
        let mut batch = Batch {
            changes: Changes::new(),
            events: Vec::new(),
            replies: Vec::new(),
            bytes: 0,
            must_flush: false,
        };
        let mut slots = Vec::with_capacity(requests.len());
        for request in requests {
            slots.push(request.slot);
            match request.work {
                Work::Commit(txn) => self.accept(txn, request.reply, &mut batch),
                Work::Flush => {
                    batch.must_flush |= !self.carried.is_empty();
                    batch.replies.push((request.reply, Ok(self.head.revision)));
                }
            }
        }
        batch.must_flush |= self.carried_bytes > self.options.group_bytes_max;
        if batch.must_flush {
            self.flush_batch(&mut batch);
        }
        for (reply, answer) in batch.replies {
            // Whoever stopped waiting does not want the answer.
            let _ = reply.send(answer);
        }
    }

    fn accept(&mut self, txn: Txn<R>, reply: Reply, batch: &mut Batch<R>) {
        let coalesced = txn.durability == Durability::Coalesced;
        let events = match self.head.apply(txn) {
            Ok(events) if !events.is_empty() => events,
            // Even these wait for the flush: they may speak of a state that will never be.
            Ok(_) => return batch.replies.push((reply, Ok(self.head.revision))),
            Err(error) => return batch.replies.push((reply, Err(error))),
        };
        let revision = self.head.revision;
        // On a disk that fails for long, what is carried must not grow without bound.
        let may_carry = self.carried_bytes <= self.options.group_bytes_max && revision <= self.reserved;
        if coalesced && !batch.must_flush && may_carry {
            for event in &events {
                self.carried_bytes += event.weight();
                let (key, stored) = change(event);
                self.carried.insert(key, stored);
            }
            let coalesce = self.options.coalesce;
            self.deadline.get_or_insert_with(|| self.clock.instant() + coalesce);
            self.published.publish(self.head.view(), events);
            let _ = reply.send(Ok(revision));
        } else {
            batch.must_flush = true;
            batch.bytes += events.iter().map(Event::weight).sum::<usize>();
            batch.changes.extend(events.iter().map(change));
            batch.events.extend(events);
            batch.replies.push((reply, Ok(revision)));
        }
    }

    fn flush_batch(&mut self, batch: &mut Batch<R>) {
        match self.flush(&batch.changes, batch.bytes, false) {
            Ok(()) => {
                let events = std::mem::take(&mut batch.events);
                if !events.is_empty() {
                    self.published.publish(self.head.view(), events);
                }
            }
            Err(error) => {
                let published = self.published.snapshot();
                self.head = Head::new(published.revision(), published.view.map.clone());
                for (_, answer) in &mut batch.replies {
                    *answer = Err(error.clone());
                }
            }
        }
    }

    fn flush_carried(&mut self) {
        if let Err(error) = self.flush(&Changes::new(), 0, false) {
            tracing::warn!(%error, "failed to store coalesced changes; they are kept in memory and tried again");
            self.deadline = Some(self.clock.instant() + self.options.coalesce);
        }
    }

    fn finish(mut self) -> Result<(), CommitError> {
        if self.clean && self.carried.is_empty() {
            return Ok(());
        }
        self.flush(&Changes::new(), 0, true)
    }

    /// Brings what is carried, `changes` over it, and some live records of old segments to the disk, as
    /// one frame. If there is no room for all that, it is tried without those records.
    fn flush(&mut self, changes: &Changes<R>, bytes: usize, clean: bool) -> Result<(), CommitError> {
        let outcome = self.flush_or_retreat(changes, bytes, clean);
        self.published.flushed(&outcome);
        outcome
    }

    fn flush_or_retreat(
        &mut self,
        changes: &Changes<R>,
        bytes: usize,
        clean: bool,
    ) -> Result<(), CommitError> {
        match self.flush_once(changes, bytes, clean, !clean) {
            Err(CommitError::Full(_)) if self.cleaning.take().is_some() => {
                self.flush_once(changes, bytes, clean, false)
            }
            Err(error) => {
                // What was picked for copying was not copied.
                self.cleaning = None;
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    fn flush_once(
        &mut self,
        changes: &Changes<R>,
        bytes: usize,
        clean: bool,
        copy: bool,
    ) -> Result<(), CommitError> {
        let mut frame = FrameBuilder::new();
        let mut written: Vec<(Key, Option<usize>)> = Vec::new();
        let carried = self.carried.iter().filter(|(key, _)| !changes.contains_key(*key));
        for (key, stored) in carried.chain(changes) {
            let size = match stored {
                Some(stored) => Some(put(&mut frame, key, stored)),
                None if self.places.contains(key.as_str()) => {
                    frame.delete(key.as_str());
                    None
                }
                // It came and went without ever being on disk.
                None => continue,
            };
            written.push((key.clone(), size));
        }
        let emptied = if copy {
            self.copy_forward(&mut frame, &mut written, changes, bytes + self.carried_bytes)
        } else {
            None
        };
        let revision = self.head.revision;
        let reserved = if clean { revision } else { self.reserve(revision) };
        // What fails may stand on the disk all the same, until something that succeeds seals it off.
        self.clean = false;
        let segment = self.log.append(frame, Mark { clean, revision, reserved, base: emptied })?;
        self.reserved = reserved;
        self.clean = clean;
        self.carried.clear();
        self.carried_bytes = 0;
        self.deadline = None;
        for (key, size) in written {
            match size {
                Some(size) => self.places.insert(key, segment, size),
                None => self.places.remove(key.as_str()),
            }
        }
        if emptied.is_some() {
            self.cleaning = None;
            self.log.remove_stale();
        }
        self.measure();
        Ok(())
    }

    /// Reserves again when half of what was reserved is used up, so that coalesced writes hardly ever wait.
    fn reserve(&self, revision: Revision) -> Revision {
        if revision.0 + self.options.reserve / 2 >= self.reserved.0 {
            Revision(revision.0 + self.options.reserve)
        } else {
            self.reserved
        }
    }

    /// Adds live records of the oldest segments, a bounded number of bytes; says which segment is the
    /// oldest that matters once the frame is on disk, when these were the last.
    ///
    /// While it goes on it copies at least twice what is written. More than half of the log is garbage then,
    /// so cleaning overtakes even a writer that only makes garbage.
    fn copy_forward(
        &mut self,
        frame: &mut FrameBuilder,
        written: &mut Vec<(Key, Option<usize>)>,
        changes: &Changes<R>,
        bytes: usize,
    ) -> Option<u64> {
        if self.cleaning.is_none() {
            self.start_cleaning();
        }
        let cleaning = self.cleaning.as_mut()?;
        let limit = frame.len() + self.options.clean_bytes_per_flush.max(2 * bytes);
        while frame.len() < limit {
            let Some(key) = cleaning.keys.pop() else { return Some(cleaning.below) };
            let moves = self.places.is_before(key.as_str(), cleaning.below)
                && !changes.contains_key(&key)
                && !self.carried.contains_key(&key);
            if moves && let Some(stored) = self.head.map.get(&key) {
                let size = put(frame, &key, stored);
                written.push((key, Some(size)));
            }
        }
        None
    }

    fn start_cleaning(&mut self) {
        let live = self.places.live_bytes();
        let garbage = self.log.used_bytes().saturating_sub(live);
        if self.log.segments() < 2 || garbage <= live + self.options.garbage_bytes_floor {
            return;
        }
        let Some(oldest) = self.log.oldest() else { return };
        let below = oldest + 1;
        self.cleaning = Some(Cleaning { below, keys: self.places.before(below) });
    }

    /// Writes everything anew into new segments and lets the old ones go.
    fn rewrite(&mut self) -> Result<(), CommitError> {
        self.log.seal();
        let below = self.log.next_id();
        self.cleaning = Some(Cleaning { below, keys: self.places.before(below) });
        while self.cleaning.is_some() {
            self.flush_once(&Changes::new(), 0, false, true)?;
        }
        Ok(())
    }

    /// The same, so that everything is sealed with the current key. On a full disk it waits for the next
    /// opening: the older keys are at hand.
    fn reseal(&mut self, recovery: &mut Recovery) -> Result<(), OpenError> {
        match self.rewrite() {
            Ok(()) => recovery.sealed = self.options.seal.is_some(),
            Err(error @ CommitError::Full(_)) => {
                self.cleaning = None;
                tracing::warn!(%error, "the store is not yet sealed with its current key; keep the older ones");
            }
            Err(error) => return Err(OpenError::Reseal(error)),
        }
        Ok(())
    }

    fn measure(&self) {
        self.meters.set(&self.log, &self.places);
    }
}

fn put<R: Record>(frame: &mut FrameBuilder, key: &Key, stored: &Stored<R>) -> usize {
    frame.put(key.as_str(), stored.created, stored.modified, |out| stored.record.encode(out))
}

fn change<R: Record>(event: &Event<R>) -> (Key, Option<Stored<R>>) {
    let stored = event.after.as_ref().map(|record| Stored {
        record: Arc::clone(record),
        created: event.created,
        modified: event.revision,
    });
    (event.key.clone(), stored)
}
