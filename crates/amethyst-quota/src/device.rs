//! What a ResourceClaim costs: devices by class, in the worst case (kubernetes
//! `pkg/quota/v1/evaluator/core/resource_claims.go`).
//!
//! Devices are not counted a second time under the name of an extended resource that their class stands
//! for: that needs the classes, which no evaluator sees.

use amethyst_object::{Map, Value};
use amethyst_schema::Quantity;

use crate::list::ResourceList;
use crate::names::DEVICES;

const COUNT: &str = "count/resourceclaims.resource.k8s.io";
/// The most devices that one claim can be given.
const ALLOCATION_MAX: i64 = 32;

pub(crate) fn matches_resource(name: &str) -> bool {
    name == COUNT || name.ends_with(DEVICES)
}

pub(crate) fn usage(claim: &Map) -> ResourceList {
    let mut usage = ResourceList::from_iter([(COUNT, Quantity::of(1))]);
    let requests = claim.get("spec").and_then(|spec| spec.at(&["devices", "requests"]));
    for request in requests.and_then(Value::as_array).unwrap_or_default() {
        let choices = request.get("firstAvailable").and_then(Value::as_array).unwrap_or_default();
        let mut most = ResourceList::new();
        for choice in choices {
            most.raise(&devices(choice));
        }
        if let (true, Some(exactly)) = (choices.is_empty(), request.get("exactly")) {
            most = devices(exactly);
        }
        usage.add(&most);
    }
    usage
}

/// How many devices of which class one request may be given.
fn devices(request: &Value) -> ResourceList {
    let class = request.str_at(&["deviceClassName"]).unwrap_or_default();
    let count = match request.str_at(&["allocationMode"]) {
        Some("ExactCount") => request.get("count").and_then(Value::as_i64).unwrap_or_default(),
        Some("All") => ALLOCATION_MAX,
        _ => 0,
    };
    ResourceList::from_iter([(format!("{class}{DEVICES}"), Quantity::of(count))])
}
