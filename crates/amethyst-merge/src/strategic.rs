//! Strategic merge patch, as apimachinery's `strategicpatch` applies it.
//!
//! Lists merge by their merge key, or as sets of scalars, where the schema says so; the directives
//! `$patch`, `$retainKeys`, `$setElementOrder/x` and `$deleteFromPrimitiveList/x` steer the rest.

mod lists;

use std::collections::HashSet;

use amethyst_object::{Map, Str, Value};
use amethyst_schema::SchemaRef;

use crate::{error::PatchError, golang};
use lists::{merge_list, set_order};

#[cfg(test)]
mod tests;

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
const SET_ELEMENT_ORDER: &str = "$setElementOrder";

/// Applies a strategic merge patch to a document.
///
/// Without a schema no list merges. An API server answers 415 for such kinds, and refuses a patch that is
/// no map, before it comes here.
///
/// # Errors
/// `BadRequest` for malformed directives, `Unprocessable` for lists of lists, `Internal` for patches that
/// contradict the document, as upstream answers.
pub fn strategic_merge_patch(
    document: &Value,
    patch: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value, PatchError> {
    let patch = patch.as_object().ok_or_else(|| bad_type(&Value::object(), patch))?;
    let document = document.as_object().cloned().unwrap_or_default();
    merge_map(document, patch, schema).map(Value::Object)
}

/// How one field takes part in merging.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    schema: Option<SchemaRef<'a>>,
    /// The list merges.
    merge: bool,
    /// The patch's map is taken as it stands.
    replace: bool,
    /// The key by which it does; empty for scalars.
    merge_key: &'a str,
}

impl<'a> Place<'a> {
    fn of(schema: Option<SchemaRef<'a>>, key: &str) -> Self {
        let Some(schema) = schema else {
            return Self::default();
        };
        match schema.field(key) {
            Some(field) => Self {
                schema: Some(schema.go(field.node)),
                merge: field.patch.merge,
                replace: field.patch.replace,
                merge_key: &field.merge_key,
            },
            None => Self { schema: schema.child(key), ..Self::default() },
        }
    }

    /// The schema of a list's elements; as upstream's `meta.go`, the field's own where it is of no list.
    fn items(self) -> Option<SchemaRef<'a>> {
        let schema = self.schema?;
        Some(schema.items().unwrap_or(schema))
    }
}

fn merge_map(mut document: Map, patch: &Map, schema: Option<SchemaRef<'_>>) -> Result<Map, PatchError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => {
                let mut patch = patch.clone();
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(bad_directive(directive, patch)),
        };
    }
    retain_keys(&mut document, patch)?;
    let ordered = merge_ordered_lists(&mut document, patch, schema)?;
    for (key, wanted) in patch.iter() {
        if key == RETAIN_KEYS || key.starts_with(SET_ELEMENT_ORDER) || ordered.contains(key) {
            continue;
        }
        match directive_target(key, DELETE_FROM_LIST)? {
            Some(target) => delete_from_list(&mut document, target, wanted)?,
            None => merge_field(&mut document, key, wanted, schema)?,
        }
    }
    Ok(document)
}

/// `x` of `$setElementOrder/x`; `None` when the key is not of this directive.
fn directive_target<'a>(key: &'a str, directive: &str) -> Result<Option<&'a str>, PatchError> {
    if !key.starts_with(directive) {
        return Ok(None);
    }
    match key.split_once('/') {
        Some((head, target)) if head == directive => Ok(Some(target)),
        _ if directive == DELETE_FROM_LIST => Err(bad_format("primitive list")),
        _ => Err(bad_format("setElementOrder list")),
    }
}

fn merge_field(
    document: &mut Map,
    key: &Str,
    wanted: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<(), PatchError> {
    if wanted.is_null() {
        document.remove(key);
        return Ok(());
    }
    let place = Place::of(schema, key);
    let merged = match (document.get_mut(key), wanted) {
        (Some(Value::Object(_)), Value::Object(_)) if place.replace => Some(wanted.clone()),
        (Some(found @ Value::Object(_)), Value::Object(wanted)) => {
            let Value::Object(found) = std::mem::take(found) else {
                unreachable!("it was matched as a map");
            };
            Some(Value::Object(merge_map(found, wanted, place.schema)?))
        }
        (Some(found @ Value::Array(_)), Value::Array(wanted)) => {
            let Value::Array(found) = std::mem::take(found) else {
                unreachable!("it was matched as a list");
            };
            let merged = if place.merge { merge_list(found, wanted, place)? } else { wanted.clone() };
            Some(Value::Array(merged))
        }
        _ => without_directives(wanted, true),
    };
    match merged {
        Some(merged) => {
            document.insert(key.clone(), merged);
        }
        None => {
            document.remove(key);
        }
    }
    Ok(())
}

/// Takes scalars out of a list, whatever its strategy; nothing when there is no list.
fn delete_from_list(document: &mut Map, key: &str, gone: &Value) -> Result<(), PatchError> {
    if gone.is_null() {
        document.remove(key);
        return Ok(());
    }
    if let (Some(Value::Array(items)), Value::Array(gone)) = (document.get_mut(key), gone) {
        if items.is_empty() && gone.is_empty() {
            return Ok(());
        }
        if lists::element_form([items.as_slice(), gone])? == lists::Form::Map {
            return Err(PatchError::Internal("cannot merge lists without merge key for ".into()));
        }
        items.retain(|item| !gone.contains(item));
    }
    Ok(())
}

/// Clears the keys that `$retainKeys` does not name.
fn retain_keys(document: &mut Map, patch: &Map) -> Result<(), PatchError> {
    let Some(retained) = patch.get(RETAIN_KEYS) else {
        return Ok(());
    };
    let retained = retained.as_array().ok_or_else(|| bad_format("retainKeys"))?;
    let retained: HashSet<&str> = retained.iter().filter_map(Value::as_str).collect();
    let foreign = patch.iter().any(|(key, value)| {
        key != RETAIN_KEYS
            && !value.is_null()
            && !key.starts_with(DELETE_FROM_LIST)
            && !key.starts_with(SET_ELEMENT_ORDER)
            && !retained.contains(key.as_str())
    });
    if foreign {
        return Err(bad_format("retainKeys"));
    }
    document.retain(|key, _| retained.contains(key));
    Ok(())
}

/// Merges the lists for which the patch gives an order; gives back the keys that are done with.
fn merge_ordered_lists(
    document: &mut Map,
    patch: &Map,
    schema: Option<SchemaRef<'_>>,
) -> Result<HashSet<Str>, PatchError> {
    let mut done = HashSet::new();
    for (directive, order) in patch.iter() {
        if !directive.starts_with(SET_ELEMENT_ORDER) {
            continue;
        }
        let order = as_list(order)?;
        let Some(key) = directive_target(directive, SET_ELEMENT_ORDER)? else {
            continue;
        };
        let found = document.get(key).map(as_list).transpose()?;
        let wanted = patch.get(key).map(as_list).transpose()?;
        let place = Place::of(schema, key);
        if let Some(merged) = set_order(found, wanted, order, place)? {
            document.insert(key, Value::Array(merged));
            done.insert(Str::from(key));
        }
    }
    Ok(done)
}

fn as_list(value: &Value) -> Result<&[Value], PatchError> {
    value.as_array().ok_or_else(|| bad_type(&Value::Array(Vec::new()), value))
}

/// The value without the maps that hold a directive, and, if asked, without the nulls of its maps; `None`
/// when nothing of it remains.
fn without_directives(value: &Value, discard_nulls: bool) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => Some(Value::Object(
            map.iter()
                .filter(|(_, value)| !discard_nulls || !value.is_null())
                .filter_map(|(key, value)| Some((key.clone(), without_directives(value, discard_nulls)?)))
                .collect(),
        )),
        Value::Array(items) => Some(Value::Array(
            items.iter().filter_map(|item| without_directives(item, discard_nulls)).collect(),
        )),
        other => Some(other.clone()),
    }
}

fn bad_format(what: &str) -> PatchError {
    PatchError::BadRequest(format!("invalid patch format of {what}"))
}

fn bad_directive(directive: &Value, map: &Map) -> PatchError {
    let text = match directive {
        Value::String(text) => text.to_string(),
        other => format!("%!s({}={})", golang::type_name(other), golang::plain(other)),
    };
    let map = golang::plain(&Value::Object(map.clone()));
    PatchError::Internal(format!("unknown patch type: {text} in map: {map}"))
}

fn bad_type(wanted: &Value, found: &Value) -> PatchError {
    let found = if found.is_null() { "%!s(<nil>)" } else { golang::type_name(found) };
    PatchError::Internal(format!("expected a {}, but received a {found}", golang::type_name(wanted)))
}

fn no_merge_key(map: &Map, key: &str) -> PatchError {
    let map = golang::plain(&Value::Object(map.clone()));
    PatchError::Internal(format!("map: {map} does not contain declared merge key: {key}"))
}
