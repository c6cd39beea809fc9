//! Pods as they begin.

use amethyst_object::{Map, value};
use amethyst_quota::quality_of_service;

use crate::registry::write::Attempt;

/// A new pod is Pending, with its class of service (kubernetes `pkg/registry/core/pod/strategy.go`).
pub(super) fn prepare_create(_: &Attempt<'_>, pod: &mut Map) {
    let class = quality_of_service(pod);
    pod.insert("status", value!({"phase": "Pending", "qosClass": class}));
}
