//! What a look at a repository comes to.

use amethyst_controller::{ObjectKey, Requeue, conditions};
use amethyst_object::Object;
use amethyst_tree::Tree;

use super::api::{GitRepository, Status};
use super::{Found, Observed, Plan, Revision, plan};

fn observed(repository: serde_json::Value, revision: Revision) -> Observed {
    let repository: GitRepository = serde_json::from_value(repository).unwrap();
    let (key, now) = (ObjectKey::new("flux-system", "home"), "2026-01-01T00:00:00Z".to_owned());
    Observed { object: Object::default(), key, repository, now, revision }
}

fn found(commit: &str, digest: &str) -> Revision {
    Revision::Found(Box::new(Found {
        revision: format!("main@sha1:{commit}"),
        commit: commit.to_owned(),
        summary: "say hello".to_owned(),
        digest: digest.to_owned(),
        tree: Tree::from_files([("a", "1")]),
        first: false,
    }))
}

fn reported(plan: Plan) -> (Status, Option<String>, Requeue) {
    let Plan::Report { status, event, requeue, .. } = plan else { panic!("nothing was reported") };
    (*status, event.map(|(_, reason, message)| format!("{reason}: {message}")), requeue)
}

fn said(status: &Status, kind: &str) -> String {
    status
        .conditions
        .get(kind)
        .map_or_else(String::new, |it| format!("{} {}: {}", it.status, it.reason, it.message))
}

fn repository() -> serde_json::Value {
    serde_json::json!({"metadata": {"name": "home", "namespace": "flux-system", "generation": 3},
        "spec": {"url": "https://example.org/home", "interval": "1m"}})
}

#[test]
fn a_revision_becomes_an_artifact_and_is_said_once() {
    let (status, event, _) = reported(plan(&observed(repository(), found("abc", "sha256:1"))));
    assert_eq!(said(&status, "Ready"), "True Succeeded: stored artifact for revision 'main@sha1:abc'");
    assert_eq!(said(&status, "ArtifactInStorage"), said(&status, "Ready"));
    assert_eq!(status.observed_generation, Some(3));
    assert_eq!(status.artifact.as_ref().unwrap().url, "amethyst://gitrepository/flux-system/home/abc");
    assert_eq!(event.as_deref(), Some("NewArtifact: stored artifact for commit 'say hello'"));

    let mut again = observed(repository(), found("abc", "sha256:1"));
    again.repository.status = status.clone();
    let (same, event, _) = reported(plan(&again));
    assert_eq!((same, event), (status, None), "nothing changed, nothing is written");
}

#[test]
fn a_repository_that_cannot_be_read_keeps_its_last_artifact() {
    let (status, ..) = reported(plan(&observed(repository(), found("abc", "sha256:1"))));
    let mut failing = observed(repository(), Revision::Failed("no commit".to_owned()));
    failing.repository.status = status;
    let (status, event, requeue) = reported(plan(&failing));
    assert_eq!(said(&status, "Ready"), "False GitOperationFailed: no commit");
    assert_eq!(said(&status, "FetchFailed"), "True GitOperationFailed: no commit");
    assert!(status.conditions.is_true(conditions::RECONCILING) && status.artifact.is_some());
    assert_eq!(event.as_deref(), Some("GitOperationFailed: no commit"));
    assert!(matches!(requeue, Requeue::After(_)));

    let mut recovered = observed(repository(), found("abc", "sha256:1"));
    recovered.repository.status = status;
    let (status, event, _) = reported(plan(&recovered));
    assert!(status.conditions.get("FetchFailed").is_none());
    assert_eq!(event.as_deref(), Some("Succeeded: stored artifact for commit 'say hello'"));
}

#[test]
fn what_is_refused_waits_for_a_change() {
    let (status, _, requeue) = reported(plan(&observed(repository(), Revision::Refused("no".to_owned()))));
    assert!(status.conditions.is_true(conditions::STALLED) && status.conditions.is_false(conditions::READY));
    assert_eq!(requeue, Requeue::Never);
}

#[test]
fn a_request_for_a_pass_is_answered() {
    let mut repository = repository();
    repository["metadata"]["annotations"] = serde_json::json!({"reconcile.fluxcd.io/requestedAt": "now"});
    let (status, ..) = reported(plan(&observed(repository, found("abc", "sha256:1"))));
    assert_eq!(status.last_handled_reconcile_at.as_deref(), Some("now"));
}
