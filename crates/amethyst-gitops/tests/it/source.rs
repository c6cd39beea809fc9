//! GitRepositories: which revision, which files, and what cannot be served.

use amethyst_testkit::wait_for;
use serde_json::json;

use crate::world::{World, condition, git_repository, map_file};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_and_ignore_rules_choose_what_is_served() {
    let world =
        World::start(&[("apps/a.yaml", &map_file("a", "1")), ("other/b.yaml", &map_file("b", "1"))]).await;
    let tagged = world.git(&["rev-parse", "HEAD"]);
    world.git(&["tag", "v1.0.0"]);
    world.commit(&[("apps/a.yaml", &map_file("a", "2"))]);
    let url = format!("file://{}", world.root().display());
    let spec = json!({"url": url, "interval": "1h", "ref": {"semver": ">=1.0.0"}, "ignore": "/other"});
    world.create(git_repository("old", &spec)).await;
    let served =
        wait_for(&world.repositories(), "old", |it| condition(it, "Ready").starts_with("True")).await;
    let artifact = &served.data["status"]["artifact"];
    assert_eq!(artifact["revision"], format!("v1.0.0@sha1:{tagged}"));
    assert_eq!(artifact["url"], format!("amethyst://gitrepository/flux-system/old/{tagged}"));
    assert_eq!(served.data["status"]["observedIgnore"], "/other");

    let old = json!({"sourceRef": {"kind": "GitRepository", "name": "old"}, "namePrefix": "old-"});
    world.kustomization("old", "apps", old.clone()).await;
    world.map("old-a", "1").await;
    world.kustomization("ignored", "other", old).await;
    world.said("ignored", "False ArtifactFailed: kustomization path not found").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_served_is_said_on_the_object() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    let spec = json!({"url": "https://git.example.org/other", "interval": "1h"});
    world.create(git_repository("far", &spec)).await;
    let said = wait_for(&world.repositories(), "far", |it| condition(it, "Ready").starts_with("False")).await;
    let ready = condition(&said, "Ready");
    assert!(ready.starts_with("False GitOperationFailed: ") && ready.contains("hint: "), "{ready}");
    assert!(condition(&said, "Stalled").starts_with("True"));
    world.kustomization("far", "apps", json!({"sourceRef": {"kind": "GitRepository", "name": "far"}})).await;
    world.said("far", "False ArtifactFailed: Source artifact not found").await;

    let spec = json!({"url": format!("file://{}", world.root().display()), "interval": "1h", "ref": {"branch": "next"}});
    world.create(git_repository("next", &spec)).await;
    let failed = "False GitOperationFailed: failed to checkout and determine revision: ";
    wait_for(&world.repositories(), "next", |it| condition(it, "Ready").starts_with(failed)).await;
    world
        .kustomization("next", "apps", json!({"sourceRef": {"kind": "GitRepository", "name": "next"}}))
        .await;
    world.git(&["branch", "next"]);
    // The interval is an hour: a request looks again.
    let patch = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    crate::world::merge(&world.repositories(), "next", patch).await;
    world.said("next", "True ReconciliationSucceeded: Applied revision: next@sha1:").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_spec_asks_in_vain_is_refused_by_name() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    world
        .kustomization(
            "apps",
            "apps",
            json!({"serviceAccountName": "me", "decryption": {"provider": "sops"}}),
        )
        .await;
    let said = world.said("apps", "False UnsupportedField").await;
    let message = condition(&said, "Stalled");
    assert!(
        message.contains("`spec.serviceAccountName`") && message.contains("`spec.decryption`"),
        "{message}"
    );
    assert_eq!(said.data["status"]["observedGeneration"], 1);
    world.patch("apps", json!({"spec": {"serviceAccountName": null, "decryption": null}})).await;
    world.map("a", "1").await;
}
