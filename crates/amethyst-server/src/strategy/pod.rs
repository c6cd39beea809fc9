//! Pods as they begin.

use amethyst_object::{Map, Value, value};

use crate::registry::write::Attempt;

/// A new pod is Pending, with its class of service (kubernetes `pkg/registry/core/pod/strategy.go`).
pub(super) fn prepare_create(_: &Attempt<'_>, pod: &mut Map) {
    let class = quality(pod);
    pod.insert("status", value!({"phase": "Pending", "qosClass": class}));
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
