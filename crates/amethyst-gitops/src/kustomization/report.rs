//! What a Kustomization says about itself: conditions, reasons and events as kustomize-controller's.
//!
//! Pure: an old status and what happened give a new status and what to say.

use amethyst_controller::events::Severity;
use amethyst_controller::{Stamp, conditions};

use super::api::{Kustomization, Status};
use crate::duration::GoDuration;
use crate::history::{Snapshot, upsert};
use crate::inventory::Inventory;
use crate::names::{self, reasons};

/// An event to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) severity: Severity,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Said {
    pub(crate) fn normal(reason: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Normal, reason: reason.to_owned(), message: message.into() }
    }

    fn warning(reason: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, reason: reason.to_owned(), message: message.into() }
    }
}

/// A new status and the events that go with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) status: Status,
    pub(crate) said: Vec<Said>,
}

/// What was built and tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The revision.
    pub(crate) revision: String,
    /// The digest of the objects; empty when they could not be built.
    pub(crate) digest: String,
    /// How long it took so far.
    pub(crate) took: GoDuration,
}

/// The status that a pass begins with: requests for a pass are answered by any.
fn begun(kustomization: &Kustomization) -> Status {
    let mut status = kustomization.status.clone();
    if let Some(requested_at) = kustomization.metadata.requested_at() {
        status.last_handled_reconcile_at = Some(requested_at.to_owned());
    }
    status
}

/// A failure is said when it is new, not at every retry.
fn said_before(kustomization: &Kustomization, reason: &str, message: &str) -> bool {
    kustomization
        .status
        .conditions
        .get(conditions::READY)
        .is_some_and(|ready| ready.status == "False" && ready.reason == reason && ready.message == message)
}

/// Marks `Ready` false; whoever was reconciling is so with a retry.
fn not_ready(status: &mut Status, stamp: Stamp<'_>, reason: &str, message: &str) {
    status.conditions.set(stamp, conditions::READY, "False", reason, message);
    if let Some(message) = status.conditions.get(conditions::RECONCILING).map(|it| it.message.clone()) {
        status.conditions.set(
            stamp,
            conditions::RECONCILING,
            "True",
            reasons::PROGRESSING_WITH_RETRY,
            &message,
        );
    }
}

/// Something outside must change first: the source or a dependency.
pub(crate) fn held_back(
    kustomization: &Kustomization,
    stamp: Stamp<'_>,
    reason: &str,
    message: &str,
    said: Option<Said>,
) -> Report {
    let mut status = begun(kustomization);
    status.conditions.remove(conditions::STALLED);
    not_ready(&mut status, stamp, reason, message);
    let said = said.filter(|_| !said_before(kustomization, reason, message));
    Report { status, said: said.into_iter().collect() }
}

/// Only a change of the object itself, or of those it waits for in a circle, helps.
pub(crate) fn stalled(
    kustomization: &Kustomization,
    stamp: Stamp<'_>,
    reason: &str,
    message: &str,
) -> Report {
    let mut status = begun(kustomization);
    status.conditions.set(stamp, conditions::READY, "False", reason, message);
    status.conditions.stalled(stamp, reason, message);
    status.observed_generation = Some(stamp.generation);
    let said = (!said_before(kustomization, reason, message)).then(|| Said::warning(reason, message));
    Report { status, said: said.into_iter().collect() }
}

/// An attempt failed and is repeated after the retry interval.
pub(crate) fn failed(
    kustomization: &Kustomization,
    stamp: Stamp<'_>,
    attempt: &Attempt,
    reason: &str,
    message: &str,
    inventory: Option<Inventory>,
) -> Report {
    let mut status = begun(kustomization);
    let new = !said_before(kustomization, reason, message)
        || status.last_attempted_revision.as_deref() != Some(&attempt.revision);
    let doing = match reason {
        reasons::ARTIFACT_FAILED => "Fetching manifests",
        reasons::BUILD_FAILED => "Building manifests",
        reasons::HEALTH_CHECK_FAILED => "Running health checks",
        _ => "Detecting drift",
    };
    status.conditions.reconciling(
        stamp,
        reasons::PROGRESSING_WITH_RETRY,
        &progress(kustomization, doing, attempt),
    );
    status.conditions.set(stamp, conditions::READY, "False", reason, message);
    if reason == reasons::HEALTH_CHECK_FAILED {
        status.conditions.set(stamp, names::HEALTHY, "False", reason, message);
    }
    if reason != reasons::ARTIFACT_FAILED {
        status.last_attempted_revision = Some(attempt.revision.clone());
    }
    status.inventory = inventory.or(status.inventory);
    if !attempt.digest.is_empty() && new {
        upsert(&mut status.history, snapshot(attempt, stamp, reason));
    }
    let said = new.then(|| Said::warning(reason, message));
    Report { status, said: said.into_iter().collect() }
}

fn progress(kustomization: &Kustomization, doing: &str, attempt: &Attempt) -> String {
    let timeout = GoDuration(kustomization.timeout());
    format!("{doing} for revision {} with a timeout of {timeout}", attempt.revision)
}

/// All is applied, and its health is being looked at.
pub(crate) fn checking(
    kustomization: &Kustomization,
    stamp: Stamp<'_>,
    attempt: &Attempt,
    inventory: Option<Inventory>,
) -> Report {
    let mut status = begun(kustomization);
    let message = progress(kustomization, "Running health checks", attempt);
    status.conditions.set(
        stamp,
        conditions::READY,
        "Unknown",
        reasons::PROGRESSING,
        "Reconciliation in progress",
    );
    status.conditions.reconciling(stamp, reasons::PROGRESSING, &message);
    status.conditions.set(stamp, names::HEALTHY, "Unknown", reasons::PROGRESSING, &message);
    status.last_attempted_revision = Some(attempt.revision.clone());
    status.inventory = inventory.or(status.inventory);
    Report { status, said: Vec::new() }
}

/// All is applied, and healthy if that was asked for. A pass that found everything as it was says and
/// changes nothing.
pub(crate) fn succeeded(
    kustomization: &Kustomization,
    stamp: Stamp<'_>,
    attempt: &Attempt,
    inventory: Option<Inventory>,
    health: Option<GoDuration>,
    changed: bool,
) -> Report {
    let before = &kustomization.status;
    let mut status = begun(kustomization);
    let mut said = Vec::new();
    let was_ready = before.conditions.is_true(conditions::READY)
        && before.observed_generation == Some(stamp.generation)
        && before.last_applied_revision.as_deref() == Some(&attempt.revision)
        && before.history.first().is_some_and(|last| last.digest == attempt.digest);
    let requested = before.last_handled_reconcile_at != status.last_handled_reconcile_at;
    let news = changed || requested || !was_ready;
    match health {
        None => status.conditions.remove(names::HEALTHY),
        Some(took) => {
            let was_healthy = before.conditions.is_true(names::HEALTHY);
            let message = format!("Health check passed in {took}");
            if !was_healthy || changed {
                said.push(Said::normal(reasons::PROGRESSING, message.as_str()));
            }
            if news || !was_healthy {
                status.conditions.set(stamp, names::HEALTHY, "True", reasons::SUCCEEDED, &message);
            }
        }
    }
    status.conditions.remove(conditions::RECONCILING);
    status.conditions.remove(conditions::STALLED);
    let message = format!("Applied revision: {}", attempt.revision);
    status.conditions.set(stamp, conditions::READY, "True", reasons::RECONCILIATION_SUCCEEDED, &message);
    status.observed_generation = Some(stamp.generation);
    status.last_applied_revision = Some(attempt.revision.clone());
    status.last_attempted_revision = Some(attempt.revision.clone());
    status.inventory = inventory.or(status.inventory);
    if news {
        upsert(&mut status.history, snapshot(attempt, stamp, reasons::RECONCILIATION_SUCCEEDED));
        let (took, interval) = (attempt.took, kustomization.spec.interval);
        let message = format!("Reconciliation finished in {took}, next run in {interval}");
        said.push(Said::normal(reasons::RECONCILIATION_SUCCEEDED, message));
    }
    Report { status, said }
}

fn snapshot(attempt: &Attempt, stamp: Stamp<'_>, reason: &str) -> Snapshot {
    Snapshot {
        digest: attempt.digest.clone(),
        first_reconciled: stamp.now.to_owned(),
        last_reconciled: stamp.now.to_owned(),
        last_reconciled_duration: attempt.took,
        last_reconciled_status: reason.to_owned(),
        total_reconciliations: 1,
        metadata: [("revision".to_owned(), attempt.revision.clone())].into(),
    }
}

#[cfg(test)]
mod tests;
