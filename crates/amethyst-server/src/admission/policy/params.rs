//! Parameters of bindings, read from the state of the store that the write sees
//! (`CollectParams` of kubernetes/apiserver `pkg/admission/plugin/policy/generic/policy_dispatcher.go`).

use std::sync::Arc;

use amethyst_object::{GroupVersionKind, LabelSelector, Str, Value};
use amethyst_store::Stored;

use crate::catalog::{Resource, Source};
use crate::record::Entry;
use crate::registry::convert;
use crate::registry::write::Attempt;

/// `paramRef`.
#[derive(Debug)]
pub(crate) struct ParamRef {
    name: Str,
    namespace: Str,
    selector: Option<Result<LabelSelector, String>>,
    /// `parameterNotFoundAction: Deny`.
    denies: bool,
}

impl ParamRef {
    pub(super) fn read(reference: &Value) -> Self {
        let text = |key: &str| reference.str_at(&[key]).unwrap_or_default().into();
        let selector = reference.get("selector").filter(|selector| !selector.is_null());
        Self {
            name: text("name"),
            namespace: text("namespace"),
            selector: selector.map(|it| LabelSelector::from_value(it).map_err(|error| error.to_string())),
            denies: reference.str_at(&["parameterNotFoundAction"]) == Some("Deny"),
        }
    }
}

/// What a binding's expressions see as `params`: one round of evaluations each, none for null.
pub(super) fn collect(
    attempt: &Attempt<'_>,
    kind: Option<&GroupVersionKind>,
    reference: Option<&ParamRef>,
    namespace: &str,
) -> Result<Vec<Option<Value>>, String> {
    let (Some(kind), Some(reference)) = (kind, reference) else { return Ok(vec![None]) };
    let catalog = attempt.registry.catalog();
    let Some(resource) = catalog.kind(kind) else {
        let shown = format!("&ParamKind{{APIVersion:{},Kind:{},}}", kind.api_version(), kind.kind);
        return Err(format!("paramKind kind `{shown}` not known"));
    };
    let namespace = place(resource, reference, namespace)?;
    let found = match (&reference.selector, reference.name.as_str()) {
        (Some(_), name) if !name.is_empty() => {
            return Err("paramRef.name and paramRef.selector are mutually exclusive".to_owned());
        }
        (None, "") => return Err("one of name or selector must be provided".to_owned()),
        (None, name) => {
            let stored = attempt.snapshot.get(&resource.storage.key(namespace, name));
            stored.map(|stored| vec![Some(read(resource, stored))]).unwrap_or_default()
        }
        (Some(selector), _) => {
            let selector = selector.as_ref().map_err(Clone::clone)?;
            let prefix = if resource.namespaced {
                resource.storage.namespace_prefix(namespace)
            } else {
                resource.storage.prefix()
            };
            let all = attempt.snapshot.range(&prefix, None);
            let selected = all.filter(|(_, stored)| selector.matches(|key| stored.record.index.label(key)));
            selected.map(|(_, stored)| Some(read(resource, stored))).collect()
        }
    };
    if found.is_empty() && reference.denies {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".to_owned());
    }
    Ok(found)
}

fn place<'a>(resource: &Resource, reference: &'a ParamRef, namespace: &'a str) -> Result<&'a str, String> {
    match (resource.namespaced, reference.namespace.as_str(), namespace) {
        (false, "", _) => Ok(""),
        (false, _, _) => {
            Err("paramRef.namespace must not be provided for a cluster-scoped `paramKind`".to_owned())
        }
        (true, "", "") => {
            Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
                .to_owned())
        }
        (true, "", namespace) => Ok(namespace),
        (true, named, _) => Ok(named),
    }
}

fn read(resource: &Arc<Resource>, stored: &Stored<Entry>) -> Value {
    let mut object = Value::Object(convert::from_storage(resource, stored.record.object()));
    if let Source::Custom(version) = &resource.source
        && stored.modified < version.since
    {
        convert::catch_up(version, &mut object);
    }
    crate::registry::write::map_mut(&mut object)
        .object_mut("metadata")
        .insert("resourceVersion", stored.modified.to_string());
    object
}
