//! What a pod as a whole requests and is limited to (k8s.io/component-helpers `resource/helpers.go`): its
//! containers, what its status says of them, its own requirements, its overhead.

use amethyst_object::{Map, Str, Value};

use crate::list::ResourceList;
use crate::names::HUGE_PAGES;

/// Which side of requirements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Requests,
    Limits,
}

/// Where the requirements of a container are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// What its spec asks for.
    Spec,
    /// What the node set aside for it.
    Allocated,
    /// What it runs with.
    Actuated,
}

/// What a pod requests, as it is charged and scheduled.
pub fn pod_requests(pod: &Map) -> ResourceList {
    let mut requests = of_containers(pod, Side::Requests);
    let own = at(pod, &["spec", "resources"]);
    if own.is_some_and(|own| names_pod_level(own.get("requests"))) {
        take_pod_level(&mut requests, own.and_then(|own| own.get("requests")));
    }
    requests.add(&ResourceList::read(at(pod, &["spec", "overhead"])));
    requests
}

/// What a pod is limited to.
pub fn pod_limits(pod: &Map) -> ResourceList {
    let mut limits = of_containers(pod, Side::Limits);
    if let Some(own) = at(pod, &["spec", "resources"]).filter(|own| has_pod_level(own)) {
        take_pod_level(&mut limits, own.get("limits"));
    }
    let overhead = ResourceList::read(at(pod, &["spec", "overhead"]));
    let limited: Vec<_> =
        limits.iter().filter(|(_, it)| !it.is_zero()).map(|(name, _)| name.clone()).collect();
    limits.add(&overhead.mask(limited.iter().map(Str::as_str)));
    limits
}

/// Whether a pod's own requirements name what can be required of a pod as a whole.
pub(crate) fn has_pod_level(resources: &Value) -> bool {
    names_pod_level(resources.get("requests")) || names_pod_level(resources.get("limits"))
}

fn names_pod_level(list: Option<&Value>) -> bool {
    list.and_then(Value::as_object).is_some_and(|list| list.keys().any(|name| is_pod_level(name)))
}

fn is_pod_level(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with(HUGE_PAGES)
}

fn take_pod_level(list: &mut ResourceList, own: Option<&Value>) {
    for (name, quantity) in ResourceList::read(own).iter().filter(|(name, _)| is_pod_level(name)) {
        list.set(name.clone(), quantity.clone());
    }
}

/// The greatest of what is asked for, set aside and run with; a resize that cannot be done asks for nothing.
fn of_containers(pod: &Map, side: Side) -> ResourceList {
    let infeasible = is_resize_infeasible(pod);
    let mut list = ResourceList::new();
    let sources = match side {
        Side::Requests => &[Source::Spec, Source::Actuated, Source::Allocated][usize::from(infeasible)..],
        Side::Limits => &[Source::Spec, Source::Actuated][usize::from(infeasible)..],
    };
    for source in sources {
        list.raise(&sum(pod, side, *source, infeasible));
    }
    list
}

/// All containers together; init containers run one after the other, beside those that keep running.
fn sum(pod: &Map, side: Side, source: Source, infeasible: bool) -> ResourceList {
    let list = |key: &str| at(pod, &["spec", key]).and_then(Value::as_array).unwrap_or_default();
    let of = |container: &Value| of_container(pod, container, side, source, infeasible);
    let mut total = ResourceList::new();
    for container in list("containers") {
        total.add(&of(container));
    }
    let (mut kept, mut peak) = (ResourceList::new(), ResourceList::new());
    for container in list("initContainers") {
        let mut needed = of(container);
        if container.str_at(&["restartPolicy"]) == Some("Always") {
            total.add(&needed);
            kept.add(&needed);
            needed = kept.clone();
        } else {
            needed.add(&kept);
        }
        peak.raise(&needed);
    }
    total.raise(&peak);
    total
}

fn of_container(pod: &Map, container: &Value, side: Side, source: Source, infeasible: bool) -> ResourceList {
    let key = if side == Side::Requests { "requests" } else { "limits" };
    let status = container_status(pod, container.str_at(&["name"]).unwrap_or_default());
    let found = |keys: &[&str]| status.and_then(|status| status.at(keys)).filter(|list| !list.is_null());
    let actuated = if source == Source::Actuated { found(&["resources", key]) } else { None };
    let allocated =
        if source != Source::Spec && side == Side::Requests { found(&["allocatedResources"]) } else { None };
    match actuated.or(allocated) {
        Some(list) => ResourceList::read(Some(list)),
        None if infeasible && source != Source::Spec => ResourceList::new(),
        None => ResourceList::read(container.at(&["resources", key])),
    }
}

fn container_status<'a>(pod: &'a Map, name: &str) -> Option<&'a Value> {
    let list = |key: &str| at(pod, &["status", key]).and_then(Value::as_array).unwrap_or_default();
    let mut statuses = list("containerStatuses").iter().chain(list("initContainerStatuses"));
    statuses.find(|status| status.str_at(&["name"]) == Some(name))
}

fn is_resize_infeasible(pod: &Map) -> bool {
    let conditions = at(pod, &["status", "conditions"]).and_then(Value::as_array).unwrap_or_default();
    let pending = conditions.iter().find(|it| it.str_at(&["type"]) == Some("PodResizePending"));
    pending.is_some_and(|it| it.str_at(&["reason"]) == Some("Infeasible"))
}

pub(crate) fn at<'a>(pod: &'a Map, keys: &[&str]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    pod.get(first)?.at(rest)
}
