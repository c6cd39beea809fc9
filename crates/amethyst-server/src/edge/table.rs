//! Tables: rows of printable cells, as `kubectl get` asks for them.
//!
//! The columns of built-in kinds are the tables of `amethyst_kinds`; those of custom resources are their
//! definition's `additionalPrinterColumns`. Column descriptions are left out: they are upstream's sentences.

mod custom;

use amethyst_kinds::Kind;
use amethyst_kinds::table::{self, Column};
use amethyst_object::{GroupVersionKind, Map, Value, json};
use jiff::Timestamp;

use super::negotiate::MetaVersion;
use crate::catalog::{Resource, Source};
use crate::registry::Rendered;
use crate::request::Query;
use crate::status::Status;

/// What a row carries of its object (`includeObject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Include {
    /// Reads the query.
    pub(crate) fn of(query: &Query) -> Result<Self, Status> {
        match query.first("includeObject").unwrap_or_default() {
            "None" => Ok(Self::Nothing),
            "" | "Metadata" => Ok(Self::Metadata),
            "Object" => Ok(Self::Object),
            other => Err(Status::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be 'Metadata', 'Object', 'None', or empty"
            ))),
        }
    }
}

/// How objects of one resource become rows.
pub(crate) struct Printer {
    version: MetaVersion,
    include: Include,
    columns: Columns,
    now: Timestamp,
}

enum Columns {
    /// A built-in kind's; the kind itself unless it is a subresource's.
    BuiltIn(&'static [Column], Option<&'static Kind>),
    Custom(custom::Columns),
}

/// Lists up to this long are looked at as a whole, which marks the default storage class; longer ones are
/// parsed one object at a time, because a parsed object is many times its text.
const WHOLE_LIST_MAX: usize = 64;

/// What a table's `metadata` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableMeta {
    pub(crate) resource_version: String,
    pub(crate) continue_token: Option<String>,
    pub(crate) remaining: Option<u64>,
}

impl Printer {
    /// The printer of a resource's objects, or of those of a subresource of kind `gvk`.
    pub(crate) fn new(
        resource: &Resource,
        gvk: &GroupVersionKind,
        version: MetaVersion,
        include: Include,
        now: Timestamp,
    ) -> Self {
        let columns = match &resource.source {
            _ if *gvk != resource.gvk() => Columns::BuiltIn(table::columns_of(&gvk.group, &gvk.kind), None),
            Source::BuiltIn(kind) => Columns::BuiltIn(table::columns(kind), Some(kind)),
            Source::Custom(version) => Columns::Custom(custom::Columns::new(&version.columns)),
        };
        Self { version, include, columns, now }
    }

    /// The printer at a later time.
    pub(crate) fn at(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Writes a whole table; without `definitions` the columns are `null`, as in a watch's later events.
    pub(crate) fn write(&self, meta: &TableMeta, rows: &[Rendered], definitions: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"kind\":\"Table\",\"apiVersion\":\"");
        out.extend_from_slice(self.version.api_version().as_bytes());
        out.extend_from_slice(b"\",\"metadata\":");
        meta.write(out);
        out.extend_from_slice(b",\"columnDefinitions\":");
        let columns = if definitions { Value::Array(self.definitions()) } else { Value::Null };
        out.extend_from_slice(json::to_string_in_order(&columns).as_bytes());
        if rows.is_empty() && matches!(self.columns, Columns::BuiltIn(..)) {
            out.extend_from_slice(b",\"rows\":null}");
            return;
        }
        out.extend_from_slice(b",\"rows\":[");
        let mut whole = self.whole(rows).into_iter().flatten();
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.row(row, whole.next(), out);
        }
        out.extend_from_slice(b"]}");
    }

    /// The cells of all rows of a short list of a built-in kind.
    fn whole(&self, rows: &[Rendered]) -> Option<Vec<Vec<Value>>> {
        let Columns::BuiltIn(_, Some(kind)) = &self.columns else { return None };
        if !(2..=WHOLE_LIST_MAX).contains(&rows.len()) {
            return None;
        }
        let values: Vec<Value> = rows.iter().map(Rendered::value).collect();
        Some(table::rows(kind, &values, self.now.as_second()))
    }

    fn row(&self, object: &Rendered, cells: Option<Vec<Value>>, out: &mut Vec<u8>) {
        let value = object.value();
        let cells = cells.unwrap_or_else(|| match &self.columns {
            Columns::BuiltIn(columns, _) => table::cells_of(columns, &value, self.now.as_second()),
            Columns::Custom(columns) => columns.cells(&value, self.now),
        });
        let conditions = match &self.columns {
            Columns::BuiltIn(_, Some(kind)) => table::row_conditions(kind, &value),
            _ => Vec::new(),
        };
        out.extend_from_slice(b"{\"cells\":");
        json::write_canonical(&Value::Array(cells), out);
        if !conditions.is_empty() {
            out.extend_from_slice(b",\"conditions\":");
            json::write_canonical(&Value::Array(conditions), out);
        }
        out.extend_from_slice(b",\"object\":");
        match self.include {
            Include::Nothing => out.extend_from_slice(b"null"),
            Include::Metadata => out.extend_from_slice(&partial(object, self.version)),
            Include::Object => object.write(out),
        }
        out.push(b'}');
    }

    fn definitions(&self) -> Vec<Value> {
        match &self.columns {
            Columns::BuiltIn(columns, _) => {
                let own =
                    columns.iter().map(|one| definition(one.name, one.ty, one.format, "", one.priority));
                own.collect()
            }
            Columns::Custom(columns) => columns.definitions(),
        }
    }
}

impl TableMeta {
    /// Appends the `metadata` of a list or table.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        if !self.resource_version.is_empty() {
            out.extend_from_slice(b"\"resourceVersion\":");
            json::write_string(&self.resource_version, out);
        }
        if let Some(token) = &self.continue_token {
            out.extend_from_slice(b",\"continue\":");
            json::write_string(token, out);
        }
        if let Some(remaining) = self.remaining {
            out.extend_from_slice(format!(",\"remainingItemCount\":{remaining}").as_bytes());
        }
        out.push(b'}');
    }
}

/// The metadata of an object in a version of `meta.k8s.io`.
pub(crate) fn partial(object: &Rendered, version: MetaVersion) -> bytes::Bytes {
    const HEAD: &[u8] = br#"{"apiVersion":"meta.k8s.io/v1","#;
    let bytes = object.partial();
    if version == MetaVersion::V1 || !bytes.starts_with(HEAD) {
        return bytes;
    }
    let mut out = br#"{"apiVersion":"meta.k8s.io/v1beta1","#.to_vec();
    out.extend_from_slice(&bytes[HEAD.len()..]);
    out.into()
}

pub(super) fn definition(name: &str, ty: &str, format: &str, description: &str, priority: i32) -> Value {
    let mut map = Map::new();
    map.insert("name", name);
    map.insert("type", ty);
    map.insert("format", format);
    map.insert("description", description);
    map.insert("priority", priority);
    map.into()
}
