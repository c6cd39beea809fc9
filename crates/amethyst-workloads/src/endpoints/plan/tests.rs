//! Endpoints, from objects to objects.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{EndpointSubset, Endpoints, Pod, Service};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::Plan;
use super::super::subsets::{repack, truncate};
use super::plan;

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they call")]
fn service(spec: Value) -> Service {
    serde_json::from_value(
        json!({"metadata": {"name": "web", "namespace": "ns", "labels": {"app": "web"}}, "spec": spec}),
    )
    .unwrap()
}

fn pod(name: &str, ip: &str, ready: bool) -> Arc<Pod> {
    let pod = serde_json::from_value(json!({
        "metadata": {"name": name, "namespace": "ns", "uid": name},
        "spec": {"nodeName": "n1", "containers": [{"name": "c"}]},
        "status": {"podIP": ip, "podIPs": [{"ip": ip}],
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]},
    }));
    Arc::new(pod.unwrap())
}

fn subsets(list: Value) -> Vec<EndpointSubset> {
    serde_json::from_value(list).unwrap()
}

#[test]
fn endpoints_are_made_once_and_left_alone() {
    let service = service(json!({"clusterIP": "None", "ipFamilies": ["IPv4"], "ports": [
        {"name": "http", "port": 80, "targetPort": 8080}, {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"}]}));
    let pods = [pod("a", "10.1.0.2", true), pod("b", "10.1.0.1", false)];
    let since = Some("2026-11-24T00:00:00Z".parse().unwrap());
    let Plan::Create(made) = plan(&service, &pods, None, since) else { panic!("it is to be made") };
    let document = serde_json::to_value(&made).unwrap();
    assert_eq!(
        document["metadata"],
        json!({
            "name": "web", "namespace": "ns",
            "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": "2026-11-24T00:00:00Z"},
            "labels": {"app": "web", "service.kubernetes.io/headless": "",
                "endpoints.kubernetes.io/managed-by": "endpoint-controller"},
        })
    );
    let address = |name: &str, ip: &str| {
        json!({"ip": ip, "nodeName": "n1",
            "targetRef": {"kind": "Pod", "namespace": "ns", "name": name, "uid": name}})
    };
    assert_eq!(
        document["subsets"],
        json!([{
            "addresses": [address("a", "10.1.0.2")],
            "notReadyAddresses": [address("b", "10.1.0.1")],
            "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "http", "port": 8080, "protocol": "TCP"}],
        }])
    );
    assert!(matches!(plan(&service, &pods, Some(&made), None), Plan::Nothing));
    let Plan::Replace(changed) = plan(&service, &pods[..1], Some(&made), None) else {
        panic!("a pod is gone")
    };
    assert!(changed.annotations().is_empty(), "nothing is newer");
}

#[test]
fn other_labels_and_annotations_are_put_right() {
    let service = service(json!({"clusterIP": "10.96.0.9", "ports": [{"port": 80}]}));
    let Plan::Create(made) = plan(&service, &[], None, None) else { panic!("it is to be made") };
    assert_eq!(made.subsets, Some(Vec::new()));
    let changed = |change: fn(&mut Endpoints)| {
        let mut endpoints = (*made).clone();
        change(&mut endpoints);
        matches!(plan(&service, &[], Some(&endpoints), None), Plan::Replace(_))
    };
    assert!(!changed(|endpoints| endpoints.metadata.annotations = None));
    assert!(changed(|endpoints| endpoints.metadata.labels = None));
    assert!(changed(|endpoints| {
        endpoints.labels_mut().insert("x".to_owned(), "y".to_owned());
    }));
    assert!(changed(|endpoints| {
        endpoints
            .annotations_mut()
            .insert("endpoints.kubernetes.io/over-capacity".to_owned(), "truncated".to_owned());
    }));
}

#[test]
fn subsets_are_packed() {
    let packed = repack(subsets(json!([
        {"addresses": [{"ip": "2"}, {"ip": "1"}], "ports": [{"name": "a", "port": 1}]},
        {"addresses": [{"ip": "1"}], "notReadyAddresses": [{"ip": "2"}], "ports": [{"name": "b", "port": 2}]},
        {"addresses": [{"ip": "3"}], "ports": [{"name": "a", "port": 1}]},
        {"addresses": [{"ip": "3"}, {"ip": "1"}], "notReadyAddresses": [{"ip": "2"}], "ports": [{"name": "c", "port": 3}]},
        {"addresses": [{"ip": "9"}]},
    ])));
    assert_eq!(
        serde_json::to_value(packed).unwrap(),
        json!([
            {"addresses": [{"ip": "9"}]},
            {"addresses": [{"ip": "1"}, {"ip": "2"}, {"ip": "3"}], "ports": [{"name": "a", "port": 1}]},
            {"addresses": [{"ip": "1"}], "notReadyAddresses": [{"ip": "2"}], "ports": [{"name": "b", "port": 2}]},
            {"addresses": [{"ip": "1"}, {"ip": "3"}], "notReadyAddresses": [{"ip": "2"}], "ports": [{"name": "c", "port": 3}]},
        ])
    );
}

#[test]
fn what_is_too_many_is_cut_by_share() {
    let addresses =
        |many: usize| -> Vec<Value> { (0..many).map(|at| json!({"ip": at.to_string()})).collect() };
    for (ready, not_ready, expect) in [
        ([6, 3], [0, 0], [(6, 0), (3, 0)]),
        ([6, 6], [2, 2], [(5, 0), (5, 0)]),
        ([3, 3], [6, 3], [(3, 3), (3, 1)]),
        ([10, 0], [1, 0], [(10, 0), (0, 0)]),
    ] {
        let mut list = subsets(json!([
            {"addresses": addresses(ready[0]), "notReadyAddresses": addresses(not_ready[0])},
            {"addresses": addresses(ready[1]), "notReadyAddresses": addresses(not_ready[1])},
        ]));
        let cut = truncate(&mut list, 10);
        let count = |list: &Option<Vec<_>>| list.as_ref().map_or(0, Vec::len);
        let counts: Vec<(usize, usize)> =
            list.iter().map(|it| (count(&it.addresses), count(&it.not_ready_addresses))).collect();
        assert_eq!(counts, expect, "{ready:?} {not_ready:?}");
        assert_eq!(cut, ready.iter().chain(&not_ready).sum::<usize>() > 10);
    }
}
