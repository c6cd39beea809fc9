//! Where pods may run: affinity, spreading, tolerations (kubernetes `pkg/apis/core/validation`).

use amethyst_schema::Fault;

use crate::at::At;
use crate::faults::Faults;
use crate::{metadata, names, selector};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// The affinity of a pod; `old` is the spec that is there already.
pub(super) fn affinity(at: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let before = old.get("affinity");
    let node = at.get("nodeAffinity");
    if node.has(REQUIRED) {
        let lenient = has_wrong_node_value(&before.get("nodeAffinity").get(REQUIRED));
        selector::nodes(&node.get(REQUIRED), lenient, faults);
    }
    for term in node.get(PREFERRED).items() {
        weight(&term, faults);
        selector::node_term(&term.get("preference"), true, faults);
    }
    let lenient = has_wrong_pod_value(&before);
    for kind in ["podAffinity", "podAntiAffinity"] {
        let at = at.get(kind);
        at.get(REQUIRED).items().for_each(|term| pod_term(&term, lenient, faults));
        for term in at.get(PREFERRED).items() {
            weight(&term, faults);
            pod_term(&term.get("podAffinityTerm"), lenient, faults);
        }
    }
}

fn weight(term: &At<'_>, faults: &mut Faults) {
    let at = term.get("weight");
    if !(1..=100).contains(&term.number("weight")) {
        faults.invalid_value(&at.path, term.number("weight"), "must be in the range 1-100");
    }
}

fn has_wrong_node_value(selector: &At<'_>) -> bool {
    let wrong = |value: At<'_>| !names::label_value(value.str()).is_empty();
    selector.get("nodeSelectorTerms").items().any(|term| {
        term.get("matchExpressions").items().any(|expression| expression.get("values").items().any(wrong))
    })
}

fn has_wrong_pod_value(affinity: &At<'_>) -> bool {
    let wrong = |term: &At<'_>| {
        selector::has_wrong_value(&term.get("labelSelector"))
            || selector::has_wrong_value(&term.get("namespaceSelector"))
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let at = affinity.get(kind);
        at.get(REQUIRED).items().any(|term| wrong(&term))
            || at.get(PREFERRED).items().any(|term| wrong(&term.get("podAffinityTerm")))
    })
}

fn pod_term(at: &At<'_>, lenient: bool, faults: &mut Faults) {
    selector::labels(&at.get("labelSelector"), lenient, faults);
    selector::labels(&at.get("namespaceSelector"), lenient, faults);
    for namespace in at.get("namespaces").items() {
        for why in names::label(namespace.str()) {
            faults.invalid_value(&at.path.child("namespace"), namespace.str(), why);
        }
    }
    label_keys(at, faults);
    let key = at.get("topologyKey");
    if key.str().is_empty() {
        faults.required(&key.path, "can not be empty");
    }
    metadata::label_key(&key.path, key.str(), faults);
}

/// Keys of labels whose values the new pod gives (`ValidateMatchLabelKeysAndMismatchLabelKeys`).
fn label_keys(at: &At<'_>, faults: &mut Faults) {
    let (matching, mismatching) = (at.get("matchLabelKeys"), at.get("mismatchLabelKeys"));
    let selector = at.get("labelSelector");
    for keys in [&matching, &mismatching] {
        if keys.is_empty() {
            continue;
        }
        if !selector.is_set() {
            faults.forbidden(&keys.path, "must not be specified when labelSelector is not set");
            continue;
        }
        keys.items().for_each(|key| metadata::label_key(&key.path, key.str(), faults));
    }
    let mut selected: Vec<&str> = selector.get("matchLabels").strings().iter().map(|(key, _)| *key).collect();
    for expression in selector.get("matchExpressions").items() {
        let key = expression.text("key");
        let index = matching.list().iter().rposition(|matched| matched.as_str() == Some(key));
        if let Some(index) = index.filter(|_| selected.contains(&key)) {
            let why = "exists in both matchLabelKeys and labelSelector";
            faults.invalid_value(&at.path.index(index), key, why);
        }
        selected.push(key);
    }
    for key in matching.items() {
        if mismatching.items().any(|other| other.str() == key.str()) {
            faults.invalid_text(&key, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

/// How pods spread (`validateTopologySpreadConstraints`).
pub(super) fn spread(at: &At<'_>, faults: &mut Faults) {
    let list: Vec<At<'_>> = at.items().collect();
    for (index, each) in list.iter().enumerate() {
        let (skew, key, action) =
            (each.get("maxSkew"), each.get("topologyKey"), each.get("whenUnsatisfiable"));
        positive(&skew, faults);
        if key.str().is_empty() {
            faults.required(&key.path, "can not be empty");
        }
        faults.enumerated(&action, &["DoNotSchedule", "ScheduleAnyway"]);
        let same = |other: &&At<'_>| {
            other.text("topologyKey") == key.str() && other.text("whenUnsatisfiable") == action.str()
        };
        if list[index + 1..].iter().any(|other| same(&other)) {
            let path = each.path.child("{topologyKey, whenUnsatisfiable}");
            faults.duplicate(&path, format!("{{{}, {}}}", key.str(), action.str()));
        }
        let domains = each.get("minDomains");
        if domains.is_set() {
            positive(&domains, faults);
            if action.str() != "DoNotSchedule" {
                let why = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                    action.str()
                );
                faults.invalid(&domains, why);
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if each.has(policy) {
                faults.enumerated(&each.get(policy), &["Honor", "Ignore"]);
            }
        }
        label_keys(each, faults);
        selector::labels(&each.get("labelSelector"), false, faults);
    }
}

fn positive(at: &At<'_>, faults: &mut Faults) {
    let number = at.int().unwrap_or_default();
    if number <= 0 {
        faults.invalid_value(&at.path, number, "must be greater than zero");
    }
}

/// What a pod bears (`ValidateTolerations`).
pub(crate) fn tolerations(at: &At<'_>, faults: &mut Faults) {
    for each in at.items() {
        let (key, operator, value, effect) =
            (each.get("key"), each.get("operator"), each.get("value"), each.get("effect"));
        if !key.str().is_empty() {
            metadata::label_key(&key.path, key.str(), faults);
        } else if operator.str() != "Exists" {
            let why =
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            faults.invalid_text(&operator, why);
        }
        if each.has("tolerationSeconds") && effect.str() != "NoExecute" {
            faults.invalid_text(&effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.str() {
            "Equal" | "" => {
                let wrong = names::label_value(value.str());
                if !wrong.is_empty() {
                    faults.invalid_value(&operator.path, value.str(), wrong.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                let why = "value must be empty when `operator` is 'Exists'";
                faults.invalid_value(&operator.path, value.str(), why);
            }
            "Exists" => {}
            "Lt" | "Gt" => faults.unsupported(&operator, &["Equal", "Exists", "Lt", "Gt"]),
            _ => faults.unsupported(&operator, &["Equal", "Exists"]),
        }
        if !effect.str().is_empty() {
            taint_effect(&effect, faults);
        }
    }
}

/// What a taint does.
pub(crate) fn taint_effect(at: &At<'_>, faults: &mut Faults) {
    faults.enumerated(at, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

/// What may keep a pod from being scheduled (`validateSchedulingGates`).
pub(super) fn gates(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for gate in at.items() {
        let name = gate.text("name");
        metadata::label_key(&gate.path, name, faults);
        if seen.contains(&name) {
            faults.push(Fault::duplicate(gate.path.clone(), name));
        }
        seen.push(name);
    }
}
