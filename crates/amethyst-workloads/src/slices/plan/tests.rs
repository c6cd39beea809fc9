//! Slices, from objects to objects.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::Observed;
use super::plan;

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they call")]
fn service(spec: Value) -> Service {
    let metadata = json!({"name": "web", "namespace": "ns", "uid": "u", "labels": {"app": "web"}});
    serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
}

fn pod(number: usize, ready: bool) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": format!("web-{number}"), "namespace": "ns", "uid": format!("p{number}")},
        "spec": {"nodeName": "n1", "containers": [{"name": "c", "ports": [
            {"name": "http", "containerPort": 8080 + number % 2, "protocol": "TCP"}]}]},
        "status": {
            "podIP": format!("10.1.{}.{}", number / 250, number % 250),
            "podIPs": [{"ip": format!("10.1.{}.{}", number / 250, number % 250)}],
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}],
        },
    }))
    .unwrap()
}

fn observed(service: Service, pods: Vec<Pod>, slices: Vec<EndpointSlice>) -> Observed {
    let node: Node = serde_json::from_value(
        json!({"metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "z"}}}),
    )
    .unwrap();
    let node = Arc::new(node);
    let pods = pods.into_iter().map(|pod| (Arc::new(pod), Some(Arc::clone(&node)))).collect();
    Observed {
        service: Arc::new(service),
        pods,
        slices,
        since: Some("2026-11-24T00:00:00Z".parse().unwrap()),
    }
}

/// Carries a plan out on paper: what the API holds afterwards.
fn written(observed: &Observed) -> Vec<EndpointSlice> {
    let changes = plan(observed).changes;
    let mut slices = observed.slices.clone();
    slices.retain(|slice| {
        let touched = changes.delete.iter().chain(&changes.update);
        !touched.map(ResourceExt::name_any).any(|name| name == slice.name_any())
    });
    slices.extend(changes.update);
    for (number, mut slice) in changes.create.into_iter().enumerate() {
        slice.metadata.name = Some(format!("new-{number}"));
        slices.push(slice);
    }
    slices
}

fn counts(slices: &[EndpointSlice]) -> Vec<usize> {
    let mut counts: Vec<_> = slices.iter().map(super::many).collect();
    counts.sort_unstable();
    counts
}

const PLAIN: &str = r#"{"clusterIP":"10.96.0.9","ipFamilies":["IPv4"],"ports":[{"name":"http","port":80,"targetPort":80,"protocol":"TCP"}]}"#;

fn plain() -> Service {
    service(serde_json::from_str(PLAIN).unwrap())
}

#[test]
fn a_selector_that_matches_nothing_has_an_empty_slice() {
    let first = written(&observed(plain(), Vec::new(), Vec::new()));
    let document = serde_json::to_value(&first).unwrap();
    assert_eq!(
        document,
        json!([{
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "endpoints": [], "ports": [],
            "metadata": {
                "generateName": "web-", "name": "new-0", "namespace": "ns",
                "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": "2026-11-24T00:00:00Z"},
                "labels": {
                    "app": "web", "kubernetes.io/service-name": "web",
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"
                },
                "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "u",
                    "controller": true, "blockOwnerDeletion": true}],
            },
        }])
    );
    let again = plan(&observed(plain(), Vec::new(), first)).changes;
    assert!(again.create.is_empty() && again.update.is_empty() && again.delete.is_empty(), "{again:?}");
}

#[test]
fn pods_become_endpoints() {
    let mut ending = pod(2, true);
    ending.metadata.deletion_timestamp = serde_json::from_value(json!("2026-11-24T00:00:00Z")).unwrap();
    let slices = written(&observed(plain(), vec![pod(0, true), pod(1, false), ending], Vec::new()));
    let conditions: Vec<Value> = slices[0]
        .endpoints
        .iter()
        .flatten()
        .map(|endpoint| serde_json::to_value(&endpoint.conditions).unwrap())
        .collect();
    assert_eq!(
        conditions,
        [
            json!({"ready": true, "serving": true, "terminating": false}),
            json!({"ready": false, "serving": false, "terminating": false}),
            json!({"ready": false, "serving": true, "terminating": true}),
        ]
    );
    assert_eq!(
        serde_json::to_value(&slices[0].endpoints.as_ref().unwrap()[0]).unwrap(),
        json!({
            "addresses": ["10.1.0.0"], "conditions": {"ready": true, "serving": true, "terminating": false},
            "nodeName": "n1", "zone": "z",
            "targetRef": {"kind": "Pod", "namespace": "ns", "name": "web-0", "uid": "p0"},
        })
    );
    assert_eq!(
        serde_json::to_value(&slices[0].ports).unwrap(),
        json!([{"name": "http", "port": 80, "protocol": "TCP"}])
    );
}

#[test]
fn named_ports_that_differ_make_slices_of_their_own() {
    let spec = json!({"clusterIP": "None", "ipFamilies": ["IPv4"],
        "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]});
    let slices = written(&observed(service(spec), (0..4).map(|at| pod(at, true)).collect(), Vec::new()));
    assert_eq!(counts(&slices), [2, 2]);
    assert!(slices.iter().all(|slice| slice.labels().contains_key("service.kubernetes.io/headless")));
}

#[test]
fn slices_hold_a_hundred_and_are_written_as_seldom_as_can_be() {
    let pods = |many: usize| -> Vec<Pod> { (0..many).map(|at| pod(at, true)).collect() };
    let first = written(&observed(plain(), pods(250), Vec::new()));
    assert_eq!(counts(&first), [50, 100, 100]);
    let none = plan(&observed(plain(), pods(250), first.clone())).changes;
    assert!(none.create.is_empty() && none.update.is_empty() && none.delete.is_empty(), "{none:?}");
    let more = observed(plain(), pods(255), first.clone());
    let changes = plan(&more).changes;
    assert_eq!((changes.create.len(), changes.update.len(), changes.delete.len()), (0, 1, 0));
    assert_eq!(counts(&written(&more)), [55, 100, 100]);
    let fewer = observed(plain(), pods(100), first);
    let changes = plan(&fewer).changes;
    assert!(changes.create.is_empty(), "{changes:?}");
    assert_eq!(counts(&written(&fewer)).iter().sum::<usize>(), 100);
}

#[test]
fn a_slice_that_goes_becomes_one_that_comes() {
    let first = written(&observed(plain(), vec![pod(0, true)], Vec::new()));
    let changes = plan(&observed(plain(), Vec::new(), first)).changes;
    assert_eq!((changes.create.len(), changes.update.len(), changes.delete.len()), (0, 1, 0));
    assert_eq!((super::many(&changes.update[0]), changes.update[0].name_any()), (0, "new-0".to_owned()));
}

#[test]
fn what_cannot_be_placed_is_left_out_and_told() {
    let mut lost = observed(plain(), vec![pod(0, true)], Vec::new());
    lost.pods[0].1 = None;
    let done = plan(&lost);
    assert_eq!(done.skipped, ["skipping Pod web-0 for Service ns/web: Node n1 Not Found"]);
    assert_eq!(counts(&written(&lost)), [0]);
}

#[test]
fn both_families_and_strangers_are_seen_to() {
    let spec = json!({"clusterIP": "10.96.0.9", "ipFamilies": ["IPv4", "IPv6"], "ports": [{"port": 80}]});
    let mut slices = written(&observed(service(spec), vec![pod(0, true)], Vec::new()));
    assert_eq!(counts(&slices), [0, 1]);
    slices[0].metadata.owner_references = None;
    let changes = plan(&observed(plain(), vec![pod(0, true)], slices)).changes;
    assert_eq!((changes.create.len(), changes.delete.len()), (1, 2), "{changes:?}");
}

#[test]
fn traffic_stays_where_it_is_wanted() {
    let mut spec: Value = serde_json::from_str(PLAIN).unwrap();
    spec["trafficDistribution"] = json!("PreferSameNode");
    let slices = written(&observed(service(spec), vec![pod(0, true), pod(1, false)], Vec::new()));
    let hints: Vec<Value> = slices[0]
        .endpoints
        .iter()
        .flatten()
        .map(|endpoint| serde_json::to_value(&endpoint.hints).unwrap())
        .collect();
    assert_eq!(hints, [json!({"forZones": [{"name": "z"}], "forNodes": [{"name": "n1"}]}), Value::Null]);
    let changes = plan(&observed(plain(), vec![pod(0, true), pod(1, false)], slices)).changes;
    assert_eq!(changes.update.len(), 1, "the hints go again");
}
