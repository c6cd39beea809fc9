//! Dropping and naming what a schema does not know (apiextensions-apiserver `schema/pruning`).

use amethyst_object::{FieldPath, Value};

use crate::SchemaRef;

/// Drops unknown fields; gives back their paths, sorted by text. The root of a resource keeps its
/// `apiVersion`, `kind` and `metadata` whole, as embedded resources do.
pub fn prune(value: &mut Value, schema: SchemaRef<'_>, is_resource_root: bool) -> Vec<FieldPath> {
    let mut walk = Walk::default();
    walk.prune(value, Some(schema), is_resource_root, false);
    walk.finish()
}

/// The paths that [`prune`] would drop.
pub fn unknown_fields(value: &Value, schema: SchemaRef<'_>, is_resource_root: bool) -> Vec<FieldPath> {
    let mut walk = Walk::default();
    walk.look(value, Some(schema), is_resource_root, false);
    walk.finish()
}

/// What becomes of one pair of a map.
enum Fate<'a> {
    Keep,
    Enter(SchemaRef<'a>),
    Drop,
}

#[derive(Default)]
struct Walk {
    path: FieldPath,
    unknown: Vec<FieldPath>,
}

fn is_meta(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind" | "metadata")
}

fn fate<'a>(key: &str, schema: Option<SchemaRef<'a>>, is_root: bool, keep: bool) -> Fate<'a> {
    let Some(schema) = schema else { return Fate::Drop };
    if (is_root || schema.node().embedded) && is_meta(key) {
        return Fate::Keep;
    }
    match schema.child(key) {
        Some(child) => Fate::Enter(child),
        None if keep => Fate::Keep,
        None => Fate::Drop,
    }
}

/// Whether unknown fields stay here: it is said here, or on a list around.
fn keeps(schema: Option<SchemaRef<'_>>, keep: bool) -> bool {
    keep || schema.is_some_and(|schema| schema.node().preserve_unknown)
}

impl Walk {
    fn finish(mut self) -> Vec<FieldPath> {
        self.unknown.sort_by_cached_key(ToString::to_string);
        self.unknown
    }

    fn note(&mut self, key: &str) {
        // Upstream is silent about `metadata` and its like at the very top.
        if !is_meta(key) || !self.path.is_empty() {
            self.unknown.push(self.path.child(key));
        }
    }

    fn prune(&mut self, value: &mut Value, schema: Option<SchemaRef<'_>>, is_root: bool, keep: bool) {
        let keep = keeps(schema, keep);
        match value {
            Value::Object(map) => {
                map.retain(|key, value| match fate(key, schema, is_root, keep) {
                    Fate::Keep => true,
                    Fate::Enter(child) => {
                        self.path.push_key(key);
                        self.prune(value, Some(child), false, false);
                        self.path.pop();
                        true
                    }
                    Fate::Drop => {
                        self.note(key);
                        false
                    }
                });
            }
            Value::Array(items) => {
                let child = schema.and_then(SchemaRef::items);
                if keep && child.is_none() {
                    return;
                }
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push_index(index);
                    self.prune(item, child, false, keep);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn look(&mut self, value: &Value, schema: Option<SchemaRef<'_>>, is_root: bool, keep: bool) {
        let keep = keeps(schema, keep);
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter() {
                    match fate(key, schema, is_root, keep) {
                        Fate::Keep => {}
                        Fate::Enter(child) => {
                            self.path.push_key(key.clone());
                            self.look(value, Some(child), false, false);
                            self.path.pop();
                        }
                        Fate::Drop => self.note(key),
                    }
                }
            }
            Value::Array(items) => {
                let child = schema.and_then(SchemaRef::items);
                if keep && child.is_none() {
                    return;
                }
                for (index, item) in items.iter().enumerate() {
                    self.path.push_index(index);
                    self.look(item, child, false, keep);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }
}
