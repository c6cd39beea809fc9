//! A commit is compared with the cluster where it changes something, and nowhere else.

use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{NAMESPACE, World, map_file, merge};

/// How often ConfigMaps were applied, for a look or for good.
async fn applied(world: &World) -> u64 {
    let request = http::Request::get("/metrics").body(Vec::new()).unwrap();
    let text = world.env.client.request_text(request).await.unwrap();
    let of_maps = |line: &&str| {
        line.starts_with("apiserver_request_total")
            && line.contains("resource=\"configmaps\"")
            && line.contains("verb=\"PATCH\"")
    };
    let count = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    text.lines().filter(of_maps).map(count).sum()
}

fn component(what: &str) -> String {
    format!("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n{what}\n")
}

/// Two Kustomizations, `a` and `b`, that were compared and found as wanted.
async fn world(spec_of_b: serde_json::Value) -> World {
    let world = World::start(&[
        ("a/a.yaml", &map_file("a", "1")),
        ("b/kustomization.yaml", "resources: [b.yaml]\ncomponents: [../shared]\n"),
        ("b/b.yaml", &map_file("b", "${V:=none}")),
        ("shared/kustomization.yaml", &component("commonAnnotations: {from: shared}")),
    ])
    .await;
    world.kustomization("a", "a", json!({})).await;
    world.kustomization("b", "b", spec_of_b).await;
    for name in ["a", "b"] {
        world.applied(name, &world.git(&["rev-parse", "HEAD"])).await;
    }
    next(&world, &[]).await;
    world
}

/// Commits, and waits until both have come to it.
async fn next(world: &World, files: &[(&str, &str)]) {
    let commit = world.commit(files);
    for name in ["a", "b"] {
        world.applied(name, &commit).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_file_of_a_commit_touches_is_not_applied_again() {
    let world = world(json!({"wait": true})).await;
    let before = applied(&world).await;
    next(&world, &[]).await;
    next(&world, &[("elsewhere.yaml", "x")]).await;
    assert_eq!(applied(&world).await, before);
    // A look and a write for what changed, and nothing for its neighbour.
    next(&world, &[("a/a.yaml", &map_file("a", "2"))]).await;
    assert_eq!(applied(&world).await, before + 2);
    assert_eq!(world.maps().get("a").await.unwrap().data["data"]["x"], "2");
    // What was written is looked at once more, and then known.
    next(&world, &[]).await;
    assert_eq!(applied(&world).await, before + 3);
    next(&world, &[]).await;
    assert_eq!(applied(&world).await, before + 3);
    // Who asks gets all of it.
    world.request("b", "now").await;
    assert_eq!(applied(&world).await, before + 4);
    // A file that another folder lends.
    next(&world, &[("shared/kustomization.yaml", &component("namePrefix: x-"))]).await;
    world.map("x-b", "${V:=none}").await;
    world.no_map("b").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_undone_by_the_next_commit_whatever_that_holds() {
    let world = world(json!({})).await;
    merge(&world.maps(), "a", json!({"data": {"x": "drift"}})).await;
    next(&world, &[]).await;
    assert_eq!(world.maps().get("a").await.unwrap().data["data"]["x"], "1");
    next(&world, &[]).await;
    world.maps().delete("b", &DeleteParams::default()).await.unwrap();
    next(&world, &[]).await;
    assert!(world.has_map("b").await);
    next(&world, &[]).await;
    merge(
        &world.maps(),
        "b",
        json!({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}}),
    )
    .await;
    next(&world, &[]).await;
    let annotations = world.maps().get("b").await.unwrap().metadata.annotations.unwrap_or_default();
    assert_eq!(annotations.into_keys().collect::<Vec<_>>(), ["from"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_compared_when_the_interval_ends() {
    let world = world(json!({"interval": "2s"})).await;
    let before = applied(&world).await;
    // Commits in between do not put it off.
    for _ in 0..200 {
        next(&world, &[]).await;
        if applied(&world).await > before + 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nothing was compared in ten seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_are_looked_at_as_well() {
    let from = json!([{"kind": "ConfigMap", "name": "vars", "optional": true}]);
    let world = world(json!({"postBuild": {"substitute": {"W": ""}, "substituteFrom": from}})).await;
    world.map("b", "none").await;
    let vars = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vars", "namespace": NAMESPACE}, "data": {"V": "eins"}});
    world.create(vars).await;
    world.map("b", "eins").await;
    next(&world, &[]).await;
    merge(&world.maps(), "vars", json!({"data": {"V": "zwei"}})).await;
    next(&world, &[]).await;
    world.map("b", "zwei").await;
}
