//! Roles and bindings: what is refused (kubernetes `pkg/apis/rbac/validation`).
//!
//! Upstream moves the faults that it declares on its types behind those that it writes in code
//! (`pkg/apis/rbac/v1/zz_generated.validations.go`, enforced since 1.36), and so do these.

use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::names::{self, NameRule};

use super::immutable;
use crate::rbac::{GROUP, Rule, texts};
use crate::registry::metadata::{self, path};
use crate::registry::write::Attempt;

pub(super) fn role(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    rules(attempt, new, old)
}

pub(super) fn cluster_role(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let (mut faults, declared) = split_rules(attempt, new, old);
    aggregation(new, old, &mut faults);
    faults.extend(declared);
    faults
}

pub(super) fn role_binding(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    binding(attempt, new, old, &["Role", "ClusterRole"])
}

pub(super) fn cluster_role_binding(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    binding(attempt, new, old, &["ClusterRole"])
}

/// What is wrong with a new object's metadata; a changed object's is checked before.
fn of_metadata(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    if old.is_some() {
        return Vec::new();
    }
    metadata::validate(new, attempt.resource.namespaced, true, NameRule::PathSegment)
}

fn rules(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let (mut faults, declared) = split_rules(attempt, new, old);
    faults.extend(declared);
    faults
}

/// The faults of rules: those of upstream's code, and those that it declares.
fn split_rules(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> (Vec<Fault>, Vec<Fault>) {
    let (mut faults, mut declared) = (of_metadata(attempt, new, old), Vec::new());
    for (index, rule) in Rule::all_of(new).iter().enumerate() {
        let at = path(&["rules"]).index(index);
        if rule.verbs.is_empty() {
            declared.push(Fault::required(at.child("verbs"), ""));
        }
        if !rule.urls.is_empty() {
            let mut refuse =
                |why: &str| faults.push(Fault::invalid(at.child("nonResourceURLs"), texts(&rule.urls), why));
            if attempt.resource.namespaced {
                refuse("namespaced rules cannot apply to non-resource URLs");
            }
            if !(rule.groups.is_empty() && rule.resources.is_empty() && rule.names.is_empty()) {
                refuse("rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        if rule.groups.is_empty() {
            let why = "resource rules must supply at least one api group";
            faults.push(Fault::required(at.child("apiGroups"), why));
        }
        if rule.resources.is_empty() {
            faults.push(Fault::required(
                at.child("resources"),
                "resource rules must supply at least one resource",
            ));
        }
    }
    (faults, declared)
}

fn aggregation(new: &Map, old: Option<&Map>, faults: &mut Vec<Fault>) {
    let at = path(&["aggregationRule", "clusterRoleSelectors"]);
    let Some(selectors) = selectors(new) else { return };
    if selectors.is_empty() {
        let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        faults.push(Fault::required(at.clone(), why));
    }
    // Values that were wrong before may stay so.
    let mut before = Vec::new();
    for selector in old.and_then(self::selectors).unwrap_or_default() {
        label_selector(selector, &path(&[]), false, &mut before);
    }
    for (index, selector) in selectors.iter().enumerate() {
        let known = faults.len();
        label_selector(selector, &at.index(index), !before.is_empty(), faults);
        if faults.len() > known && amethyst_object::LabelSelector::from_value(selector).is_err() {
            faults.push(Fault::invalid(at.index(index), Value::Null, "invalid label selector."));
        }
    }
}

/// The selectors of an aggregation rule; none without such a rule.
fn selectors(role: &Map) -> Option<&[Value]> {
    let rule = role.get("aggregationRule").filter(|rule| !rule.is_null())?;
    Some(rule.get("clusterRoleSelectors").and_then(Value::as_array).unwrap_or_default())
}

/// kubernetes/apimachinery `pkg/apis/meta/v1/validation`, `ValidateLabelSelector`.
fn label_selector(selector: &Value, at: &FieldPath, values_may_be_wrong: bool, faults: &mut Vec<Fault>) {
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    for (key, value) in labels.into_iter().flat_map(Map::iter) {
        let value = value.as_str().unwrap_or_default();
        let at = at.child("matchLabels");
        faults.extend(names::qualified(key).iter().map(|why| Fault::invalid(at.clone(), key.as_str(), why)));
        faults.extend(names::label_value(value).iter().map(|why| Fault::invalid(at.clone(), value, why)));
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).unwrap_or_default();
    for (index, expression) in expressions.iter().enumerate() {
        let at = at.child("matchExpressions").index(index);
        let values = expression.get("values").and_then(Value::as_array).unwrap_or_default();
        let operator = expression.str_at(&["operator"]).unwrap_or_default();
        operator_fits(operator, values, &at, false, faults);
        let key = expression.str_at(&["key"]).unwrap_or_default();
        faults.extend(names::qualified(key).iter().map(|why| Fault::invalid(at.child("key"), key, why)));
        let values = values.iter().map(|value| value.as_str().unwrap_or_default());
        for (index, value) in values.enumerate().filter(|_| !values_may_be_wrong) {
            let at = at.child("values").index(index);
            faults.extend(names::label_value(value).iter().map(|why| Fault::invalid(at.clone(), value, why)));
        }
    }
}

/// Whether a selector's operator goes with its values.
pub(crate) fn operator_fits(
    operator: &str,
    values: &[Value],
    at: &FieldPath,
    may_be_unknown: bool,
    faults: &mut Vec<Fault>,
) {
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let why = "must be specified when `operator` is 'In' or 'NotIn'";
            faults.push(Fault::required(at.child("values"), why));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            faults.push(Fault::forbidden(at.child("values"), why));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ if may_be_unknown => {}
        other => faults.push(Fault::invalid(at.child("operator"), other, "not a valid selector operator")),
    }
}

fn binding(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>, kinds: &[&str]) -> Vec<Fault> {
    let (mut faults, mut declared) = (of_metadata(attempt, new, old), Vec::new());
    let part = |key: &str| new.get("roleRef").and_then(|role| role.str_at(&[key])).unwrap_or_default();
    let at = path(&["roleRef"]);
    if part("apiGroup") != GROUP {
        faults.push(Fault::not_supported(at.child("apiGroup"), part("apiGroup"), &[GROUP]));
    }
    if !kinds.contains(&part("kind")) {
        faults.push(Fault::not_supported(at.child("kind"), part("kind"), kinds));
    }
    let name = part("name");
    let illegal = names::path_segment(name, false);
    faults.extend(illegal.iter().map(|why| Fault::invalid(at.child("name"), name, why)));
    let subjects = new.get("subjects").and_then(Value::as_array).unwrap_or_default();
    for (index, subject) in subjects.iter().enumerate() {
        let at = path(&["subjects"]).index(index);
        if subject.str_at(&["name"]).unwrap_or_default().is_empty() {
            declared.push(Fault::required(at.child("name"), ""));
        }
        check_subject(subject, attempt.resource.namespaced, &at, &mut faults);
    }
    faults.extend(immutable::role_ref(attempt, new, old));
    if name.is_empty() {
        declared.push(Fault::required(at.child("name"), ""));
    }
    faults.extend(declared);
    faults
}

fn check_subject(subject: &Value, namespaced: bool, at: &FieldPath, faults: &mut Vec<Fault>) {
    let part = |key: &str| subject.str_at(&[key]).unwrap_or_default();
    let group = part("apiGroup");
    match part("kind") {
        "ServiceAccount" => {
            let name = part("name");
            if !name.is_empty() {
                let illegal = names::subdomain(name);
                faults.extend(illegal.iter().map(|why| Fault::invalid(at.child("name"), name, why)));
            }
            if !group.is_empty() {
                faults.push(Fault::not_supported(at.child("apiGroup"), group, &[""]));
            }
            if !namespaced && part("namespace").is_empty() {
                faults.push(Fault::required(at.child("namespace"), ""));
            }
        }
        "User" | "Group" if group != GROUP => {
            faults.push(Fault::not_supported(at.child("apiGroup"), group, &[GROUP]));
        }
        "User" | "Group" => {}
        other => {
            let kinds = ["ServiceAccount", "User", "Group"];
            faults.push(Fault::not_supported(at.child("kind"), other, &kinds));
        }
    }
}
