//! Schemas: the arena's nodes and what custom resources' authors wrote, as OpenAPI v3.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use amethyst_kinds::{Described, Descriptions, zero_default};
use amethyst_object::{GroupVersionKind, Map, Str, Value, value};
use amethyst_schema::{Field, ListType, Node, NodeId, Rules, SchemaRef, Type};

use super::paths::group_version_kind;
use super::{Version, custom, reference};
use crate::catalog::{Resource, Source};

pub(super) const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
pub(super) const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
pub(super) const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
pub(super) const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

/// The names of types by their nodes. Where two names share a node any of them will do.
static NAMES: LazyLock<HashMap<NodeId, Str>> = LazyLock::new(|| {
    let mut names: HashMap<NodeId, Str> = HashMap::new();
    for (name, id) in amethyst_kinds::schemas().names() {
        let slot = names.entry(id).or_insert_with(|| name.clone());
        if name < slot {
            slot.clone_from(name);
        }
    }
    names
});

/// The schemas that a document refers to.
#[derive(Default)]
pub(super) struct References {
    names: BTreeSet<String>,
    /// The kinds that a schema stands for.
    kinds: BTreeMap<String, Vec<GroupVersionKind>>,
}

impl References {
    /// Refers to a type.
    pub(super) fn add(&mut self, name: &str) -> String {
        self.names.insert(name.to_owned());
        name.to_owned()
    }

    /// Refers to a kind of a row: its own, or a subresource's.
    pub(super) fn kind(&mut self, row: &Resource, gvk: &GroupVersionKind) -> String {
        let own = *gvk == row.gvk();
        let name = if own && row.is_custom() {
            custom::name(gvk, &gvk.kind)
        } else {
            let known = amethyst_kinds::schema_name(&gvk.group, &gvk.version, &gvk.kind);
            // Options of `exec` and its like have no schema; upstream describes their answers as strings.
            known.map_or_else(|| format!("{META}.Status"), str::to_owned)
        };
        self.names.insert(name.clone());
        let kinds = self.kinds.entry(name.clone()).or_default();
        if !kinds.contains(gvk) {
            kinds.push(gvk.clone());
        }
        name
    }

    /// Refers to the list of a row's kind.
    pub(super) fn list(&mut self, row: &Resource) -> String {
        let gvk = GroupVersionKind { kind: row.list_kind.clone(), ..row.gvk() };
        if row.is_custom() {
            return custom::name(&gvk, &row.list_kind);
        }
        match amethyst_kinds::schema_name(&gvk.group, &gvk.version, &gvk.kind) {
            Some(name) => {
                self.names.insert(name.to_owned());
                self.kinds.entry(name.to_owned()).or_default().push(gvk);
                name.to_owned()
            }
            None => self.add(STATUS),
        }
    }
}

/// Visits all schemas of a document: those referred to, and those that these refer to.
pub(super) fn visit<'a>(
    rows: impl IntoIterator<Item = &'a Arc<Resource>>,
    references: &References,
    form: Version,
    mut each: impl FnMut(&str, &Value),
) {
    let mut words = Descriptions::default();
    let mut open: Vec<String> = references.names.iter().cloned().collect();
    for row in rows {
        if let Source::Custom(version) = &row.source {
            custom::visit(row, version, form, &mut words, &mut each);
            open.extend(["ObjectMeta", "ListMeta"].map(|name| format!("{META}.{name}")));
        }
    }
    let mut done: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(schema) = amethyst_kinds::schemas().named(&name) else { continue };
        if !done.insert(name.clone()) {
            continue;
        }
        let mut found = Vec::new();
        let mut value = Named { name: &name, words: words.of(&name) }.schema(schema, &mut found);
        open.extend(found);
        if let (Value::Object(map), Some(kinds)) = (&mut value, references.kinds.get(&name)) {
            let kinds: Vec<Value> = kinds.iter().map(group_version_kind).collect();
            map.insert("x-kubernetes-group-version-kind", kinds);
        }
        each(&name, &value);
    }
}

/// A type of upstream's, and what is said of it.
struct Named<'a> {
    name: &'a str,
    words: Option<Described<'a>>,
}

impl Named<'_> {
    fn schema(&self, at: SchemaRef<'_>, found: &mut Vec<String>) -> Value {
        let mut schema = node(at, found);
        let Value::Object(map) = &mut schema else { return schema };
        let fields = at.node().fields.iter();
        let properties: Map =
            fields.map(|field| (field.name.clone(), self.property(at, field, found))).collect();
        if !properties.is_empty() {
            map.insert("properties", properties);
        }
        if let Some(words) = self.words.and_then(|words| words.own()) {
            map.insert("description", words);
        }
        schema
    }

    /// The schema of a field. A reference with words of its own goes into `allOf`, as OpenAPI v3 wants it.
    fn property(&self, at: SchemaRef<'_>, field: &Field, found: &mut Vec<String>) -> Value {
        let mut own = Map::new();
        if let Some(default) = field.default.clone().or_else(|| zero_default(self.name, &field.name)) {
            own.insert("default", default);
        }
        if let Some(words) = self.words.and_then(|words| words.field(&field.name)) {
            own.insert("description", words);
        }
        let strategies = [
            ("merge", field.patch.merge),
            ("retainKeys", field.patch.retain_keys),
            ("replace", field.patch.replace),
        ];
        let strategy: Vec<&str> = strategies.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
        if !strategy.is_empty() {
            own.insert("x-kubernetes-patch-strategy", strategy.join(","));
        }
        if !field.merge_key.is_empty() {
            own.insert("x-kubernetes-patch-merge-key", field.merge_key.clone());
        }
        match place(at.go(field.node), found) {
            Value::Object(mut map) if !map.contains_key("$ref") => {
                for (key, value) in own {
                    map.insert(key, value);
                }
                map.into()
            }
            schema => {
                own.insert("allOf", vec![schema]);
                own.into()
            }
        }
    }
}

/// A node, or a reference to it when it has a name.
fn place(at: SchemaRef<'_>, found: &mut Vec<String>) -> Value {
    match NAMES.get(&at.id) {
        Some(name) => {
            found.push(name.to_string());
            reference(name)
        }
        None => node(at, found),
    }
}

fn node(at: SchemaRef<'_>, found: &mut Vec<String>) -> Value {
    let node = at.node();
    let mut map = Map::new();
    let name = match node.ty {
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::String => "string",
        Type::Object => "object",
        Type::Array => "array",
        Type::IntOrString => {
            return value!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]});
        }
        Type::Quantity => return value!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
        Type::Any => "",
    };
    if !name.is_empty() {
        map.insert("type", name);
    }
    match node.format.as_str() {
        "" => {}
        // The arena tells times to the microsecond apart; documents do not.
        "micro-time" => drop(map.insert("format", "date-time")),
        _ => drop(map.insert("format", node.format.clone())),
    }
    let required: Vec<Str> =
        node.fields.iter().filter(|field| field.required).map(|field| field.name.clone()).collect();
    if !required.is_empty() {
        map.insert("required", required);
    }
    if let Some(items) = at.items() {
        map.insert("items", place(items, found));
    }
    if let Some(values) = node.additional {
        map.insert("additionalProperties", place(at.go(values), found));
    }
    extensions(node, &mut map);
    if let Some(rules) = &node.rules {
        validations(rules, &mut map);
    }
    map.into()
}

/// Upstream's documents say nothing of unknown fields of built-in types, though some keep them.
fn extensions(node: &Node, map: &mut Map) {
    match node.list {
        ListType::Atomic => {}
        ListType::Set => drop(map.insert("x-kubernetes-list-type", "set")),
        ListType::Map => {
            map.insert("x-kubernetes-list-type", "map");
            map.insert("x-kubernetes-list-map-keys", node.list_keys.to_vec());
        }
    }
    let flags = [("x-kubernetes-embedded-resource", node.embedded), ("nullable", node.nullable)];
    for (key, _) in flags.into_iter().filter(|(_, set)| *set) {
        map.insert(key, true);
    }
    if node.map_atomic {
        map.insert("x-kubernetes-map-type", "atomic");
    }
}

/// What built-in schemas declare of validations: enumerations and patterns.
fn validations(rules: &Rules, map: &mut Map) {
    if !rules.enumeration.is_empty() {
        map.insert("enum", rules.enumeration.clone());
    }
    if let Some(pattern) = &rules.pattern {
        map.insert("pattern", pattern.clone());
    }
}
