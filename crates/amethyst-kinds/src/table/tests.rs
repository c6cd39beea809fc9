//! Cells as upstream's printers write them; the columns of every kind.

use amethyst_object::{Value, json, value};

use super::{cells, columns, columns_of, row_conditions, rows, text};
use crate::{by_kind, kinds};

const NOW: i64 = 1_795_489_200;

fn check(group: &str, version: &str, kind: &str, object: &str, wanted: &Value) {
    let kind = by_kind(group, version, kind).unwrap();
    let object = json::parse(object.as_bytes()).unwrap();
    assert_eq!(&Value::from(cells(kind, &object, NOW)), wanted, "{}", kind.kind);
}

#[test]
fn durations_have_two_units_at_most() {
    let check = |seconds, wanted: &str| assert_eq!(text::duration(seconds), wanted);
    check(-2, "<invalid>");
    check(-1, "0s");
    check(0, "0s");
    check(119, "119s");
    check(120, "2m");
    check(599, "9m59s");
    check(600, "10m");
    check(3 * 3600 - 1, "179m");
    check(3 * 3600, "3h");
    check(3 * 3600 + 61, "3h1m");
    check(47 * 3600, "47h");
    check(48 * 3600, "2d");
    check(5 * 86_400 + 3 * 3600, "5d3h");
    check(8 * 86_400 + 3 * 3600, "8d");
    check(2 * 365 * 86_400, "2y");
    check(2 * 365 * 86_400 + 86_400, "2y1d");
    check(9 * 365 * 86_400 + 86_400, "9y");
}

#[test]
fn pods() {
    check(
        "",
        "v1",
        "Pod",
        r#"{"metadata": {"name": "a", "creationTimestamp": "2026-11-24T02:00:00Z"},
            "spec": {"containers": [{"name": "x"}, {"name": "y"}], "nodeName": "n"},
            "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}],
              "conditions": [{"type": "Ready", "status": "False"}],
              "containerStatuses": [
                {"name": "x", "ready": true, "restartCount": 0, "state": {"running": {}}},
                {"name": "y", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-24T02:55:00Z"}}}]}}"#,
        &value!(["a", "1/2", "CrashLoopBackOff", "3 (5m ago)", "60m", "10.0.0.1", "n", "<none>", "<none>"]),
    );
    check(
        "",
        "v1",
        "Pod",
        r#"{"metadata": {"name": "a"},
            "spec": {"initContainers": [{"name": "i"}, {"name": "j"}], "containers": [{"name": "x"}]},
            "status": {"phase": "Pending", "initContainerStatuses": [
              {"name": "i", "state": {"terminated": {"exitCode": 0}}}, {"name": "j", "state": {"running": {}}}]}}"#,
        &value!(["a", "0/1", "Init:1/2", "0", "<unknown>", "<none>", "<none>", "<none>", "<none>"]),
    );
    let pod = value!({"status": {"phase": "Succeeded"}});
    let conditions = row_conditions(by_kind("", "v1", "Pod").unwrap(), &pod);
    assert_eq!(conditions[0].str_at(&["reason"]), Some("Succeeded"));
}

#[test]
fn common_kinds() {
    check(
        "",
        "v1",
        "Service",
        r#"{"metadata": {"name": "s"}, "spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.1"],
            "ports": [{"port": 80, "protocol": "TCP"}, {"port": 443, "nodePort": 30443, "protocol": "TCP"}],
            "selector": {"b": "2", "a": "1"}}}"#,
        &value!([
            "s",
            "LoadBalancer",
            "10.96.0.1",
            "<pending>",
            "80/TCP,443:30443/TCP",
            "<unknown>",
            "a=1,b=2"
        ]),
    );
    check(
        "apps",
        "v1",
        "Deployment",
        r#"{"metadata": {"name": "d"}, "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "d"},
              "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]},
              "template": {"spec": {"containers": [{"name": "c", "image": "i:1"}, {"name": "d", "image": "j"}]}}},
            "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1}}"#,
        &value!(["d", "2/3", 3, 1, "<unknown>", "c,d", "i:1,j", "a in (x,y),app=d"]),
    );
    check(
        "",
        "v1",
        "Secret",
        r#"{"type": "Opaque", "data": {"a": ""}}"#,
        &value!(["", "Opaque", 1, "<unknown>"]),
    );
    check(
        "rbac.authorization.k8s.io",
        "v1",
        "Role",
        r#"{"metadata": {"name": "r",
        "creationTimestamp": "2026-11-24T02:00:00Z"}}"#,
        &value!(["r", "2026-11-24T02:00:00Z"]),
    );
}

#[test]
fn the_youngest_default_storage_class_is_marked() {
    let class = |name: &str, made: &str| {
        value!({"metadata": {"name": name, "creationTimestamp": made,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}})
    };
    let list = [
        class("a", "2026-01-01T00:00:00Z"),
        class("c", "2026-02-01T00:00:00Z"),
        class("b", "2026-02-01T00:00:00Z"),
    ];
    let rows = rows(by_kind("storage.k8s.io", "v1", "StorageClass").unwrap(), &list, NOW);
    let names: Vec<_> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "c", "b (default)"]);
}

#[test]
fn every_kind_has_columns_and_a_cell_for_each() {
    for kind in kinds() {
        let columns = columns(kind);
        let names = columns.iter().filter(|column| column.format == "name").count();
        assert!(names >= 1 || kind.kind == "StorageVersionMigration", "{}", kind.kind);
        assert_eq!(cells(kind, &Value::object(), NOW).len(), columns.len(), "{}", kind.kind);
        assert_eq!(cells(kind, &Value::Null, NOW).len(), columns.len(), "{}", kind.kind);
    }
    assert_eq!(columns_of("", "Status").len(), 3);
}
