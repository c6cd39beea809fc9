//! Field specs: which fields of which kinds a transformer changes.

use amethyst_object::{Map, Number, Str, Value};

use crate::decode::{Decoder, Field};
use crate::id::{Gvk, is_null};
use crate::path::split;

/// A field of some kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    pub(crate) gvk: Gvk,
    /// The field names on the way; `[]` at the end of one says that a list lies there.
    pub(crate) path: Vec<Str>,
    pub(crate) create: bool,
}

/// What is put where a field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing.
    Skip,
    Scalar,
    Map,
}

impl FieldSpec {
    pub(crate) fn new(group: &str, version: &str, kind: &str, path: &str, create: bool) -> Self {
        Self { gvk: Gvk::new(group, version, kind), path: split(path, '/'), create }
    }

    /// Reads one from a kustomization, a configuration or a transformer.
    pub(crate) fn decode(decoder: &Decoder<'_>, field: &Field<'_>) -> Self {
        let fields = decoder.fields(field, &["group", "version", "kind", "path", "create"]);
        let text = |name| decoder.string(fields.get(name));
        let create = decoder.bool(fields.get("create"));
        Self::new(&text("group"), &text("version"), &text("kind"), &text("path"), create)
    }

    /// Whether it is the other one, or as narrow.
    pub(crate) fn stands_for(&self, other: &Self) -> bool {
        self.path == other.path && self.gvk.is_selected(&other.gvk)
    }

    /// Whether it leads to this field.
    pub(crate) fn is(&self, path: &[&str]) -> bool {
        self.path.iter().map(Str::as_str).eq(path.iter().copied())
    }

    /// Whether it is about objects of this kind.
    pub(crate) fn applies(&self, object: &Map) -> bool {
        Gvk::of(object).is_selected(&self.gvk)
    }

    /// Calls `set` on every field it leads to. kyaml's `fieldspec.Filter`.
    pub(crate) fn apply(
        &self,
        object: &mut Map,
        missing: Missing,
        set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        if !self.applies(object) {
            return Ok(());
        }
        let missing = if self.create { missing } else { Missing::Skip };
        let told = in_map(object, &self.path, missing, set);
        told.map_err(|reason| format!("considering field '{}': {reason}", self.path.join("/")))
    }
}

fn visit(
    value: &mut Value,
    path: &[Str],
    missing: Missing,
    set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    if path.is_empty() {
        return set(value);
    }
    match value {
        value if is_null(value) => Ok(()),
        Value::Array(items) => items.iter_mut().try_for_each(|item| visit(item, path, missing, set)),
        Value::Object(map) => in_map(map, path, missing, set),
        _ => Err("expected sequence or mapping node".to_owned()),
    }
}

fn in_map(
    map: &mut Map,
    path: &[Str],
    missing: Missing,
    set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else { return Ok(()) };
    let name = step.strip_suffix("[]");
    let (name, is_list) = (name.unwrap_or(step), name.is_some());
    if name.is_empty() {
        return Err("cannot set or create an empty field name".to_owned());
    }
    let fresh = || match missing {
        _ if is_list => Value::Array(Vec::new()),
        Missing::Scalar if rest.is_empty() => Value::Number(Number::from_lexeme("")),
        _ => Value::object(),
    };
    let creates = missing != Missing::Skip && !is_list;
    if creates && !map.contains_key(name) {
        map.insert(name, fresh());
    }
    let Some(field) = map.get_mut(name) else { return Ok(()) };
    if is_null(field) && (creates || is_list) {
        *field = fresh();
        if rest.is_empty() {
            return set(field);
        }
    }
    visit(field, rest, missing, set)
}
