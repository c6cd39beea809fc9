//! Mirrors, from objects to objects.

use k8s_openapi::api::core::v1::Endpoints;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

use super::plan;

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they call")]
fn endpoints(subsets: Value) -> Endpoints {
    serde_json::from_value(json!({
        "metadata": {"name": "db", "namespace": "ns", "uid": "u", "labels": {"app": "db"},
            "annotations": {"note": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        "subsets": subsets,
    }))
    .unwrap()
}

#[test]
fn each_family_and_set_of_ports_has_a_slice() {
    let source = endpoints(json!([
        {"addresses": [{"ip": "10.0.0.1", "hostname": "h"}, {"ip": "fd00::1"}, {"ip": "nonsense"}],
         "notReadyAddresses": [{"ip": "10.0.0.2"}], "ports": [{"name": "sql", "port": 5432, "protocol": "TCP"}]},
    ]));
    let made = plan(&source, &[]);
    assert_eq!((made.invalid, made.skipped, made.changes.create.len()), (1, 1, 2));
    let document = serde_json::to_value(&made.changes.create[0]).unwrap();
    assert_eq!(
        document,
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "generateName": "db-", "namespace": "ns", "annotations": {"note": "x"},
                "labels": {"app": "db", "kubernetes.io/service-name": "db",
                    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io"},
                "ownerReferences": [{"apiVersion": "v1", "kind": "Endpoints", "name": "db", "uid": "u",
                    "controller": true, "blockOwnerDeletion": true}],
            },
            "endpoints": [
                {"addresses": ["10.0.0.1"], "conditions": {"ready": true}, "hostname": "h"},
                {"addresses": ["10.0.0.2"], "conditions": {"ready": false}},
            ],
            "ports": [{"name": "sql", "port": 5432, "protocol": "TCP"}],
        })
    );
}

#[test]
fn mirrors_follow_and_are_left_alone_otherwise() {
    let source = endpoints(json!([{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]));
    let mut slices: Vec<EndpointSlice> = plan(&source, &[]).changes.create;
    slices[0].metadata.name = Some("db-x".to_owned());
    let same = plan(&source, &slices).changes;
    assert!(same.create.is_empty() && same.update.is_empty() && same.delete.is_empty(), "{same:?}");

    let moved = endpoints(json!([{"addresses": [{"ip": "10.0.0.9"}], "ports": [{"port": 81}]}]));
    let changes = plan(&moved, &slices).changes;
    assert_eq!((changes.create.len(), changes.update.len(), changes.delete.len()), (0, 1, 0));
    assert_eq!(changes.update[0].metadata.name.as_deref(), Some("db-x"), "the slice is used again");

    let emptied = plan(&endpoints(json!([])), &slices).changes;
    assert_eq!(emptied.delete.len(), 1);

    let mut another = source;
    another.metadata.uid = Some("v".to_owned());
    assert_eq!(plan(&another, &slices).changes.update.len(), 1, "Endpoints made anew own the slice");
}
