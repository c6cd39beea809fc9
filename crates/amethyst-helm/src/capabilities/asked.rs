//! What templates asked about the APIs of a cluster: a result holds for any cluster that answers the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use amethyst_object::Str;

use super::Capabilities;

/// The questions of one render.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Questions>);

#[derive(Debug, Default)]
struct Questions {
    has: BTreeMap<Str, bool>,
    /// Whether somebody looked at the list itself.
    all: bool,
}

impl Asked {
    /// Whether a cluster with `capabilities` would have answered the same; a list that was looked at whole is
    /// not compared and never the same.
    pub fn holds_for(&self, capabilities: &Capabilities) -> bool {
        let questions = self.lock();
        let has = |wanted: &Str| capabilities.api_versions.iter().any(|version| version == wanted);
        !questions.all && questions.has.iter().all(|(wanted, answer)| has(wanted) == *answer)
    }

    pub(crate) fn note(&self, wanted: &str, answer: bool) {
        self.lock().has.insert(wanted.into(), answer);
    }

    pub(crate) fn note_all(&self) {
        self.lock().all = true;
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
