//! Spot checks of the arena, and what holds for all of it.

use amethyst_object::Value;
use amethyst_schema::{ListType, SchemaRef, Type};

use super::{options_schema, schema_of, schemas};

fn walk<'a>(from: SchemaRef<'a>, path: &[&str]) -> SchemaRef<'a> {
    path.iter().fold(from, |at, step| match *step {
        "[]" => at.items().expect("a list"),
        key => at.child(key).unwrap_or_else(|| panic!("no field `{key}`")),
    })
}

#[test]
fn lists_have_the_keys_of_server_side_apply() {
    let check = |group: &str, kind: &str, path: &[&str], list: ListType, keys: &[&str]| {
        let at = walk(schema_of(group, "v1", kind).unwrap(), path);
        assert_eq!(at.node().list, list, "{path:?}");
        assert!(at.node().list_keys.iter().eq(keys), "{path:?}: {:?}", at.node().list_keys);
    };
    let containers = ["spec", "template", "spec", "containers"];
    check("", "Service", &["spec", "ports"], ListType::Map, &["port", "protocol"]);
    check("apps", "Deployment", &containers, ListType::Map, &["name"]);
    check("", "Pod", &["spec", "containers", "[]", "ports"], ListType::Map, &["containerPort", "protocol"]);
    check("", "Pod", &["spec", "containers", "[]", "command"], ListType::Atomic, &[]);
    check("", "Pod", &["spec", "tolerations"], ListType::Atomic, &[]);
    check("", "Pod", &["metadata", "ownerReferences"], ListType::Map, &["uid"]);
    check("", "Pod", &["metadata", "finalizers"], ListType::Set, &[]);
    check("", "Pod", &["status", "conditions"], ListType::Map, &["type"]);
}

#[test]
fn strategic_merge_has_keys_of_its_own() {
    let spec = walk(schema_of("", "v1", "Service").unwrap(), &["spec"]);
    let ports = spec.field("ports").unwrap();
    assert_eq!((ports.patch.merge, ports.merge_key.as_str()), (true, "port"));
    let pod = walk(schema_of("", "v1", "Pod").unwrap(), &["spec"]);
    let volumes = pod.field("volumes").unwrap();
    assert!(volumes.patch.merge && volumes.patch.retain_keys && volumes.merge_key == "name");
    let deployment = walk(schema_of("apps", "v1", "Deployment").unwrap(), &["spec"]);
    assert!(deployment.field("strategy").unwrap().patch.retain_keys);
    assert!(!deployment.field("strategy").unwrap().patch.merge);
    let budget = walk(schema_of("policy", "v1", "PodDisruptionBudget").unwrap(), &["spec"]);
    assert!(budget.field("selector").unwrap().patch.replace);
}

#[test]
fn defaults_are_those_that_upstream_applies() {
    let default = |group, kind, path: &[&str], field| {
        walk(schema_of(group, "v1", kind).unwrap(), path).field(field).unwrap().default.clone()
    };
    assert_eq!(default("", "Service", &["spec", "ports", "[]"], "protocol"), Some(Value::from("TCP")));
    assert_eq!(default("", "ReplicationController", &["spec"], "replicas"), Some(Value::from(1)));
    // Keys of lists keep Go's zero values, other fields do not.
    assert_eq!(default("", "Pod", &["spec", "containers", "[]"], "name"), Some(Value::from("")));
    assert_eq!(default("", "Pod", &[], "status"), None);
    assert_eq!(default("apps", "Deployment", &["spec", "template"], "spec"), None);
}

#[test]
fn special_types_and_maps_are_told_apart() {
    let pod = schema_of("", "v1", "Pod").unwrap();
    let container = walk(pod, &["spec", "containers", "[]"]);
    assert_eq!(walk(container, &["resources", "limits", "cpu"]).node().ty, Type::Quantity);
    assert_eq!(walk(container, &["livenessProbe", "httpGet", "port"]).node().ty, Type::IntOrString);
    assert_eq!(walk(pod, &["metadata", "creationTimestamp"]).node().format, "date-time");
    assert!(walk(pod, &["spec", "nodeSelector"]).node().map_atomic);
    assert!(!walk(pod, &["metadata", "labels"]).node().map_atomic);
    assert!(walk(schema_of("apps", "v1", "Deployment").unwrap(), &["spec", "selector"]).node().map_atomic);
    let volume = schema_of("", "v1", "PersistentVolume").unwrap();
    assert!(!walk(volume, &["spec", "claimRef"]).node().map_atomic);
    assert!(walk(volume, &["spec", "claimRef"]).field("uid").is_some());
    let raw = walk(schema_of("apps", "v1", "ControllerRevision").unwrap(), &["data"]).node();
    assert!(raw.preserve_unknown && raw.map_atomic);
}

#[test]
fn options_are_in_every_group() {
    for (group, version, kind) in [
        ("", "v1", "DeleteOptions"),
        ("apps", "v1", "DeleteOptions"),
        ("example.org", "v1alpha1", "DeleteOptions"),
        ("", "v1", "Status"),
        ("autoscaling", "v1", "Scale"),
        ("policy", "v1", "Eviction"),
        ("authentication.k8s.io", "v1", "TokenRequest"),
        ("authorization.k8s.io", "v1", "SelfSubjectAccessReview"),
        ("", "v1", "PodList"),
    ] {
        assert!(schema_of(group, version, kind).is_some(), "{group}/{version} {kind}");
    }
    assert!(options_schema("DeleteOptions").unwrap().field("gracePeriodSeconds").is_some());
    assert!(schema_of("apps", "v1", "Pod").is_none());
}

/// Where the fields of a list's key live is checked by their presence in the element.
#[test]
fn the_arena_holds_together() {
    let arena = schemas();
    assert!(arena.len() > 700 && arena.len() < 2000, "{}", arena.len());
    let (mut keyed, mut empty) = (0, 0);
    for (name, id) in arena.names() {
        let at = arena.at(id);
        assert!(at.node().fields.is_sorted_by(|a, b| a.name < b.name), "{name}");
        empty += usize::from(at.node().ty == Type::Any && !at.node().preserve_unknown);
        for field in &at.node().fields {
            let node = at.go(field.node);
            if node.node().list == ListType::Map {
                keyed += 1;
                let item = node.items().expect("a list of maps has elements");
                for key in &node.node().list_keys {
                    assert!(item.field(key).is_some(), "{name}.{}: {key}", field.name);
                }
            }
            if !field.merge_key.is_empty() {
                let item = node.items().expect("a merge key is that of a list");
                assert!(item.field(&field.merge_key).is_some(), "{name}.{}", field.name);
            }
        }
    }
    assert_eq!((keyed, empty), (71, 0));
}
