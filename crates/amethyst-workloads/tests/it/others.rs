//! Nodes, budgets, ranges and protection, end to end, in virtual time.

use amethyst_testkit::{wait_for, wait_gone};
use amethyst_workloads::SimulatedNode;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, PersistentVolumeClaim, Pod};
use k8s_openapi::api::networking::v1::ServiceCIDR;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::VolumeAttributesClass;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::world::World;

fn node(name: &str, role: &str) -> SimulatedNode {
    SimulatedNode {
        name: name.to_owned(),
        role: role.to_owned(),
        memory: Some("32Gi".to_owned()),
        storage: Some("960GB".to_owned()),
        ..SimulatedNode::default()
    }
}

#[tokio::test(start_paused = true)]
async fn nodes_of_the_homelab_are_there_and_come_back() {
    let world = World::with(vec![node("nuc1", "control-plane"), node("pi1", "worker")]).await;
    let nodes: Api<Node> = Api::all(world.client());
    let nuc =
        wait_for(&nodes, "nuc1", |it| it.annotations().contains_key("node.alpha.kubernetes.io/ttl")).await;
    assert_eq!(nuc.annotations()["kwok.x-k8s.io/node"], "fake");
    assert!(nuc.labels().contains_key("node-role.kubernetes.io/control-plane"));
    assert!(nuc.spec.as_ref().is_none_or(|spec| spec.taints.is_none()));
    let status = nuc.status.clone().unwrap();
    assert_eq!(status.node_info.as_ref().unwrap().kubelet_version, "v1.37.2-amethyst-simulated");
    assert_eq!(status.capacity.unwrap()["ephemeral-storage"].0, "960G");
    assert!(status.conditions.unwrap().iter().any(|it| it.type_ == "Ready" && it.status == "True"));
    let leases: Api<Lease> = Api::namespaced(world.client(), "kube-node-lease");
    let first = wait_for(&leases, "nuc1", |_| true).await.spec.unwrap().renew_time;
    wait_for(&leases, "nuc1", |lease| lease.spec.as_ref().unwrap().renew_time != first).await;

    nodes.delete("nuc1", &DeleteParams::default()).await.unwrap();
    wait_for(&nodes, "nuc1", |node| node.uid() != nuc.uid()).await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn budgets_say_what_they_allow() {
    let world = World::start().await;
    let (budgets, pods): (Api<PodDisruptionBudget>, Api<Pod>) = (world.api(), world.api());
    let budget = json!({"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
    world.make(&budgets, budget).await;
    for name in ["a", "b"] {
        let pod = json!({"metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}});
        world.make(&pods, pod).await;
        let status =
            json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        pods.patch_status(name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    }
    let allowed = |budget: &PodDisruptionBudget, many: i32| {
        budget.status.as_ref().is_some_and(|status| status.disruptions_allowed == Some(many))
    };
    let ready = wait_for(&budgets, "b", |budget| allowed(budget, 1)).await;
    let status = ready.status.unwrap();
    assert_eq!(
        (status.expected_pods, status.current_healthy, status.desired_healthy),
        (Some(2), Some(2), Some(1))
    );

    let how = kube::api::EvictParams::default();
    pods.evict("a", &how).await.unwrap();
    let refused = pods.evict("b", &how).await.unwrap_err();
    let kube::Error::Api(refused) = refused else { panic!("{refused}") };
    assert_eq!((refused.code, refused.reason.as_str()), (429, "TooManyRequests"));
    let causes = &refused.details.as_ref().unwrap().causes;
    assert_eq!(causes[0].reason, "DisruptionBudget");
    wait_for(&budgets, "b", |budget| {
        budget.status.as_ref().is_some_and(|status| status.current_healthy == Some(1))
    })
    .await;
    let before = world.rest().await;
    assert_eq!(world.rest().await, before, "no-op passes write nothing");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn ranges_are_held_until_nobody_uses_them() {
    let world = World::start().await;
    let cidrs: Api<ServiceCIDR> = Api::all(world.client());
    world.make(&cidrs, json!({"metadata": {"name": "more"}, "spec": {"cidrs": ["10.200.0.0/24"]}})).await;
    let ready = |cidr: &ServiceCIDR, truth: &str| {
        let conditions = cidr.status.as_ref().and_then(|status| status.conditions.clone());
        conditions.is_some_and(|it| it.iter().any(|it| it.type_ == "Ready" && it.status == truth))
    };
    wait_for(&cidrs, "more", |cidr| ready(cidr, "True") && !cidr.finalizers().is_empty()).await;
    let services: Api<k8s_openapi::api::core::v1::Service> = world.api();
    let service =
        json!({"metadata": {"name": "s"}, "spec": {"clusterIP": "10.200.0.9", "ports": [{"port": 80}]}});
    world.make(&services, service).await;
    cidrs.delete("more", &DeleteParams::default()).await.unwrap();
    wait_for(&cidrs, "more", |cidr| ready(cidr, "False")).await;
    services.delete("s", &DeleteParams::default()).await.unwrap();
    wait_gone(&cidrs, "more").await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn claims_stay_while_a_pod_mounts_them() {
    let world = World::start().await;
    let (claims, pods): (Api<PersistentVolumeClaim>, Api<Pod>) = (world.api(), world.api());
    let claim = json!({"metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}});
    world.make(&claims, claim).await;
    wait_for(&claims, "c", |claim| claim.finalizers() == ["kubernetes.io/pvc-protection"]).await;
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n1", "terminationGracePeriodSeconds": 0,
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],
        "containers": [{"name": "c", "image": "i"}]}});
    world.make(&pods, pod).await;
    claims.delete("c", &DeleteParams::default()).await.unwrap();
    world.rest().await;
    assert!(claims.get_opt("c").await.unwrap().is_some(), "the pod uses it");
    pods.delete("p", &DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() })
        .await
        .unwrap();
    wait_gone(&claims, "c").await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn classes_of_attributes_stay_while_a_claim_names_them() {
    let world = World::start().await;
    let claims: Api<PersistentVolumeClaim> = world.api();
    let classes: Api<VolumeAttributesClass> = Api::all(world.client());
    for name in ["used", "idle"] {
        let class =
            json!({"metadata": {"name": name}, "driverName": "example.com/d", "parameters": {"a": "b"}});
        world.make(&classes, class).await;
        wait_for(&classes, name, |class| class.finalizers() == ["kubernetes.io/vac-protection"]).await;
    }
    let claim = json!({"metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "volumeAttributesClassName": "used", "resources": {"requests": {"storage": "1Gi"}}}});
    world.make(&claims, claim).await;
    world.rest().await;
    for name in ["used", "idle"] {
        classes.delete(name, &DeleteParams::default()).await.unwrap();
    }
    wait_gone(&classes, "idle").await;
    assert!(classes.get_opt("used").await.unwrap().is_some(), "the claim names it");
    claims.delete("c", &DeleteParams::default()).await.unwrap();
    wait_gone(&classes, "used").await;
    world.stop().await;
}
