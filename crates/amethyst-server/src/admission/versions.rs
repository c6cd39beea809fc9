//! An object in the other versions that its resource is served in, and back.

use amethyst_object::{GroupVersionKind, Value};

use crate::catalog::Resource;
use crate::registry::convert;

/// The kind of a resource's objects, or of what is below it.
pub(crate) fn kind_below(resource: &Resource, subresource: &str) -> GroupVersionKind {
    let below = resource.subresource(subresource);
    below.map_or_else(|| resource.gvk(), |subresource| subresource.kind.clone())
}

/// An object of one resource as an equivalent one shows it; bodies of subresources stay as they are.
pub(crate) fn convert(from: &Resource, to: &Resource, object: &Value) -> Value {
    let is_body = object.str_at(&["kind"]).is_some_and(|kind| kind != from.kind);
    if from.gvr == to.gvr || is_body {
        return object.clone();
    }
    let Value::Object(map) = object.clone() else { return object.clone() };
    let mut map = convert::from_storage(to, convert::to_storage(from, map, None));
    map.insert("kind", to.kind.clone());
    Value::Object(map)
}
