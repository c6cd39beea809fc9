//! `RuntimeClass`: what a pod's runtime costs, and where it can be had
//! (kubernetes `plugin/pkg/admission/runtimeclass`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_quota::ResourceList;

use super::read::{list, map_mut, some, text, texts};

const MISMATCH: &str = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

#[derive(Debug)]
pub(super) struct RuntimeClass;

impl Plugin for RuntimeClass {
    fn name(&self) -> &'static str {
        "RuntimeClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && request.is_for("", "pods")
    }

    fn mutate(&self, _: &Request<'_>, pod: &mut Value, view: &dyn View, _: &mut Notes) -> Result<(), Denial> {
        let Some(class) = class_of(pod, view)? else { return Ok(()) };
        if let Some(overhead) = some(&class, &["overhead"]) {
            let fixed = overhead.get("podFixed");
            if !overhead_of(pod).is_empty() && overhead_of(pod) != ResourceList::read(fixed) {
                return Err(Denial::forbidden(MISMATCH));
            }
            if let Some(fixed) = fixed {
                map_mut(pod, &["spec"]).insert("overhead", fixed.clone());
            }
        }
        match some(&class, &["scheduling"]) {
            Some(scheduling) => schedule(pod, scheduling),
            None => Ok(()),
        }
    }

    fn validate(
        &self,
        _: &Request<'_>,
        pod: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(pod) = pod else { return Ok(()) };
        let class = class_of(pod, view)?;
        match class.as_ref().and_then(|class| some(class, &["overhead"])) {
            Some(overhead) if overhead_of(pod) != ResourceList::read(overhead.get("podFixed")) => {
                Err(Denial::forbidden(MISMATCH))
            }
            None if some(pod, &["spec", "overhead"]).is_some() => Err(Denial::forbidden(
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
            )),
            _ => Ok(()),
        }
    }
}

fn class_of(pod: &Value, view: &dyn View) -> Result<Option<Value>, Denial> {
    let Some(name) = pod.str_at(&["spec", "runtimeClassName"]) else { return Ok(None) };
    let missing = || Denial::forbidden(format!("pod rejected: RuntimeClass {name:?} not found"));
    view.get("node.k8s.io", "runtimeclasses", "", name).map(Some).ok_or_else(missing)
}

fn overhead_of(pod: &Value) -> ResourceList {
    ResourceList::read(pod.at(&["spec", "overhead"]))
}

/// The pod goes where its runtime is: it selects those nodes, and bears their taints.
fn schedule(pod: &mut Value, scheduling: &Value) -> Result<(), Denial> {
    for (key, value) in texts(scheduling, &["nodeSelector"]) {
        let selector = map_mut(pod, &["spec", "nodeSelector"]);
        if let Some(own) = selector.str(key).filter(|own| *own != value) {
            return Err(Denial::forbidden(format!(
                "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {own}"
            )));
        }
        selector.insert(key, value);
    }
    let all = [list(pod, &["spec", "tolerations"]), list(scheduling, &["tolerations"])].concat();
    let merged = merge(&all);
    if !merged.is_empty() {
        map_mut(pod, &["spec"]).insert("tolerations", merged);
    }
    Ok(())
}

/// Leaves out what another one bears as well (kubernetes `pkg/util/tolerations`, `MergeTolerations`).
fn merge(all: &[Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for (at, toleration) in all.iter().enumerate() {
        let by_earlier = merged.iter().any(|other| bears_all(other, toleration));
        let by_later = all[at + 1..].iter().any(|other| other != toleration && bears_all(other, toleration));
        if !by_earlier && !by_later {
            merged.push(toleration.clone());
        }
    }
    merged
}

/// Whether one toleration bears all that another does.
fn bears_all(one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    let (of_one, of_other) = (|key| text(one, &[key]), |key| text(other, &[key]));
    let any_key = of_one("key").is_empty() && of_one("operator") == "Exists";
    if of_other("key") != of_one("key") && !any_key {
        return false;
    }
    if of_other("effect") != of_one("effect") && !of_one("effect").is_empty() {
        return false;
    }
    let seconds = |of: &Value| of.get("tolerationSeconds").and_then(Value::as_i64);
    if let (true, Some(limit)) = (of_one("effect") == "NoExecute", seconds(one))
        && seconds(other).is_none_or(|wanted| wanted > limit)
    {
        return false;
    }
    match of_one("operator") {
        "Equal" | "" => of_other("operator") == "Equal" && of_other("value") == of_one("value"),
        "Exists" => true,
        _ => false,
    }
}
