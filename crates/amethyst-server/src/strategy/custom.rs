//! Custom resources: the rows that a definition makes, and the schema that their objects merge by.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::{GroupVersionKind, GroupVersionResource, Map, Str, Value, json};
use amethyst_schema::{Field, Node, NodeId, PatchStrategy, SchemaRef, Schemas, Type};
use amethyst_store::Revision;
use bytes::Bytes;

use super::{Generation, PLAIN, Strategy};
use crate::catalog::{
    CompiledVersion, CustomColumn, CustomVersion, Resource, ScalePaths, Source, StorageKey, Subresource,
};
use crate::record::Entry;
use crate::registry::{metadata, scan};

/// What all custom resources are.
pub(super) const STRATEGY: Strategy =
    Strategy { generation: Generation::Content, unconditional_update: false, ..PLAIN };

const VERBS: [&str; 8] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const VERBS_WHILE_DELETED: [&str; 5] = ["delete", "deletecollection", "get", "list", "watch"];

/// The rows of a definition: one per served version, none before it is established. `before` are those it
/// had until now: a schema that did not change stays compiled.
pub(crate) fn rows(entry: &Entry, revision: Revision, before: &[Arc<Resource>]) -> Vec<Arc<Resource>> {
    let (definition, schemas) = outline(&entry.body);
    if !condition(&definition, "Established") {
        return Vec::new();
    }
    let spec = definition.get("spec").cloned().unwrap_or_default();
    let versions = spec.get("versions").and_then(Value::as_array).unwrap_or_default();
    let storage = versions.iter().find(|version| flag(version, "storage"));
    let storage = StorageKey {
        group: text(&spec, &["group"]),
        plural: text(&spec, &["names", "plural"]),
        version: storage.map(|version| text(version, &["name"])).unwrap_or_default(),
    };
    let served = versions.iter().zip(schemas).filter(|(version, _)| flag(version, "served"));
    served
        .map(|(version, schema)| {
            let mut row = row(&definition, &spec, version, &storage);
            let name = row.gvr.version.clone();
            let mut custom = custom_version(&definition, version, &row.gvk());
            (custom.open_api, custom.since) = (schema, revision);
            let old = before.iter().find(|old| old.gvr.version == name);
            if let Some(Source::Custom(old)) = old.map(|old| &old.source)
                && old.open_api == custom.open_api
            {
                custom.since = old.since;
                custom.compiled = old.compiled.clone();
                custom.rules = old.rules.clone();
            }
            row.source = Source::Custom(Arc::new(custom));
            Arc::new(row)
        })
        .collect()
}

/// The definition without its schemas, and the bytes of those: they are large and seldom needed.
fn outline(body: &Bytes) -> (Map, Vec<Bytes>) {
    let (mut definition, mut schemas) = (Map::new(), Vec::new());
    let parsed = |bytes: &[u8]| json::parse(bytes).unwrap_or_default();
    let name = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    for (key, value) in scan::members(body) {
        if key != b"spec" {
            definition.insert(name(key), parsed(value));
            continue;
        }
        let mut spec = Map::new();
        for (key, value) in scan::members(value) {
            if key != b"versions" {
                spec.insert(name(key), parsed(value));
                continue;
            }
            let mut versions = Vec::new();
            for version in scan::elements(value) {
                let schema = scan::find(version, &["schema", "openAPIV3Schema"]);
                schemas.push(schema.map(|schema| body.slice_ref(schema)).unwrap_or_default());
                let rest = scan::members(version).filter(|(key, _)| *key != b"schema");
                versions.push(Value::Object(rest.map(|(key, value)| (name(key), parsed(value))).collect()));
            }
            spec.insert("versions", versions);
        }
        definition.insert("spec", spec);
    }
    (definition, schemas)
}

/// Compiles a version's schema; a definition that does not compile was refused, so what fails here is of an
/// older store and keeps everything.
pub(crate) fn compile(open_api: &[u8]) -> CompiledVersion {
    let mut schemas = Schemas::new();
    let schema = json::parse(open_api).ok();
    let compiled = schema.and_then(|schema| amethyst_schema::compile(&schema, &mut schemas).ok());
    let root = compiled.map(|compiled| compiled.root);
    let merging = Some(with_metadata(&mut schemas, root));
    CompiledVersion { schemas, root, merging }
}

fn row(definition: &Map, spec: &Value, version: &Value, storage: &StorageKey) -> Resource {
    let names = definition.get("status").and_then(|status| status.get("acceptedNames"));
    let names = names.or_else(|| spec.get("names")).cloned().unwrap_or_default();
    let list = |key: &str| -> Vec<Str> {
        let list = names.get(key).and_then(Value::as_array).unwrap_or_default();
        list.iter().filter_map(|name| Some(name.as_str()?.into())).collect()
    };
    let kind = text(&names, &["kind"]);
    let gvk = GroupVersionKind::new(storage.group.clone(), text(version, &["name"]), kind.clone());
    let has_status = version.at(&["subresources", "status"]).is_some();
    let mut subresources = Vec::new();
    let verbs = vec!["get", "patch", "update"];
    if has_status {
        subresources.push(Subresource { name: "status".into(), kind: gvk.clone(), verbs: verbs.clone() });
    }
    if version.at(&["subresources", "scale"]).is_some() {
        let kind = GroupVersionKind::new("autoscaling", "v1", "Scale");
        subresources.push(Subresource { name: "scale".into(), kind, verbs });
    }
    let deleted = metadata::is_deleting(definition);
    Resource {
        gvr: GroupVersionResource {
            group: storage.group.clone(),
            version: gvk.version.clone(),
            resource: storage.plural.clone(),
        },
        list_kind: text(&names, &["listKind"]),
        singular: text(&names, &["singular"]),
        short_names: list("shortNames"),
        categories: list("categories"),
        namespaced: spec.str_at(&["scope"]) == Some("Namespaced"),
        verbs: if deleted { VERBS_WHILE_DELETED.to_vec() } else { VERBS.to_vec() },
        subresources,
        storage: storage.clone(),
        has_status,
        source: Source::Custom(Arc::default()),
        kind,
    }
}

fn custom_version(definition: &Map, version: &Value, gvk: &GroupVersionKind) -> CustomVersion {
    let columns = version.get("additionalPrinterColumns").and_then(Value::as_array).unwrap_or_default();
    let scale = version.at(&["subresources", "scale"]).map(|scale| ScalePaths {
        spec_replicas: text(scale, &["specReplicasPath"]),
        status_replicas: text(scale, &["statusReplicasPath"]),
        label_selector: scale.str_at(&["labelSelectorPath"]).map(Str::from),
    });
    let selectable = version.get("selectableFields").and_then(Value::as_array).unwrap_or_default();
    let deprecation = flag(version, "deprecated").then(|| match version.str_at(&["deprecationWarning"]) {
        Some(warning) => warning.into(),
        None => Str::from(format!("{}/{} {} is deprecated", gvk.group, gvk.version, gvk.kind)),
    });
    CustomVersion {
        definition: metadata::text(definition, "name").into(),
        columns: columns.iter().map(column).collect(),
        scale,
        selectable: selectable.iter().map(|field| text(field, &["jsonPath"])).collect(),
        converted_by_webhook: definition
            .get("spec")
            .and_then(|spec| spec.str_at(&["conversion", "strategy"]))
            == Some("Webhook"),
        deprecation,
        ..CustomVersion::default()
    }
}

fn column(column: &Value) -> CustomColumn {
    let priority = column.get("priority").and_then(Value::as_i64).unwrap_or_default();
    CustomColumn {
        name: text(column, &["name"]),
        ty: text(column, &["type"]),
        format: text(column, &["format"]),
        description: text(column, &["description"]),
        priority: i32::try_from(priority).unwrap_or_default(),
        json_path: text(column, &["jsonPath"]),
    }
}

fn text(value: &Value, path: &[&str]) -> Str {
    value.str_at(path).unwrap_or_default().into()
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// Whether a condition of a definition is true.
pub(crate) fn condition(definition: &Map, kind: &str) -> bool {
    let conditions = definition.get("status").and_then(|status| status.get("conditions"));
    let conditions = conditions.and_then(Value::as_array).unwrap_or_default();
    conditions.iter().any(|condition| {
        condition.str_at(&["type"]) == Some(kind) && condition.str_at(&["status"]) == Some("True")
    })
}

/// The root by which objects merge: apply must know that finalizers are a set and owners a map by uid.
fn with_metadata(schemas: &mut Schemas, root: Option<NodeId>) -> NodeId {
    let keep_all = Node { ty: Type::Object, preserve_unknown: true, ..Node::default() };
    let mut node = root.map_or(keep_all, |root| schemas.at(root).node().clone());
    let string = schemas.add(Node { ty: Type::String, ..Node::default() });
    let metadata = match amethyst_kinds::options_schema("ObjectMeta") {
        Some(schema) => import(schemas, schema, &mut HashMap::new()),
        None => schemas.add(Node { ty: Type::Object, preserve_unknown: true, ..Node::default() }),
    };
    let mut fields: Vec<Field> = node.fields.into_vec();
    for (name, id) in [("apiVersion", string), ("kind", string), ("metadata", metadata)] {
        fields.retain(|field| field.name != name);
        fields.push(Field {
            name: name.into(),
            node: id,
            required: false,
            default: None,
            patch: PatchStrategy::default(),
            merge_key: Str::default(),
        });
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    node.fields = fields.into();
    schemas.add(node)
}

/// Copies a schema from another arena.
fn import(schemas: &mut Schemas, from: SchemaRef<'_>, done: &mut HashMap<NodeId, NodeId>) -> NodeId {
    if let Some(id) = done.get(&from.id) {
        return *id;
    }
    let id = schemas.add(Node::default());
    done.insert(from.id, id);
    let mut node = from.node().clone();
    for field in &mut node.fields {
        field.node = import(schemas, from.go(field.node), done);
    }
    node.additional = node.additional.map(|child| import(schemas, from.go(child), done));
    node.items = node.items.map(|child| import(schemas, from.go(child), done));
    // Value rules refer to nodes, too; merging reads none.
    node.rules = None;
    schemas.set(id, node);
    id
}
