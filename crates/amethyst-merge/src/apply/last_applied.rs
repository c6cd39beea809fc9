//! The way from `kubectl apply` to `kubectl apply --server-side`: the annotation of the former.

use amethyst_object::{Map, Value, json};

use super::{ApplyRequest, Conflict};
use crate::{
    fields::{FieldSet, write_escaped},
    typed::{self, Ty},
};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The most bytes that all annotations of an object may take.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// The conflicts that remain when kubectl may take over what it applied from the client side, as far as
/// that still stands in the live object.
pub(super) fn disallowed(
    request: &ApplyRequest<'_>,
    live: &Value,
    conflicts: Vec<Conflict>,
) -> Vec<Conflict> {
    let Some(allowed) = allowed(request, live) else {
        return conflicts;
    };
    conflicts
        .into_iter()
        .filter_map(|conflict| {
            let fields = conflict.fields.difference(&allowed);
            (!fields.is_empty()).then_some(Conflict { fields, ..conflict })
        })
        .collect()
}

fn allowed(request: &ApplyRequest<'_>, live: &Value) -> Option<FieldSet> {
    let text = live.str_at(&["metadata", "annotations", ANNOTATION]).filter(|text| !text.is_empty())?;
    let last = json::parse(text.as_bytes()).ok()?;
    if last.str_at(&["apiVersion"]) != Some(request.api_version) {
        return None;
    }
    let ty = Ty::root(request.schema);
    if !typed::validate(ty, live, false).is_empty() || !typed::validate(ty, &last, false).is_empty() {
        return None;
    }
    let comparison = typed::compare(ty, &last, live).ok()?;
    Some(
        typed::field_set(ty, &last)
            .difference(&comparison.modified)
            .difference(&comparison.added)
            .difference(&comparison.removed),
    )
}

/// Writes the configuration into the annotation, if the object has one.
pub(super) fn refresh(object: &mut Value, applied: &Value) {
    let annotations = object
        .as_object_mut()
        .and_then(|map| map.get_mut("metadata"))
        .and_then(Value::as_object_mut)
        .and_then(|map| map.get_mut("annotations"))
        .and_then(Value::as_object_mut);
    let Some(annotations) = annotations else {
        return;
    };
    if annotations.str(ANNOTATION).is_none_or(str::is_empty) {
        return;
    }
    let mut applied = applied.clone();
    if let Some(annotations) = applied
        .as_object_mut()
        .and_then(|map| map.get_mut("metadata"))
        .and_then(|metadata| metadata.as_object_mut()?.get_mut("annotations"))
        .and_then(Value::as_object_mut)
    {
        annotations.remove(ANNOTATION);
    }
    let mut text = Vec::new();
    write_escaped(&applied, &mut text);
    text.push(b'\n');
    let text = String::from_utf8(text).expect("documents are written as UTF-8");
    annotations.insert(ANNOTATION, text);
    if bytes(annotations) > ANNOTATIONS_BYTES_MAX {
        annotations.remove(ANNOTATION);
    }
}

fn bytes(annotations: &Map) -> usize {
    annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum()
}
