//! How objects are applied: variables, drift, suspension, annotations, what cannot be changed.

use amethyst_testkit::wait_for;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::world::{NAMESPACE, World, condition, map_file, merge};

fn borrowed<'a>(files: &'a [(&'a str, String); 5]) -> Vec<(&'a str, &'a str)> {
    files.iter().map(|(path, text)| (*path, text.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_come_from_the_spec_and_from_objects_and_are_watched() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "${ONE} ${TWO:=two}"))]).await;
    let from =
        json!([{"kind": "ConfigMap", "name": "vars"}, {"kind": "Secret", "name": "none", "optional": true}]);
    world.kustomization("apps", "apps", json!({"postBuild": {"substituteFrom": from}})).await;
    world.said("apps", "False BuildFailed: post build failed: substitute from 'ConfigMap/vars' error: configmaps \"vars\" not found").await;
    let vars = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vars", "namespace": NAMESPACE}, "data": {"ONE": "1"}});
    world.create(vars).await;
    world.map("a", "1 two").await;
    merge(&world.maps(), "vars", json!({"data": {"ONE": "eins"}})).await;
    world.map("a", "eins two").await;
    world.patch("apps", json!({"spec": {"postBuild": {"substitute": {"TWO": "zwei", "ONE": "uno"}}}})).await;
    world.map("a", "uno zwei").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_undone_on_request_and_suspension_leaves_it() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    world.kustomization("apps", "apps", json!({})).await;
    world.said("apps", "True").await;
    let by_kubectl = PatchParams::apply("kubectl").force();
    let drift = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "drift", "y": "new"}});
    world.maps().patch("a", &by_kubectl, &Patch::Apply(&drift)).await.unwrap();
    world.request("apps", "one").await;
    let map = world.map("a", "1").await;
    assert_eq!(map.data["data"], json!({"x": "1"}), "what kubectl added is undone too");
    let managers: Vec<_> =
        map.metadata.managed_fields.unwrap().into_iter().filter_map(|it| it.manager).collect();
    assert_eq!(managers, ["kustomize-controller"]);

    world.patch("apps", json!({"spec": {"suspend": true}})).await;
    merge(&world.maps(), "a", json!({"data": {"x": "drift"}})).await;
    world.commit(&[("apps/a.yaml", &map_file("a", "2"))]);
    // Another Kustomization shows that the commit went through.
    world.kustomization("other", "apps", json!({"namePrefix": "other-"})).await;
    world.map("other-a", "2").await;
    assert_eq!(world.maps().get("a").await.unwrap().data["data"]["x"], "drift");
    world.patch("apps", json!({"spec": {"suspend": false}})).await;
    world.map("a", "2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_say_how_they_are_applied() {
    let annotated = |name: &str, x: &str, key: &str, word: &str| {
        map_file(name, x).replace(
            "\ndata:",
            &format!("\n  annotations:\n    kustomize.toolkit.fluxcd.io/{key}: {word}\ndata:"),
        )
    };
    let files = |x: &str| {
        [
            ("apps/once.yaml", annotated("once", x, "ssa", "IfNotPresent")),
            ("apps/ignored.yaml", annotated("ignored", x, "ssa", "Ignore")),
            ("apps/disabled.yaml", annotated("disabled", x, "reconcile", "disabled")),
            ("apps/merged.yaml", annotated("merged", x, "ssa", "Merge")),
            ("apps/plain.yaml", annotated("plain", "${X}", "substitute", "disabled")),
        ]
    };
    let world = World::start(&borrowed(&files("1"))).await;
    world.kustomization("apps", "apps", json!({"postBuild": {"substitute": {"X": "replaced"}}})).await;
    world.said("apps", "True").await;
    world.map("once", "1").await;
    world.map("plain", "${X}").await;
    assert!(!world.has_map("ignored").await && !world.has_map("disabled").await);
    let by_kubectl = PatchParams::apply("kubectl").force();
    let more = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "merged"}, "data": {"y": "mine"}});
    world.maps().patch("merged", &by_kubectl, &Patch::Apply(&more)).await.unwrap();

    let second = world.commit(&borrowed(&files("2")));
    world.applied("apps", &second).await;
    assert_eq!(world.maps().get("once").await.unwrap().data["data"]["x"], "1");
    assert_eq!(world.maps().get("merged").await.unwrap().data["data"], json!({"x": "2", "y": "mine"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_changed_is_refused_until_it_may_be_made_anew() {
    let immutable = |x: &str| format!("{}immutable: true\n", map_file("a", x));
    let world = World::start(&[("apps/a.yaml", &immutable("1")), ("apps/b.yaml", &map_file("b", "1"))]).await;
    world.kustomization("apps", "apps", json!({})).await;
    world.said("apps", "True").await;
    let uid = world.maps().get("a").await.unwrap().metadata.uid;
    world.commit(&[("apps/a.yaml", &immutable("2")), ("apps/b.yaml", &map_file("b", "2"))]);
    let said = world
        .said("apps", "False ReconciliationFailed: ConfigMap/flux-system/a dry-run failed (Invalid): ")
        .await;
    assert!(condition(&said, "Ready").contains("immutable"));
    assert_eq!(
        world.maps().get("b").await.unwrap().data["data"]["x"],
        "1",
        "nothing of the stage is applied"
    );
    world.patch("apps", json!({"spec": {"force": true}})).await;
    world.map("a", "2").await;
    world.map("b", "2").await;
    assert_ne!(world.maps().get("a").await.unwrap().metadata.uid, uid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_nobody_defined_is_named() {
    let odd = "apiVersion: odd.example.org/v1\nkind: Odd\nmetadata: {name: x}\n";
    let world = World::start(&[("apps/a.yaml", odd)]).await;
    world.kustomization("apps", "apps", json!({"retryInterval": "1s"})).await;
    let kind = "no matches for kind \"Odd\" in version \"odd.example.org/v1\"";
    world
        .said("apps", &format!("False ReconciliationFailed: Odd/flux-system/x dry-run failed: {kind}"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_bring_later_is_noticed_without_waiting_for_the_retry() {
    let definition = crate::health::DEFINITION;
    let world = World::start(&[("things/a.yaml", crate::health::THING), ("kinds/a.yaml", definition)]).await;
    world.kustomization("things", "things", json!({"targetNamespace": "later"})).await;
    world
        .said("things", "False ReconciliationFailed: Thing/later/it dry-run failed: no matches for kind")
        .await;
    world.kustomization("kinds", "kinds", json!({})).await;
    world.said("things", "False ReconciliationFailed: Thing/later/it not found: ").await;
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "later"}})).await;
    world.said("things", "True").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_versions_are_served() {
    let world = World::start(&[("apps/a.yaml", &map_file("a", "1"))]).await;
    let spec = json!({"interval": "1h", "prune": true, "path": "apps", "targetNamespace": NAMESPACE, "validation": "client",
        "sourceRef": {"kind": "GitRepository", "name": "home"}});
    let metadata = json!({"name": "old", "namespace": NAMESPACE});
    let api_version = "kustomize.toolkit.fluxcd.io/v1beta2";
    world
        .create(
            json!({"apiVersion": api_version, "kind": "Kustomization", "metadata": metadata, "spec": spec}),
        )
        .await;
    let said = world.said("old", "False UnsupportedField").await;
    assert!(condition(&said, "Ready").contains("`spec.validation`"));
    world.patch("old", json!({"spec": {"validation": null}})).await;
    wait_for(&world.maps(), "a", |_| true).await;
}
