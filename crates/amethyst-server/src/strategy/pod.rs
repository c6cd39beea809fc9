//! Pods as they begin.

use amethyst_object::{Map, Value, value};
use amethyst_quota::quality_of_service;

use crate::registry::write::Attempt;

/// A new pod is Pending, with its class of service; gates keep it from being scheduled
/// (kubernetes `pkg/registry/core/pod/strategy.go`).
pub(super) fn prepare_create(attempt: &Attempt<'_>, pod: &mut Map) {
    let class = quality_of_service(pod);
    let mut status = value!({"phase": "Pending", "qosClass": class});
    let gates = pod.get("spec").and_then(|spec| spec.get("schedulingGates")).and_then(Value::as_array);
    if let (Some([_, ..]), Some(status)) = (gates, status.as_object_mut()) {
        let now = attempt.now.as_str();
        let message = "Scheduling is blocked due to non-empty scheduling gates";
        status.insert(
            "conditions",
            value!([{
                "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": message,
                "lastProbeTime": null, "lastTransitionTime": now
            }]),
        );
    }
    pod.insert("status", status);
}
