//! The walk of one commit: from a file in Git to an object in the server, and back out again.

use serde_json::json;

use crate::world::{World, map_file};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_becomes_an_object() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    let first = world.git(&["rev-parse", "HEAD"]);
    world.kustomization("apps", "./apps", json!({})).await;
    let map = world.map("a", "1").await;
    let labels = map.metadata.labels.unwrap();
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/name"], "apps");
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/namespace"], "flux-system");
    let managers = map.metadata.managed_fields.unwrap();
    let manager = (managers[0].manager.as_deref(), managers[0].operation.as_deref());
    assert_eq!(manager, (Some("kustomize-controller"), Some("Apply")));

    let applied = world.applied("apps", &first).await;
    let status = &applied.data["status"];
    assert_eq!(status["inventory"]["entries"], json!([{"id": "flux-system_a__ConfigMap", "v": "v1"}]));
    assert_eq!(status["lastAppliedRevision"], format!("main@sha1:{first}"));
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(status["history"][0]["lastReconciledStatus"], "ReconciliationSucceeded");
    assert_eq!(applied.metadata.finalizers.unwrap(), ["finalizers.fluxcd.io"]);
    world.event("apps", "Normal Progressing: ConfigMap/flux-system/a created").await;
    world.event("apps", "Normal ReconciliationSucceeded: Reconciliation finished in ").await;

    let second = world.commit(&[("apps/a.yaml", &map_file("a", "2"))]);
    world.map("a", "2").await;
    world.applied("apps", &second).await;
    world.event("home", "Normal NewArtifact: stored artifact for commit 'change the homelab'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leaves_git_leaves_the_cluster_and_a_deleted_kustomization_takes_all_along() {
    let keep = format!(
        "{}  annotations:\n    kustomize.toolkit.fluxcd.io/prune: disabled\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n"
    );
    let world = World::start(&[
        ("apps/a.yaml", &map_file("a", "1")),
        ("apps/b.yaml", &map_file("b", "1")),
        ("apps/kept.yaml", &keep),
    ])
    .await;
    world.kustomization("apps", "apps", json!({})).await;
    world.applied("apps", &world.git(&["rev-parse", "HEAD"])).await;
    let second = world.commit(&[("apps/b.yaml", ""), ("apps/kept.yaml", "")]);
    world.no_map("b").await;
    let applied = world.applied("apps", &second).await;
    assert_eq!(applied.data["status"]["inventory"]["entries"].as_array().unwrap().len(), 1);
    assert!(world.has_map("a").await && world.has_map("kept").await);
    world.event("apps", "Normal Progressing: ConfigMap/flux-system/b deleted").await;

    world.delete("apps").await;
    world.no_map("a").await;
    amethyst_testkit::wait_gone(&world.kustomizations(), "apps").await;
    assert!(world.has_map("kept").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_prune_everything_stays() {
    let world =
        World::start(&[("apps/a.yaml", &map_file("a", "1")), ("apps/b.yaml", &map_file("b", "1"))]).await;
    world.kustomization("apps", "apps", json!({"prune": false})).await;
    world.map("b", "1").await;
    let second = world.commit(&[("apps/b.yaml", "")]);
    world.applied("apps", &second).await;
    world.delete("apps").await;
    amethyst_testkit::wait_gone(&world.kustomizations(), "apps").await;
    assert!(world.has_map("a").await && world.has_map("b").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_goes_on_where_the_first_ended() {
    let mut world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    world.kustomization("apps", "apps", json!({})).await;
    let before = world.applied("apps", &world.git(&["rev-parse", "HEAD"])).await;
    world.halt().await;
    // Times of conditions are told in seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.run();
    // Nothing changed while it was away, so nothing is written: a request shows that the pass is over.
    let after = world.request("apps", "again").await;
    let ready_since = |it: &kube::api::DynamicObject| {
        let conditions = it.data["status"]["conditions"].as_array().unwrap().clone();
        let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready").unwrap();
        (ready["status"].clone(), ready["lastTransitionTime"].clone())
    };
    // A source that was not looked at yet is no fault.
    assert_eq!(ready_since(&after), ready_since(&before));
    assert_eq!(after.data["status"]["lastAppliedRevision"], before.data["status"]["lastAppliedRevision"]);
    world.halt().await;
    let third = world.commit(&[("apps/a.yaml", &map_file("a", "3"))]);
    world.run();
    world.map("a", "3").await;
    world.applied("apps", &third).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_finds_everything_as_it_was_writes_nothing() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    world.kustomization("apps", "apps", json!({"interval": "1s"})).await;
    world.kustomization("watched", "apps", json!({"interval": "1h", "suspend": true})).await;
    world.applied("apps", &world.git(&["rev-parse", "HEAD"])).await;
    let before = world.kustomizations().get("apps").await.unwrap();
    let map = world.maps().get("a").await.unwrap();
    // Drift shows that passes happen: it is undone by one of them.
    crate::world::merge(&world.maps(), "a", json!({"data": {"x": "drift"}})).await;
    let back = world.map("a", "1").await;
    assert_ne!(map.metadata.resource_version, back.metadata.resource_version);
    let after = amethyst_testkit::wait_for(&world.kustomizations(), "apps", |it| {
        it.metadata.resource_version != before.metadata.resource_version
    })
    .await;
    assert_eq!(after.data["status"]["history"][0]["totalReconciliations"], 2);
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let later = world.kustomizations().get("apps").await.unwrap();
    assert_eq!(after.metadata.resource_version, later.metadata.resource_version);
    assert_eq!(
        back.metadata.resource_version,
        world.maps().get("a").await.unwrap().metadata.resource_version
    );
}
