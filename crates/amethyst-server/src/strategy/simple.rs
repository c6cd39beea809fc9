//! Hooks of one small rule each.

use amethyst_object::{Map, Value, value};
use amethyst_schema::Fault;

use crate::registry::metadata::path;
use crate::registry::write::Attempt;

/// Names the account whose token a Secret holds.
const ACCOUNT: &str = "kubernetes.io/service-account.name";

/// ConfigMaps and Secrets with `immutable: true` keep their data (and a Secret its type).
pub(super) fn immutable_data(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = data_keys(new);
    let Some(old) = old else { return faults };
    let kept = |key: &str| {
        new.get(key).filter(|value| **value != Value::object())
            == old.get(key).filter(|value| **value != Value::object())
    };
    if new.get("type") != old.get("type") {
        let value = new.get("type").cloned().unwrap_or_default();
        faults.push(Fault::invalid(path(&["type"]), value, "field is immutable"));
    }
    if old.get("immutable").and_then(Value::as_bool) == Some(true) {
        let why = "field is immutable when `immutable` is set";
        if new.get("immutable").and_then(Value::as_bool) != Some(true) {
            faults.push(Fault::forbidden(path(&["immutable"]), why));
        }
        for key in ["data", "binaryData"] {
            if !kept(key) {
                faults.push(Fault::forbidden(path(&[key]), why));
            }
        }
    }
    faults
}

/// A Secret of a type that somebody reads has the keys that are read.
pub(super) fn secret(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = immutable_data(attempt, new, old);
    let named = |key: &str| new.get("metadata").and_then(|meta| meta.str_at(&["annotations", key]));
    if new.str("type") == Some("kubernetes.io/service-account-token")
        && named(ACCOUNT).is_none_or(str::is_empty)
    {
        let mut at = path(&["metadata", "annotations"]);
        at.push_map_key(ACCOUNT);
        faults.push(Fault::required(at, ""));
    }
    let wanted: &[&str] = match new.str("type").unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in wanted {
        if new.get("data").is_none_or(|data| data.get(key).is_none()) {
            let mut at = path(&["data"]);
            at.push_map_key(*key);
            faults.push(Fault::required(at, ""));
        }
    }
    faults
}

/// Endpoints are deprecated in favour of EndpointSlices, which upstream tells who writes them.
pub(super) fn deprecated_endpoints(attempt: &Attempt<'_>, _: &Map, _: Option<&Map>) -> Vec<Fault> {
    let text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
    attempt.call.warnings.add(text);
    Vec::new()
}

/// Keys of `data` are file names.
fn data_keys(object: &Map) -> Vec<Fault> {
    let mut faults = Vec::new();
    for field in ["data", "binaryData"] {
        let Some(map) = object.get(field).and_then(Value::as_object) else { continue };
        for key in map.keys() {
            let mut at = path(&[field]);
            at.push_map_key(key.clone());
            if key.len() > 253 {
                faults.push(Fault::invalid(at.clone(), key.clone(), "must be no more than 253 bytes"));
            }
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if key.is_empty() || !key.bytes().all(legal) {
                faults.push(Fault::invalid(
                    at.clone(),
                    key.clone(),
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  \
                     or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
                ));
            }
            if field == "data" && object.get("binaryData").and_then(|data| data.get(key)).is_some() {
                faults.push(Fault::invalid(
                    at.clone(),
                    key.clone(),
                    "duplicate of key present in binaryData",
                ));
            }
            if key == "." || key.starts_with("..") {
                let why = if key == "." {
                    "must not be '.'"
                } else if key == ".." {
                    "must not be '..'"
                } else {
                    "must not start with '..'"
                };
                faults.push(Fault::invalid(at, key.clone(), why));
            }
        }
    }
    faults
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

pub(super) fn pending_claim(_: &Attempt<'_>, claim: &mut Map) {
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
    // Labels that come of the template's are the very same map upstream.
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
