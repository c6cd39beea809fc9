//! `metadata.managedFields` as it is written.

use std::cmp::Ordering;

use amethyst_object::{Map, Value, json};
use thiserror::Error;

use super::{Managed, ManagedEntry, Operation};
use crate::fields::{FieldSet, FieldsError};

/// Why `metadata.managedFields` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManagedError {
    /// It is no list of maps.
    #[error("managedFields must be a list of entries")]
    NotEntries,
    /// An entry's operation is neither of the two.
    #[error("operation must be `Apply` or `Update`")]
    Operation,
    /// An entry lacks its version.
    #[error("apiVersion must not be empty")]
    ApiVersion,
    /// An entry lacks its fields' type.
    #[error("missing fieldsType in managed fields entry {0}")]
    NoFieldsType(usize),
    /// An entry's fields' type is not `FieldsV1`.
    #[error("invalid fieldsType {0:?} in managed fields entry {1}")]
    FieldsType(String, usize),
    /// An entry's fields cannot be read.
    #[error("error decoding set")]
    Fields(#[source] FieldsError),
}

impl Managed {
    /// Reads `metadata.managedFields`; `null` is an empty list.
    pub fn from_value(value: &Value) -> Result<Self, ManagedError> {
        let items = match value {
            Value::Null => &[],
            Value::Array(items) => items.as_slice(),
            _ => return Err(ManagedError::NotEntries),
        };
        let entries: Result<Vec<_>, _> =
            items.iter().enumerate().map(|(index, item)| read_entry(index, item)).collect();
        Ok(Self::new(entries?))
    }

    /// What an update starts from: the entries that the new object brings along, or those of the live one
    /// when it brings none or unreadable ones. An empty list, or one empty entry, resets them. A write
    /// through a subresource never changes them directly.
    pub fn for_update(live: &Self, new: Option<&Value>, subresource: &str) -> Self {
        let Some(new) = new.filter(|new| subresource.is_empty() && !new.is_null()) else {
            return live.clone();
        };
        if let Some(items) = new.as_array() {
            let reset = match items {
                [] => true,
                [only] => only.as_object().is_some_and(Map::is_empty),
                _ => false,
            };
            if reset {
                return Self::default();
            }
        }
        match Self::from_value(new) {
            Ok(managed) if !managed.is_empty() => managed,
            _ => live.clone(),
        }
    }

    /// `metadata.managedFields`, or `null` when nobody owns anything.
    pub fn to_value(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        Value::Array(self.0.iter().map(write_entry).collect())
    }

    /// Appends `metadata.managedFields` as JSON with upstream's order of keys.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, entry) in self.0.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b",{" } else { b"{" });
            pair("apiVersion", &entry.api_version, out);
            pair(",fieldsType", "FieldsV1", out);
            out.extend_from_slice(b",\"fieldsV1\":");
            entry.fields.write_fields_v1(out);
            pair(",manager", &entry.manager, out);
            pair(",operation", entry.operation.as_str(), out);
            pair(",subresource", &entry.subresource, out);
            pair(",time", entry.time.as_deref().unwrap_or_default(), out);
            out.push(b'}');
        }
        out.push(b']');
    }
}

/// Writes a pair, after a comma when the key has one before it, unless the value is empty.
fn pair(key: &str, value: &str, out: &mut Vec<u8>) {
    if value.is_empty() {
        return;
    }
    let name = key.trim_start_matches(',');
    if name.len() < key.len() {
        out.push(b',');
    }
    json::write_string(name, out);
    out.push(b':');
    json::write_string(value, out);
}

fn read_entry(index: usize, item: &Value) -> Result<ManagedEntry, ManagedError> {
    let map = item.as_object().ok_or(ManagedError::NotEntries)?;
    let text = |key: &str| map.str(key).unwrap_or_default().to_owned();
    let operation = match map.str("operation") {
        Some("Apply") => Operation::Apply,
        Some("Update") => Operation::Update,
        _ => return Err(ManagedError::Operation),
    };
    let api_version = text("apiVersion");
    if api_version.is_empty() {
        return Err(ManagedError::ApiVersion);
    }
    match map.str("fieldsType") {
        Some("FieldsV1") => {}
        None | Some("") => return Err(ManagedError::NoFieldsType(index)),
        Some(other) => return Err(ManagedError::FieldsType(other.to_owned(), index)),
    }
    let fields = match map.get("fieldsV1") {
        Some(fields) => FieldSet::from_fields_v1(fields).map_err(ManagedError::Fields)?,
        None => FieldSet::default(),
    };
    Ok(ManagedEntry {
        manager: text("manager"),
        operation,
        api_version,
        time: map.str("time").map(str::to_owned),
        subresource: text("subresource"),
        fields,
    })
}

fn write_entry(entry: &ManagedEntry) -> Value {
    let mut map = Map::new();
    map.insert("apiVersion", entry.api_version.as_str());
    map.insert("fieldsType", "FieldsV1");
    map.insert("fieldsV1", entry.fields.to_fields_v1());
    if !entry.manager.is_empty() {
        map.insert("manager", entry.manager.as_str());
    }
    map.insert("operation", entry.operation.as_str());
    if !entry.subresource.is_empty() {
        map.insert("subresource", entry.subresource.as_str());
    }
    if let Some(time) = &entry.time {
        map.insert("time", time.as_str());
    }
    Value::Object(map)
}

/// Upstream's order: appliers first, then by time, manager, version and subresource.
pub(super) fn order(left: &ManagedEntry, right: &ManagedEntry) -> Ordering {
    left.operation
        .cmp(&right.operation)
        .then_with(|| time_order(left, right))
        .then_with(|| left.manager.cmp(&right.manager))
        .then_with(|| left.api_version.cmp(&right.api_version))
        .then_with(|| left.subresource.cmp(&right.subresource))
}

/// Times are whole seconds of UTC, so their text sorts as they do; none comes first.
pub(super) fn time_order(left: &ManagedEntry, right: &ManagedEntry) -> Ordering {
    left.time.cmp(&right.time)
}
