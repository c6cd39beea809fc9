//! Server-side apply as Flux does it: write only what has drifted, and take over what `kubectl` owned.
//!
//! Pure decisions over objects as the server gave them; the requests are [`crate::Cluster`]'s.

use amethyst_object::{Map, Object, Value, value};

/// Whether an apply would change more than bookkeeping: `dry_run` is the server's answer to the apply,
/// `existing` what stands there. Status and metadata other than labels and annotations don't count.
pub fn drifted(existing: &Object, dry_run: &Object) -> bool {
    let map = |object: &Object, key: &str| {
        object.at(&["metadata", key]).and_then(Value::as_object).cloned().unwrap_or_default()
    };
    ["labels", "annotations"].iter().any(|key| map(existing, key) != map(dry_run, key))
        || content(existing).ne(content(dry_run))
}

/// The top-level fields that an author writes, in order of their names.
fn content(object: &Object) -> impl Iterator<Item = (&str, &Value)> {
    let mut fields: Vec<_> = object
        .0
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .filter(|(key, _)| !matches!(*key, "metadata" | "status"))
        .collect();
    fields.sort_unstable_by_key(|(key, _)| *key);
    fields.into_iter()
}

/// A manager whose fields are taken over; names are prefixes, as upstream matches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerManager {
    /// What its name begins with.
    pub prefix: &'static str,
    /// `Apply` or `Update`.
    pub operation: &'static str,
}

/// A JSON patch that takes `annotations` and `labels` out of `existing` and gives the fields of `former`
/// managers to `manager`, so that what they set can be removed again; `None` when there is nothing to do.
/// As fluxcd/pkg `ssa/patch.go`.
pub fn takeover(
    existing: &Object,
    annotations: &[&str],
    labels: &[&str],
    former: &[FormerManager],
    manager: &str,
) -> Option<Value> {
    let mut patch: Vec<Value> = Vec::new();
    let mut remove = |kind: &str, key: &str| {
        let path = format!("/metadata/{kind}/{}", key.replace('~', "~0").replace('/', "~1"));
        patch.push(value!({"op": "remove", "path": (path)}));
    };
    annotations
        .iter()
        .filter(|key| existing.annotation(key).is_some())
        .for_each(|key| remove("annotations", key));
    labels.iter().filter(|key| existing.label(key).is_some()).for_each(|key| remove("labels", key));
    if let Some(entries) = taken_over(existing, former, manager) {
        patch.push(value!({"op": "replace", "path": "/metadata/managedFields", "value": (entries)}));
    }
    (!patch.is_empty()).then_some(Value::Array(patch))
}

fn taken_over(existing: &Object, former: &[FormerManager], manager: &str) -> Option<Vec<Value>> {
    let entries = existing.at(&["metadata", "managedFields"])?.as_array()?;
    let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let is_ours = |entry: &Value| text(entry, "manager") == manager && text(entry, "operation") == "Apply";
    let is_former = |entry: &Value| {
        text(entry, "subresource").is_empty()
            && former.iter().any(|former| {
                text(entry, "operation") == former.operation
                    && text(entry, "manager").starts_with(former.prefix)
            })
    };
    let mut ours = entries.iter().find(|entry| is_ours(entry)).cloned();
    let (mut kept, mut edited) = (Vec::new(), false);
    for entry in entries.iter().filter(|entry| !is_ours(entry)) {
        if !is_former(entry) {
            kept.push(entry.clone());
            continue;
        }
        edited = true;
        if let Some(ours) = &mut ours {
            if let (Some(ours), Some(theirs)) = (ours.as_object_mut(), entry.get("fieldsV1")) {
                unite(ours.get_or_insert_with("fieldsV1", Value::object), theirs);
            }
        } else {
            let mut entry = entry.clone();
            if let Some(entry) = entry.as_object_mut() {
                entry.insert("manager", manager);
                entry.insert("operation", "Apply");
            }
            ours = Some(entry);
        }
    }
    edited.then(|| {
        kept.extend(ours);
        kept
    })
}

/// The union of two `fieldsV1` tries. An empty node is a field itself, a node with children is one only
/// when it holds `.`.
fn unite(ours: &mut Value, theirs: &Value) {
    let (Some(ours), Some(theirs)) = (ours.as_object_mut(), theirs.as_object()) else { return };
    for (key, theirs) in theirs.iter() {
        match ours.get_mut(key) {
            None => {
                ours.insert(key.clone(), theirs.clone());
            }
            Some(ours) => {
                let leaf = |node: &Value| node.as_object().is_some_and(Map::is_empty);
                let had_leaf = leaf(ours) != leaf(theirs);
                unite(ours, theirs);
                if let Some(ours) = ours.as_object_mut().filter(|_| had_leaf && key != ".") {
                    ours.get_or_insert_with(".", Value::object);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, Value, value};

    use super::{FormerManager, drifted, takeover};

    fn object(value: Value) -> Object {
        Object::from_value(value).unwrap()
    }

    #[test]
    fn bookkeeping_and_status_are_no_drift() {
        let live = value!({"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "1", "labels": {"a": "b"}},
            "data": {"x": "1"}, "status": {"a": 1}});
        let same = value!({"data": {"x": "1"}, "kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "2",
            "labels": {"a": "b"}, "annotations": {}}});
        assert!(!drifted(&object(live.clone()), &object(same)));
        for other in [
            value!({"kind": "ConfigMap", "metadata": {"labels": {"a": "b"}}, "data": {"x": "2"}}),
            value!({"kind": "ConfigMap", "metadata": {"labels": {"a": "c"}}, "data": {"x": "1"}}),
            value!({"kind": "ConfigMap", "metadata": {"labels": {"a": "b"}, "annotations": {"n": "1"}}, "data": {"x": "1"}}),
            value!({"kind": "ConfigMap", "metadata": {"labels": {"a": "b"}}}),
        ] {
            assert!(drifted(&object(live.clone()), &object(other)));
        }
    }

    #[test]
    fn what_kubectl_owned_is_taken_over() {
        let entry = |manager: &str, operation: &str, fields: Value| value!({"manager": (manager), "operation": (operation), "apiVersion": "v1", "fieldsV1": (fields)});
        let former = [FormerManager { prefix: "kubectl", operation: "Update" }];
        let live = |entries: Value| {
            object(value!({"metadata": {"annotations": {"a/b": "1"}, "managedFields": (entries)}}))
        };
        let ours = entry("kustomize-controller", "Apply", value!({"f:data": {"f:x": {}}}));
        let theirs = entry("kubectl-client-side-apply", "Update", value!({"f:data": {".": {}, "f:y": {}}}));
        let other = entry("kube-controller-manager", "Update", value!({"f:status": {}}));
        let patch =
            |entries| takeover(&live(entries), &["a/b"], &[], &former, "kustomize-controller").unwrap();
        let merged =
            entry("kustomize-controller", "Apply", value!({"f:data": {".": {}, "f:x": {}, "f:y": {}}}));
        assert_eq!(
            patch(value!([(ours.clone()), (theirs.clone()), (other.clone())])),
            value!([
                {"op": "remove", "path": "/metadata/annotations/a~1b"},
                {"op": "replace", "path": "/metadata/managedFields", "value": [(other.clone()), (merged)]},
            ])
        );
        let renamed = entry("kustomize-controller", "Apply", value!({"f:data": {".": {}, "f:y": {}}}));
        assert_eq!(
            patch(value!([(theirs)])).as_array().unwrap()[1],
            value!({"op": "replace", "path": "/metadata/managedFields", "value": [(renamed)]})
        );
        assert_eq!(
            takeover(&live(value!([(ours), (other)])), &[], &[], &former, "kustomize-controller"),
            None
        );
    }

    #[test]
    fn a_field_that_is_itself_owned_stays_so_in_a_union() {
        let former = [FormerManager { prefix: "kubectl", operation: "Update" }];
        let live = object(value!({"metadata": {"managedFields": [
            {"manager": "m", "operation": "Apply", "fieldsV1": {"f:a": {}}},
            {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:a": {"f:b": {}}}},
        ]}}));
        let patch = takeover(&live, &[], &[], &former, "m").unwrap();
        let fields =
            patch.as_array().unwrap()[0].get("value").unwrap().as_array().unwrap()[0].get("fieldsV1");
        assert_eq!(fields, Some(&value!({"f:a": {"f:b": {}, ".": {}}})));
    }
}
