//! `DefaultStorageClass` and `DefaultIngressClass`: who names no class gets the default one
//! (kubernetes `plugin/pkg/admission/storage/storageclass/setdefault`, `.../network/defaultingressclass`).

use std::cmp::Reverse;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;

use super::read::{annotation, map_mut, some, text};

const STORAGE_DEFAULTS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
const STORAGE_OLD: &str = "volume.beta.kubernetes.io/storage-class";
const INGRESS_DEFAULTS: [&str; 1] = ["ingressclass.kubernetes.io/is-default-class"];
const INGRESS_OLD: &str = "kubernetes.io/ingress.class";

#[derive(Debug)]
pub(super) struct DefaultStorageClass;

#[derive(Debug)]
pub(super) struct DefaultIngressClass;

impl Plugin for DefaultStorageClass {
    fn name(&self) -> &'static str {
        "DefaultStorageClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && request.is_for("", "persistentvolumeclaims")
    }

    fn mutate(
        &self,
        _: &Request<'_>,
        claim: &mut Value,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let default = || newest(view, "storage.k8s.io", "storageclasses", &STORAGE_DEFAULTS);
        set(claim, "storageClassName", STORAGE_OLD, default);
        Ok(())
    }
}

impl Plugin for DefaultIngressClass {
    fn name(&self) -> &'static str {
        "DefaultIngressClass"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && request.is_for("networking.k8s.io", "ingresses")
    }

    fn mutate(
        &self,
        _: &Request<'_>,
        ingress: &mut Value,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let default = || newest(view, "networking.k8s.io", "ingressclasses", &INGRESS_DEFAULTS);
        set(ingress, "ingressClassName", INGRESS_OLD, default);
        Ok(())
    }
}

/// Sets a field of the spec, unless it or the annotation that was before it says something.
fn set(object: &mut Value, field: &str, old: &str, default: impl FnOnce() -> Option<String>) {
    if some(object, &["spec", field]).is_some() || annotation(object, old).is_some() {
        return;
    }
    if let Some(name) = default() {
        map_mut(object, &["spec"]).insert(field, name);
    }
}

/// Of the classes that are marked as default the newest; of those the first by name.
fn newest(view: &dyn View, group: &str, plural: &str, marks: &[&str]) -> Option<String> {
    let is_marked = |class: &Value| marks.iter().any(|mark| annotation(class, mark) == Some("true"));
    let classes = view.list(group, plural, "").into_iter().filter(is_marked);
    let key = |class: &Value| {
        let field = |key: &str| text(class, &["metadata", key]).to_owned();
        (Reverse(field("creationTimestamp")), field("name"))
    };
    classes.map(|class| key(&class)).min().map(|(_, name)| name)
}
