//! Custom resources: the rows that a definition makes, and the schema that their objects merge by.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::{GroupVersionKind, GroupVersionResource, Map, Str, Value, json};
use amethyst_schema::{Field, Node, NodeId, PatchStrategy, SchemaRef, Schemas, Type};

use super::{Generation, PLAIN, Strategy};
use crate::catalog::{CustomColumn, CustomVersion, Resource, ScalePaths, Source, StorageKey, Subresource};
use crate::registry::metadata;

/// What all custom resources are.
pub(super) const STRATEGY: Strategy =
    Strategy { generation: Generation::Content, unconditional_update: false, ..PLAIN };

const VERBS: [&str; 8] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const VERBS_WHILE_DELETED: [&str; 5] = ["delete", "deletecollection", "get", "list", "watch"];

/// The rows of a definition: one per served version, none before it is established.
pub(crate) fn rows(definition: &Map) -> Vec<Arc<Resource>> {
    let spec = definition.get("spec").cloned().unwrap_or_default();
    if !condition(definition, "Established") {
        return Vec::new();
    }
    let versions = spec.get("versions").and_then(Value::as_array).unwrap_or_default();
    let storage = versions.iter().find(|version| flag(version, "storage"));
    let storage = StorageKey {
        group: text(&spec, &["group"]),
        plural: text(&spec, &["names", "plural"]),
        version: storage.map(|version| text(version, &["name"])).unwrap_or_default(),
    };
    let served = versions.iter().filter(|version| flag(version, "served"));
    served.map(|version| Arc::new(row(definition, &spec, version, &storage))).collect()
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
        source: Source::Custom(Arc::new(custom_version(definition, version, &gvk))),
        kind,
    }
}

fn custom_version(definition: &Map, version: &Value, gvk: &GroupVersionKind) -> CustomVersion {
    let schema = version.at(&["schema", "openAPIV3Schema"]);
    let mut schemas = Schemas::new();
    // A definition that does not compile was refused; one from an older store keeps everything.
    let root = schema.and_then(|schema| amethyst_schema::compile(schema, &mut schemas).ok());
    let root = root.map(|compiled| compiled.root);
    let merging_root = Some(with_metadata(&mut schemas, root));
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
        schemas: Arc::new(schemas),
        root,
        merging_root,
        open_api: schema.map(json::to_vec).unwrap_or_default().into(),
        columns: columns.iter().map(column).collect(),
        scale,
        selectable: selectable.iter().map(|field| text(field, &["jsonPath"])).collect(),
        deprecation,
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
