//! Endpoints, slices and their mirrors, end to end, in virtual time.

use amethyst_testkit::{wait_for, wait_gone};
use k8s_openapi::api::core::v1::{Endpoints, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::world::World;

async fn slices(world: &World, service: &str) -> Vec<EndpointSlice> {
    let api: Api<EndpointSlice> = world.api();
    let selector = format!("kubernetes.io/service-name={service}");
    api.list(&ListParams::default().labels(&selector)).await.unwrap().items
}

/// Waits until the slices of a Service are as wanted; virtual time makes the wait free.
async fn until(world: &World, service: &str, what: &str, holds: impl Fn(&[EndpointSlice]) -> bool) {
    for _ in 0..500 {
        if holds(&slices(world, service).await) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{what} does not come about: {:#?}", slices(world, service).await);
}

fn ready(slices: &[EndpointSlice]) -> Vec<(String, bool)> {
    let endpoints = slices.iter().flat_map(|slice| slice.endpoints.iter().flatten());
    let mut ready: Vec<_> = endpoints
        .map(|endpoint| {
            let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready);
            (endpoint.addresses[0].clone(), ready.unwrap_or_default())
        })
        .collect();
    ready.sort();
    ready
}

#[tokio::test(start_paused = true)]
async fn a_service_without_pods_has_empty_endpoints_and_they_go_with_it() {
    let world = World::start().await;
    let services: Api<Service> = world.api();
    let spec =
        json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    world.make(&services, spec).await;
    let endpoints: Api<Endpoints> = world.api();
    let made = wait_for(&endpoints, "web", |_| true).await;
    assert_eq!(made.labels()["endpoints.kubernetes.io/managed-by"], "endpoint-controller");
    assert!(made.subsets.is_none_or(|subsets| subsets.is_empty()));
    until(&world, "web", "an empty slice", |slices| slices.len() == 1 && ready(slices).is_empty()).await;
    let managers: Vec<_> =
        made.metadata.managed_fields.iter().flatten().map(|it| it.manager.clone()).collect();
    assert_eq!(managers, [Some("kube-controller-manager".to_owned())]);

    let before = world.rest().await;
    assert_eq!(world.rest().await, before, "no-op passes write nothing");

    services.delete("web", &DeleteParams::default()).await.unwrap();
    wait_gone(&endpoints, "web").await;
    until(&world, "web", "no slice", <[_]>::is_empty).await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn endpoints_follow_pods() {
    let world = World::start().await;
    let nodes: Api<Node> = Api::all(world.client());
    world.make(&nodes, json!({"metadata": {"name": "n1"}})).await;
    let (services, pods): (Api<Service>, Api<Pod>) = (world.api(), world.api());
    let spec = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}});
    world.make(&services, spec).await;
    for (name, ip) in [("a", "10.1.0.1"), ("b", "10.1.0.2")] {
        let pod = json!({"metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}});
        world.make(&pods, pod).await;
        let ready = if name == "a" { "True" } else { "False" };
        let status = json!({"status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-11-24T00:01:00Z"}]}});
        pods.patch_status(name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    }
    let endpoint = |ip: &str, ready: bool| (ip.to_owned(), ready);
    until(&world, "web", "two endpoints", |slices| {
        ready(slices) == [endpoint("10.1.0.1", true), endpoint("10.1.0.2", false)]
    })
    .await;
    let endpoints: Api<Endpoints> = world.api();
    let made = wait_for(&endpoints, "web", |it| it.subsets.as_ref().is_some_and(|it| !it.is_empty())).await;
    assert_eq!(
        made.annotations()["endpoints.kubernetes.io/last-change-trigger-time"],
        "2026-11-24T00:01:00Z"
    );

    let relabel = json!({"metadata": {"labels": {"app": "other"}}});
    pods.patch("a", &PatchParams::default(), &Patch::Merge(relabel)).await.unwrap();
    until(&world, "web", "one endpoint", |slices| ready(slices) == [endpoint("10.1.0.2", false)]).await;

    let now = slices(&world, "web").await;
    let api: Api<EndpointSlice> = world.api();
    api.delete(&now[0].name_any(), &DeleteParams::default()).await.unwrap();
    until(&world, "web", "the slice again", |slices| slices.len() == 1 && slices[0].uid() != now[0].uid())
        .await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn custom_endpoints_are_mirrored() {
    let world = World::start().await;
    let (services, endpoints): (Api<Service>, Api<Endpoints>) = (world.api(), world.api());
    world.make(&services, json!({"metadata": {"name": "db"}, "spec": {"ports": [{"port": 80}]}})).await;
    let custom = json!({"metadata": {"name": "db"},
        "subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]});
    world.make(&endpoints, custom).await;
    until(&world, "db", "a mirror", |slices| ready(slices) == [("10.1.2.3".to_owned(), true)]).await;
    let moved = json!({"subsets": [{"addresses": [{"ip": "10.2.3.4"}], "ports": [{"port": 90}]}]});
    endpoints.patch("db", &PatchParams::default(), &Patch::Merge(moved)).await.unwrap();
    until(&world, "db", "the move", |slices| ready(slices) == [("10.2.3.4".to_owned(), true)]).await;
    let before = world.rest().await;
    assert_eq!(world.rest().await, before, "no-op passes write nothing");
    endpoints.delete("db", &DeleteParams::default()).await.unwrap();
    until(&world, "db", "no mirror", <[_]>::is_empty).await;
    world.stop().await;
}
