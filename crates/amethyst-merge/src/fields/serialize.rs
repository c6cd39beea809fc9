//! `FieldsV1`, the form of field sets on the wire.

use amethyst_object::{Map, Value, json};
use thiserror::Error;

use super::{
    Element, FieldSet,
    set::{Builder, Entry},
};

/// Why a `FieldsV1` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldsError {
    /// A key is no path element.
    #[error("failed to parse `{key}` as path element: {reason}")]
    Element {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value is no map.
    #[error("expected a map of fields, got {0}")]
    NotAMap(&'static str),
}

impl FieldSet {
    /// Reads a `FieldsV1`. Kinds of path elements that are not known are dropped, as upstream does.
    pub fn from_fields_v1(fields: &Value) -> Result<Self, FieldsError> {
        Ok(read(fields)?.0)
    }

    /// The `FieldsV1`, its keys in upstream's order.
    pub fn to_fields_v1(&self) -> Value {
        to_value(self, false)
    }

    /// Appends the `FieldsV1` as JSON, its keys in upstream's order.
    pub fn write_fields_v1(&self, out: &mut Vec<u8>) {
        write(self, false, out);
    }
}

/// The children, and whether the place itself is a member.
fn read(fields: &Value) -> Result<(FieldSet, bool), FieldsError> {
    let map = match fields {
        Value::Object(map) => map,
        Value::Null => return Ok((FieldSet::default(), true)),
        other => return Err(FieldsError::NotAMap(other.type_name())),
    };
    let mut builder = Builder::with_capacity(map.len());
    let mut member = false;
    for (key, value) in map.iter() {
        if key == "." {
            member = true;
            continue;
        }
        let element =
            Element::parse(key).map_err(|reason| FieldsError::Element { key: key.to_string(), reason })?;
        if let Some(element) = element {
            let (children, member) = read(value)?;
            builder.push(&element, member, children);
        }
    }
    let children = builder.build();
    let member = member || children.is_empty();
    Ok((children, member))
}

fn name(entry: &Entry) -> String {
    let mut out = Vec::new();
    entry.element.write(&mut out);
    String::from_utf8(out).expect("elements are written from strings")
}

fn to_value(set: &FieldSet, member: bool) -> Value {
    let mut map = Map::new();
    if member && !set.is_empty() {
        map.insert(".", Value::object());
    }
    for entry in set.entries() {
        map.insert(name(entry), to_value(&entry.children, entry.member));
    }
    Value::Object(map)
}

fn write(set: &FieldSet, member: bool, out: &mut Vec<u8>) {
    out.push(b'{');
    if member && !set.is_empty() {
        out.extend_from_slice(b"\".\":{},");
    }
    for (index, entry) in set.entries().iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::write_string(&name(entry), out);
        out.push(b':');
        write(&entry.children, entry.member, out);
    }
    out.push(b'}');
}
