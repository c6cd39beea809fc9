//! What a pod asks for as a whole, as LimitRanger reckons it: by its spec alone and without overhead. (Quotas
//! and the scheduler reckon otherwise: `amethyst_quota::pod_requests`.)

use amethyst_object::Value;
use amethyst_quota::ResourceList;

use super::super::read::{list, text};

/// The sum of `requests` or `limits`.
pub(super) fn of(pod: &Value, key: &str) -> ResourceList {
    let of = |container: &Value| ResourceList::read(container.at(&["resources", key]));
    let mut total = ResourceList::new();
    for container in list(pod, &["spec", "containers"]) {
        total.add(&of(container));
    }
    let (mut kept, mut peak) = (ResourceList::new(), ResourceList::new());
    for container in list(pod, &["spec", "initContainers"]) {
        let mut needed = of(container);
        if text(container, &["restartPolicy"]) == "Always" {
            total.add(&needed);
            kept.add(&needed);
            needed = kept.clone();
        } else {
            needed.add(&kept);
        }
        peak.raise(&needed);
    }
    total.raise(&peak);
    // What the pod asks for itself counts instead.
    for (name, quantity) in ResourceList::read(pod.at(&["spec", "resources", key])).iter() {
        if matches!(name.as_str(), "cpu" | "memory") {
            total.set(name.clone(), quantity.clone());
        }
    }
    total
}
