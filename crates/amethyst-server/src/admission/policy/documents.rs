//! The documents behind `request` and `namespaceObject`
//! (`CreateAdmissionRequest` and `CreateNamespaceObject` of kubernetes/apiserver
//! `pkg/admission/plugin/cel/condition.go`).

use amethyst_cel::ResourceCheck;
use amethyst_object::{GroupVersionKind, Map, Value, value};

use super::super::attributes::Attributes;
use super::super::matching::Match;
use crate::registry::write::namespace_key;
use crate::status::Status;

/// `request`.
pub(crate) fn request(attributes: &Attributes<'_>, found: &Match) -> Value {
    let mut request = Map::new();
    request.insert("kind", kind(&found.kind));
    request.insert("resource", resource(&found.resource.gvr));
    request.insert("requestKind", kind(&attributes.kind));
    request.insert("requestResource", resource(attributes.gvr()));
    let subresource = attributes.subresource();
    for (key, text) in [
        ("subResource", subresource),
        ("requestSubResource", subresource),
        ("name", &attributes.name),
        ("namespace", &attributes.namespace),
    ] {
        if !text.is_empty() {
            request.insert(key, text);
        }
    }
    request.insert("operation", attributes.operation.as_str());
    request.insert("userInfo", attributes.user_info());
    request.insert("dryRun", attributes.dry_run());
    request.insert("options", attributes.options.clone());
    Value::Object(request)
}

fn kind(kind: &GroupVersionKind) -> Value {
    value!({"group": (kind.group.clone()), "version": (kind.version.clone()), "kind": (kind.kind.clone())})
}

fn resource(resource: &amethyst_object::GroupVersionResource) -> Value {
    let (group, version, plural) = (&resource.group, &resource.version, &resource.resource);
    value!({"group": (group.clone()), "version": (version.clone()), "resource": (plural.clone())})
}

/// What `authorizer.requestResource` asks about.
pub(crate) fn resource_check(attributes: &Attributes<'_>) -> ResourceCheck {
    let gvr = attributes.gvr();
    ResourceCheck {
        group: gvr.group.clone(),
        resource: gvr.resource.clone(),
        subresource: attributes.subresource().into(),
        namespace: attributes.namespace.as_str().into(),
        name: attributes.name.as_str().into(),
        ..ResourceCheck::default()
    }
}

/// `namespaceObject`, with the fields that expressions may know; none for what is in no namespace.
pub(crate) fn namespace(attributes: &Attributes<'_>) -> Result<Option<Value>, Status> {
    let name = attributes.namespace.as_str();
    if name.is_empty() || attributes.kind == GroupVersionKind::new("", "v1", "Namespace") {
        return Ok(None);
    }
    let stored = attributes.attempt.snapshot.get(&namespace_key(name));
    let stored = stored.ok_or_else(|| Status::not_found("", "namespaces", name))?;
    let mut object = stored.record.object();
    object.remove("apiVersion");
    object.remove("kind");
    let metadata = object.object_mut("metadata");
    metadata.remove("ownerReferences");
    metadata.insert("resourceVersion", stored.modified.to_string());
    Ok(Some(Value::Object(object)))
}
