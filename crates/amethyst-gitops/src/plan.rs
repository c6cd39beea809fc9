//! What an apply is going to do: pure over the built objects and what stands in the cluster.
//!
//! This is the plan that the controller carries out and that `diff` and `rehearse` print. An apply goes
//! in stages ([`crate::inventory::Stage`]): the objects of a later stage may be of kinds that an earlier
//! one defines, so each stage is observed and planned when the one before it is done.

use std::collections::BTreeSet;
use std::fmt;

use amethyst_controller::ApiError;
use amethyst_controller::ssa::{FormerManager, drifted, takeover};
use amethyst_object::{GroupVersionKind, Object, ObjectId, Str, Value};

use crate::inventory::ResourceRef;
use crate::names;

#[cfg(test)]
mod tests;

/// Managers whose fields are taken over, so that what they set can be undone from Git.
const FORMER_MANAGERS: [FormerManager; 4] = [
    FormerManager { prefix: "kubectl", operation: "Apply" },
    FormerManager { prefix: "kubectl", operation: "Update" },
    FormerManager { prefix: "before-first-apply", operation: "Update" },
    FormerManager { prefix: names::KUSTOMIZE_CONTROLLER, operation: "Update" },
];
/// Annotations that an apply cleans away.
const FORMER_ANNOTATIONS: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];
/// Labels that an apply cleans away.
const FORMER_LABELS: [&str; 1] = ["fluxcd.io/sync-gc-mark"];

/// What was found of one wanted object.
#[derive(Debug, Default)]
pub struct Found {
    /// What stands in the cluster.
    pub existing: Option<Object>,
    /// The server's answer to a dry run; `None` when [`is_skipped`] made one needless.
    pub answer: Option<Result<Object, ApiError>>,
}

/// What happens to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is left alone because its author wants so.
    Skip,
    /// It is as wanted.
    Keep,
    /// It is not there yet.
    Create,
    /// It is changed. The patch comes first and takes over what other managers owned.
    Configure {
        /// A JSON patch of metadata.
        takeover: Option<Value>,
    },
    /// It is deleted and made anew.
    Recreate,
}

impl Action {
    /// The word of Flux's change sets.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Skip => "skipped",
            Self::Keep => "unchanged",
            Self::Create => "created",
            Self::Configure { .. } | Self::Recreate => "configured",
        }
    }

    /// Whether it writes anything.
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Skip | Self::Keep)
    }
}

/// One object and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name as the server knows it.
    pub id: ObjectId,
    /// Its kind.
    pub gvk: GroupVersionKind,
    /// The identity of what stands there; empty when nothing does.
    pub uid: String,
    /// What is applied.
    pub wanted: Object,
    /// What happens.
    pub action: Action,
}

/// Prints as a line of Flux's change sets: `ConfigMap/apps/web created`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.action.as_str())
    }
}

impl Step {
    /// Its entry in the inventory.
    pub fn entry(&self) -> ResourceRef {
        ResourceRef::new(&self.id, &self.gvk.version)
    }
}

/// What one stage of an apply does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagePlan {
    /// All its objects, in the order they are applied in.
    pub steps: Vec<Step>,
    /// What the server refuses, one sentence per object. When there is any, nothing of the stage is
    /// applied.
    pub refusals: Vec<String>,
    /// What would have to be there first, as far as the refusals tell.
    pub missing: BTreeSet<Missing>,
}

/// Something that others may still bring.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// A kind that nobody has defined.
    Kind(GroupVersionKind),
    /// A namespace.
    Namespace(Str),
}

/// Whether an object is left alone: it says so itself, what stands there says so, or it is there already
/// and only wanted when it is not.
pub fn is_skipped(wanted: &Object, existing: Option<&Object>) -> bool {
    let excluded =
        |object: &Object| says(object, names::RECONCILE, "disabled") || says(object, names::SSA, "Ignore");
    excluded(wanted)
        || existing.is_some_and(|existing| excluded(existing) || says(wanted, names::SSA, "IfNotPresent"))
}

/// Plans one stage. `force` makes objects anew that cannot be changed.
pub fn plan_stage(stage: Vec<(Object, Found)>, force: bool) -> StagePlan {
    let mut plan = StagePlan::default();
    for (wanted, found) in stage {
        let existing = found.existing.as_ref();
        let action = match &found.answer {
            None => Action::Skip,
            Some(Ok(answer)) => changed(&wanted, existing, answer),
            Some(Err(error)) => {
                let forced = |object: &Object| says(object, names::FORCE, "enabled");
                let may_force = force || forced(&wanted) || existing.is_some_and(forced);
                if existing.is_some() && may_force && error.is_immutable() {
                    Action::Recreate
                } else {
                    plan.missing.extend(missing(&wanted, error));
                    plan.refusals.push(refusal(&wanted, error));
                    continue;
                }
            }
        };
        // The server's own name counts: it takes the namespace from objects that have none.
        let named = match (&action, &found.answer) {
            (Action::Skip, _) => existing.unwrap_or(&wanted),
            (_, Some(Ok(answer))) => answer,
            _ => &wanted,
        };
        plan.steps.push(Step {
            id: named.id(),
            gvk: wanted.gvk(),
            uid: existing.map(|existing| existing.uid().to_owned()).unwrap_or_default(),
            action,
            wanted,
        });
    }
    plan
}

fn changed(wanted: &Object, existing: Option<&Object>, answer: &Object) -> Action {
    let Some(existing) = existing else { return Action::Create };
    let merges = says(wanted, names::SSA, "Merge") || says(existing, names::SSA, "Merge");
    let takeover = (!merges)
        .then(|| {
            let manager = names::KUSTOMIZE_CONTROLLER;
            takeover(existing, &FORMER_ANNOTATIONS, &FORMER_LABELS, &FORMER_MANAGERS, manager)
        })
        .flatten();
    if takeover.is_some() || drifted(existing, answer) {
        Action::Configure { takeover }
    } else {
        Action::Keep
    }
}

fn missing(wanted: &Object, error: &ApiError) -> Option<Missing> {
    match error {
        ApiError::NoKind { .. } => Some(Missing::Kind(wanted.gvk())),
        error if error.is_not_found() && !wanted.namespace().is_empty() => {
            Some(Missing::Namespace(wanted.namespace().into()))
        }
        _ => None,
    }
}

/// The sentence for an object that the server refuses, as fluxcd/pkg `ssa/errors` writes it.
fn refusal(wanted: &Object, error: &ApiError) -> String {
    let id = wanted.id();
    if error.is_not_found() || matches!(error, ApiError::NoNamespace) {
        let what = if wanted.namespace().is_empty() { "namespace not specified" } else { "not found" };
        return format!("{id} {what}: {error}");
    }
    let reason = if error.is_manager_conflict() { "FieldManagerConflict" } else { error.reason() };
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("{id} dry-run failed{reason}: {}", chain(error))
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Whether a label or an annotation says a word, in any case, as upstream compares them.
fn says(object: &Object, key: &str, word: &str) -> bool {
    let said = |value: Option<&str>| value.is_some_and(|value| value.eq_ignore_ascii_case(word));
    said(object.label(key)) || said(object.annotation(key))
}

/// Whether a stale object is to be deleted: it must still carry the labels of its Kustomization, and
/// nobody may have asked to keep it.
pub fn is_pruned(existing: &Object, owner_namespace: &str, owner_name: &str) -> bool {
    existing.label(names::OWNER_NAME) == Some(owner_name)
        && existing.label(names::OWNER_NAMESPACE) == Some(owner_namespace)
        && !says(existing, names::PRUNE, "disabled")
        && !says(existing, names::RECONCILE, "disabled")
        && !says(existing, names::SSA, "Ignore")
}
