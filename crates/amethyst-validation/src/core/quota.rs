//! ResourceQuotas (kubernetes `pkg/apis/core/validation`, `ValidateResourceQuota`).

use amethyst_object::{FieldPath, Value};

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::NameRule;
use crate::resources;

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
];
const EXISTS_ONLY: &str = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
    ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or \
    ResourceQuotaScopeCrossNamespacePodAffinity";

pub(crate) fn resource_quota(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    let (spec, status) = (case.at("spec"), case.at("status"));
    if case.subresource == "status" {
        return self::status(&status, faults);
    }
    hard(&spec.get("hard"), faults);
    scopes(&spec, faults);
    if spec.has("scopeSelector") {
        selector(&spec, faults);
    }
    if !case.is_update() {
        return self::status(&status, faults);
    }
    let set = |at: At<'_>| {
        let mut list: Vec<String> = at.list().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    let scopes = spec.get("scopes");
    if set(scopes.clone()) != set(case.before("spec").get("scopes")) {
        faults.invalid(&scopes, IMMUTABLE);
    }
}

fn status(at: &At<'_>, faults: &mut Faults) {
    hard(&at.get("hard"), faults);
    hard(&at.get("used"), faults);
}

fn hard(at: &At<'_>, faults: &mut Faults) {
    for (key, amount) in at.entries() {
        resources::name(&amount, key, faults);
        if !key.contains('/') && !resources::is_standard_for_quota(key) {
            faults.invalid_value(&amount.path, key, "must be a standard resource for quota");
        }
        resources::amount(&amount, key, faults);
    }
}

fn covers(scope: &str, resource: &str) -> bool {
    const COMPUTE: [&str; 6] =
        ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    match scope {
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => resource == "pods" || COMPUTE.contains(&resource),
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ => true,
    }
}

fn uncovered(spec: &At<'_>, scope: &str) -> usize {
    let hard = spec.get("hard").entries();
    hard.iter().filter(|(key, _)| resources::is_standard_for_quota(key) && !covers(scope, key)).count()
}

fn conflict(known: &[&str], path: &FieldPath, scopes: &At<'_>, faults: &mut Faults) {
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| known.contains(scope)) {
            faults.invalid_value(path, scopes.shown(), "conflicting scopes");
        }
    }
}

fn scopes(spec: &At<'_>, faults: &mut Faults) {
    let at = spec.get("scopes");
    let mut known: Vec<&str> = Vec::new();
    for scope in at.items() {
        if !SCOPES.contains(&scope.str()) {
            faults.invalid(&at, "unsupported scope");
        }
        for _ in 0..uncovered(spec, scope.str()) {
            faults.invalid(&at, "unsupported scope applied to resource");
        }
        known.push(scope.str());
    }
    conflict(&known, &at.path, &at, faults);
}

fn selector(spec: &At<'_>, faults: &mut Faults) {
    let whole = spec.get("scopeSelector");
    let at = whole.get("matchExpressions");
    let mut known: Vec<&str> = Vec::new();
    for each in at.items() {
        let scope = each.get("scopeName").called(at.path.child("scopeName"));
        let operator = each.get("operator").called(at.path.child("operator"));
        let values = each.get("values").called(at.path.child("values"));
        if !SCOPES.contains(&scope.str()) {
            faults.invalid_text(&scope, "unsupported scope");
        }
        for _ in 0..uncovered(spec, scope.str()) {
            faults.invalid(&whole.called(at.path.clone()), "unsupported scope applied to resource");
        }
        let bare = !matches!(scope.str(), "PriorityClass" | "VolumeAttributesClass")
            && SCOPES.contains(&scope.str());
        if bare && operator.str() != "Exists" {
            faults.invalid_text(&operator, EXISTS_ONLY);
        }
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                let why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                faults.required(&values.path, why);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                faults.invalid(&values, why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => faults.invalid_text(&operator, "not a valid selector operator"),
        }
        known.push(scope.str());
    }
    conflict(&known, &at.path, &spec.get("scopes"), faults);
}
