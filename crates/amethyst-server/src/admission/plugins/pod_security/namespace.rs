//! Namespaces: their labels must be readable, and who asks for more is told which pods fall short.

use std::collections::{BTreeMap, HashSet};

use amethyst_admission::{Denial, Notes, Operation, Request, View};
use amethyst_object::Value;
use amethyst_podsecurity::{Level, LevelVersion, evaluate};

use super::super::read::{list, text};
use super::policy_of;

/// How many pods are looked at.
const PODS_MAX: usize = 3000;

pub(super) fn check(
    request: &Request<'_>,
    namespace: &Value,
    view: &dyn View,
    notes: &mut Notes,
) -> Result<(), Denial> {
    let (policy, faults) = policy_of(namespace);
    let Some(old) = request.old.filter(|_| request.operation == Operation::Update) else {
        return if faults.is_empty() { Ok(()) } else { Err(Denial::Invalid(faults)) };
    };
    let (old_policy, old_faults) = policy_of(old);
    // What was wrong before may stay.
    if !faults.is_empty() && faults != old_faults {
        return Err(Denial::Invalid(faults));
    }
    let (new, old) = (policy.enforce, old_policy.enforce);
    let stricter = new.version != old.version || new.level > old.level;
    if new != old && new.level != Level::Privileged && stricter {
        let name = text(namespace, &["metadata", "name"]);
        notes.warnings.extend(falling_short(name, new, view));
    }
    Ok(())
}

/// What there is to say of the pods that are there already (`EvaluatePodsInNamespace`).
fn falling_short(namespace: &str, enforce: LevelVersion, view: &dyn View) -> Vec<String> {
    let pods = one_of_each(view.list("", "pods", namespace));
    let total = pods.len();
    // By what is wrong: the first pod by name, and how many there are.
    let mut found: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for pod in pods.iter().take(PODS_MAX) {
        let Some(spec) = pod.get("spec") else { continue };
        let findings = evaluate(enforce, pod.get("metadata"), spec);
        if findings.is_empty() {
            continue;
        }
        let name = text(pod, &["metadata", "name"]).to_owned();
        let (first, count) = found.entry(findings.reasons()).or_insert_with(|| (name.clone(), 0));
        *count += 1;
        if name < *first {
            *first = name;
        }
    }
    let mut warnings = Vec::new();
    if total > PODS_MAX {
        warnings.push(format!(
            "new PodSecurity enforce level only checked against the first {PODS_MAX} of {total} existing pods"
        ));
    }
    if !found.is_empty() {
        warnings.push(format!(
            "existing pods in namespace {namespace:?} violate the new PodSecurity enforce level \"{enforce}\""
        ));
    }
    let mut lines: Vec<String> =
        found.into_iter().map(|(reasons, (pod, count))| line(&reasons, &pod, count)).collect();
    lines.sort();
    warnings.extend(lines);
    warnings
}

fn line(reasons: &str, pod: &str, count: usize) -> String {
    match count {
        1 => format!("{pod}: {reasons}"),
        2 => format!("{pod} (and 1 other pod): {reasons}"),
        many => format!("{pod} (and {} other pods): {reasons}", many - 1),
    }
}

/// The pods in the order in which they are looked at: of those with the same controller one first.
fn one_of_each(pods: Vec<Value>) -> Vec<Value> {
    let mut seen: HashSet<String> = HashSet::new();
    let (mut first, mut more) = (Vec::new(), Vec::new());
    for pod in pods {
        let owners = list(&pod, &["metadata", "ownerReferences"]);
        let controller =
            owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true));
        let is_first = controller.is_none_or(|owner| seen.insert(text(owner, &["uid"]).to_owned()));
        if is_first { first.push(pod) } else { more.push(pod) }
    }
    first.append(&mut more);
    first
}
