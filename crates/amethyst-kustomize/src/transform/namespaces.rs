//! `namespace`.

use amethyst_diag::Diagnostic;
use amethyst_object::{Map, Str, Value};

use super::apply;
use crate::decode::Spot;
use crate::fieldspec::{FieldSpec, Missing};
use crate::id::{is_null, text};
use crate::set::{Item, Set};
use crate::target::{Builder, about};

/// Which subjects of bindings lie in the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subjects {
    /// Those named `default`.
    Default,
    /// All service accounts.
    ServiceAccounts,
    None,
}

/// Puts objects into a namespace.
pub(super) struct Namespaces<'a> {
    pub(super) namespace: &'a Str,
    pub(super) fields: &'a [FieldSpec],
    /// Whether what has a namespace keeps it.
    pub(super) unset_only: bool,
    pub(super) subjects: Subjects,
}

impl Namespaces<'_> {
    pub(super) fn run(&self, builder: &mut Builder<'_>, place: Spot<'_>, set: &mut Set) {
        if self.namespace.is_empty() {
            return;
        }
        for item in set.items.iter_mut().filter(|item| !item.by_helm && !item.object.is_empty()) {
            item.store_id();
            self.put(builder, item);
        }
        let mut ids = std::collections::HashSet::new();
        for item in &set.items {
            let id = item.id();
            if !ids.insert(id.clone().key()) {
                let text = format!("namespace transformation produces ID conflict: {id}");
                let fault = Diagnostic::error("kustomize-duplicate-object", text).about(item.label());
                builder
                    .loader
                    .faults
                    .push(fault.at(place.location()).hint("two objects differ by namespace only"));
            }
        }
        set.touch();
    }

    /// Puts one object into the namespace.
    pub(super) fn put(&self, builder: &mut Builder<'_>, item: &mut Item) {
        let is_scoped = !builder.is_cluster_scoped(&item.gvk());
        if is_scoped && (!self.unset_only || item.namespace().is_empty()) {
            item.set_meta("namespace", self.namespace.clone());
        }
        let kind = item.object.str("kind").unwrap_or_default();
        let is_binding = matches!(kind, "RoleBinding" | "ClusterRoleBinding");
        if is_binding && let Err(reason) = self.subjects(&mut item.object) {
            builder.loader.faults.push(about(item, reason));
        }
        let is_core = item.object.str("apiVersion") == Some("v1");
        for field in self.fields {
            let of_binding = matches!(field.gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
            let skipped = field.is(&["metadata", "namespace"])
                || !is_core && field.is(&["metadata", "name"])
                || is_binding && of_binding && field.is(&["subjects", "namespace"]);
            if !skipped {
                apply(builder, item, field, Missing::Scalar, &mut |value| self.set(value));
            }
        }
    }

    fn subjects(&self, object: &mut Map) -> Result<(), String> {
        let (key, wanted) = match self.subjects {
            Subjects::Default => ("name", "default"),
            Subjects::ServiceAccounts => ("kind", "ServiceAccount"),
            Subjects::None => return Ok(()),
        };
        let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
        for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
            if subject.get(key).is_some_and(|found| text(found) == wanted) {
                self.set(subject.get_or_insert_with("namespace", || Value::from("")))?;
            }
        }
        Ok(())
    }

    fn set(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::Array(_) | Value::Object(_) => Err("field specs must target scalar nodes".to_owned()),
            value if self.unset_only && !is_null(value) && !text(value).is_empty() => Ok(()),
            _ => {
                *value = Value::String(self.namespace.clone());
                Ok(())
            }
        }
    }
}
