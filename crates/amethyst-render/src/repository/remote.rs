//! Schemas of other hosts that charts' schemas refer to, and which of them were not at hand.

use std::sync::{Arc, Mutex, PoisonError};

use amethyst_helm::Schemas;

/// Passes on what is at hand and notes what is not, so that a result without it is not taken for a complete one.
pub(super) struct Remote {
    inner: Option<Arc<dyn Schemas>>,
    missing: Mutex<Vec<String>>,
}

impl Remote {
    pub(super) fn new(inner: Option<Arc<dyn Schemas>>) -> Self {
        Self { inner, missing: Mutex::default() }
    }

    /// The URLs that were asked for in vain.
    pub(super) fn missing(&self) -> Vec<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Schemas for Remote {
    fn get(&self, url: &str) -> Option<Vec<u8>> {
        let found = self.inner.as_ref().and_then(|inner| inner.get(url));
        if found.is_none() {
            let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
            if !missing.iter().any(|known| known == url) {
                missing.push(url.to_owned());
            }
        }
        found
    }
}
