//! What is refused of pods and of what makes pods: the rules that people run into first
//! (kubernetes `pkg/apis/{apps,batch,core}/validation`).

use amethyst_object::{FieldPath, LabelSelector, Map, Value};
use amethyst_schema::Fault;

use crate::registry::metadata::path;
use crate::registry::names;
use crate::registry::write::Attempt;

/// Fields of a pod that an update may change.
const CHANGEABLE: [&str; 5] =
    ["containers", "initContainers", "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"];

/// Pods: containers, and what of them may change.
pub(super) fn pod(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(spec) = new.get("spec") else { return vec![Fault::required(path(&["spec"]), "")] };
    containers(spec, &path(&["spec"]), &mut faults);
    let Some(old) = old.and_then(|old| old.get("spec")).filter(|_| attempt.call.subresource.is_empty())
    else {
        return faults;
    };
    if unchangeable(spec) != unchangeable(old) {
        faults.push(Fault::forbidden(
            path(&["spec"]),
            "pod updates may not change fields other than \
             `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
             `spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
             (allow it to be set to 1 if it was previously negative)",
        ));
    }
    faults
}

/// A pod's spec without what may change.
fn unchangeable(spec: &Value) -> Value {
    let mut kept = spec.as_object().cloned().unwrap_or_default();
    for key in ["containers", "initContainers"] {
        for container in kept.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(container) = container.as_object_mut() {
                container.remove("image");
            }
        }
    }
    for key in CHANGEABLE.into_iter().filter(|key| !key.ends_with("ontainers")) {
        kept.remove(key);
    }
    // A pod that waits to be scheduled may lose what keeps it waiting.
    kept.remove("schedulingGates");
    Value::Object(kept)
}

/// Deployments, ReplicaSets, StatefulSets and DaemonSets: the selector, and the template that it selects.
pub(super) fn controller(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let empty = Value::object();
    let spec = new.get("spec").unwrap_or(&empty);
    let at = path(&["spec"]);
    for key in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        let number = spec.get(key).and_then(Value::as_i64).unwrap_or_default();
        if number < 0 {
            faults.push(Fault::invalid(at.child(key), number, "must be greater than or equal to 0"));
        }
    }
    let at_selector = at.child("selector");
    match spec.get("selector").filter(|selector| !selector.is_null()) {
        None => faults.push(Fault::required(at_selector.clone(), "")),
        Some(selector) => match LabelSelector::from_value(selector) {
            Err(_) => {
                faults.push(Fault::invalid(at_selector.clone(), selector.clone(), "invalid label selector"));
            }
            Ok(parsed) if parsed.is_everything() => {
                let kind = new.str("kind").unwrap_or_default().to_lowercase();
                let why = format!("empty selector is invalid for {kind}");
                faults.push(Fault::invalid(at_selector.clone(), selector.clone(), why));
            }
            Ok(parsed) => selected(&parsed, spec, &mut faults),
        },
    }
    let old_selector = old.and_then(|old| old.get("spec")).and_then(|spec| spec.get("selector"));
    if let (Some(old), Some(new)) = (old_selector, spec.get("selector"))
        && old != new
    {
        faults.push(Fault::invalid(at_selector, new.clone(), "field is immutable"));
    }
    template(spec, &at, &["Always"], &mut faults);
    faults
}

fn selected(selector: &LabelSelector, spec: &Value, faults: &mut Vec<Fault>) {
    let labels = spec.at(&["template", "metadata", "labels"]);
    let matches = selector.matches(|key| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str));
    if !matches {
        let at = path(&["spec", "template", "metadata", "labels"]);
        let shown = labels.cloned().unwrap_or_default();
        faults.push(Fault::invalid(at, shown, "`selector` does not match template `labels`"));
    }
}

/// Jobs: a template of pods that end.
pub(super) fn job(_: &Attempt<'_>, new: &Map, _: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let empty = Value::object();
    template(new.get("spec").unwrap_or(&empty), &path(&["spec"]), &["OnFailure", "Never"], &mut faults);
    faults
}

/// CronJobs: when, and a template of jobs.
pub(super) fn cron_job(_: &Attempt<'_>, new: &Map, _: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let empty = Value::object();
    let spec = new.get("spec").unwrap_or(&empty);
    if spec.str_at(&["schedule"]).unwrap_or_default().is_empty() {
        faults.push(Fault::required(path(&["spec", "schedule"]), ""));
    }
    let at = path(&["spec", "jobTemplate", "spec"]);
    let job = spec.at(&["jobTemplate", "spec"]).unwrap_or(&empty);
    template(job, &at, &["OnFailure", "Never"], &mut faults);
    faults
}

fn template(owner: &Value, at: &FieldPath, restarts: &[&str], faults: &mut Vec<Fault>) {
    let at = at.child("template").child("spec");
    let empty = Value::object();
    let spec = owner.at(&["template", "spec"]).unwrap_or(&empty);
    containers(spec, &at, faults);
    let restart = spec.str_at(&["restartPolicy"]).unwrap_or_default();
    if !restarts.contains(&restart) {
        let at = at.child("restartPolicy");
        faults.push(if restarts.len() > 1 && restart == "Always" {
            Fault::required(at, "valid values: \"OnFailure\", \"Never\"")
        } else {
            Fault::not_supported(at, restart, restarts)
        });
    }
}

fn containers(spec: &Value, at: &FieldPath, faults: &mut Vec<Fault>) {
    let list = |key| spec.get(key).and_then(Value::as_array).unwrap_or_default();
    if list("containers").is_empty() {
        faults.push(Fault::required(at.child("containers"), ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for key in ["containers", "initContainers"] {
        for (index, container) in list(key).iter().enumerate() {
            let at = at.child(key).index(index);
            let name = container.str_at(&["name"]).unwrap_or_default();
            if name.is_empty() {
                faults.push(Fault::required(at.child("name"), ""));
            } else {
                let wrong = names::label(name).into_iter();
                faults.extend(wrong.map(|why| Fault::invalid(at.child("name"), name, why)));
                if seen.contains(&name) {
                    faults.push(Fault::duplicate(at.child("name"), name));
                }
                seen.push(name);
            }
            if container.str_at(&["image"]).unwrap_or_default().is_empty() {
                faults.push(Fault::required(at.child("image"), ""));
            }
        }
    }
}
