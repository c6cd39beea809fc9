//! From a request's document to an object of its kind: types checked, unknown fields dropped (and told),
//! values in canonical form, defaults filled in.

use amethyst_object::{FieldPath, GroupVersionKind, Value, json};
use amethyst_schema::{Fault, SchemaRef};

use super::strict::Strict;
use super::write::{map, map_mut};
use super::{Body, Call};
use crate::catalog::{Resource, Source};
use crate::registry::metadata;
use crate::status::Status;
use crate::strategy;

/// Decodes the body of a create or an update.
pub(super) fn decode(call: &Call, body: Body) -> Result<Value, Status> {
    let strict = Strict::of(&body);
    let mut value = body.value;
    let resource = &call.resource;
    let gvk = resource.gvk();
    check_kind(&gvk, resource.is_custom(), &mut value)?;
    let cannot = |why: &str| {
        let (kind, version) = (&gvk.kind, &gvk.version);
        Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}"))
    };
    let unknown = shape(resource, &mut value).map_err(|why| cannot(&why))?;
    strict.tell(call, &unknown).map_err(|why| cannot(&why))?;
    finish(call, &mut value);
    call.trail.request(&value);
    Ok(value)
}

/// Decodes the body of a subresource that is a kind of its own, as a TokenRequest.
pub(super) fn decode_as(call: &Call, body: Body, gvk: &GroupVersionKind) -> Result<Value, Status> {
    let strict = Strict::of(&body);
    let mut value = body.value;
    check_kind(gvk, false, &mut value)?;
    let (kind, version) = (&gvk.kind, &gvk.version);
    let cannot = |why: &str| {
        Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}"))
    };
    let schema = amethyst_kinds::schema_of(&gvk.group, version, kind)
        .ok_or_else(|| Status::internal(format!("{kind} has no schema")))?;
    let unknown = shape_by(schema, &mut value).map_err(|why| cannot(&why))?;
    strict.tell(call, &unknown).map_err(|why| cannot(&why))?;
    amethyst_kinds::normalize(&gvk.group, version, kind, &mut value);
    call.trail.request(&value);
    Ok(value)
}

/// Decodes what a patch made of an object.
///
/// `shown` is what an error shows instead of the outcome.
pub(super) fn reshape(
    call: &Call,
    mut value: Value,
    body: &Body,
    shown: Option<&str>,
) -> Result<Value, Status> {
    let resource = &call.resource;
    let refuse = |value: &Value, why: &str| {
        let shown = shown.map_or_else(|| json::to_string(value), str::to_owned);
        let fault = Fault::invalid(FieldPath::of(["patch"]), shown, why);
        Status::invalid("", "", "", metadata::causes(vec![fault]))
    };
    let (gvk, kind) = (resource.gvk(), value.str_at(&["kind"]).unwrap_or_default());
    if !resource.is_custom() && !kind.is_empty() && kind != gvk.kind {
        let package =
            if gvk.group.is_empty() { "core" } else { gvk.group.split('.').next().unwrap_or_default() };
        let version = value.str_at(&["apiVersion"]).unwrap_or_default();
        let version = version.rsplit('/').next().unwrap_or_default();
        let why = format!("converting ({version}.{kind}) to ({package}.{}): unknown conversion", gvk.kind);
        return Err(refuse(&value, &why));
    }
    if value.as_object().is_none() {
        return Err(refuse(&value, "json: cannot unmarshal into Go value"));
    }
    check_kind(&gvk, resource.is_custom(), &mut value)?;
    let unknown = shape(resource, &mut value).map_err(|why| refuse(&value, &why))?;
    Strict::of(body).tell(call, &unknown).map_err(|why| refuse(&value, &why))?;
    finish(call, &mut value);
    Ok(value)
}

/// Fills in what an applied object leaves out.
pub(super) fn complete(call: &Call, value: &mut Value) -> Result<(), Status> {
    let unknown = shape(&call.resource, value).map_err(Status::bad_request)?;
    Strict::default().tell(call, &unknown).map_err(Status::bad_request)?;
    finish(call, value);
    Ok(())
}

/// Decodes what admission made of an object, and fills in defaults anew; gives the fields that nobody knows.
pub(crate) fn redecode(
    resource: &Resource,
    kind: &GroupVersionKind,
    value: &mut Value,
) -> Result<Vec<FieldPath>, String> {
    let (found, api_version) = (value.str_at(&["kind"]), value.str_at(&["apiVersion"]));
    if found != Some(&kind.kind) || api_version != Some(&kind.api_version()) {
        let found = (api_version.unwrap_or_default(), found.unwrap_or_default());
        return Err(format!(
            "converting ({}.{}) to ({}.{}): unknown conversion",
            found.0,
            found.1,
            kind.api_version(),
            kind.kind
        ));
    }
    if kind.kind != resource.kind {
        return Ok(Vec::new());
    }
    let unknown = shape(resource, value)?;
    fill(resource, value);
    metadata::tidy(map_mut(value));
    Ok(unknown)
}

fn finish(call: &Call, value: &mut Value) {
    fill(&call.resource, value);
    metadata::dedup_owners(map_mut(value), &call.warnings);
    metadata::tidy(map_mut(value));
    if let Source::BuiltIn(kind) = &call.resource.source {
        amethyst_kinds::normalize(kind.group, kind.version, kind.kind, value);
    }
}

/// Fills in defaults: those that the schema declares, then those of upstream's code.
pub(crate) fn fill(resource: &Resource, value: &mut Value) {
    if let Some(schema) = resource.schema() {
        if resource.is_custom() {
            amethyst_schema::prune_nulls(value, schema);
        }
        amethyst_schema::default(value, schema);
    }
    (strategy::of(resource).defaults)(map_mut(value));
    settle_form(resource, value);
}

/// Objects of built-in kinds get the form Go writes them in: `status: {}`, no empty `omitempty` fields.
pub(super) fn settle_form(resource: &Resource, value: &mut Value) {
    if let Source::BuiltIn(kind) = &resource.source {
        amethyst_kinds::normalize(kind.group, kind.version, kind.kind, value);
    }
}

/// The body must be of the kind and the version of its URL; left out, they are.
fn check_kind(gvk: &GroupVersionKind, custom: bool, value: &mut Value) -> Result<(), Status> {
    let wanted = gvk.api_version();
    if value.as_object().is_none() {
        let message = format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            value.type_name()
        );
        return Err(Status::bad_request(message));
    }
    let found = value.str_at(&["apiVersion"]).unwrap_or_default().to_owned();
    let kind = value.str_at(&["kind"]).unwrap_or_default().to_owned();
    if !found.is_empty() && found != wanted {
        let message = format!(
            "the API version in the data ({found}) does not match the expected API version ({wanted})"
        );
        return Err(Status::bad_request(message));
    }
    if !kind.is_empty() && kind != gvk.kind {
        let message = format!(
            "{kind} in version {:?} cannot be handled as a {}: converting ({found}.{kind}) to ({wanted}.{}): \
             unknown conversion",
            gvk.version, gvk.kind, gvk.kind
        );
        return Err(Status::bad_request(message));
    }
    // Go knows the type it decodes into; a custom resource is whatever it says it is.
    if custom
        && let Some(missing) =
            [("Kind", &kind), ("apiVersion", &found)].iter().find(|(_, text)| text.is_empty())
    {
        let shown = json::to_string_in_order(value);
        let start: String = shown.chars().take(30).collect();
        let tail = if start.len() < shown.len() { " ..." } else { "" };
        let message = format!(
            "the object provided is unrecognized (must be of type {}): Object '{}' is missing in '{shown}' \
             ({start}{tail})",
            gvk.kind, missing.0
        );
        return Err(Status::bad_request(message));
    }
    let map = map_mut(value);
    map.insert("apiVersion", wanted);
    map.insert("kind", gvk.kind.clone());
    if map.get("metadata").is_none_or(Value::is_null) {
        map.insert("metadata", Value::object());
    }
    Ok(())
}

/// Checks types, drops unknown fields and gives their paths, brings values into canonical form.
fn shape(resource: &Resource, value: &mut Value) -> Result<Vec<FieldPath>, String> {
    match &resource.source {
        Source::BuiltIn(kind) => shape_by(kind.schema(), value),
        Source::Custom(_) => {
            let mut unknown = check_metadata(value)?;
            if let Some(schema) = resource.schema() {
                unknown.extend(amethyst_schema::prune(value, schema, true));
            }
            Ok(unknown)
        }
    }
}

/// The same for a built-in kind, by its schema.
fn shape_by(schema: SchemaRef<'_>, value: &mut Value) -> Result<Vec<FieldPath>, String> {
    amethyst_schema::decode_check(value, schema).map_err(|fault| fault.message(schema.schemas(), None))?;
    let unknown = amethyst_schema::prune(value, schema, false);
    amethyst_schema::canonicalize(value, schema);
    Ok(unknown)
}

/// The metadata of custom resources is decoded as that of every kind.
fn check_metadata(value: &mut Value) -> Result<Vec<FieldPath>, String> {
    let Some(schema): Option<SchemaRef<'_>> = amethyst_kinds::options_schema("ObjectMeta") else {
        return Ok(Vec::new());
    };
    let Some(metadata) = map_mut(value).get_mut("metadata") else { return Ok(Vec::new()) };
    let unknown = shape_by(schema, metadata)?;
    let below = |path: FieldPath| {
        let mut whole = FieldPath::of(["metadata"]);
        for element in path.elements() {
            match element {
                amethyst_object::PathElement::Key(key) => whole.push_key(key.clone()),
                amethyst_object::PathElement::Index(index) => whole.push_index(*index),
                amethyst_object::PathElement::MapKey(key) => whole.push_map_key(key.clone()),
            }
        }
        whole
    };
    Ok(unknown.into_iter().map(below).collect())
}

/// The object's namespace and name must be those of the request.
pub(super) fn settle(call: &Call, object: &mut Value, named: bool) -> Result<(), Status> {
    metadata::settle_namespace(map_mut(object), &call.namespace)?;
    if named {
        metadata::settle_name(map(object), &call.name)?;
    }
    Ok(())
}
