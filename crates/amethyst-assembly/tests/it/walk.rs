//! The walk of one commit, step by step, as ARCHITECTURE.md tells it.

use kube::api::DynamicObject;
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use kube::{Api, ResourceExt};

use crate::repository::{Repository, config_map, manifest, until};

fn flux(homelab: &amethyst_assembly::Homelab, group: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
    Api::namespaced_with(homelab.client().clone(), "flux-system", &resource)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk() {
    let repository = Repository::new(&[("cluster/a.yaml", &manifest("a", "one"))]);
    let homelab = repository.run().await;
    config_map(&homelab, "a", "one").await;

    // A commit moves HEAD, and nothing else is told about it.
    let commit = repository.commit(&[("cluster/a.yaml", &manifest("a", "two"))]);
    let applied = config_map(&homelab, "a", "two").await;
    let revision = format!("main@sha1:{commit}");

    // source, gitops/git_repository: the artifact is of that commit.
    let source =
        flux(&homelab, "source.toolkit.fluxcd.io", "GitRepository").get("flux-system").await.unwrap();
    assert_eq!(source.data["status"]["artifact"]["revision"], revision);

    // gitops/kustomization: the revision is applied, and the inventory names the object.
    let kustomizations = flux(&homelab, "kustomize.toolkit.fluxcd.io", "Kustomization");
    let kustomization = until("the revision to be applied", || async {
        let found = kustomizations.get("flux-system").await.unwrap();
        (found.data["status"]["lastAppliedRevision"] == revision).then_some(found)
    })
    .await;
    let inventory = kustomization.data["status"]["inventory"]["entries"].to_string();
    assert!(inventory.contains("default_a__ConfigMap"), "{inventory}");

    // server: applied by the controller's field manager, with its owner labels.
    assert!(applied.managed_fields().iter().any(|entry| {
        entry.manager.as_deref() == Some("kustomize-controller")
            && entry.operation.as_deref() == Some("Apply")
    }));
    assert_eq!(applied.labels()["kustomize.toolkit.fluxcd.io/name"], "flux-system");

    // store: one revision, which is the object's resourceVersion.
    let snapshot = homelab.store().snapshot();
    let stored = snapshot.get("/configmaps/default/a").expect("the object lies under its key");
    assert_eq!(stored.modified.0.to_string(), applied.resource_version().unwrap());
    assert!(stored.created < stored.modified && stored.modified <= snapshot.revision());

    // What leaves the repository leaves the server.
    std::fs::remove_file(repository.path().join("cluster/a.yaml")).unwrap();
    repository.commit(&[("cluster/b.yaml", &manifest("b", "three"))]);
    config_map(&homelab, "b", "three").await;
    let config_maps: Api<k8s_openapi::api::core::v1::ConfigMap> =
        Api::namespaced(homelab.client().clone(), "default");
    until("the ConfigMap to be pruned", || async {
        config_maps.get_opt("a").await.unwrap().is_none().then_some(())
    })
    .await;
    homelab.stop().await;
}

const RELEASE: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: app, namespace: flux-system}
spec: {interval: 1h, url: \"oci://registry.example.org/charts/app\", ref: {tag: 1.0.0}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: flux-system}
spec: {interval: 1h, chartRef: {kind: OCIRepository, name: app}, values: {a: 1}}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_stored_and_not_waited_for() {
    let repository = Repository::new(&[("cluster/release.yaml", RELEASE)]);
    let homelab = repository.run().await;
    let progress = homelab.progress();
    let summary = until("the sync to be Ready", async || {
        let summary = progress.look().await;
        summary.is_ready().then_some(summary)
    })
    .await;
    let names: Vec<_> = summary.releases().iter().map(|id| id.name.to_string()).collect();
    assert_eq!(names, ["app"]);
    assert!(
        summary.lacks().iter().any(|(id, lack)| id.kind == "HelmRelease" && lack.0.contains("installed"))
    );

    let resource =
        ApiResource::from_gvk(&GroupVersionKind::gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease"));
    let releases: Api<DynamicObject> =
        Api::namespaced_with(homelab.client().clone(), "flux-system", &resource);
    let release = releases.get("app").await.unwrap();
    assert_eq!(release.data["spec"]["values"]["a"], 1);
    // Nobody looked at it, and nobody says so.
    assert!(release.data["status"]["conditions"].is_null());
    let source = flux(&homelab, "source.toolkit.fluxcd.io", "OCIRepository").get("app").await.unwrap();
    assert_eq!(source.data["spec"]["ref"]["tag"], "1.0.0");
    homelab.stop().await;
}
