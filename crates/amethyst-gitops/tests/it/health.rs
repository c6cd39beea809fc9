//! Waiting for what was applied.

use amethyst_testkit::wait_for;
use serde_json::json;

use crate::world::{World, condition, map_file, merge_status};

pub(crate) const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
";
pub(crate) const THING: &str =
    "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: it}\nspec: {a: 1}\n";

fn ready(status: &str) -> serde_json::Value {
    let ready = json!({"type": "Ready", "status": status, "reason": "Because", "message": "not yet",
        "lastTransitionTime": "2026-01-01T00:00:00Z"});
    json!({"conditions": [ready]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn definitions_come_before_their_objects_and_health_is_awaited() {
    let world = World::start(&[("apps/a.yaml", THING), ("apps/z.yaml", DEFINITION)]).await;
    let checks = json!([{"apiVersion": "example.org/v1", "kind": "Thing", "name": "it", "namespace": "flux-system"},
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "namespace": "flux-system"}]);
    world.kustomization("apps", "apps", json!({"healthChecks": checks})).await;
    let waiting = world.said("apps", "Unknown Progressing: Reconciliation in progress").await;
    wait_for(&world.things(), "it", |it| it.data["spec"]["a"] == 1).await;
    assert!(
        condition(&waiting, "Healthy")
            .starts_with("Unknown Progressing: Running health checks for revision main@sha1:")
    );
    assert_eq!(waiting.data["status"]["lastAppliedRevision"], json!(null));
    assert_eq!(waiting.data["status"]["inventory"]["entries"].as_array().unwrap().len(), 2);

    merge_status(&world.things(), "it", &ready("False")).await;
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other", "namespace": "flux-system"}});
    world.create(other).await;
    merge_status(&world.things(), "it", &ready("True")).await;
    let done = world.said("apps", "True ReconciliationSucceeded").await;
    assert!(condition(&done, "Healthy").starts_with("True Succeeded: Health check passed in "));
    assert_eq!(condition(&done, "Reconciling"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_object_fails_the_wait_and_says_why() {
    let world = World::start(&[("apps/a.yaml", THING), ("apps/z.yaml", DEFINITION)]).await;
    world.kustomization("apps", "apps", json!({"wait": true, "retryInterval": "1s"})).await;
    world.said("apps", "True").await;
    let stalled = json!({"type": "Stalled", "status": "True", "reason": "Broken", "message": "no such disk",
        "lastTransitionTime": "2026-01-01T00:00:00Z"});
    merge_status(&world.things(), "it", &json!({"conditions": [stalled]})).await;
    world.patch("apps", json!({"spec": {"interval": "2h"}})).await;
    let said = world.said("apps", "False HealthCheckFailed: health check failed after ").await;
    let message = condition(&said, "Ready");
    let expect =
        "failed early due to stalled resources: [Thing/flux-system/it status: 'Failed': no such disk]";
    assert!(message.ends_with(expect), "{message}");
    merge_status(&world.things(), "it", &ready("True")).await;
    world.said("apps", "True").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_waits_for_its_children() {
    let child = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: child}\n\
        spec: {interval: 1h, prune: true, path: child, targetNamespace: flux-system, sourceRef: {kind: GitRepository, name: home}}\n";
    let world = World::start(&[("parent/child.yaml", child), ("child/a.yaml", "a: [")]).await;
    world.kustomization("parent", "parent", json!({"wait": true})).await;
    world.said("child", "False BuildFailed").await;
    world.said("parent", "Unknown").await;
    let mended = world.commit(&[("child/a.yaml", &map_file("a", "1"))]);
    world.applied("child", &mended).await;
    world.applied("parent", &mended).await;
}
