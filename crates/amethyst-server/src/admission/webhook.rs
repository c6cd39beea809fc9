//! Webhooks over HTTP: `MutatingWebhookConfiguration` and `ValidatingWebhookConfiguration`
//! (kubernetes/apiserver `pkg/admission/plugin/webhook`).
//!
//! The configurations are compiled when they are written and swapped in as a whole, so that a write that no
//! webhook is about pays for a few comparisons. Nothing a webhook does can hold the server: its time, the
//! size of its answers and the calls in flight to it are bounded.

mod call;
mod hook;
mod mutating;
mod outcome;
mod review;
mod service;
mod validating;

use std::sync::Arc;

use amethyst_admission::Operation;
use amethyst_http::Gate;
use amethyst_store::Snapshot;
use arc_swap::ArcSwap;

use crate::record::Entry;
use crate::registry::write::Attempt;

pub(crate) use hook::Hook;
pub(crate) use mutating::Reinvocation;
pub(super) use mutating::mutate;
pub(super) use validating::validate;

const MUTATING: &str = "admissionregistration.k8s.io/mutatingwebhookconfigurations//";
const VALIDATING: &str = "admissionregistration.k8s.io/validatingwebhookconfigurations//";

/// All webhooks, as they are configured now.
#[derive(Debug)]
pub(crate) struct Webhooks {
    mutating: ArcSwap<Vec<Arc<Hook>>>,
    validating: ArcSwap<Vec<Arc<Hook>>>,
    gate: Arc<dyn Gate>,
}

impl Webhooks {
    pub(super) fn new(gate: Arc<dyn Gate>) -> Self {
        Self { mutating: ArcSwap::default(), validating: ArcSwap::default(), gate }
    }

    /// Follows the store. Hooks whose configuration is as it was stay, with their connections.
    pub(super) fn refresh(&self, snapshot: &Snapshot<Entry>) {
        for (prefix, hooks) in [(MUTATING, &self.mutating), (VALIDATING, &self.validating)] {
            let current = hooks.load_full();
            hooks.store(Arc::new(hook::compile(prefix, snapshot, &current, &self.gate)));
        }
    }

    /// Whether a mutating webhook's rules let the request through.
    pub(super) fn may_mutate(&self, attempt: &Attempt<'_>, operation: Operation) -> bool {
        self.mutating.load().iter().any(|hook| hook.criteria.may_match(attempt, operation))
    }

    /// The same of the validating ones.
    pub(super) fn may_validate(&self, attempt: &Attempt<'_>, operation: Operation) -> bool {
        self.validating.load().iter().any(|hook| hook.criteria.may_match(attempt, operation))
    }

    fn mutating(&self, attempt: &Attempt<'_>, operation: Operation) -> Vec<(usize, Arc<Hook>)> {
        about(&self.mutating.load(), attempt, operation)
    }

    fn validating(&self, attempt: &Attempt<'_>, operation: Operation) -> Vec<(usize, Arc<Hook>)> {
        about(&self.validating.load(), attempt, operation)
    }
}

/// The hooks whose rules let the request through, with their places among all.
fn about(hooks: &[Arc<Hook>], attempt: &Attempt<'_>, operation: Operation) -> Vec<(usize, Arc<Hook>)> {
    let about = hooks.iter().enumerate().filter(|(_, hook)| hook.criteria.may_match(attempt, operation));
    about.map(|(index, hook)| (index, Arc::clone(hook))).collect()
}
