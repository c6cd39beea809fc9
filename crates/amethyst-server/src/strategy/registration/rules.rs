//! Rules, selectors and what else webhooks and policies match by.

use std::collections::BTreeSet;

use amethyst_schema::Fault;
use amethyst_validation::names;

use super::at::At;
use super::{one_of, required_one_of};

pub(super) const FAILURE_POLICIES: [&str; 2] = ["Fail", "Ignore"];
pub(super) const MATCH_POLICIES: [&str; 2] = ["Equivalent", "Exact"];
pub(super) const REINVOCATION_POLICIES: [&str; 2] = ["IfNeeded", "Never"];
const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const MUTATING_OPERATIONS: [&str; 4] = ["*", "CONNECT", "CREATE", "UPDATE"];
const SCOPES: [&str; 3] = ["*", "Cluster", "Namespaced"];

/// `validateRuleWithOperations`.
pub(super) fn rule(rule: &At<'_>, faults: &mut Vec<Fault>) {
    let operations = rule.get("operations");
    many(&operations, "if '*' is present, must not specify other operations", faults);
    operations.items().for_each(|operation| one_of(&operation, &OPERATIONS, faults));
    many(&rule.get("apiGroups"), "if '*' is present, must not specify other API groups", faults);
    let versions = rule.get("apiVersions");
    many(&versions, "if '*' is present, must not specify other API versions", faults);
    faults.extend(
        versions.items().filter(|version| version.text().is_empty()).map(|version| version.required("")),
    );
    resources(&rule.get("resources"), faults);
    one_of(&rule.get("scope"), &SCOPES, faults);
}

fn many(list: &At<'_>, why: &str, faults: &mut Vec<Fault>) {
    let texts = list.texts();
    if texts.is_empty() {
        faults.push(list.required(""));
    }
    if texts.len() > 1 && texts.contains(&"*") {
        faults.push(list.invalid(why));
    }
}

/// `validateResources`.
fn resources(list: &At<'_>, faults: &mut Vec<Fault>) {
    if list.list().is_empty() {
        faults.push(list.required(""));
    }
    let (mut all_below, mut below_all) = (BTreeSet::new(), BTreeSet::new());
    let (mut double, mut single, mut whole) = (false, false, false);
    for item in list.items() {
        let text = item.text();
        if text.is_empty() {
            faults.push(item.required(""));
            continue;
        }
        double |= text == "*/*";
        single |= text == "*";
        let Some((resource, subresource)) = text.split_once('/') else {
            whole = text != "*";
            continue;
        };
        if all_below.contains(resource) {
            faults.push(item.invalid(format!("if '{resource}/*' is present, must not specify {text}")));
        }
        if below_all.contains(subresource) {
            faults.push(item.invalid(format!("if '*/{subresource}' is present, must not specify {text}")));
        }
        if subresource == "*" {
            all_below.insert(resource);
        }
        if resource == "*" {
            below_all.insert(subresource);
        }
    }
    if list.list().len() > 1 && double {
        faults.push(list.invalid("if '*/*' is present, must not specify other resources"));
    }
    if single && whole {
        let why = "if '*' is present, must not specify other resources without subresources";
        faults.push(list.invalid(why));
    }
}

/// `validateNamedRuleWithOperations`.
fn named_rule(at: &At<'_>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for name in at.get("resourceNames").items() {
        faults.extend(names::path_segment(name.text(), false).into_iter().map(|why| name.invalid(why)));
        if !seen.insert(name.text()) {
            faults.push(name.duplicate());
        }
    }
    rule(at, faults);
}

/// `validateMatchResources`.
pub(super) fn match_resources(at: &At<'_>, faults: &mut Vec<Fault>) {
    if !at.is_set() {
        return;
    }
    required_one_of(&at.get("matchPolicy"), &MATCH_POLICIES, faults);
    for key in ["namespaceSelector", "objectSelector"] {
        let selector = at.get(key);
        if selector.is_set() {
            self::selector(&selector, false, faults);
        } else {
            faults.push(selector.required(""));
        }
    }
    for key in ["resourceRules", "excludeResourceRules"] {
        at.get(key).items().for_each(|rule| named_rule(&rule, faults));
    }
}

/// Mutations happen when something is written.
pub(super) fn mutating_operations(matching: &At<'_>, faults: &mut Vec<Fault>) {
    let path = matching.get("resourceRules").get("operations").path;
    for rule in matching.get("resourceRules").items() {
        for operation in rule.get("operations").items() {
            if !MUTATING_OPERATIONS.contains(&operation.text()) {
                faults.push(Fault::not_supported(path.clone(), operation.shown(), &MUTATING_OPERATIONS));
            }
        }
    }
}

/// `ValidateLabelSelector`; `lenient` takes wrong values.
pub(super) fn selector(at: &At<'_>, lenient: bool, faults: &mut Vec<Fault>) {
    let labels = at.get("matchLabels");
    for (key, value) in
        labels.value.and_then(|labels| labels.as_object()).into_iter().flat_map(amethyst_object::Map::iter)
    {
        let invalid = |text: &str, why: String| Fault::invalid(labels.path.clone(), text, why);
        faults.extend(names::qualified(key).into_iter().map(|why| invalid(key, why)));
        let value = value.as_str().unwrap_or_default();
        faults.extend(names::label_value(value).into_iter().map(|why| invalid(value, why)));
    }
    for expression in at.get("matchExpressions").items() {
        let (operator, values, key) =
            (expression.get("operator"), expression.get("values"), expression.get("key"));
        match operator.text() {
            "In" | "NotIn" if values.list().is_empty() => {
                faults.push(values.required("must be specified when `operator` is 'In' or 'NotIn'"));
            }
            "Exists" | "DoesNotExist" if !values.list().is_empty() => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                faults.push(values.forbidden(why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            text => {
                let why = "not a valid selector operator";
                faults.push(Fault::invalid(operator.path.clone(), text, why));
            }
        }
        let wrong = names::qualified(key.text());
        faults.extend(wrong.into_iter().map(|why| Fault::invalid(key.path.clone(), key.text(), why)));
        if !lenient {
            for value in values.items() {
                faults.extend(names::label_value(value.text()).into_iter().map(|why| value.invalid(why)));
            }
        }
    }
}
