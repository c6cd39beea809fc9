//! Label selectors and node selectors (kubernetes/apimachinery `pkg/apis/meta/v1/validation`, kubernetes
//! `pkg/apis/core/validation`).

use amethyst_object::{LabelSelector, json};

use crate::at::At;
use crate::faults::Faults;
use crate::{metadata, names};

/// A label selector, when there is one (`ValidateLabelSelector`); `lenient` takes wrong values.
pub(crate) fn labels(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    metadata::labels(&at.get("matchLabels"), faults);
    for expression in at.get("matchExpressions").items() {
        let (operator, values) = (expression.get("operator"), expression.get("values"));
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                faults.required(&values.path, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                faults.forbidden(
                    &values.path,
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                );
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => faults.invalid_text(&operator, "not a valid selector operator"),
        }
        metadata::label_key(&expression.get("key").path, expression.text("key"), faults);
        if !lenient {
            values.items().for_each(|value| faults.texts(&value, names::label_value(value.str())));
        }
    }
}

/// Whether a label selector says nothing.
pub(crate) fn is_empty(at: &At<'_>) -> bool {
    at.get("matchLabels").is_empty() && at.get("matchExpressions").is_empty()
}

/// The selector as it selects, `None` when it cannot be read (`LabelSelectorAsSelector`). What is not there selects
/// nothing, so it is no selector of everything.
pub(crate) fn parse(at: &At<'_>) -> Option<LabelSelector> {
    let key_fits = |key: &str| names::qualified(key).is_empty();
    let value_fits = |value: &str| names::label_value(value).is_empty();
    let labels = at.get("matchLabels").strings();
    let expressions_fit = at.get("matchExpressions").items().all(|each| {
        let bare = matches!(each.text("operator"), "Exists" | "DoesNotExist");
        let values = each.get("values");
        key_fits(each.text("key"))
            && (!bare || values.is_empty())
            && values.items().all(|value| value_fits(value.str()))
    });
    let fits = expressions_fit && labels.iter().all(|(key, value)| key_fits(key) && value_fits(value));
    LabelSelector::from_value(&at.shown()).ok().filter(|_| fits)
}

/// Whether a selector selects a map of labels; what is not there selects nothing.
pub(crate) fn selects(at: &At<'_>, selector: &LabelSelector, labels: &At<'_>) -> bool {
    let labels = labels.strings();
    at.is_set()
        && selector.matches(|key| labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value))
}

/// A label selector as Go's encoder shows it.
pub(crate) fn shown(at: &At<'_>) -> String {
    if !at.is_set() {
        return "null".to_owned();
    }
    let mut parts = Vec::new();
    if !at.get("matchLabels").is_empty() {
        parts.push(format!("\"matchLabels\":{}", json::to_string(&at.get("matchLabels").shown())));
    }
    let expressions = at.get("matchExpressions");
    let each = |each: At<'_>| {
        let values = each.get("values");
        let values = if values.is_empty() {
            String::new()
        } else {
            format!(",\"values\":{}", json::to_string(&values.shown()))
        };
        format!("{{\"key\":{:?},\"operator\":{:?}{values}}}", each.text("key"), each.text("operator"))
    };
    if !expressions.is_empty() {
        let list: Vec<String> = expressions.items().map(each).collect();
        parts.push(format!("\"matchExpressions\":[{}]", list.join(",")));
    }
    format!("{{{}}}", parts.join(","))
}

/// Whether a value in a label selector is no label value.
pub(crate) fn has_wrong_value(at: &At<'_>) -> bool {
    let wrong = |value: At<'_>| !names::label_value(value.str()).is_empty();
    at.get("matchExpressions").items().any(|expression| expression.get("values").items().any(wrong))
}

/// A node selector (`ValidateNodeSelector`).
pub(crate) fn nodes(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    let terms = at.get("nodeSelectorTerms");
    if terms.is_empty() {
        return faults.required(&terms.path, "must have at least one node selector term");
    }
    terms.items().for_each(|term| node_term(&term, lenient, faults));
}

/// One term of a node selector (`ValidateNodeSelectorTerm`).
pub(crate) fn node_term(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    at.get("matchExpressions").items().for_each(|each| node_requirement(&each, lenient, faults));
    at.get("matchFields").items().for_each(|each| node_field(&each, faults));
}

fn node_requirement(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    let (operator, values) = (at.get("operator"), at.get("values"));
    match operator.str() {
        "In" | "NotIn" if values.is_empty() => {
            faults.required(&values.path, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            faults.forbidden(
                &values.path,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            );
        }
        "Gt" | "Lt" if values.list().len() != 1 => {
            faults.required(&values.path, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        _ => faults.invalid_text(&operator, "not a valid selector operator"),
    }
    metadata::label_key(&at.get("key").path, at.text("key"), faults);
    if !lenient {
        values.items().for_each(|value| faults.texts(&value, names::label_value(value.str())));
    }
}

fn node_field(at: &At<'_>, faults: &mut Faults) {
    let (operator, values) = (at.get("operator"), at.get("values"));
    match operator.str() {
        "In" | "NotIn" if values.list().len() != 1 => {
            let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            faults.required(&values.path, why);
        }
        "In" | "NotIn" => {}
        _ => faults.invalid_text(&operator, "not a valid selector operator"),
    }
    if at.text("key") == "metadata.name" {
        values.items().for_each(|value| faults.texts(&value, names::subdomain(value.str())));
    } else {
        faults.invalid_text(&at.get("key"), "not a valid field selector key");
    }
}
