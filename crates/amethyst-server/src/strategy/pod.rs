//! Pods as they begin.

use amethyst_object::{Map, Value, value};

use crate::registry::write::Attempt;

/// A new pod is Pending, with its class of service (kubernetes `pkg/registry/core/pod/strategy.go`).
pub(super) fn prepare_create(attempt: &Attempt<'_>, pod: &mut Map) {
    let class = quality(pod);
    let spec = pod.object_mut("spec");
    set_priority(attempt, spec);
    tolerate(spec);
    pod.insert("status", value!({"phase": "Pending", "qosClass": class}));
}

/// The priority of the pod's class, of the default class, or none (admission plugin `Priority`).
fn set_priority(attempt: &Attempt<'_>, spec: &mut Map) {
    const CLASSES: &str = "scheduling.k8s.io/priorityclasses//";
    let name = spec.str("priorityClassName").unwrap_or_default();
    let class = if name.is_empty() {
        let mut classes = attempt.snapshot.range(CLASSES, None).map(|(_, stored)| stored.record.object());
        classes.find(|class| class.get("globalDefault").and_then(Value::as_bool) == Some(true))
    } else {
        attempt.snapshot.get(&format!("{CLASSES}{name}")).map(|stored| stored.record.object())
    };
    let value = |key: &str| class.as_ref().and_then(|class| class.get(key)).cloned();
    if let (true, Some(Value::Object(metadata))) = (name.is_empty(), value("metadata")) {
        spec.insert("priorityClassName", metadata.str("name").unwrap_or_default());
    }
    // Two classes are always there.
    let known = match spec.str("priorityClassName").unwrap_or_default() {
        "system-node-critical" => 2_000_001_000,
        "system-cluster-critical" => 2_000_000_000,
        _ => 0,
    };
    spec.insert("priority", value("value").unwrap_or_else(|| known.into()));
    let policy = value("preemptionPolicy").unwrap_or_else(|| "PreemptLowerPriority".into());
    spec.get_or_insert_with("preemptionPolicy", || policy);
}

/// A pod bears a failing node for five minutes (admission plugin `DefaultTolerationSeconds`).
fn tolerate(spec: &mut Map) {
    let list = spec.get_or_insert_with("tolerations", || Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let known = list.iter().any(|toleration| {
            let text = |key: &str| toleration.str_at(&[key]).unwrap_or_default();
            matches!(text("key"), "") && text("operator") == "Exists"
                || text("key") == key && matches!(text("effect"), "" | "NoExecute")
        });
        if !known {
            list.push(
                value!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
            );
        }
    }
}

/// kubernetes `pkg/apis/core/helper/qos`: by the requests and limits of CPU and memory.
fn quality(pod: &Map) -> &'static str {
    let spec = pod.get("spec");
    let list = |key| spec.and_then(|spec| spec.get(key)).and_then(Value::as_array).unwrap_or_default();
    let (mut any, mut guaranteed) = (false, true);
    for container in list("containers").iter().chain(list("initContainers")) {
        for resource in ["cpu", "memory"] {
            let of = |kind| container.at(&["resources", kind, resource]).and_then(Value::as_str);
            let (request, limit) = (of("requests"), of("limits"));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request == limit;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
