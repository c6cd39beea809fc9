//! `metadata`: what the server fills in, what it keeps, and what it refuses
//! (kubernetes/apimachinery `pkg/api/validation/objectmeta.go`, kubernetes/apiserver `pkg/registry/rest`).

use amethyst_object::{FieldPath, GroupVersion, Map, Value, value};
use amethyst_schema::Fault;

use super::Warnings;
use super::names::{self, NameRule};
use crate::status::{Cause, Status};

/// The finalizer by which dependents are orphaned.
pub(crate) const ORPHAN: &str = "orphan";
/// The finalizer by which dependents are deleted first.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// What all annotations of an object may be long, keys and values.
pub(crate) const ANNOTATION_BYTES_MAX: usize = 256 << 10;

/// Turns faults into causes.
pub(crate) fn causes(faults: Vec<Fault>) -> Vec<Cause> {
    faults
        .into_iter()
        .map(|fault| Cause { reason: fault.kind.reason(), field: fault.field(), message: fault.message })
        .collect()
}

/// The answer to faults, if there are any.
pub(crate) fn refuse(group: &str, kind: &str, name: &str, faults: Vec<Fault>) -> Result<(), Status> {
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

/// What is wrong with the metadata of an object.
pub(crate) fn validate(object: &Map, namespaced: bool, built_in: bool, rule: NameRule) -> Vec<Fault> {
    let metadata = of(object);
    let mut faults = Vec::new();
    let generate_name = metadata.str("generateName").unwrap_or_default();
    if !generate_name.is_empty() {
        for message in rule.faults(generate_name, true) {
            faults.push(Fault::invalid(path(&["metadata", "generateName"]), generate_name, message));
        }
    }
    match metadata.str("name").unwrap_or_default() {
        "" => faults.push(Fault::required(path(&["metadata", "name"]), "name or generateName is required")),
        name => {
            for message in rule.faults(name, false) {
                faults.push(Fault::invalid(path(&["metadata", "name"]), name, message));
            }
        }
    }
    let namespace = metadata.str("namespace").unwrap_or_default();
    let at = path(&["metadata", "namespace"]);
    match (namespaced, namespace) {
        (true, "") => faults.push(Fault::required(at, "")),
        (true, _) => {
            let messages = names::label(namespace).into_iter();
            faults.extend(messages.map(|message| Fault::invalid(at.clone(), namespace, message)));
        }
        (false, "") => {}
        (false, _) => faults.push(Fault::forbidden(at, "not allowed on this type")),
    }
    validate_common(metadata, &mut faults);
    validate_finalizers(object, built_in, &mut faults);
    faults
}

/// What is wrong with a change of metadata.
pub(crate) fn validate_update(new: &Map, old: &Map) -> Vec<Fault> {
    let (new_meta, old_meta) = (of(new), of(old));
    let mut faults = Vec::new();
    if is_deleting(old) {
        let known = finalizers(old);
        let extra: Vec<String> = finalizers(new)
            .into_iter()
            .filter(|finalizer| !known.contains(finalizer))
            .map(|finalizer| format!("{finalizer:?}"))
            .collect();
        if !extra.is_empty() {
            faults.push(Fault::forbidden(
                path(&["metadata", "finalizers"]),
                format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers \
                     []string{{{}}}",
                    extra.join(", ")
                ),
            ));
        }
    }
    for key in
        ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        if new_meta.get(key) != old_meta.get(key) {
            let value = new_meta.get(key).cloned().unwrap_or_default();
            faults.push(Fault::invalid(path(&["metadata", key]), value, "field is immutable"));
        }
    }
    faults
}

fn validate_common(metadata: &Map, faults: &mut Vec<Fault>) {
    let at = path(&["metadata", "labels"]);
    for (key, value) in pairs(metadata, "labels") {
        for message in names::qualified(key) {
            faults.push(Fault::invalid(at.clone(), key, message));
        }
        for message in names::label_value(value) {
            faults.push(Fault::invalid(at.clone(), value, message));
        }
    }
    let (at, mut size) = (path(&["metadata", "annotations"]), 0);
    for (key, value) in pairs(metadata, "annotations") {
        size += key.len() + value.len();
        for message in names::qualified(&key.to_ascii_lowercase()) {
            faults.push(Fault::invalid(at.clone(), key, message));
        }
    }
    if size > ANNOTATION_BYTES_MAX {
        faults.push(Fault::too_long(at, ANNOTATION_BYTES_MAX as u64));
    }
    validate_owners(metadata, faults);
}

fn pairs<'a>(metadata: &'a Map, key: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    let map = metadata.get(key).and_then(Value::as_object);
    map.into_iter().flat_map(Map::iter).filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

fn validate_owners(metadata: &Map, faults: &mut Vec<Fault>) {
    let owners = metadata.get("ownerReferences").and_then(Value::as_array).unwrap_or_default();
    let at = path(&["metadata", "ownerReferences"]);
    let mut controller: Option<String> = None;
    for (index, owner) in owners.iter().enumerate() {
        let at_owner = at.index(index);
        for key in ["apiVersion", "kind", "name", "uid"] {
            if owner.str_at(&[key]).unwrap_or_default().is_empty() {
                faults.push(Fault::required(at_owner.child(key), "must not be empty"));
            }
        }
        let api_version = owner.str_at(&["apiVersion"]).unwrap_or_default();
        let kind = owner.str_at(&["kind"]).unwrap_or_default();
        let parsed = GroupVersion::parse(api_version);
        if !api_version.is_empty() && (parsed.version.is_empty() || parsed.version.contains('/')) {
            let message = "must be <group>/<version> or <version>";
            faults.push(Fault::invalid(at_owner.child("apiVersion"), api_version, message));
        }
        if (api_version, kind) == ("v1", "Event") {
            let message = "/v1, Kind=Event is disallowed from being an owner";
            faults.push(Fault::invalid(at_owner, owner.clone(), message));
        }
        if owner.at(&["controller"]).and_then(Value::as_bool) == Some(true) {
            let this = format!("{kind}/{}", owner.str_at(&["name"]).unwrap_or_default());
            match &controller {
                Some(first) => faults.push(Fault::invalid(
                    at.clone(),
                    Value::Array(owners.to_vec()),
                    format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for \
                         {first} and {this}"
                    ),
                )),
                None => controller = Some(this),
            }
        }
    }
}

fn validate_finalizers(object: &Map, built_in: bool, faults: &mut Vec<Fault>) {
    let (at, list) = (path(&["metadata", "finalizers"]), finalizers(object));
    for finalizer in &list {
        for message in names::qualified(finalizer) {
            faults.push(Fault::invalid(at.clone(), *finalizer, message));
        }
    }
    // Upstream asks this of built-in kinds alone.
    if built_in {
        for (index, finalizer) in list.iter().enumerate() {
            if !finalizer.contains('/') && ![ORPHAN, FOREGROUND, "kubernetes"].contains(finalizer) {
                let why = "name is neither a standard finalizer name nor is it fully qualified";
                faults.push(Fault::invalid(at.index(index), *finalizer, why));
            }
        }
    }
    if list.contains(&ORPHAN) && list.contains(&FOREGROUND) {
        let shown = Value::Array(list.iter().copied().map(Value::from).collect());
        let message = format!("finalizer {ORPHAN} and {FOREGROUND} cannot be both set");
        faults.push(Fault::invalid(at, shown, message));
    }
}

/// A condition, as every status has them.
pub(crate) fn condition(kind: &str, status: bool, reason: &str, message: &str, now: &str) -> Value {
    let status = if status { "True" } else { "False" };
    value!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now,
    })
}
