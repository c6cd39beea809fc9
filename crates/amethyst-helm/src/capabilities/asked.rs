//! What templates asked about a cluster, its APIs and its objects: a result holds for any cluster that
//! answers the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use amethyst_object::{Str, Value as Document};

use super::Capabilities;
use crate::lookup::{LookedUp, Lookup, digest};

/// The questions of one render.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Questions>);

#[derive(Debug, Default)]
struct Questions {
    has: BTreeMap<Str, bool>,
    /// Whether somebody looked at the list itself.
    all: bool,
    /// What was looked up, and the digest of each answer.
    looked_up: BTreeMap<LookedUp, [u8; 32]>,
}

impl Asked {
    /// Whether a cluster with `capabilities` would have answered the same; a list that was looked at whole is
    /// not compared and never the same.
    pub fn holds_for(&self, capabilities: &Capabilities) -> bool {
        let questions = self.lock();
        let has = |wanted: &Str| capabilities.api_versions.iter().any(|version| version == wanted);
        !questions.all && questions.has.iter().all(|(wanted, answer)| has(wanted) == *answer)
    }

    /// Whether `lookup` would have answered the same in another view; `None` is a view of nothing.
    pub fn holds_in(&self, view: Option<&dyn Lookup>) -> bool {
        // Answers are asked for without the lock: a view may be slow.
        let looked_up = self.lock().looked_up.clone();
        looked_up.iter().all(|(question, answer)| digest(&question.answer(view)) == *answer)
    }

    /// Each API version that was asked about with the answer; `None` when the list itself was looked at, or objects
    /// were looked up.
    pub fn answers(&self) -> Option<Vec<(Str, bool)>> {
        let questions = self.lock();
        let is_all = questions.all || !questions.looked_up.is_empty();
        (!is_all).then(|| questions.has.iter().map(|(wanted, answer)| (wanted.clone(), *answer)).collect())
    }

    /// The questions of a render that asked these and got these answers.
    pub fn of_answers(answers: impl IntoIterator<Item = (Str, bool)>) -> Self {
        Self(Mutex::new(Questions { has: answers.into_iter().collect(), ..Questions::default() }))
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

    pub(crate) fn note_all(&self) {
        self.lock().all = true;
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
