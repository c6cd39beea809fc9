//! A watcher's place in the ring of events.

use std::{fmt, sync::Arc};

use tokio::sync::watch;

use crate::{error::Compacted, event::Event, history::Published, key::Revision, record::Record};

/// Events in revision order; all events of a revision are in one batch.
pub type Batch<R> = Vec<Arc<Event<R>>>;

/// A place in the history of the store. It holds no events, so a slow reader costs no memory; one that
/// falls out of the kept history is told so and must list again.
pub struct Cursor<R: Record> {
    published: Arc<Published<R>>,
    signal: watch::Receiver<Revision>,
    after: Revision,
}

impl<R: Record> fmt::Debug for Cursor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("after", &self.after).finish_non_exhaustive()
    }
}

impl<R: Record> Cursor<R> {
    pub(crate) fn new(published: Arc<Published<R>>, after: Revision) -> Self {
        let signal = published.subscribe();
        Self { published, signal, after }
    }

    /// Waits for the next events. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Result<Batch<R>, Compacted> {
        loop {
            self.signal.borrow_and_update();
            let batch = self.try_next()?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            // The sender lives in `published`, which this cursor holds.
            if self.signal.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// The next events if there are any now; an empty batch if not.
    pub fn try_next(&mut self) -> Result<Batch<R>, Compacted> {
        let (batch, reached) = self.published.read(self.after)?;
        self.after = reached;
        Ok(batch)
    }

    /// Everything up to here was delivered (for bookmarks).
    pub fn revision(&self) -> Revision {
        self.after
    }
}
