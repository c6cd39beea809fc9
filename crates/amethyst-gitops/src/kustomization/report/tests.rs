//! Conditions and events of a Kustomization through its life.

use std::time::Duration;

use amethyst_controller::Stamp;

use super::{Attempt, Report, Said, checking, failed, held_back, stalled, succeeded};
use crate::duration::GoDuration;
use crate::inventory::Inventory;
use crate::kustomization::api::{Kustomization, Status};
use crate::names::reasons;

fn kustomization(status: Status) -> Kustomization {
    let object =
        serde_json::json!({"metadata": {"name": "web", "generation": 2}, "spec": {"interval": "10m"}});
    let mut kustomization: Kustomization = serde_json::from_value(object).unwrap();
    kustomization.status = status;
    kustomization
}

fn attempt(revision: &str) -> Attempt {
    let took = GoDuration(Duration::from_millis(1500));
    Attempt { revision: revision.to_owned(), digest: format!("sha256:{revision}"), took }
}

const AT: Stamp<'static> = Stamp { generation: 2, now: "2026-01-01T00:00:00Z" };

fn conditions(report: &Report) -> Vec<String> {
    let list = &report.status.conditions.0;
    list.iter().map(|it| format!("{}={} {}: {}", it.kind, it.status, it.reason, it.message)).collect()
}

fn said(report: &Report) -> Vec<String> {
    report.said.iter().map(|Said { reason, message, .. }| format!("{reason}: {message}")).collect()
}

#[test]
fn a_success_is_said_once_and_then_nothing_changes() {
    let done = succeeded(
        &kustomization(Status::default()),
        AT,
        &attempt("r1"),
        Some(Inventory::default()),
        None,
        true,
    );
    assert_eq!(conditions(&done), ["Ready=True ReconciliationSucceeded: Applied revision: r1"]);
    assert_eq!(said(&done), ["ReconciliationSucceeded: Reconciliation finished in 1.5s, next run in 10m0s"]);
    assert_eq!(
        (done.status.observed_generation, done.status.last_applied_revision.as_deref()),
        (Some(2), Some("r1"))
    );
    assert_eq!(done.status.history.len(), 1);

    let later = Stamp { now: "2026-01-01T00:10:00Z", ..AT };
    let again = succeeded(&kustomization(done.status.clone()), later, &attempt("r1"), None, None, false);
    assert_eq!((again.status, again.said), (done.status.clone(), Vec::new()));
    let drifted = succeeded(&kustomization(done.status), later, &attempt("r1"), None, None, true);
    assert_eq!((drifted.said.len(), drifted.status.history[0].total_reconciliations), (1, 2));
}

#[test]
fn a_failure_is_said_when_it_is_new() {
    let first = failed(
        &kustomization(Status::default()),
        AT,
        &attempt("r1"),
        reasons::RECONCILIATION_FAILED,
        "no",
        None,
    );
    assert_eq!(
        conditions(&first),
        [
            "Reconciling=True ProgressingWithRetry: Detecting drift for revision r1 with a timeout of 9m30s",
            "Ready=False ReconciliationFailed: no",
        ]
    );
    assert_eq!(said(&first), ["ReconciliationFailed: no"]);
    assert_eq!(first.status.last_applied_revision, None);
    let retry = failed(
        &kustomization(first.status.clone()),
        AT,
        &attempt("r1"),
        reasons::RECONCILIATION_FAILED,
        "no",
        None,
    );
    assert_eq!((retry.status, retry.said), (first.status.clone(), Vec::new()));
    let other = failed(&kustomization(first.status), AT, &attempt("r2"), reasons::BUILD_FAILED, "bad", None);
    assert_eq!(said(&other), ["BuildFailed: bad"]);
}

#[test]
fn health_is_looked_at_and_said() {
    let waiting = checking(&kustomization(Status::default()), AT, &attempt("r1"), None);
    let message = "Running health checks for revision r1 with a timeout of 9m30s";
    assert_eq!(
        conditions(&waiting),
        [
            format!("Reconciling=True Progressing: {message}"),
            "Ready=Unknown Progressing: Reconciliation in progress".to_owned(),
            format!("Healthy=Unknown Progressing: {message}"),
        ]
    );
    let took = Some(GoDuration(Duration::from_secs(3)));
    let done = succeeded(&kustomization(waiting.status.clone()), AT, &attempt("r1"), None, took, true);
    assert_eq!(
        conditions(&done),
        [
            "Ready=True ReconciliationSucceeded: Applied revision: r1",
            "Healthy=True Succeeded: Health check passed in 3s",
        ]
    );
    assert_eq!(said(&done)[0], "Progressing: Health check passed in 3s");
    let again = Some(GoDuration(Duration::from_millis(3)));
    let again = succeeded(&kustomization(done.status.clone()), AT, &attempt("r1"), None, again, false);
    assert_eq!((again.status, again.said), (done.status, Vec::new()));
    let bad = failed(
        &kustomization(waiting.status),
        AT,
        &attempt("r1"),
        reasons::HEALTH_CHECK_FAILED,
        "late",
        None,
    );
    assert!(conditions(&bad).contains(&"Healthy=False HealthCheckFailed: late".to_owned()));
}

#[test]
fn what_holds_it_back_is_said() {
    let note = Said::normal(reasons::DEPENDENCY_NOT_READY, "waiting");
    let held = held_back(
        &kustomization(Status::default()),
        AT,
        reasons::DEPENDENCY_NOT_READY,
        "db",
        Some(note.clone()),
    );
    assert_eq!(conditions(&held), ["Ready=False DependencyNotReady: db"]);
    assert_eq!(held.said.len(), 1);
    let again =
        held_back(&kustomization(held.status.clone()), AT, reasons::DEPENDENCY_NOT_READY, "db", Some(note));
    assert_eq!((again.status, again.said), (held.status, Vec::new()));
    let stuck = stalled(&kustomization(Status::default()), AT, reasons::UNSUPPORTED, "`spec.x`");
    assert_eq!(
        conditions(&stuck),
        ["Stalled=True UnsupportedField: `spec.x`", "Ready=False UnsupportedField: `spec.x`"]
    );
}
