//! Versions that share storage: most differ by `apiVersion` alone, two kinds by small named functions.

mod autoscaler;
mod event;

use std::sync::Arc;

use amethyst_object::{Map, Str, Value};
use amethyst_store::Stored;

use super::scan;
use crate::catalog::{CustomVersion, Resource, Source};
use crate::record::Entry;

/// How a stored object becomes one of the request's version and back.
struct Conversion {
    from_storage: fn(&mut Map),
    /// The object, and the stored one that it replaces.
    to_storage: fn(&mut Map, Option<&Map>),
}

fn conversion(resource: &Resource) -> Option<Conversion> {
    match (resource.gvr.group.as_str(), resource.gvr.version.as_str(), resource.gvr.resource.as_str()) {
        ("events.k8s.io", "v1", "events") => Some(Conversion {
            from_storage: event::from_core,
            to_storage: |object, _| event::to_core(object),
        }),
        ("autoscaling", "v1", "horizontalpodautoscalers") => {
            Some(Conversion { from_storage: autoscaler::from_v2, to_storage: autoscaler::to_v2 })
        }
        _ => None,
    }
}

/// The record as the resource's version shows it; nearly always the stored one itself.
pub(crate) fn outgoing(resource: &Resource, stored: &Stored<Entry>) -> Arc<Entry> {
    let record = &stored.record;
    if let Source::Custom(version) = &resource.source
        && stored.modified < version.since
    {
        let mut object = Value::Object(record.object());
        catch_up(version, &mut object);
        let Value::Object(object) = object else { unreachable!("it was a map") };
        return Arc::new(Entry::new(object, record.managed.clone()));
    }
    let Some(conversion) = conversion(resource) else { return Arc::clone(record) };
    let mut object = record.object();
    (conversion.from_storage)(&mut object);
    object.insert("apiVersion", resource.gvk().api_version());
    Arc::new(Entry::new(object, record.managed.clone()))
}

/// Prunes and defaults an object that was written under an older schema.
pub(crate) fn catch_up(version: &CustomVersion, object: &mut Value) {
    if let Some(schema) = version.schema() {
        amethyst_schema::prune(object, schema, true);
        amethyst_schema::default(object, schema);
    }
}

/// The `apiVersion` to show, when it is not the one in the record.
pub(crate) fn other_version(resource: &Resource, record: &Entry) -> Option<Str> {
    let wanted = resource.gvk().api_version();
    let shown = scan::find(&record.body, &["apiVersion"])?;
    let same = shown.len() == wanted.len() + 2 && shown[1..shown.len() - 1] == *wanted.as_bytes();
    (!same).then(|| wanted.into())
}

/// A stored object in the resource's version.
pub(crate) fn from_storage(resource: &Resource, mut object: Map) -> Map {
    if let Some(conversion) = conversion(resource) {
        (conversion.from_storage)(&mut object);
    }
    object.insert("apiVersion", resource.gvk().api_version());
    object
}

/// An object of the resource's version as it is stored; `old` is the stored one that it replaces.
pub(crate) fn to_storage(resource: &Resource, mut object: Map, old: Option<&Entry>) -> Map {
    if let Some(conversion) = conversion(resource) {
        let old = old.map(Entry::object);
        (conversion.to_storage)(&mut object, old.as_ref());
    }
    let storage = &resource.storage;
    let api_version = if storage.group.is_empty() {
        storage.version.clone()
    } else {
        Str::from(format!("{}/{}", storage.group, storage.version))
    };
    object.insert("apiVersion", api_version);
    object
}
