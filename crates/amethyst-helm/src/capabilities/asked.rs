//! What templates asked about a cluster, its APIs and its objects: a result holds for any cluster that
//! answers the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use amethyst_object::{Str, Value as Document};
use sha2::{Digest, Sha256};

use super::Capabilities;
use crate::lookup::{LookedUp, Lookup, digest};

/// The questions of one render.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Answers>);

/// What was asked, and what the cluster answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Whether it serves an API version.
    pub has: BTreeMap<Str, bool>,
    /// What names the list itself, if somebody looked at it.
    pub all: Option<[u8; 32]>,
    /// What was looked up, and the digest of each answer.
    pub looked_up: BTreeMap<LookedUp, [u8; 32]>,
}

impl Asked {
    /// Whether a cluster with `capabilities` would have answered the same.
    pub fn holds_for(&self, capabilities: &Capabilities) -> bool {
        let questions = self.lock();
        let has = |wanted: &Str| capabilities.api_versions.iter().any(|version| version == wanted);
        questions.all.is_none_or(|all| all == list_digest(&capabilities.api_versions))
            && questions.has.iter().all(|(wanted, answer)| has(wanted) == *answer)
    }

    /// Whether `lookup` would have answered the same in another view; `None` is a view of nothing.
    pub fn holds_in(&self, view: Option<&dyn Lookup>) -> bool {
        // Answers are asked for without the lock: a view may be slow.
        let looked_up = self.lock().looked_up.clone();
        looked_up.iter().all(|(question, answer)| digest(&question.answer(view)) == *answer)
    }

    /// All questions with their answers.
    pub fn answers(&self) -> Answers {
        self.lock().clone()
    }

    /// The questions of a render that got these answers.
    pub fn of_answers(answers: Answers) -> Self {
        Self(Mutex::new(answers))
    }

    /// What was looked up.
    pub fn looked_up(&self) -> Vec<LookedUp> {
        self.lock().looked_up.keys().cloned().collect()
    }

    pub(crate) fn note_lookup(&self, question: LookedUp, answer: &Result<Document, String>) {
        let answer = digest(answer);
        self.lock().looked_up.insert(question, answer);
    }

    pub(crate) fn note(&self, wanted: &str, answer: bool) {
        self.lock().has.insert(wanted.into(), answer);
    }

    pub(crate) fn note_all(&self, versions: &[Str]) {
        self.lock().all.get_or_insert_with(|| list_digest(versions));
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names a list of API versions.
fn list_digest(versions: &[Str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for version in versions {
        hash.update(version.len().to_le_bytes());
        hash.update(version);
    }
    hash.finalize().into()
}
