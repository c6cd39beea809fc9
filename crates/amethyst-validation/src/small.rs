//! Kinds of few rules: PodDisruptionBudgets, PriorityClasses, RuntimeClasses, Leases
//! (kubernetes `pkg/apis/{policy,scheduling,node,coordination}/validation`).

use amethyst_object::FieldPath;
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::{metadata, percent, pod, resources, selector};

const USER_PRIORITY_MAX: i64 = 1_000_000_000;
const SYSTEM_CLASSES: [(&str, i64); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

pub(crate) fn pod_disruption_budget(case: &Case<'_>, faults: &mut Faults) {
    if case.subresource == "status" {
        let numbers = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];
        return faults.non_negatives(&case.at("status"), &numbers);
    }
    let at = case.at("spec");
    let both = [at.get("minAvailable"), at.get("maxUnavailable")];
    if both.iter().all(At::is_set) {
        let json = |at: &At<'_>| amethyst_object::json::to_string(&at.shown());
        let shown = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            json(&both[0]),
            selector::shown(&at.get("selector")),
            json(&both[1]),
            json(&at.get("unhealthyPodEvictionPolicy"))
        );
        faults.invalid_as(&at.path, &shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for each in both.iter().filter(|each| each.is_set()) {
        percent::positive(each, faults);
        percent::not_more_than_all(each, faults);
    }
    let before = case.before("spec").get("selector");
    selector::labels(&at.get("selector"), selector::has_wrong_value(&before), faults);
    let policy = at.get("unhealthyPodEvictionPolicy");
    if policy.is_set() {
        faults.enumerated(&policy, &["AlwaysAllow", "IfHealthyBudget"]);
    }
}

pub(crate) fn priority_class(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(false, NameRule::Subdomain, faults);
    let (value, policy) = (case.at("value"), case.at("preemptionPolicy"));
    let number = value.int().unwrap_or_default();
    if case.is_update() {
        if number != case.before("value").int().unwrap_or_default() {
            faults.forbidden(&value.path, "may not be changed in an update.");
        }
        return faults.immutable(&policy, &case.before("preemptionPolicy"));
    }
    let name = case.at("metadata").text("name");
    if name.starts_with("system-") {
        let wrong = match SYSTEM_CLASSES.iter().find(|(known, _)| *known == name) {
            None => format!("{name} is not a known system priority class"),
            Some((_, known)) if *known != number => {
                format!("value of {name} PriorityClass must be {known}")
            }
            Some(_) if case.at("globalDefault").value() == Some(&true.into()) => {
                format!("globalDefault of {name} PriorityClass must be false")
            }
            Some(_) => String::new(),
        };
        if !wrong.is_empty() {
            let why = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {wrong}"
            );
            faults.forbidden(&FieldPath::of(["metadata", "name"]), why);
        }
    } else if number > USER_PRIORITY_MAX {
        let why = format!("maximum allowed value of a user defined priority is {USER_PRIORITY_MAX}");
        faults.forbidden(&value.path, why);
    }
    if policy.is_set() {
        faults.one_of(&policy, &["PreemptLowerPriority", "Never"]);
    }
}

pub(crate) fn runtime_class(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(false, NameRule::Subdomain, faults);
    let handler = case.at("handler");
    if case.is_update() && handler.str() != case.before("handler").str() {
        // The declared rule stops at the change.
        if handler.str().is_empty() {
            faults.required(&handler.path, "");
        } else {
            faults.texts(&handler, names::label(handler.str()));
        }
    }
    let overhead = case.at("overhead");
    for (resource, amount) in overhead.get("podFixed").entries() {
        // Upstream looks at it as at limits.
        let mut path = overhead.path.child("limits");
        path.push_map_key(resource);
        let amount = amount.called(path);
        resources::container_name(&amount, resource, faults);
        resources::amount(&amount, resource, faults);
    }
    let scheduling = case.at("scheduling");
    metadata::labels(&scheduling.get("nodeSelector"), faults);
    let tolerations = scheduling.get("tolerations");
    pod::tolerations(&tolerations, faults);
    let mut seen: Vec<[&str; 4]> = Vec::new();
    for each in tolerations.items() {
        let key = ["key", "operator", "value", "effect"].map(|key| each.text(key));
        if seen.contains(&key) {
            let seconds = each.get("tolerationSeconds");
            let seconds = seconds.int().map_or_else(|| "null".to_owned(), |seconds| seconds.to_string());
            let shown = format!(
                "{{\"Key\":{:?},\"Operator\":{:?},\"Value\":{:?},\"Effect\":{:?},\"TolerationSeconds\":{seconds}}}",
                key[0], key[1], key[2], key[3]
            );
            faults.push(Fault::duplicate_as(each.path.clone(), &shown));
        } else {
            seen.push(key);
        }
    }
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
    }
}

pub(crate) fn lease(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    let at = case.at("spec");
    let (duration, transitions, strategy) =
        (at.get("leaseDurationSeconds"), at.get("leaseTransitions"), at.get("strategy"));
    if duration.int().is_some_and(|seconds| seconds <= 0) {
        faults.invalid(&duration, "must be greater than 0");
    }
    faults.non_negative(&transitions);
    if strategy.is_set() {
        lease_strategy(&strategy, faults);
    }
    if !at.text("preferredHolder").is_empty() && strategy.str().is_empty() {
        let why = "may only be specified if `strategy` is defined";
        faults.forbidden(&at.get("preferredHolder").path, why);
    }
}

fn lease_strategy(at: &At<'_>, faults: &mut Faults) {
    let parts: Vec<&str> = at.str().split('/').collect();
    match parts.as_slice() {
        [name] if *name == "OldestEmulationVersion" => {}
        [_] => faults.unsupported(at, &["OldestEmulationVersion"]),
        _ => faults.texts(at, names::qualified(at.str())),
    }
}
