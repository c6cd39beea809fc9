//! Objects inside of objects (`x-kubernetes-embedded-resource`): their `apiVersion`, `kind` and `metadata`
//! (apiextensions-apiserver `schema/objectmeta`).

mod meta;
mod names;

use amethyst_object::{FieldPath, Map, Value};

use crate::{Fault, SchemaRef};

pub(crate) use meta::object_meta;

#[cfg(test)]
mod tests;

/// Passes the metadata of embedded objects through `ObjectMeta`: unknown fields go, and their paths come
/// back sorted. Malformed fields are the fault, or go too with `drop_malformed`.
///
/// With `is_resource_root` the value itself counts as an embedded object.
pub fn coerce(
    value: &mut Value,
    schema: SchemaRef<'_>,
    is_resource_root: bool,
    drop_malformed: bool,
    path: &FieldPath,
) -> Result<Vec<FieldPath>, Fault> {
    let mut walk = Coerce { drop_malformed, path: path.clone(), unknown: Vec::new() };
    walk.value(value, schema, is_resource_root)?;
    walk.unknown.sort_by_cached_key(ToString::to_string);
    Ok(walk.unknown)
}

/// What is wrong with `apiVersion`, `kind` and `metadata` of embedded objects.
pub fn validate_embedded(
    value: &Value,
    schema: SchemaRef<'_>,
    is_resource_root: bool,
    path: &FieldPath,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(value, schema, is_resource_root, &mut path.clone(), &mut faults);
    faults
}

struct Coerce {
    drop_malformed: bool,
    path: FieldPath,
    unknown: Vec<FieldPath>,
}

impl Coerce {
    fn value(&mut self, value: &mut Value, schema: SchemaRef<'_>, is_root: bool) -> Result<(), Fault> {
        match value {
            Value::Object(map) => {
                if is_root || schema.node().embedded {
                    self.object(map)?;
                }
                for (key, value) in map.iter_mut() {
                    let child = step(schema, key, &mut self.path);
                    if let Some(child) = child {
                        self.value(value, child, false)?;
                        self.path.pop();
                    }
                }
            }
            Value::Array(items) => {
                let Some(child) = schema.items() else { return Ok(()) };
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push_index(index);
                    self.value(item, child, false)?;
                    self.path.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn object(&mut self, map: &mut Map) -> Result<(), Fault> {
        for key in ["apiVersion", "kind"] {
            let Some(value) = map.get(key).filter(|value| value.as_str().is_none()) else { continue };
            if !self.drop_malformed {
                return Err(Fault::invalid(self.path.child(key), value.clone(), "must be a string"));
            }
            map.remove(key);
        }
        let Some(metadata) = map.get("metadata") else { return Ok(()) };
        let at = self.path.child("metadata");
        match object_meta(metadata, self.drop_malformed) {
            Ok((meta, unknown)) => {
                self.unknown.extend(unknown.iter().map(|path| join(&at, path)));
                map.insert("metadata", meta);
                Ok(())
            }
            // Metadata that is no map at all is passed on, for validation to complain about.
            Err(_) if self.drop_malformed => Ok(()),
            Err(reason) => Err(Fault::invalid(at, metadata.clone(), reason)),
        }
    }
}

fn join(base: &FieldPath, tail: &FieldPath) -> FieldPath {
    use amethyst_object::PathElement;
    let mut path = base.clone();
    for element in tail.elements() {
        match element {
            PathElement::Key(key) => path.push_key(key.clone()),
            PathElement::MapKey(key) => path.push_map_key(key.clone()),
            PathElement::Index(index) => path.push_index(*index),
        }
    }
    path
}

/// Goes to the schema of `key`, and lengthens the path if there is one.
fn step<'a>(schema: SchemaRef<'a>, key: &str, path: &mut FieldPath) -> Option<SchemaRef<'a>> {
    let child = schema.child(key)?;
    if schema.field(key).is_some() {
        path.push_key(key);
    } else {
        path.push_map_key(key);
    }
    Some(child)
}

fn walk(value: &Value, schema: SchemaRef<'_>, is_root: bool, path: &mut FieldPath, out: &mut Vec<Fault>) {
    match value {
        Value::Object(map) => {
            if is_root || schema.node().embedded {
                object(map, path, out);
            }
            for (key, value) in map.iter() {
                if let Some(child) = step(schema, key, path) {
                    walk(value, child, false, path, out);
                    path.pop();
                }
            }
        }
        Value::Array(items) => {
            let Some(child) = schema.items() else { return };
            for (index, item) in items.iter().enumerate() {
                path.push_index(index);
                walk(item, child, false, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

fn object(map: &Map, path: &FieldPath, out: &mut Vec<Fault>) {
    for key in ["apiVersion", "kind"] {
        let at = path.child(key);
        match map.get(key) {
            None => out.push(Fault::required(at, "")),
            Some(Value::String(text)) if text.is_empty() => {
                out.push(Fault::invalid(at, text.clone(), "must not be empty"));
            }
            Some(Value::String(text)) => out.extend(
                if key == "kind" { names::kind(text) } else { names::api_version(text) }
                    .map(|reason| Fault::invalid(at, text.clone(), reason)),
            ),
            Some(other) => out.push(Fault::invalid(at, other.clone(), "must be a string")),
        }
    }
    let Some(metadata) = map.get("metadata") else { return };
    let at = path.child("metadata");
    match object_meta(metadata, false) {
        Ok((meta, _)) => meta::check(&meta, &at, out),
        Err(reason) => out.push(Fault::invalid(at, metadata.clone(), reason)),
    }
}
