//! `scale`: the number of replicas as an `autoscaling/v1` Scale, read from and written into the object.

use amethyst_merge::Managed;
use amethyst_object::{Map, Value, json, value};
use amethyst_store::Stored;

use super::write::{self, Attempt, Changed, Extra, Live, Owners, map, map_mut};
use super::{Body, Call, Outcome, PatchKind, Registry, Rendered, convert, metadata, patch, read};
use crate::admission::{self, Asked};
use crate::catalog::{Resource, Source};
use crate::record::Entry;
use crate::status::{Reason, Status};

/// Where a resource keeps what its Scale shows.
struct Paths {
    spec: Vec<String>,
    status: Vec<String>,
    /// The selector, and whether it is a `metav1.LabelSelector` (or a plain map) rather than its text.
    selector: Option<Vec<String>>,
}

pub(super) fn get(_: &Registry, resource: &Resource, stored: &Stored<Entry>) -> Result<Rendered, Status> {
    let object = Value::Object(convert::from_storage(resource, stored.record.object()));
    let scale = scale_of(resource, &object)?;
    Ok(Rendered::computed(scale, stored.modified))
}

pub(super) async fn update(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    write_scale(registry, call, |_| Ok(body.value.clone())).await
}

pub(super) async fn patch(
    registry: &Registry,
    call: &Call,
    kind: PatchKind,
    body: Body,
) -> Result<Outcome, Status> {
    if kind == PatchKind::Apply {
        return Err(Status::new(
            Reason::UnsupportedMediaType,
            "server-side apply of the scale subresource is not served by this version",
        ));
    }
    write_scale(registry, call, |scale| match kind {
        // A Scale has no lists: a strategic merge patch is a merge patch.
        PatchKind::Strategic => Ok(amethyst_merge::merge_patch(scale, &body.value)),
        _ => patch::apply_patch(kind, scale, &body.value, &call.resource),
    })
    .await
}

async fn write_scale(
    registry: &Registry,
    call: &Call,
    change: impl Fn(&Value) -> Result<Value, Status>,
) -> Result<Outcome, Status> {
    let outcome = write::change(registry, call, false, |attempt, live| {
        scaled(attempt, live.expect("it must exist"), &change)
    })
    .await?;
    let Outcome::Object { object, .. } = outcome else { return Ok(outcome) };
    let scale = scale_of(&call.resource, &object.value())?;
    Ok(Outcome::Object { object: Rendered::computed(scale, object.revision()), created: false })
}

/// Admits a Scale as which the change was sent, and takes over what becomes of it.
pub(super) async fn mutate(attempt: &Attempt<'_>, live: &Live, object: &mut Value) -> Result<(), Status> {
    let (old, mut new) = (shown(attempt, live, &live.object)?, shown(attempt, live, object)?);
    // Nobody owns fields of a Scale.
    let mut managed = Managed::default();
    admission::mutate(attempt, Asked::update_of(&old), &mut new, &mut managed).await?;
    let replicas = new.at(&["spec", "replicas"]).cloned().unwrap_or_else(|| 0.into());
    set(map_mut(object), &paths(attempt.resource)?.spec, replicas);
    Ok(())
}

/// Refuses the Scale that is about to be.
pub(super) async fn validate(
    attempt: &Attempt<'_>,
    live: &Live,
    object: &Value,
    extra: &mut Extra,
) -> Result<(), Status> {
    let (old, new) = (shown(attempt, live, &live.object)?, shown(attempt, live, object)?);
    admission::validate(attempt, Asked::update_of(&old), Some(&new), &Managed::default(), extra).await
}

/// The Scale of an object, with the version that it replaces.
fn shown(attempt: &Attempt<'_>, live: &Live, object: &Value) -> Result<Value, Status> {
    let mut scale = scale_of(attempt.resource, object)?;
    scale.object_mut("metadata").insert("resourceVersion", live.stored.modified.to_string());
    Ok(Value::Object(scale))
}

fn scaled(
    attempt: &Attempt<'_>,
    live: &Live,
    change: &impl Fn(&Value) -> Result<Value, Status>,
) -> Result<Changed, Status> {
    let resource = attempt.resource;
    let wanted = change(&shown(attempt, live, &live.object)?)?;
    let name = wanted.str_at(&["metadata", "name"]).unwrap_or_default();
    if !name.is_empty() && name != attempt.call.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            attempt.call.name
        )));
    }
    let replicas = match wanted.at(&["spec", "replicas"]) {
        None | Some(Value::Null) => 0,
        Some(replicas) => replicas.as_i64().ok_or_else(|| {
            let what = json::to_string(replicas);
            Status::bad_request(format!(
                "json: cannot unmarshal {what} into Go struct field ScaleSpec.spec.replicas"
            ))
        })?,
    };
    if replicas < 0 {
        let fault = amethyst_schema::Fault::invalid(
            metadata::path(&["spec", "replicas"]),
            replicas,
            "must be greater than or equal to 0",
        );
        metadata::refuse("autoscaling", "Scale", &attempt.call.name, vec![fault])?;
    }
    let mut object = live.object.clone();
    set(map_mut(&mut object), &paths(resource)?.spec, replicas.into());
    let meta = map_mut(&mut object).object_mut("metadata");
    for key in ["resourceVersion", "uid"] {
        if let Some(value) = wanted.at(&["metadata", key]) {
            meta.insert(key, value.clone());
        }
    }
    Ok(Changed { object, owners: Owners::Track(None), replaced: false })
}

fn scale_of(resource: &Resource, object: &Value) -> Result<Map, Status> {
    let paths = paths(resource)?;
    let at = |path: &[String]| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        object.at(&path).cloned()
    };
    let meta = metadata::of(map(object));
    let mut metadata = Map::new();
    for key in ["name", "namespace", "uid", "creationTimestamp"] {
        if let Some(value) = meta.get(key) {
            metadata.insert(key, value.clone());
        }
    }
    let mut spec = Map::new();
    if let Some(replicas) = at(&paths.spec).filter(|replicas| replicas.as_i64() != Some(0)) {
        spec.insert("replicas", replicas);
    }
    let mut status = Map::new();
    status.insert("replicas", at(&paths.status).unwrap_or_else(|| 0.into()));
    if let Some(selector) = paths.selector.as_deref().and_then(at) {
        let text = match &selector {
            Value::String(text) => text.to_string(),
            other => selector_text(other),
        };
        if !text.is_empty() {
            status.insert("selector", text);
        }
    }
    let Value::Object(scale) = value!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status,
    }) else {
        unreachable!("it was written as a map")
    };
    Ok(scale)
}

fn paths(resource: &Resource) -> Result<Paths, Status> {
    let split = |path: &str| path.trim_start_matches('.').split('.').map(str::to_owned).collect::<Vec<_>>();
    match &resource.source {
        Source::BuiltIn(_) => Ok(Paths {
            spec: split(".spec.replicas"),
            status: split(".status.replicas"),
            selector: Some(split(".spec.selector")),
        }),
        Source::Custom(version) => {
            let scale = version.scale.as_ref().ok_or_else(|| read::unserved(resource, "scale"))?;
            Ok(Paths {
                spec: split(&scale.spec_replicas),
                status: split(&scale.status_replicas),
                selector: scale.label_selector.as_deref().map(split),
            })
        }
    }
}

fn set(map: &mut Map, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            map.insert(key.as_str(), value);
        }
        [key, rest @ ..] => set(map.object_mut(key), rest, value),
    }
}

/// A selector as text, sorted by key as upstream prints it.
fn selector_text(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    let labels = selector.get("matchLabels").or_else(|| {
        // A replication controller's selector is the map itself.
        selector.get("matchExpressions").is_none().then_some(selector)
    });
    for (key, value) in labels.and_then(Value::as_object).into_iter().flat_map(Map::iter) {
        parts.push((key.to_string(), format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    for expression in selector.get("matchExpressions").and_then(Value::as_array).unwrap_or_default() {
        let key = expression.str_at(&["key"]).unwrap_or_default();
        let values = expression.get("values").and_then(Value::as_array).unwrap_or_default();
        let mut values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        parts.push((
            key.to_owned(),
            match expression.str_at(&["operator"]).unwrap_or_default() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            },
        ));
    }
    parts.sort();
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}
