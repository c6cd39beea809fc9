//! What may change of a pod (kubernetes `pkg/apis/core/validation`, `ValidatePodUpdate`,
//! `ValidatePodStatusUpdate`, `ValidatePodEphemeralContainersUpdate`).

use amethyst_object::{Map, Value};

use super::{annotations, whole};
use crate::at::At;
use crate::faults::Faults;
use crate::{metadata, names, text};

const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
    tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// What is wrong with a change of a pod, by the subresource that it comes through.
pub(crate) fn change(new: &Map, old: &Map, subresource: &str, faults: &mut Faults) {
    metadata::change(new, old, faults);
    let (spec, before) = (At::root(new, "spec"), At::root(old, "spec"));
    let notes = |pod| At::root(pod, "metadata").get("annotations");
    if subresource == "status" {
        annotations::change(&notes(new), &notes(old), &spec, faults);
        return status(new, old, faults);
    }
    whole(new, &before, faults);
    if subresource != "resize" {
        annotations::change(&notes(new), &notes(old), &spec, faults);
    }
    match subresource {
        "" => changed_spec(&spec, &before, faults),
        "ephemeralcontainers" => ephemeral(&spec, &before, faults),
        _ => {}
    }
}

fn changed_spec(new: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    for list in ["containers", "initContainers"] {
        if !images(&new.get(list), &old.get(list), faults) {
            return;
        }
    }
    if !deadline(&new.get("activeDeadlineSeconds"), &old.get("activeDeadlineSeconds"), faults) {
        return;
    }
    tolerations(&new.get("tolerations"), &old.get("tolerations"), faults);
    let gates = old.get("schedulingGates");
    for gate in new.get("schedulingGates").items() {
        let name = gate.get("name");
        if !gates.items().any(|known| known.text("name") == name.str()) {
            let why = format!("only deletion is allowed, but found new scheduling gate '{}'", name.str());
            faults.forbidden(&name.path, why);
        }
    }
    let gated = !gates.is_empty();
    if gated {
        directives(new, old, faults);
    }
    if fixed(new, old, gated) != fixed(old, old, gated) {
        faults.forbidden(&new.path, UPDATABLE);
    }
}

/// Containers that change their image at most; says whether it is worth to look further.
fn images(new: &At<'_>, old: &At<'_>, faults: &mut Faults) -> bool {
    if new.list().len() != old.list().len() {
        faults.forbidden(&new.path, "pod updates may not add or remove containers");
        return false;
    }
    for container in new.items() {
        let image = container.get("image");
        faults.needs_text(&image);
        if image.str().trim() != image.str() {
            faults.invalid(&image, "must not have leading or trailing whitespace");
        }
    }
    true
}

fn deadline(new: &At<'_>, old: &At<'_>, faults: &mut Faults) -> bool {
    match (new.int(), old.int()) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            faults.invalid(new, "must be between 0 and 2147483647, inclusive");
            false
        }
        (Some(seconds), Some(before)) if before < seconds => {
            faults.invalid(new, "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            faults.invalid(new, "must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

fn tolerations(new: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let timeless = |toleration: &Value| {
        let mut map = toleration.as_object().cloned().unwrap_or_default();
        map.remove("tolerationSeconds");
        map
    };
    let kept: Vec<Map> = new.list().iter().map(timeless).collect();
    if old.list().iter().any(|before| !kept.contains(&timeless(before))) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        return faults.forbidden(&new.path, why);
    }
    super::tolerations(new, faults);
}

/// Where a pod may run, while something keeps it from being scheduled: only ever less.
fn directives(new: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let (selector, before) = (new.get("nodeSelector"), old.get("nodeSelector"));
    if before.strings().iter().any(|(key, value)| {
        selector.value().and_then(|map| map.get(key)).and_then(Value::as_str) != Some(value)
    }) {
        let why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        faults.invalid(&selector, why);
    }
    let terms = |spec: &At<'_>| -> Vec<Value> {
        let required = ["requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
        let at =
            spec.value().and_then(|spec| spec.at(&["affinity", "nodeAffinity", required[0], required[1]]));
        at.and_then(Value::as_array).unwrap_or_default().to_vec()
    };
    let (now, then) = (terms(new), terms(old));
    let path = new.path.child("affinity").child("nodeAffinity");
    let path = path.child("requiredDuringSchedulingIgnoredDuringExecution").child("nodeSelectorTerms");
    if !then.is_empty() && then.len() != now.len() {
        let why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return faults.invalid_value(&path, now, why);
    }
    for (index, (term, before)) in now.iter().zip(&then).enumerate() {
        if !only_adds(term, before) {
            let why = "only additions are allowed (no mutations or deletions)";
            faults.invalid_value(&path.index(index), term.clone(), why);
        }
    }
}

fn only_adds(new: &Value, old: &Value) -> bool {
    let list = |term: &Value, key: &str| term.get(key).and_then(Value::as_array).unwrap_or_default().to_vec();
    let lists = ["matchExpressions", "matchFields"];
    if lists.iter().all(|key| list(old, key).is_empty()) {
        return lists.iter().all(|key| list(new, key).is_empty());
    }
    lists.iter().all(|key| list(new, key).starts_with(&list(old, key)))
}

/// A pod's spec without what may change.
fn fixed(spec: &At<'_>, old: &At<'_>, gated: bool) -> Map {
    let mut kept = spec.value().and_then(Value::as_object).cloned().unwrap_or_default();
    for list in ["containers", "initContainers"] {
        for container in kept.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(container) = container.as_object_mut() {
                container.remove("image");
            }
        }
    }
    for key in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        kept.remove(key);
    }
    if old.number("terminationGracePeriodSeconds") < 0 && spec.number("terminationGracePeriodSeconds") == 1 {
        kept.insert("terminationGracePeriodSeconds", old.number("terminationGracePeriodSeconds"));
    }
    if gated {
        kept.remove("nodeSelector");
        if let Some(affinity) = kept.get_mut("affinity").and_then(Value::as_object_mut) {
            affinity.remove("nodeAffinity");
        }
    }
    kept.retain(|_, value| match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Null | Value::Bool(false) => false,
        _ => true,
    });
    kept
}

fn ephemeral(new: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let at = new.get("ephemeralContainers");
    for before in old.get("ephemeralContainers").items() {
        let name = before.text("name");
        match at.items().filter(|container| container.text("name") == name).last() {
            None => {
                faults.forbidden(
                    &at.path,
                    format!("existing ephemeral containers {name:?} may not be removed\n"),
                );
            }
            Some(now) if now.value() != before.value() => {
                faults.forbidden(
                    &at.path,
                    format!("existing ephemeral containers {name:?} may not be changed"),
                );
            }
            Some(_) => {}
        }
    }
}

fn status(new: &Map, old: &Map, faults: &mut Faults) {
    const COUNT: &str = "must be a non-negative integer";
    let (at, before) = (At::root(new, "status"), At::root(old, "status"));
    for condition in at.get("conditions").items() {
        if condition.number("observedGeneration") < 0 {
            faults.invalid(&condition.get("observedGeneration"), COUNT);
        }
        let kind = condition.text("type");
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            metadata::label_key(&condition.path.child("Type"), kind, faults);
        }
    }
    let node = |pod| At::root(pod, "spec").text("nodeName");
    if node(new) != node(old) {
        faults.forbidden(&at.path.child("nodeName"), "may not be changed directly");
    }
    let nominated = at.get("nominatedNodeName");
    if nominated.str() != before.text("nominatedNodeName") && !nominated.str().is_empty() {
        faults.texts(&nominated, names::subdomain(nominated.str()));
        if !node(old).is_empty() {
            faults.forbidden(&nominated.path, "may not be set on pods that are already bound to a node");
        }
    }
    if at.number("observedGeneration") < 0 {
        faults.invalid(&at.get("observedGeneration"), COUNT);
    }
    if at.text("qosClass") != before.text("qosClass") {
        faults.invalid_text(&at.get("qosClass"), "field is immutable");
    }
    addresses(&at, &before, faults);
}

/// The addresses of a pod: one or two, of different families (`validatePodIPs`).
fn addresses(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let (list, known) = (at.get("podIPs"), before.get("podIPs"));
    for each in list.items() {
        let address = each.text("ip");
        if known.items().any(|old| old.text("ip") == address) {
            continue;
        }
        for why in text::ip_legacy(address) {
            faults.invalid_value(&each.path, address, why);
        }
    }
    let families: Vec<bool> = list.items().map(|each| each.text("ip").contains(':')).collect();
    if families.len() > 2 || families.len() == 2 && families[0] == families[1] {
        faults.invalid(&list, "may specify no more than one IP for each IP family");
    }
    let one = at.text("podIP");
    if one.is_empty() != list.is_empty() {
        faults.invalid(&list, "podIP and podIPs must either both be set or both be unset");
    } else if let Some(first) = list.items().next().filter(|first| first.text("ip") != one) {
        faults.invalid_text(&first.get("ip"), "must be equal to `podIP`");
    }
}
