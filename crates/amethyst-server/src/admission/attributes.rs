//! What passes, as webhooks and policies see it (`admission.Attributes`): made only when one of them may care.

use std::sync::Arc;

use amethyst_admission::Operation;
use amethyst_object::{GroupVersionKind, GroupVersionResource, Value, value};

use super::Asked;
use crate::catalog::Resource;
use crate::registry::DeleteOptions;
use crate::registry::write::Attempt;
use crate::user::User;

/// What is asked for, without the new object.
pub(crate) struct Attributes<'a> {
    pub(crate) attempt: &'a Attempt<'a>,
    pub(crate) operation: Operation,
    /// The kind of the object, or of the subresource's body.
    pub(crate) kind: GroupVersionKind,
    /// The namespace; that of a Namespace is itself.
    pub(crate) namespace: String,
    /// Empty as long as a name is to be generated.
    pub(crate) name: String,
    /// The options of the request.
    pub(crate) options: Value,
    /// The object as it stands, whole: with resourceVersion and managedFields.
    pub(crate) old: Option<Value>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(attempt: &'a Attempt<'a>, asked: Asked<'_>, object: Option<&Value>) -> Self {
        let of_object = |object: Option<&Value>| {
            object.and_then(|object| object.str_at(&["metadata", "name"])).unwrap_or_default().to_owned()
        };
        let mut name = attempt.call.name.to_string();
        if name.is_empty() {
            name = of_object(object);
        }
        let namespace =
            if is_namespace(attempt.resource) { name.clone() } else { attempt.call.namespace.to_string() };
        Self {
            attempt,
            operation: asked.operation,
            kind: kind(attempt),
            namespace,
            name,
            options: options(attempt, asked),
            old: asked.live.map(crate::registry::write::Live::whole).or_else(|| asked.old.cloned()),
        }
    }

    /// The resource of the request.
    pub(crate) fn resource(&self) -> &Arc<Resource> {
        &self.attempt.call.resource
    }

    /// The resource of the request, by name.
    pub(crate) fn gvr(&self) -> &GroupVersionResource {
        &self.attempt.resource.gvr
    }

    /// The subresource, empty for none.
    pub(crate) fn subresource(&self) -> &str {
        &self.attempt.call.subresource
    }

    /// Who asks.
    pub(crate) fn user(&self) -> &User {
        &self.attempt.call.user
    }

    /// Whether nothing will be written.
    pub(crate) fn dry_run(&self) -> bool {
        self.attempt.call.write.dry_run || self.options.get("dryRun").is_some()
    }

    /// Whether it is a Namespace itself, or something below one.
    pub(crate) fn is_namespace(&self) -> bool {
        is_namespace(self.attempt.resource)
    }

    /// `userInfo`, as reviews and expressions carry it.
    pub(crate) fn user_info(&self) -> Value {
        let user = self.user();
        let mut info = Value::object();
        let map = info.as_object_mut().expect("it was made as a map");
        if !user.name.is_empty() {
            map.insert("username", user.name.as_str());
        }
        if !user.uid.is_empty() {
            map.insert("uid", user.uid.as_str());
        }
        let list = |values: &[String]| Value::Array(values.iter().map(|text| text.as_str().into()).collect());
        if !user.groups.is_empty() {
            map.insert("groups", list(&user.groups));
        }
        for (key, values) in &user.extra {
            map.object_mut("extra").insert(key.as_str(), list(values));
        }
        info
    }
}

fn is_namespace(resource: &Resource) -> bool {
    resource.gvr.group.is_empty() && resource.gvr.resource == "namespaces"
}

/// The kind of what passes: that of the subresource's body where it has one of its own.
pub(super) fn kind(attempt: &Attempt<'_>) -> GroupVersionKind {
    let below = attempt.resource.subresource(&attempt.call.subresource);
    below.map_or_else(|| attempt.resource.gvk(), |subresource| subresource.kind.clone())
}

/// The options of the request, as `admission.k8s.io` carries them.
pub(super) fn options(attempt: &Attempt<'_>, asked: Asked<'_>) -> Value {
    use crate::request::FieldValidation;
    let write = &attempt.call.write;
    let kind = match asked.operation {
        Operation::Create | Operation::Connect => "CreateOptions",
        Operation::Update => "UpdateOptions",
        Operation::Delete => "DeleteOptions",
    };
    let mut options = value!({"kind": kind, "apiVersion": "meta.k8s.io/v1"});
    let map = options.as_object_mut().expect("it was written as a map");
    if write.dry_run || asked.deletion.is_some_and(|options| options.dry_run) {
        map.insert("dryRun", value!(["All"]));
    }
    if asked.operation == Operation::Delete {
        if let Some(deletion) = asked.deletion {
            delete_options(map, deletion);
        }
        return options;
    }
    if !write.field_manager.is_empty() {
        map.insert("fieldManager", write.field_manager.as_str());
    }
    match write.field_validation {
        FieldValidation::Strict => map.insert("fieldValidation", "Strict"),
        FieldValidation::Ignore => map.insert("fieldValidation", "Ignore"),
        FieldValidation::Warn => None,
    };
    options
}

fn delete_options(map: &mut amethyst_object::Map, options: &DeleteOptions) {
    if let Some(seconds) = options.grace_period_seconds {
        map.insert("gracePeriodSeconds", seconds);
    }
    if let Some(orphan) = options.orphan_dependents {
        map.insert("orphanDependents", orphan);
    }
    if let Some(propagation) = options.propagation {
        map.insert("propagationPolicy", format!("{propagation:?}"));
    }
    if let Some(uid) = &options.preconditions.uid {
        map.object_mut("preconditions").insert("uid", uid.clone());
    }
    if let Some(version) = &options.preconditions.resource_version {
        map.object_mut("preconditions").insert("resourceVersion", version.clone());
    }
}
