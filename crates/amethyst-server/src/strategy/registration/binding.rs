//! Bindings of admission policies.

use std::collections::BTreeSet;

use amethyst_object::Map;
use amethyst_schema::Fault;
use amethyst_validation::names;

use super::at::At;
use super::{one_of, required_one_of, rules};
use crate::registry::write::Attempt;

const ACTIONS: [&str; 3] = ["Audit", "Deny", "Warn"];

/// A ValidatingAdmissionPolicyBinding.
pub(in crate::strategy) fn validating_binding(_: &Attempt<'_>, new: &Map, _: Option<&Map>) -> Vec<Fault> {
    let spec = At::of(new, "spec");
    let mut faults = Vec::new();
    shared(&spec, &mut faults);
    actions(&spec.get("validationActions"), &mut faults);
    faults
}

/// A MutatingAdmissionPolicyBinding.
pub(in crate::strategy) fn mutating_binding(_: &Attempt<'_>, new: &Map, _: Option<&Map>) -> Vec<Fault> {
    let spec = At::of(new, "spec");
    let mut faults = Vec::new();
    shared(&spec, &mut faults);
    rules::mutating_operations(&spec.get("matchResources"), &mut faults);
    faults
}

fn shared(spec: &At<'_>, faults: &mut Vec<Fault>) {
    let policy = spec.get("policyName");
    if policy.text().is_empty() {
        faults.push(policy.required(""));
    } else {
        faults.extend(names::subdomain(policy.text()).into_iter().map(|why| policy.invalid(why)));
    }
    parameters(&spec.get("paramRef"), faults);
    rules::match_resources(&spec.get("matchResources"), faults);
}

/// `validateParamRef`.
fn parameters(at: &At<'_>, faults: &mut Vec<Fault>) {
    if !at.is_set() {
        return;
    }
    let (name, selector) = (at.get("name"), at.get("selector"));
    let named = !name.text().is_empty();
    let exclusive = "name and selector are mutually exclusive";
    if named {
        faults.extend(names::path_segment(name.text(), false).into_iter().map(|why| name.invalid(why)));
        if selector.is_set() {
            faults.push(name.forbidden(exclusive));
        }
    }
    if selector.is_set() {
        rules::selector(&selector, false, faults);
        if named {
            faults.push(selector.forbidden(exclusive));
        }
    }
    if !named && !selector.is_set() {
        faults.push(at.required("one of name or selector must be specified"));
    }
    required_one_of(&at.get("parameterNotFoundAction"), &["Deny", "Allow"], faults);
}

/// `validateValidationActions`.
fn actions(at: &At<'_>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for action in at.items() {
        one_of(&action, &ACTIONS, faults);
        if !seen.insert(action.text()) {
            faults.push(action.duplicate());
        }
    }
    if seen.contains("Deny") && seen.contains("Warn") {
        faults.push(at.invalid(
            "must not contain both Deny and Warn (repeating the same validation failure information in the API \
             response and headers serves no purpose)",
        ));
    }
    if seen.is_empty() {
        faults.push(at.required("at least one validation action is required"));
    }
}
