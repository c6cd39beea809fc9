//! Who comes first, and what happens when nobody can.

use serde_json::json;

use crate::world::{World, condition, map_file};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dependents_wait_for_the_revision_of_what_they_need() {
    let world =
        World::start(&[("db/a.yaml", &map_file("db", "1")), ("web/a.yaml", &map_file("web", "1"))]).await;
    world.kustomization("web", "web", json!({"dependsOn": [{"name": "db"}]})).await;
    let missing = "False DependencyNotReady: dependency 'flux-system/db' not found";
    world.said("web", missing).await;
    assert!(!world.has_map("web").await);
    world.kustomization("db", "db", json!({})).await;
    world.map("web", "1").await;
    world.map("db", "1").await;

    let broken = world.commit(&[("db/a.yaml", "a: ["), ("web/a.yaml", &map_file("web", "2"))]);
    world.said("db", "False BuildFailed").await;
    world.said("web", "False DependencyNotReady: dependency 'flux-system/db' is not ready").await;
    assert_eq!(world.maps().get("web").await.unwrap().data["data"]["x"], "1", "{broken}");
    let mended = world.commit(&[("db/a.yaml", &map_file("db", "3"))]);
    world.applied("web", &mended).await;
    world.map("web", "2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_circle_is_named_on_all_in_it_and_can_be_cut() {
    let world = World::start(&[("a/a.yaml", &map_file("a", "1")), ("b/b.yaml", &map_file("b", "1"))]).await;
    world.kustomization("a", "a", json!({"dependsOn": [{"name": "b"}]})).await;
    world.kustomization("b", "b", json!({"dependsOn": [{"name": "a"}]})).await;
    let circle = "False CircularDependency: circular dependency detected: flux-system/";
    let said = world.said("a", &format!("{circle}a -> flux-system/b -> flux-system/a")).await;
    assert!(condition(&said, "Stalled").starts_with("True CircularDependency"));
    world.said("b", &format!("{circle}b -> flux-system/a -> flux-system/b")).await;
    assert!(!world.has_map("a").await && !world.has_map("b").await);

    world.patch("b", json!({"spec": {"dependsOn": null}})).await;
    world.map("b", "1").await;
    world.map("a", "1").await;
    let done = world.said("a", "True").await;
    assert_eq!(condition(&done, "Stalled"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_broken_kustomization_does_not_hold_the_others() {
    let world = World::start(&[
        ("good/a.yaml", &map_file("good", "1")),
        ("bad/a.yaml", "a: ["),
        ("bad/b.yaml", &map_file("bad", "1")),
    ])
    .await;
    for name in ["good", "bad"] {
        world.kustomization(name, name, json!({})).await;
    }
    let said = world.said("bad", "False BuildFailed: kustomize build failed: bad/a.yaml:").await;
    assert!(
        condition(&said, "Reconciling")
            .starts_with("True ProgressingWithRetry: Building manifests for revision main@sha1:")
    );
    world.map("good", "1").await;
    assert!(!world.has_map("bad").await);
    world.event("bad", "Warning BuildFailed: ").await;
}
