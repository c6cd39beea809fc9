//! Writing a status: only what changed, only when something did.

use amethyst_object::{GroupVersionKind, Value, json, value};
use serde::Serialize;

use crate::cluster::{Cluster, ObjectKey, PatchKind};
use crate::error::ApiError;

/// A merge patch that turns the status `old` into `new`, field by field; `None` when they are equal.
pub fn difference<T: Serialize>(old: &T, new: &T) -> Option<Value> {
    let (old, new) = (document(old), document(new));
    let (old, new) = (old.as_object()?, new.as_object()?);
    let mut patch = Value::object();
    let fields = patch.as_object_mut()?;
    for (key, value) in new.iter().filter(|(key, value)| old.get(key) != Some(value)) {
        fields.insert(key.clone(), value.clone());
    }
    for key in old.keys().filter(|key| !new.contains_key(key)) {
        fields.insert(key.clone(), Value::Null);
    }
    (!fields.is_empty()).then(|| value!({"status": (patch)}))
}

/// A typed value as a document.
fn document<T: Serialize>(value: &T) -> Value {
    let text = serde_json::to_vec(value).expect("a status has string keys and no failing serializer");
    json::parse(&text).expect("serde_json writes JSON")
}

/// Writes `new` where `old` stood, if they differ; tells whether they did. An object that is gone is fine.
pub async fn write<T: Serialize>(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    key: &ObjectKey,
    (old, new): (&T, &T),
    manager: &str,
) -> Result<bool, ApiError> {
    let Some(patch) = difference(old, new) else { return Ok(false) };
    match cluster.patch(gvk, key, "status", PatchKind::Merge, &patch, manager).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;

    use super::difference;

    #[test]
    fn only_what_changed_is_written() {
        let old = serde_json::json!({"a": 1, "b": {"c": [1]}, "gone": true});
        let new = serde_json::json!({"a": 1, "b": {"c": [2]}, "new": "x"});
        let patch = value!({"status": {"b": {"c": [2]}, "new": "x", "gone": null}});
        assert_eq!(difference(&old, &new), Some(patch));
        assert_eq!(difference(&old, &old), None);
    }
}
