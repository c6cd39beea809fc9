//! Small words about objects that several checks need.

use amethyst_object::{Map, Object, Value};

/// The template of the pods that an object runs: its metadata and its spec. A Pod is its own.
pub(super) fn pod_template(object: &Object) -> Option<(Option<&Map>, &Value)> {
    let group = crate::secret::split_api_version(object.api_version()).0;
    let template = match (group, object.kind()) {
        ("", "Pod") => return Some((object.metadata(), object.at(&["spec"])?)),
        ("batch", "CronJob") => object.at(&["spec", "jobTemplate", "spec", "template"])?,
        _ => object.at(&["spec", "template"])?,
    };
    let metadata = template.get("metadata").and_then(Value::as_object);
    Some((metadata, template.get("spec")?))
}

/// One label of a pod's metadata.
pub(super) fn label<'a>(metadata: Option<&'a Map>, key: &str) -> Option<&'a str> {
    metadata?.get("labels")?.get(key)?.as_str()
}

/// The containers of a pod's spec, init containers included.
pub(super) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    lists.into_iter().filter_map(|list| spec.get(list)?.as_array()).flatten()
}

/// The list at a path, or an empty one.
pub(super) fn list<'a>(value: &'a Value, keys: &[&str]) -> &'a [Value] {
    value.at(keys).and_then(Value::as_array).unwrap_or_default()
}

/// `3 objects`, `1 object`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
