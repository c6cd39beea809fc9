//! An object as events are about it.

use amethyst_object::{Object, value};
use kube::Resource;

/// The kind, name and version of an object, as a document.
pub(crate) fn reference<K: Resource<DynamicType = ()>>(object: &K) -> Object {
    let meta = object.meta();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let document = value!({
        "apiVersion": (K::api_version(&()).as_ref()),
        "kind": (K::kind(&()).as_ref()),
        "metadata": {
            "namespace": (text(&meta.namespace)),
            "name": (text(&meta.name)),
            "uid": (text(&meta.uid)),
            "resourceVersion": (text(&meta.resource_version)),
        },
    });
    Object::from_value(document).expect("it was written as a map")
}
