//! The store itself: one handle over a memory or a durable backend.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use imbl::OrdMap;
use tokio::sync::watch;

use crate::{
    cursor::Cursor,
    disk::Disk,
    durable::Durable,
    error::{CommitError, OpenError, WatchError},
    head::Head,
    history::Published,
    key::Revision,
    log::Recovery,
    options::{Options, Stats},
    record::Record,
    snapshot::Snapshot,
    txn::Txn,
};

/// Everything the API server knows, under one revision counter. Cheap to clone; all clones are one store.
pub struct Store<R: Record> {
    published: Arc<Published<R>>,
    backend: Arc<Backend<R>>,
    options: Options,
}

enum Backend<R: Record> {
    Memory(Mutex<Memory<R>>),
    Durable(Durable<R>),
}

struct Memory<R> {
    head: Head<R>,
    closed: bool,
}

impl<R: Record> Clone for Store<R> {
    fn clone(&self) -> Self {
        Self {
            published: Arc::clone(&self.published),
            backend: Arc::clone(&self.backend),
            options: self.options.clone(),
        }
    }
}

impl<R: Record> fmt::Debug for Store<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}

impl<R: Record> Store<R> {
    /// An empty store that lives and dies with the process. It needs no thread and no runtime: a commit is
    /// made when its future is first polled.
    pub fn memory(options: Options) -> Self {
        Self::from_head(Head::new(Revision(0), OrdMap::new()), options)
    }

    /// Opens the store on `disk`, making it when there is none, and says what was found. It runs one thread
    /// of its own; on a tokio runtime whose time is paused, timers may run ahead while a commit waits for
    /// that thread, so use [`Store::memory`] there.
    pub fn open(disk: Arc<dyn Disk>, options: Options) -> Result<(Self, Recovery), OpenError> {
        let (durable, published, recovery) = Durable::open(disk, &options)?;
        Ok((Self { published, backend: Arc::new(Backend::Durable(durable)), options }, recovery))
    }

    fn from_head(head: Head<R>, options: Options) -> Self {
        let published = Arc::new(Published::new(head.view(), options.clone()));
        let backend = Arc::new(Backend::Memory(Mutex::new(Memory { head, closed: false })));
        Self { published, backend, options }
    }

    /// The current state: immutable, and free to take.
    pub fn snapshot(&self) -> Snapshot<R> {
        self.published.snapshot()
    }

    /// The state at `revision`, when it is within the kept history or was kept; none when it is compacted
    /// or has not happened.
    pub fn snapshot_at(&self, revision: Revision) -> Option<Snapshot<R>> {
        self.published.snapshot_at(revision)
    }

    /// Keeps a snapshot for [`Store::snapshot_at`] beyond the kept history, for example because a continue
    /// token names it. The number and the weight of what is kept are bounded; the oldest goes first.
    pub fn keep(&self, snapshot: &Snapshot<R>) {
        self.published.keep(snapshot);
    }

    /// Makes a transaction, all of it or nothing, and answers with its revision: once it is durable, or
    /// once it is accepted when it is coalesced. A transaction that changes nothing makes no revision and
    /// answers with the current one.
    ///
    /// Dropping the future before it was polled makes no commit; dropping it later does not undo one.
    pub fn commit(&self, txn: Txn<R>) -> impl Future<Output = Result<Revision, CommitError>> + Send + use<R> {
        let store = self.clone();
        async move {
            match &*store.backend {
                Backend::Memory(memory) => store.commit_in_memory(memory, txn),
                Backend::Durable(durable) => durable.commit(txn).await,
            }
        }
    }

    fn commit_in_memory(&self, memory: &Mutex<Memory<R>>, txn: Txn<R>) -> Result<Revision, CommitError> {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.closed {
            return Err(CommitError::Closed);
        }
        let events = memory.head.apply(txn)?;
        if !events.is_empty() {
            self.published.publish(memory.head.view(), events);
        }
        Ok(memory.head.revision)
    }

    /// Follows every change after `after`.
    pub fn watch(&self, after: Revision) -> Result<Cursor<R>, WatchError> {
        self.published.check_start(after)?;
        Ok(Cursor::new(Arc::clone(&self.published), after))
    }

    /// A memory store that starts as this one is now and shares all structure with it. Its history starts
    /// here.
    pub fn fork(&self) -> Self {
        let snapshot = self.snapshot();
        let head = Head::new(snapshot.revision(), snapshot.view.map.clone());
        Self::from_head(head, self.options.clone())
    }

    /// Forgets the history up to and including `revision`: watches and reads of the past that need it are
    /// answered as compacted.
    pub fn compact(&self, revision: Revision) {
        self.published.compact(revision);
    }

    /// The oldest revision a watch may start after.
    pub fn oldest(&self) -> Revision {
        self.published.oldest()
    }

    /// Waits until everything accepted so far, coalesced writes included, is on disk. In memory there is
    /// nothing to wait for.
    pub async fn flush(&self) -> Result<(), CommitError> {
        match &*self.backend {
            Backend::Memory(_) => Ok(()),
            Backend::Durable(durable) => durable.flush().await,
        }
    }

    /// Closes the store: what was accepted is brought to the disk, a clean mark is left, and the folder is
    /// free again; later commits are refused. Reading goes on. Closing twice is fine. A store that is
    /// dropped without it does the same, and blocks the thread that drops the last handle meanwhile.
    pub async fn close(&self) -> Result<(), CommitError> {
        match &*self.backend {
            Backend::Memory(memory) => {
                memory.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
                Ok(())
            }
            Backend::Durable(durable) => durable.close().await,
        }
    }

    /// What keeps the store from writing now, as it comes and goes: a full disk, one that fails. Reads go on
    /// meanwhile, and nothing acknowledged is lost.
    pub fn trouble(&self) -> watch::Receiver<Option<CommitError>> {
        self.published.trouble()
    }

    /// What the store holds and has done.
    pub fn stats(&self) -> Stats {
        let log = match &*self.backend {
            Backend::Memory(_) => Stats::default(),
            Backend::Durable(durable) => durable.meters().get(),
        };
        self.published.stats(log)
    }
}
