//! Namespaces: they stay until `spec.finalizers` is empty (kubernetes `pkg/registry/core/namespace`).

use amethyst_object::{Map, Value, value};

use crate::registry::metadata;
use crate::registry::write::Attempt;
use crate::status::{Reason, Status};

/// The finalizer that the namespace's own emptying takes off.
pub(crate) const FINALIZER: &str = "kubernetes";
/// Namespaces that cannot be deleted (`NamespaceLifecycle`'s immortal ones).
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

pub(super) fn prepare_create(_: &Attempt<'_>, namespace: &mut Map) {
    let spec = namespace.object_mut("spec");
    let finalizers = spec.get_or_insert_with("finalizers", || Value::Array(Vec::new()));
    if let Some(list) = finalizers.as_array_mut()
        && !list.iter().any(|finalizer| finalizer.as_str() == Some(FINALIZER))
    {
        list.push(FINALIZER.into());
    }
    namespace.insert("status", value!({"phase": "Active"}));
}

/// `spec.finalizers` belongs to `/finalize`.
pub(super) fn prepare_update(attempt: &Attempt<'_>, new: &mut Map, old: &Map) {
    if attempt.call.subresource != "finalize" {
        match old.get("spec") {
            Some(spec) => new.insert("spec", spec.clone()),
            None => new.remove("spec"),
        };
    }
}

pub(super) fn check_delete(namespace: &Map) -> Result<(), Status> {
    let name = metadata::text(namespace, "name");
    if !IMMORTAL.contains(&name) {
        return Ok(());
    }
    let message = format!("namespaces \"{name}\" is forbidden: this namespace may not be deleted");
    Err(Status::new(Reason::Forbidden, message).about("", "namespaces", name))
}

pub(super) fn begin_delete(_: &Attempt<'_>, namespace: &mut Map) {
    namespace.object_mut("status").insert("phase", "Terminating");
}

pub(super) fn held_back(namespace: &Map) -> bool {
    let finalizers = namespace.get("spec").and_then(|spec| spec.get("finalizers"));
    finalizers.and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}
