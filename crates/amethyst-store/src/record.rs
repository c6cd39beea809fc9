//! What the store keeps: records it never looks into.

use std::{fmt, sync::Arc};

use crate::key::Revision;

/// What the store keeps. The store never looks inside.
pub trait Record: Send + Sync + 'static {
    /// What readers memoize for each event (for example encoded watch frames).
    type Cache: Default + Send + Sync + 'static;

    /// Appends the bytes that [`Record::decode`] turns back into this record.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads a record from the bytes of [`Record::encode`].
    fn decode(bytes: &[u8]) -> Result<Self, String>
    where
        Self: Sized;

    /// The bytes it holds in memory; always the same for one record.
    fn weight(&self) -> usize;
}

/// A record with its place in history.
pub struct Stored<R> {
    /// The record itself, shared.
    pub record: Arc<R>,
    /// The revision that created the key.
    pub created: Revision,
    /// The revision that last wrote the key.
    pub modified: Revision,
}

impl<R> Clone for Stored<R> {
    fn clone(&self) -> Self {
        Self { record: Arc::clone(&self.record), created: self.created, modified: self.modified }
    }
}

impl<R: fmt::Debug> fmt::Debug for Stored<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("record", &self.record)
            .field("created", &self.created)
            .field("modified", &self.modified)
            .finish()
    }
}
