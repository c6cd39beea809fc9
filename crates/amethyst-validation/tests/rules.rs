//! Refusals of broken objects, as kube-apiserver tells them.

use amethyst_object::{Map, Value, value};
use amethyst_validation::{Case, knows, validate};

fn faults(plural: &str, new: &Value, old: Option<&Value>) -> Vec<String> {
    let api_version = new.str_at(&["apiVersion"]).unwrap_or_default();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let map = |value: &Value| value.as_object().cloned().unwrap_or_else(Map::new);
    let (new, old) = (map(new), old.map(map));
    let case = Case { new: &new, old: old.as_ref(), subresource: "", group, version };
    let found = validate(group, plural, &case).expect("the kind is known");
    found.iter().map(ToString::to_string).collect()
}

fn config(data: Value, immutable: bool) -> Value {
    value!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default", "resourceVersion": "1"},
        "data": (data),
        "immutable": (immutable)
    })
}

#[test]
fn keys_of_config_maps_are_judged() {
    let told = faults("configmaps", &config(value!({"a/b": "x"}), false), None);
    let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
               'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    assert_eq!(told, [format!("data[a/b]: Invalid value: \"a/b\": {why}")]);
}

#[test]
fn immutable_config_maps_stay() {
    let told =
        faults("configmaps", &config(value!({"new": "x"}), true), Some(&config(value!({"old": "x"}), true)));
    assert_eq!(told, ["data: Forbidden: field is immutable when `immutable` is set"]);
}

#[test]
fn ports_of_services_are_judged() {
    let service = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster",
            "ports": [{"port": 0, "targetPort": 80, "protocol": "TCP"}]
        }
    });
    let told = faults("services", &service, None);
    assert_eq!(told, ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]);
}

#[test]
fn disruption_budgets_hold_one_number() {
    let budget = value!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"minAvailable": "101%", "selector": {"matchLabels": {"a": "b"}}}
    });
    let told = faults("poddisruptionbudgets", &budget, None);
    assert_eq!(told, ["spec.minAvailable: Invalid value: \"101%\": must not be greater than 100%"]);
}

#[test]
fn classes_of_storage_keep_their_provisioner() {
    let class = |provisioner: &str| {
        value!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "a", "resourceVersion": "1"},
            "provisioner": (provisioner),
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate"
        })
    };
    let told = faults("storageclasses", &class("b.c/d"), Some(&class("a.b/c")));
    assert_eq!(told, ["provisioner: Invalid value: null: field is immutable"]);
}

#[test]
fn kinds_without_rules_are_told() {
    assert!(knows("", "pods"));
    assert!(!knows("example.com", "pods"));
}
