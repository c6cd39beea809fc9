//! Schemas of other hosts that charts' schemas refer to: which were asked for, and what they were.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_helm::Schemas;

use super::memo::{Key, key};

/// What names a schema, and its text.
type Schema = (Key, Arc<[u8]>);

/// The schemas of one render of a repository, each read once.
pub(super) struct Remote {
    inner: Option<Arc<dyn Schemas>>,
    read: Mutex<HashMap<String, Option<Schema>>>,
}

impl Remote {
    pub(super) fn new(inner: Option<Arc<dyn Schemas>>) -> Self {
        Self { inner, read: Mutex::default() }
    }

    fn get(&self, url: &str) -> Option<Schema> {
        let inner = self.inner.as_ref()?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(url) {
            return known.clone();
        }
        let found = inner.get(url).map(|bytes| (key([bytes.as_slice()]), Arc::from(bytes)));
        read.insert(url.to_owned(), found.clone());
        found
    }

    /// What names the schema, if it is at hand.
    pub(super) fn digest(&self, url: &str) -> Option<Key> {
        self.get(url).map(|(digest, _)| digest)
    }
}

/// Passes schemas on and notes which were asked for, so that a result is not taken for that of others.
pub(super) struct Asking {
    remote: Arc<Remote>,
    asked: Mutex<Vec<(String, Option<Key>)>>,
}

impl Asking {
    pub(super) fn new(remote: &Arc<Remote>) -> Self {
        Self { remote: Arc::clone(remote), asked: Mutex::default() }
    }

    fn note(&self, url: &str) -> Option<Schema> {
        let found = self.remote.get(url);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.iter().any(|(known, _)| known == url) {
            asked.push((url.to_owned(), found.as_ref().map(|(digest, _)| *digest)));
        }
        found
    }

    /// The URLs that were asked for, and what names each that was at hand.
    pub(super) fn asked(&self) -> Vec<(String, Option<Key>)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Schemas for Asking {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        self.note(url).map(|(_, bytes)| bytes.to_vec())
    }

    fn used(&self, url: &str) {
        self.note(url);
    }
}
