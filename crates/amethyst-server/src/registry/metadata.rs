//! `metadata`: what the server fills in and what it keeps; what it refuses says `amethyst-validation`
//! (kubernetes/apiserver `pkg/registry/rest`).

use amethyst_object::{FieldPath, Map, Value, value};
use amethyst_schema::Fault;
pub(crate) use amethyst_validation::metadata::{validate, validate_update};

use super::Warnings;
use crate::status::{Cause, Status};

/// The finalizer by which dependents are orphaned.
pub(crate) const ORPHAN: &str = "orphan";
/// The finalizer by which dependents are deleted first.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// Turns faults into causes.
pub(crate) fn causes(faults: Vec<Fault>) -> Vec<Cause> {
    faults
        .into_iter()
        .map(|fault| Cause { reason: fault.kind.reason(), field: fault.field(), message: fault.message })
        .collect()
}

/// The answer to faults, if there are any.
pub(crate) fn refuse(group: &str, kind: &str, name: &str, faults: Vec<Fault>) -> Result<(), Status> {
    // Upstream keeps Events of both groups as those of the older one, and calls them so.
    let group = if kind == "Event" && group == "events.k8s.io" { "" } else { group };
    if faults.is_empty() { Ok(()) } else { Err(Status::invalid(group, kind, name, causes(faults))) }
}

pub(crate) fn path(keys: &[&str]) -> FieldPath {
    FieldPath::of(keys.iter().copied())
}

pub(crate) fn of(object: &Map) -> &Map {
    static EMPTY: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
    object.get("metadata").and_then(Value::as_object).unwrap_or(&EMPTY)
}

pub(crate) fn text<'a>(object: &'a Map, key: &str) -> &'a str {
    of(object).str(key).unwrap_or_default()
}

pub(crate) fn finalizers(object: &Map) -> Vec<&str> {
    let list = of(object).get("finalizers").and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

pub(crate) fn is_deleting(object: &Map) -> bool {
    of(object).get("deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// Sets the finalizers; none takes the list out.
pub(crate) fn set_finalizers(object: &mut Map, finalizers: &[&str]) {
    let metadata = object.object_mut("metadata");
    if finalizers.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers", finalizers.iter().copied().map(Value::from).collect::<Vec<_>>());
    }
}

/// Takes out what only the server may write on a new object.
pub(crate) fn wipe(object: &mut Map) {
    let metadata = object.object_mut("metadata");
    for key in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "uid", "selfLink"] {
        metadata.remove(key);
    }
}

/// Takes out of `metadata` what Go's encoder leaves out when it is empty.
pub(crate) fn tidy(object: &mut Map) {
    let metadata = object.object_mut("metadata");
    metadata.retain(|key, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => key == "managedFields" || !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    });
    if metadata.get("generation").and_then(Value::as_i64) == Some(0) {
        metadata.remove("generation");
    }
}

/// Makes the object's namespace that of the request.
pub(crate) fn settle_namespace(object: &mut Map, namespace: &str) -> Result<(), Status> {
    let metadata = object.object_mut("metadata");
    let own = metadata.str("namespace").unwrap_or_default();
    if own == namespace {
        return Ok(());
    }
    if namespace.is_empty() {
        metadata.remove("namespace");
        return Ok(());
    }
    if own.is_empty() {
        metadata.insert("namespace", namespace);
        return Ok(());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

/// The object's name must be that of the request.
pub(crate) fn settle_name(object: &Map, name: &str) -> Result<(), Status> {
    let own = text(object, "name");
    if own.is_empty() {
        return Err(Status::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )));
    }
    if own != name {
        return Err(Status::bad_request(format!(
            "the name of the object ({own}) does not match the name on the URL ({name})"
        )));
    }
    Ok(())
}

/// Leaves each owner once.
pub(crate) fn dedup_owners(object: &mut Map, warnings: &Warnings) {
    let Some(Value::Array(owners)) = object.object_mut("metadata").get_mut("ownerReferences") else { return };
    let mut seen: Vec<Value> = Vec::new();
    let mut twice: Vec<String> = Vec::new();
    owners.retain(|owner| {
        let known = seen.contains(owner);
        if known {
            twice.push(owner.str_at(&["uid"]).unwrap_or_default().to_owned());
        } else {
            seen.push(owner.clone());
        }
        !known
    });
    if !twice.is_empty() {
        warnings.add(format!(
            ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, \
             and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            twice.join(", ")
        ));
    }
}

/// A condition, as every status has them.
pub(crate) fn condition(kind: &str, status: bool, reason: &str, message: &str, now: &str) -> Value {
    let status = if status { "True" } else { "False" };
    value!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now,
    })
}
