//! Hooks of one small rule each.

use amethyst_object::{Map, Value, value};
use amethyst_schema::Fault;
use amethyst_validation::Case;

use crate::registry::metadata;
use crate::registry::start::SYSTEM_CLASSES;
use crate::registry::write::Attempt;
use crate::status::{Reason, Status};

/// The rules of the kind, where `amethyst-validation` has some.
pub(super) fn rules(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let gvr = &attempt.resource.gvr;
    let case =
        Case { new, old, subresource: &attempt.call.subresource, group: &gvr.group, version: &gvr.version };
    amethyst_validation::validate(&gvr.group, &gvr.resource, &case).unwrap_or_default()
}

/// Accounts that limit secrets are deprecated (kubernetes `pkg/registry/core/serviceaccount/strategy.go`).
pub(super) fn limiting_account(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    const KEY: &str = "kubernetes.io/enforce-mountable-secrets";
    let limits = |account: &Map| {
        account.get("metadata").is_some_and(|metadata| metadata.at(&["annotations", KEY]).is_some())
    };
    if limits(new) && !old.is_some_and(limits) {
        attempt.call.warnings.add(format!(
            "metadata.annotations[{KEY}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted \
             secrets"
        ));
    }
    Vec::new()
}

/// Endpoints are deprecated in favour of EndpointSlices, which upstream tells who writes them.
pub(super) fn deprecated_endpoints(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
    attempt.call.warnings.add(text);
    rules(attempt, new, old)
}

pub(super) fn pending_volume(attempt: &Attempt<'_>, volume: &mut Map) {
    volume.insert("status", value!({"phase": "Pending", "lastPhaseTransitionTime": (attempt.now.as_str())}));
}

/// A volume tells since when it is in its phase.
pub(super) fn volume_phase(attempt: &Attempt<'_>, new: &mut Map, old: &Map) {
    let field = |object: &Map, key: &str| object.get("status").and_then(|status| status.get(key)).cloned();
    if field(new, "phase") != field(old, "phase") {
        new.object_mut("status").insert("lastPhaseTransitionTime", attempt.now.as_str());
    } else if let Some(since) = field(old, "lastPhaseTransitionTime") {
        new.object_mut("status").get_or_insert_with("lastPhaseTransitionTime", || since);
    }
}

/// Sources that upstream knew first; others are told by `dataSourceRef` only (`EnforceDataSourceBackwardsCompatibility`).
fn is_old_source(source: &Value) -> bool {
    let text = |key: &str| source.str_at(&[key]).unwrap_or_default();
    matches!(
        (text("apiGroup"), text("kind")),
        ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
    )
}

pub(super) fn pending_claim(_: &Attempt<'_>, claim: &mut Map) {
    let spec = claim.object_mut("spec");
    if let Some(source) =
        spec.get("dataSource").filter(|source| !source.is_null() && !is_old_source(source)).cloned()
    {
        spec.remove("dataSource");
        // The defaults copied it.
        if spec.get("dataSourceRef") == Some(&source) {
            spec.remove("dataSourceRef");
        }
    }
    claim.insert("status", value!({"phase": "Pending"}));
}

/// A Job without `manualSelector` selects its pods by its own uid (kubernetes `pkg/registry/batch/job`).
pub(super) fn job_selector(_: &Attempt<'_>, job: &mut Map) {
    let metadata =
        |key: &str| job.get("metadata").and_then(|meta| meta.str_at(&[key])).unwrap_or_default().to_owned();
    let (uid, name) = (metadata("uid"), metadata("name"));
    let own = job.get("metadata").and_then(|meta| meta.get("labels")).and_then(Value::as_object).cloned();
    let spec = job.object_mut("spec");
    if spec.get("manualSelector").and_then(Value::as_bool) == Some(true) {
        return;
    }
    let labels = spec.object_mut("template").object_mut("metadata").object_mut("labels");
    // Labels that come of the template's are the very same map upstream; where neither has any, the template's are
    // taken when the Job is read back.
    let shared = own.is_none() || own.as_ref() == Some(labels);
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}controller-uid"), uid.as_str());
        labels.insert(format!("{prefix}job-name"), name.as_str());
    }
    let labels = shared.then(|| labels.clone());
    let selector = spec.object_mut("selector").object_mut("matchLabels");
    selector.insert("batch.kubernetes.io/controller-uid", uid.as_str());
    if let Some(labels) = labels {
        job.object_mut("metadata").insert("labels", labels);
    }
}

/// Where a DaemonSet keeps the number of its template (kubernetes `pkg/apis/apps/v1/conversion.go`).
pub(super) const TEMPLATE: &str = "deprecated.daemonset.template.generation";

pub(super) fn first_template(_: &Attempt<'_>, daemons: &mut Map) {
    daemons.object_mut("metadata").object_mut("annotations").insert(TEMPLATE, "1");
}

/// The number grows with each change of the template, whatever the client says.
pub(super) fn count_template(_: &Attempt<'_>, new: &mut Map, old: &Map) {
    let template = |daemons: &Map| daemons.get("spec").and_then(|spec| spec.get("template")).cloned();
    let number = old.get("metadata").and_then(|meta| meta.str_at(&["annotations", TEMPLATE]));
    let number: i64 = number.and_then(|number| number.parse().ok()).unwrap_or(1);
    let number = if template(new) == template(old) { number } else { number + 1 };
    new.object_mut("metadata").object_mut("annotations").insert(TEMPLATE, number.to_string());
}

/// The two lists of an EndpointSlice are written even when nothing is in them, and then as `null`.
pub(super) fn slice_lists(slice: &mut Map) {
    for key in ["endpoints", "ports"] {
        slice.get_or_insert_with(key, || Value::Null);
        empty_is_none(slice, &[key]);
    }
}

/// The classes of the system stay (kubernetes `pkg/registry/scheduling/priorityclass/storage`).
pub(super) fn system_class(class: &Map) -> Result<(), Status> {
    let name = metadata::text(class, "name");
    if SYSTEM_CLASSES.iter().all(|(known, ..)| *known != name) {
        return Ok(());
    }
    let (group, plural) = ("scheduling.k8s.io", "priorityclasses");
    let why = "this is a system priority class and cannot be deleted";
    let message = format!("{plural}.{group} \"{name}\" is forbidden: {why}");
    Err(Status::new(Reason::Forbidden, message).about(group, plural, name))
}

/// An empty list is `null`: upstream keeps objects in protobuf, which cannot tell the two apart.
pub(super) fn empty_is_none(object: &mut Map, path: &[&str]) {
    match path {
        [] => {}
        [key] => {
            if object.get(key).and_then(Value::as_array).is_some_and(<[Value]>::is_empty) {
                object.insert(*key, Value::Null);
            }
        }
        [key, rest @ ..] => empty_is_none(object.object_mut(key), rest),
    }
}
