//! `ObjectMeta`: its fields as a small arena, and what must hold of them.

use std::sync::OnceLock;

use amethyst_object::{FieldPath, Map, Value, json};

use super::names;
use crate::decode::{canonicalize, decode_check};
use crate::{Fault, Field, Node, NodeId, PatchStrategy, Schemas, Type, prune};

const NAME: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/// Fields of Go pointers: a zero value of theirs is written.
const POINTERS: [&str; 2] = ["deletionGracePeriodSeconds", "deletionTimestamp"];
/// Limit of the keys and values of annotations together.
const ANNOTATIONS_SIZE_MAX: usize = 256 * 1024;

static ARENA: OnceLock<Schemas> = OnceLock::new();

fn arena() -> Schemas {
    let mut schemas = Schemas::new();
    let of = |ty| Node { ty, ..Node::default() };
    let string = schemas.add(of(Type::String));
    let boolean = schemas.add(of(Type::Boolean));
    let int64 = schemas.add(Node { format: "int64".into(), ..of(Type::Integer) });
    let time = schemas.add(Node { format: "date-time".into(), ..of(Type::String) });
    let strings = schemas.add(Node { items: Some(string), ..of(Type::Array) });
    let map = schemas.add(Node { additional: Some(string), ..of(Type::Object) });
    let anything = schemas.add(Node { preserve_unknown: true, ..Node::default() });
    let owner = object(
        &mut schemas,
        "OwnerReference",
        &[
            ("apiVersion", string),
            ("blockOwnerDeletion", boolean),
            ("controller", boolean),
            ("kind", string),
            ("name", string),
            ("uid", string),
        ],
    );
    let owners = schemas.add(Node { items: Some(owner), ..of(Type::Array) });
    let managed = object(
        &mut schemas,
        "ManagedFieldsEntry",
        &[
            ("apiVersion", string),
            ("fieldsType", string),
            ("fieldsV1", anything),
            ("manager", string),
            ("operation", string),
            ("subresource", string),
            ("time", time),
        ],
    );
    let managed = schemas.add(Node { items: Some(managed), ..of(Type::Array) });
    object(
        &mut schemas,
        "ObjectMeta",
        &[
            ("annotations", map),
            ("creationTimestamp", time),
            ("deletionGracePeriodSeconds", int64),
            ("deletionTimestamp", time),
            ("finalizers", strings),
            ("generateName", string),
            ("generation", int64),
            ("labels", map),
            ("managedFields", managed),
            ("name", string),
            ("namespace", string),
            ("ownerReferences", owners),
            ("resourceVersion", string),
            ("selfLink", string),
            ("uid", string),
        ],
    );
    schemas
}

fn object(schemas: &mut Schemas, name: &str, fields: &[(&str, NodeId)]) -> NodeId {
    let fields = fields
        .iter()
        .map(|(name, node)| Field {
            name: (*name).into(),
            node: *node,
            required: false,
            default: None,
            patch: PatchStrategy::default(),
            merge_key: "".into(),
        })
        .collect();
    let id = schemas.add(Node { ty: Type::Object, fields, ..Node::default() });
    schemas.name(NAME.replace("ObjectMeta", name), id);
    id
}

/// `metadata` decoded into `ObjectMeta` and encoded again, and the unknown fields that this loses.
///
/// Malformed fields are an error (`json: cannot unmarshal ...`), or lost too.
pub(crate) fn object_meta(metadata: &Value, drop_malformed: bool) -> Result<(Value, Vec<FieldPath>), String> {
    let schemas = ARENA.get_or_init(arena);
    let schema = schemas.named(NAME).expect("the arena was built with it");
    let mut meta = metadata.clone();
    if let Err(fault) = decode_check(&meta, schema) {
        let (true, Value::Object(map)) = (drop_malformed, &mut meta) else {
            return Err(fault.message(schemas, None));
        };
        map.retain(|key, value| {
            let field = [(key, value.clone())].into_iter().collect::<Map>();
            decode_check(&Value::Object(field), schema).is_ok()
        });
    }
    if meta.is_null() {
        meta = Value::object();
    }
    let unknown = prune(&mut meta, schema, false);
    canonicalize(&mut meta, schema);
    if let Value::Object(map) = &mut meta {
        omit_zeros(map);
    }
    Ok((meta, unknown))
}

/// Leaves out what `omitempty` leaves out; owners always write their four names.
fn omit_zeros(map: &mut Map) {
    map.retain(|key, value| POINTERS.contains(&key) || !is_zero(value));
    if let Some(Value::Array(entries)) = map.get_mut("managedFields") {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.retain(|key, value| key == "fieldsV1" || !is_zero(value));
        }
    }
    if let Some(Value::Array(owners)) = map.get_mut("ownerReferences") {
        for owner in owners.iter_mut().filter_map(Value::as_object_mut) {
            for key in ["apiVersion", "kind", "name", "uid"] {
                owner.get_or_insert_with(key, || "".into());
            }
        }
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// `ValidateObjectMeta` of a decoded `ObjectMeta`, without the need for a name.
pub(super) fn check(meta: &Value, path: &FieldPath, out: &mut Vec<Fault>) {
    let text = |key: &str| meta.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut refuse = |key: &str, value: &str, reasons: Vec<String>| {
        out.extend(reasons.into_iter().map(|reason| Fault::invalid(path.child(key), value, reason)));
    };
    for (key, is_prefix) in [("generateName", true), ("name", false)] {
        refuse(key, text(key), names::path_segment(text(key), is_prefix));
    }
    if !text("namespace").is_empty() {
        refuse("namespace", text("namespace"), names::dns_label(text("namespace")));
    }
    let pairs = |key: &str| meta.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    for (key, value) in pairs("labels").iter() {
        refuse("labels", key, names::label_key(key));
        let value = value.as_str().unwrap_or_default();
        refuse("labels", value, names::label_value(value));
    }
    let mut size = 0;
    for (key, value) in pairs("annotations").iter() {
        refuse("annotations", key, names::label_key(&key.to_lowercase()));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    let finalizers = meta.get("finalizers").and_then(Value::as_array).unwrap_or_default();
    for finalizer in finalizers.iter().filter_map(Value::as_str) {
        refuse("finalizers", finalizer, names::label_key(finalizer));
    }
    if size > ANNOTATIONS_SIZE_MAX {
        out.push(Fault::too_long(path.child("annotations"), ANNOTATIONS_SIZE_MAX as u64));
    }
    if let Some(generation) =
        meta.get("generation").filter(|value| value.as_i64().is_some_and(|value| value < 0))
    {
        out.push(Fault::invalid(
            path.child("generation"),
            generation.clone(),
            "must be greater than or equal to 0",
        ));
    }
    owners(meta, &path.child("ownerReferences"), out);
}

fn owners(meta: &Value, path: &FieldPath, out: &mut Vec<Fault>) {
    let Some(Value::Array(owners)) = meta.get("ownerReferences") else { return };
    let mut controller: Option<String> = None;
    for (index, owner) in owners.iter().enumerate() {
        let at = path.index(index);
        let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
        for key in ["apiVersion", "kind", "name", "uid"] {
            if text(key).is_empty() {
                out.push(Fault::required(at.child(key), "must not be empty"));
            }
        }
        let version = text("apiVersion");
        if version == "/" || version.ends_with('/') || version.matches('/').count() > 1 {
            let detail = "must be <group>/<version> or <version>";
            out.push(Fault::invalid(at.child("apiVersion"), version, detail));
        }
        if version == "v1" && text("kind") == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            out.push(Fault::invalid(at, owner.clone(), detail));
        }
        if owner.get("controller").and_then(Value::as_bool) == Some(true) {
            let own = format!("{}/{}", text("kind"), text("name"));
            if let Some(first) = &controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {own}"
                );
                out.push(spelled_in_order(path, owners, &detail));
            } else {
                controller = Some(own);
            }
        }
    }
}

/// A fault that shows owners as Go writes them: in the order of the struct's fields.
fn spelled_in_order(path: &FieldPath, owners: &[Value], detail: &str) -> Fault {
    let keys = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let in_order = |owner: &Value| -> Value {
        keys.iter().filter_map(|key| Some((*key, owner.get(key)?.clone()))).collect::<Map>().into()
    };
    let shown: Value = owners.iter().map(in_order).collect::<Vec<_>>().into();
    let mut fault = Fault::invalid(path.clone(), Value::Null, detail);
    fault.message = format!("Invalid value: {}: {detail}", json::to_string_in_order(&shown));
    fault.bad_value = Some(shown);
    fault
}
