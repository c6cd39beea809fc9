//! What a Pod costs, and the scopes it is in (kubernetes `pkg/quota/v1/evaluator/core/pods.go`).

use std::collections::{BTreeMap, BTreeSet};

use amethyst_object::{Map, Value};
use amethyst_schema::Quantity;
use jiff::{Span, Timestamp};

use crate::list::ResourceList;
use crate::names::{self, HUGE_PAGES, REQUESTS_HUGE_PAGES};
use crate::quality::quality_of_service;
use crate::requirements::{at, has_pod_level, pod_limits, pod_requests};
use crate::scope::ScopeRequirement;

const COUNT: &str = "count/pods";
const RESOURCES: [&str; 11] = [
    COUNT,
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
];
/// What every container must name once a quota limits it.
const REQUIRED: [&str; 6] =
    ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// Whether a quota limits pods under the name.
pub(crate) fn matches_resource(name: &str) -> bool {
    RESOURCES.contains(&name)
        || name.starts_with(HUGE_PAGES)
        || name.starts_with(REQUESTS_HUGE_PAGES)
        || names::limits_extended(name)
}

/// A pod that has ended, or should have, costs nothing but its place in the store.
pub(crate) fn usage(pod: &Map, now: Timestamp) -> ResourceList {
    let mut usage = ResourceList::from_iter([(COUNT, Quantity::of(1))]);
    if !has_ended(pod, now) {
        usage.add(&compute(&pod_requests(pod), &pod_limits(pod)));
    }
    usage
}

/// Requests and limits under the names that quotas have for them.
fn compute(requests: &ResourceList, limits: &ResourceList) -> ResourceList {
    let mut usage = ResourceList::from_iter([("pods", Quantity::of(1))]);
    for name in ["cpu", "memory", "ephemeral-storage"] {
        if let Some(request) = requests.get(name) {
            usage.set(name, request.clone());
            usage.set(names::requested(name), request.clone());
        }
        if let Some(limit) = limits.get(name) {
            usage.set(format!("limits.{name}"), limit.clone());
        }
    }
    for (name, request) in requests.iter() {
        if name.starts_with(HUGE_PAGES) {
            usage.set(name.clone(), request.clone());
            usage.set(names::requested(name), request.clone());
        }
        if names::is_extended(name) {
            usage.set(names::requested(name), request.clone());
        }
    }
    usage
}

fn has_ended(pod: &Map, now: Timestamp) -> bool {
    let phase = at(pod, &["status", "phase"]).and_then(Value::as_str);
    if matches!(phase, Some("Failed" | "Succeeded")) {
        return true;
    }
    let marked = at(pod, &["metadata", "deletionTimestamp"]).and_then(Value::as_str);
    let marked: Option<Timestamp> = marked.and_then(|at| at.parse().ok());
    let grace = at(pod, &["metadata", "deletionGracePeriodSeconds"]).and_then(Value::as_i64);
    let (Some(marked), Some(grace)) = (marked, grace) else { return false };
    let grace = Span::new().try_seconds(grace).unwrap_or_default();
    marked.checked_add(grace).is_ok_and(|end| now > end)
}

/// Whether the pod is to end by itself.
pub(crate) fn is_terminating(pod: &Map) -> bool {
    let deadline = at(pod, &["spec", "activeDeadlineSeconds"]).and_then(Value::as_i64);
    deadline.is_some_and(|seconds| seconds >= 0)
}

fn is_best_effort(pod: &Map) -> bool {
    let class = at(pod, &["status", "qosClass"]).and_then(Value::as_str).filter(|class| !class.is_empty());
    class.unwrap_or_else(|| quality_of_service(pod)) == "BestEffort"
}

pub(crate) fn is_in_scope(pod: &Map, scope: &ScopeRequirement) -> bool {
    match scope.name.as_str() {
        "Terminating" => is_terminating(pod),
        "NotTerminating" => !is_terminating(pod),
        "BestEffort" => is_best_effort(pod),
        "NotBestEffort" => !is_best_effort(pod),
        "PriorityClass" => {
            let class = at(pod, &["spec", "priorityClassName"]).and_then(Value::as_str);
            let class: Vec<&str> = class.into_iter().filter(|class| !class.is_empty()).collect();
            if scope.operator == "Exists" { !class.is_empty() } else { scope.selects(&class) }
        }
        "CrossNamespacePodAffinity" => reaches_other_namespaces(pod),
        _ => false,
    }
}

/// Whether a term of the pod's affinity names or selects namespaces.
fn reaches_other_namespaces(pod: &Map) -> bool {
    let crosses = |term: &Value| {
        let named = term.get("namespaces").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        named || term.get("namespaceSelector").is_some_and(|selector| !selector.is_null())
    };
    ["podAffinity", "podAntiAffinity"].into_iter().any(|kind| {
        let list = |key: &str| {
            at(pod, &["spec", "affinity", kind, key]).and_then(Value::as_array).unwrap_or_default().iter()
        };
        list("requiredDuringSchedulingIgnoredDuringExecution").any(crosses)
            || list("preferredDuringSchedulingIgnoredDuringExecution")
                .any(|weighted| weighted.get("podAffinityTerm").is_some_and(crosses))
    })
}

/// Refuses a pod that leaves out what `required` names and upstream insists on.
pub(crate) fn constraints(required: &[&str], pod: &Map) -> Result<(), String> {
    if at(pod, &["spec", "resources"]).is_some_and(has_pod_level) {
        return Ok(());
    }
    let required: Vec<&str> = REQUIRED.into_iter().filter(|name| required.contains(name)).collect();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in ["containers", "initContainers"] {
        for container in at(pod, &["spec", key]).and_then(Value::as_array).unwrap_or_default() {
            let list = |side: &str| ResourceList::read(container.at(&["resources", side]));
            let usage = compute(&list("requests"), &list("limits"));
            for name in required.iter().filter(|name| usage.get(name).is_none()) {
                missing.entry(name).or_default().insert(container.str_at(&["name"]).unwrap_or_default());
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = missing
        .into_iter()
        .map(|(name, containers)| {
            let containers: Vec<&str> = containers.into_iter().collect();
            format!("{name} for: {}", containers.join(","))
        })
        .collect();
    Err(format!("must specify {}", told.join("; ")))
}
