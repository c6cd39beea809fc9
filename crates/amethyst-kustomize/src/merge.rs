//! Strategic merge patches as kyaml merges them (`kyaml/yaml/merge2`).
//!
//! This is not the API server's merge: elements of a patched list come first, nulls in what a patch adds
//! vanish, several keys may key a list, and kinds without a schema have their lists replaced.

use std::cell::RefCell;
use std::collections::BTreeSet;

use amethyst_object::{Map, Str, Value};
use amethyst_yaml::raw_scalar;

use crate::id::{is_null, text};
use crate::schema::{Node, Schemas};

/// Merges `patch` into `target`; `None` when the patch deletes it. What upstream does and nobody can mean is
/// noted.
pub(crate) fn merge(
    schemas: &Schemas,
    target: Map,
    patch: &Map,
    notes: &RefCell<Vec<String>>,
) -> Result<Option<Map>, String> {
    let place = Place { schemas, notes, node: Node::Unknown, keys: None };
    let merged = walk(Some(Value::Object(target)), Some(Value::Object(patch.clone())), place)?;
    Ok(merged.and_then(|value| if let Value::Object(map) = value { Some(map) } else { None }))
}

/// What the schemas say about a value.
#[derive(Clone)]
struct Place<'s> {
    schemas: &'s Schemas,
    notes: &'s RefCell<Vec<String>>,
    node: Node<'s>,
    /// The keys of a list that merges; none but the empty one for a list of scalars.
    keys: Option<Vec<Str>>,
}

impl Place<'_> {
    /// An object tells its kind wherever it stands, if nothing is known about the place.
    fn with_kind(mut self, target: Option<&Value>, patch: Option<&Value>) -> Self {
        for value in [target, patch].into_iter().flatten() {
            if let (Node::Unknown, Value::Object(map)) = (self.node, value) {
                self.node = self.schemas.of(map);
            }
        }
        self
    }

    fn child(&self, key: &str) -> Self {
        let (node, keys) = self.node.field(key);
        Self { node, keys, ..self.clone() }
    }

    fn items(&self) -> Self {
        Self { node: self.node.items(), keys: None, ..self.clone() }
    }
}

enum Directive {
    Merge,
    Replace,
    Delete,
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !is_null(value))
}

fn walk(target: Option<Value>, patch: Option<Value>, place: Place<'_>) -> Result<Option<Value>, String> {
    let kind = present(target.as_ref()).or_else(|| present(patch.as_ref()));
    let name = match kind {
        None | Some(Value::Object(_)) => "MappingNode",
        Some(Value::Array(_)) => "SequenceNode",
        Some(_) => "ScalarNode",
    };
    for value in [present(target.as_ref()), present(patch.as_ref())].into_iter().flatten() {
        let found = node_kind(value);
        if found != name {
            return Err(format!("wrong node kind: expected {name} but was {found}"));
        }
    }
    match name {
        "MappingNode" => {
            let place = place.with_kind(target.as_ref(), patch.as_ref());
            walk_map(target, patch, &place)
        }
        "SequenceNode" => match &place.keys {
            Some(keys) => walk_list(target, patch, &place, keys),
            None => Ok(overridden(target, patch)),
        },
        _ => Ok(overridden(target, patch)),
    }
}

/// What the patch says, if anything; null deletes.
fn overridden(target: Option<Value>, patch: Option<Value>) -> Option<Value> {
    patch.or(target).filter(|value| !is_null(value))
}

fn node_kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "MappingNode",
        Value::Array(_) => "SequenceNode",
        _ => "ScalarNode",
    }
}

fn walk_map(target: Option<Value>, patch: Option<Value>, place: &Place<'_>) -> Result<Option<Value>, String> {
    let (mut target, mut patch) = match (target, patch) {
        // An explicit null stays one; an empty value vanishes.
        (Some(Value::Null), None) => return Ok(Some(Value::Null)),
        (target, None) if target.as_ref().is_none_or(is_null) => return Ok(None),
        (target, Some(mut patch)) if target.as_ref().is_none_or(is_null) => {
            let Value::Object(map) = &mut patch else { return Ok(None) };
            if matches!(map_directive(map), Ok(Directive::Delete)) {
                return Ok(None);
            }
            (patch.clone(), Some(patch))
        }
        (Some(target), Some(patch)) if is_null(&patch) => {
            drop(target);
            return Ok(None);
        }
        (Some(target), patch) => (target, patch),
        (None, _) => return Ok(None),
    };
    if let Some(Value::Object(map)) = &mut patch {
        match map_directive(map)? {
            Directive::Delete => return Ok(None),
            Directive::Replace => target = Value::Object(map.clone()),
            Directive::Merge => {}
        }
    }
    let Value::Object(mut target) = target else { return Ok(Some(target)) };
    target.remove(PATCH);
    let mut patch = match patch {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let keys: BTreeSet<Str> = target.keys().chain(patch.keys()).cloned().collect();
    for key in keys {
        let old = target.get_mut(&key).map(std::mem::take);
        match walk(old, patch.get_mut(&key).map(std::mem::take), place.child(&key))? {
            Some(value) => {
                target.insert(key, value);
            }
            None => {
                target.remove(&key);
            }
        }
    }
    Ok(Some(Value::Object(target)))
}

const PATCH: &str = "$patch";

/// Reads `$patch` off a map of a patch.
fn map_directive(patch: &mut Map) -> Result<Directive, String> {
    let Some(directive) = patch.remove(PATCH) else { return Ok(Directive::Merge) };
    directive_of(&text(&directive))
}

fn directive_of(text: &str) -> Result<Directive, String> {
    match text {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(format!("unknown patch strategy '{other}'")),
    }
}

/// Reads `- $patch: ...` off a list of a patch: an element with nothing else.
fn list_directive(patch: &mut Vec<Value>) -> Result<Directive, String> {
    let first = patch.iter().find_map(|item| item.as_object().filter(|map| map.contains_key(PATCH)));
    let Some(found) = first.filter(|map| map.len() == 1).and_then(|map| map.get(PATCH)).map(text) else {
        return Ok(Directive::Merge);
    };
    let directive = directive_of(&found)?;
    patch.retain(|item| item.get(PATCH).map(text).as_ref() != Some(&found));
    Ok(directive)
}

fn walk_list(
    target: Option<Value>,
    patch: Option<Value>,
    place: &Place<'_>,
    keys: &[Str],
) -> Result<Option<Value>, String> {
    let mut patch = match patch {
        Some(Value::Array(items)) => Some(items),
        Some(_) => return Ok(None),
        None => None,
    };
    let mut target = match target {
        Some(Value::Array(items)) => items,
        _ => patch.clone().unwrap_or_default(),
    };
    if let Some(items) = &mut patch {
        match list_directive(items)? {
            Directive::Delete => return Ok(None),
            Directive::Replace => target.clone_from(items),
            Directive::Merge => {}
        }
    }
    let patch = patch.unwrap_or_default();
    let lacks_key = |item: &Value| keys.iter().all(|key| !key.is_empty() && key_text(item, key).is_empty());
    if target != patch && patch.iter().any(lacks_key) {
        let keys = keys.join("`, `");
        place.notes.borrow_mut().push(format!(
            "an element of a list in the patch lacks its merge key `{keys}`; kustomize drops what it cannot tell apart"
        ));
    }
    let mut values: Vec<Vec<Str>> = Vec::new();
    for item in patch.iter().chain(&target) {
        let found = if keys[0].is_empty() {
            vec![text(item)]
        } else {
            keys.iter().map(|key| key_text(item, key)).collect()
        };
        if !values.contains(&found) {
            values.push(found);
        }
    }
    if keys.len() > 1 {
        unify(&mut values);
    }
    let valid: Vec<usize> = valid_keys(&values, keys.len());
    let keys: Vec<Str> = valid.iter().map(|at| keys[*at].clone()).collect();
    let mut merged = Vec::new();
    for value in &values {
        let value: Vec<Str> = valid.iter().map(|at| value[*at].clone()).collect();
        merge_element(&mut merged, &mut target, &patch, &keys, &value, place.items())?;
    }
    if !values.is_empty() {
        append_rest(&mut merged, &target, &keys);
        target = merged;
    }
    Ok(Some(Value::Array(target)))
}

/// The text of a key field; missing, null and empty ones count as empty.
fn key_text(item: &Value, key: &str) -> Str {
    item.get(key).filter(|value| !is_null(value)).map(text).unwrap_or_default()
}

/// Elements of which one leaves out a key are taken for the same.
fn unify(values: &mut [Vec<Str>]) {
    for i in 0..values.len() {
        for j in 0..values.len() {
            if let Some(both) = unified(&values[i], &values[j]) {
                values[i].clone_from(&both);
                values[j] = both;
            }
        }
    }
}

fn unified(a: &[Str], b: &[Str]) -> Option<Vec<Str>> {
    let mut any_same = false;
    let mut both = Vec::new();
    for (a, b) in a.iter().zip(b) {
        if a == b {
            any_same = true;
        } else if !a.is_empty() && !b.is_empty() {
            return None;
        }
        both.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    any_same.then_some(both)
}

/// The keys that some element has; all when none has any.
fn valid_keys(values: &[Vec<Str>], count: usize) -> Vec<usize> {
    let valid: Vec<usize> =
        (0..count).filter(|at| values.iter().any(|value| !value[*at].is_empty())).collect();
    if valid.is_empty() { (0..count).collect() } else { valid }
}

fn merge_element(
    merged: &mut Vec<Value>,
    target: &mut Vec<Value>,
    patch: &[Value],
    keys: &[Str],
    values: &[Str],
    place: Place<'_>,
) -> Result<(), String> {
    let at = find(target, keys, values);
    let old = at.map(|at| target[at].clone());
    let found = find(patch, keys, values);
    let mut value = walk(old, found.map(|at| patch[at].clone()), place)?;
    let is_nothing = |value: &Value| is_null(value) || value.as_object().is_some_and(Map::is_empty);
    if value.as_ref().is_none_or(is_nothing) {
        set_element(target, None, keys, values);
        return Ok(());
    }
    if let Some(Value::Object(map)) = &mut value {
        for (key, text) in keys.iter().zip(values) {
            if !map.contains_key(key) && !text.is_empty() {
                map.insert(key.clone(), raw_scalar(text));
            }
        }
    }
    // What replaces an element does not stand in the target, so that the old one comes back below: upstream
    // takes no notice of `$patch: replace` in an element of such a list.
    let replaces = found.is_some_and(|at| patch[at].get(PATCH).map(text).as_deref() == Some("replace"));
    if let (Some(at), Some(value)) = (at.filter(|_| !replaces), &value) {
        target[at] = value.clone();
    }
    set_element(merged, value, keys, values);
    Ok(())
}

/// kyaml's `ElementMatcher`, asked for the keys that have values.
fn find(items: &[Value], keys: &[Str], values: &[Str]) -> Option<usize> {
    if keys[0].is_empty() {
        return items.iter().position(|item| text(item) == values[0]);
    }
    let any = values.iter().any(|value| !value.is_empty());
    let asked: Vec<(&Str, &Str)> =
        keys.iter().zip(values).filter(|(_, value)| !any || !value.is_empty()).collect();
    items.iter().position(|item| {
        let is = |key: &str, wanted: &Str| item.get(key).is_some_and(|value| text(value) == *wanted);
        item.as_object().is_some() && asked.iter().all(|(key, value)| is(key, value))
    })
}

/// Whether a map has a field with this text; with any, when no text is asked for.
fn has_field(item: &Value, key: &str, wanted: &str) -> bool {
    item.get(key).is_some_and(|value| wanted.is_empty() || text(value) == wanted)
}

/// kyaml's `ElementSetter`: replaces, appends or (without an element) removes.
fn set_element(items: &mut Vec<Value>, element: Option<Value>, keys: &[Str], values: &[Str]) {
    let maps_only = !keys[0].is_empty() && values.first().is_some_and(|value| !value.is_empty());
    let mut found = false;
    let old = std::mem::take(items);
    for item in old {
        if is_null(&item) || item.as_object().is_some_and(Map::is_empty) {
            continue;
        }
        let is_map = item.as_object().is_some();
        let fits = if keys[0].is_empty() {
            !is_map && values.first().is_some_and(|value| text(&item) == *value)
        } else {
            // Keys that have no value count as found when one before them was.
            is_map
                && !values.is_empty()
                && keys.iter().zip(values).all(|(key, value)| has_field(&item, key, value))
        };
        if !is_map && maps_only || !fits {
            // Without any value upstream keeps nothing that it does not look for.
            if !values.is_empty() || !is_map {
                items.push(item);
            }
            continue;
        }
        found = true;
        if let Some(element) = &element {
            items.push(element.clone());
        }
    }
    if let Some(element) = element.filter(|_| !found) {
        items.push(element);
    }
}

/// kyaml's `appendListNode`: what is left of the target follows the merged elements.
fn append_rest(merged: &mut Vec<Value>, target: &[Value], keys: &[Str]) {
    for item in target {
        if keys[0].is_empty() {
            let value = [text(item)];
            set_element(merged, Some(item.clone()), keys, &value);
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            match item.get(key) {
                Some(value) => values.push(text(value)),
                None => merged.push(item.clone()),
            }
        }
        if keys.len() > 1 {
            set_element(merged, None, keys, &values);
        }
        set_element(merged, Some(item.clone()), keys, &values);
    }
}
