//! A pod's class of service (kubernetes `pkg/apis/core/v1/helper/qos`).

use amethyst_object::{Map, Value};

use crate::list::ResourceList;
use crate::requirements::has_pod_level;

/// The class that a pod's requests and limits of CPU and memory put it in: `Guaranteed`, `Burstable` or
/// `BestEffort`.
pub fn quality_of_service(pod: &Map) -> &'static str {
    let spec = pod.get("spec");
    if let Some(own) = spec.and_then(|spec| spec.get("resources"))
        && has_pod_level(own)
    {
        return of_requirements(Some(own));
    }
    let list = |key| spec.and_then(|spec| spec.get(key)).and_then(Value::as_array).unwrap_or_default();
    let containers = list("initContainers").iter().chain(list("containers"));
    agree(containers.map(|container| of_requirements(container.get("resources"))))
}

/// The class that all agree on; `Burstable` when they do not.
fn agree(mut classes: impl Iterator<Item = &'static str>) -> &'static str {
    let Some(first) = classes.next() else { return "BestEffort" };
    if classes.all(|class| class == first) { first } else { "Burstable" }
}

fn of_requirements(resources: Option<&Value>) -> &'static str {
    let list = |key| ResourceList::read(resources.and_then(|resources| resources.get(key)));
    let (requests, limits) = (list("requests"), list("limits"));
    let zero = amethyst_schema::Quantity::of(0);
    agree(["cpu", "memory"].into_iter().map(|name| {
        let (request, limit) = (requests.get(name).unwrap_or(&zero), limits.get(name).unwrap_or(&zero));
        if request != limit {
            "Burstable"
        } else if request.is_zero() {
            "BestEffort"
        } else {
            "Guaranteed"
        }
    }))
}
