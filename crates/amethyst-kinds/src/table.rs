//! What `kubectl get` prints: the columns of each kind and the cells of an object.
//!
//! Upstream computes cells in `pkg/printers/internalversion`, from decoded objects; here most columns are a path
//! and a fallback, and the rest are small functions. Columns of priority 0 are printed always, others by
//! `-o wide`; the server sends all. Times are relative to the `now` that the caller gives.

mod columns;
mod network;
mod others;
mod pod;
mod storage;
mod text;
mod workloads;

use amethyst_object::{Value, value};

use crate::Kind;

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// The type of its cells, as OpenAPI names it.
    pub ty: &'static str,
    /// `name` on the column that identifies the object, else mostly empty.
    pub format: &'static str,
    /// Zero when printed always.
    pub priority: i32,
    cell: Cell,
}

/// Keys of maps.
type Path = &'static [&'static str];

/// How a cell is computed.
#[derive(Debug)]
enum Cell {
    /// `metadata.name`.
    Name,
    /// The time since `metadata.creationTimestamp`.
    Age,
    /// `metadata.creationTimestamp` itself.
    Created,
    /// The text there, or this when there is none.
    Text(Path, &'static str),
    /// The text there, or this when there is none or it is empty.
    Filled(Path, &'static str),
    /// The number there, or zero.
    Integer(Path),
    /// The boolean there, or this.
    Boolean(Path, bool),
    /// How many elements are there.
    Count(Path),
    /// The labels there, as a selector.
    Labels(Path),
    /// The label selector there.
    Selector(Path),
    /// This field of each container there, joined by commas.
    Containers(Path, &'static str),
    /// Anything else.
    With(fn(&Value, i64) -> Value),
}

/// The columns of a kind, in order.
pub fn columns(kind: &Kind) -> &'static [Column] {
    columns::of(kind.group, kind.kind)
}

/// The columns of what is no kind of its own: `Scale`, `Status`.
pub fn columns_of(group: &str, kind: &str) -> &'static [Column] {
    columns::of(group, kind)
}

/// The cells of one object, one for each of [`columns`].
pub fn cells(kind: &Kind, object: &Value, now_unix_seconds: i64) -> Vec<Value> {
    cells_of(columns(kind), object, now_unix_seconds)
}

/// The cells of one object under given columns.
pub fn cells_of(columns: &[Column], object: &Value, now_unix_seconds: i64) -> Vec<Value> {
    columns.iter().map(|column| column.cell.of(object, now_unix_seconds)).collect()
}

/// The cells of a list's objects. Of storage classes the one that is the default in effect is marked, which no
/// class can tell by itself.
pub fn rows(kind: &Kind, objects: &[Value], now_unix_seconds: i64) -> Vec<Vec<Value>> {
    let default = match (kind.group, kind.kind) {
        ("storage.k8s.io", "StorageClass") => storage::default_class(objects),
        _ => None,
    };
    let mut rows: Vec<Vec<Value>> =
        objects.iter().map(|object| cells(kind, object, now_unix_seconds)).collect();
    if let Some(default) = default {
        rows[default][0] = format!("{} (default)", text::at(&objects[default], &["metadata", "name"])).into();
    }
    rows
}

/// The conditions of an object's row: pods tell that they are over.
pub fn row_conditions(kind: &Kind, object: &Value) -> Vec<Value> {
    let message = match (kind.group, kind.kind, text::at(object, &["status", "phase"])) {
        ("", "Pod", "Succeeded") => "The pod has completed successfully.",
        ("", "Pod", "Failed") => "The pod failed.",
        _ => return Vec::new(),
    };
    let reason = text::at(object, &["status", "phase"]);
    vec![value!({"type": "Completed", "status": "True", "reason": reason, "message": message})]
}

impl Cell {
    fn of(&self, object: &Value, now: i64) -> Value {
        match self {
            Self::Name => text::at(object, &["metadata", "name"]).into(),
            Self::Age => text::since(object.at(&["metadata", "creationTimestamp"]), now).into(),
            Self::Created => text::created(object).into(),
            Self::Text(path, none) => {
                text::plain(object.at(path)).unwrap_or_else(|| (*none).to_owned()).into()
            }
            Self::Filled(path, none) => {
                let found = text::plain(object.at(path)).filter(|text| !text.is_empty());
                found.unwrap_or_else(|| (*none).to_owned()).into()
            }
            Self::Integer(path) => text::integer(object, path).into(),
            Self::Boolean(path, none) => object.at(path).and_then(Value::as_bool).unwrap_or(*none).into(),
            Self::Count(path) => text::count(object, path).into(),
            Self::Labels(path) => text::labels(object.at(path)).into(),
            Self::Selector(path) => {
                text::selector(object.at(path)).unwrap_or_else(|| "<error>".into()).into()
            }
            Self::Containers(path, field) => {
                let containers = text::list(object, path).iter();
                containers.map(|container| text::at(container, &[field])).collect::<Vec<_>>().join(",").into()
            }
            Self::With(compute) => compute(object, now),
        }
    }
}

#[cfg(test)]
mod tests;
