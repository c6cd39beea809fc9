//! Admission: what changes a write after it is understood, and what refuses it before it is stored.
//!
//! A write passes here twice: [`mutate`] before the kind's own hooks, [`validate`] after its validation
//! (kubernetes/apiserver `pkg/admission`). Both see one snapshot of the store. In-process plugins are
//! synchronous ([`amethyst_admission::Plugin`]); what waits for others over HTTP has an `await` of its own.

pub(crate) mod account;
mod plugins;
mod quota;
mod view;

use std::sync::Arc;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request};
use amethyst_clock::Entropy;
use amethyst_object::{GroupVersionKind, GroupVersionResource, Str, Value, value};

use crate::registry::write::{Attempt, Extra};
use crate::registry::{Call, Registry, metadata};
use crate::status::{Cause, Reason, Status};

pub(crate) use view::SnapshotView;

/// The plugins of a server, in the order in which they run.
#[derive(Debug)]
pub(crate) struct Chain {
    plugins: Vec<Arc<dyn Plugin>>,
}

impl Chain {
    /// The server's own plugins, with those of the assembly (`others`) where webhooks run upstream.
    pub(crate) fn new(others: &[Arc<dyn Plugin>], entropy: &Entropy) -> Self {
        let mut plugins = plugins::all(entropy);
        plugins.extend(others.iter().cloned());
        Self { plugins }
    }
}

/// A write at the gate: what is done, and what there was.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: Operation,
    pub(crate) old: Option<&'a Value>,
}

impl<'a> Asked<'a> {
    /// A new object.
    pub(crate) fn create() -> Self {
        Self { operation: Operation::Create, old: None }
    }

    /// A change of `old`.
    pub(crate) fn update(old: &'a Value) -> Self {
        Self { operation: Operation::Update, old: Some(old) }
    }

    /// The end of `old`.
    pub(crate) fn delete(old: &'a Value) -> Self {
        Self { operation: Operation::Delete, old: Some(old) }
    }
}

/// Changes a new object, or refuses it.
#[expect(clippy::unused_async, reason = "webhooks will be waited for here")]
pub(crate) async fn mutate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: &mut Value,
) -> Result<(), Status> {
    let names = Names::of(attempt, object);
    in_process(attempt, asked, &names, |plugin, request, view, notes| {
        plugin.mutate(request, object, view, notes)
    })
}

/// Refuses what is about to be stored, or charges it (`extra` is written with it); `object` is none for
/// deletions.
#[expect(clippy::unused_async, reason = "webhooks will be waited for here")]
pub(crate) async fn validate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: Option<&Value>,
    extra: &mut Extra,
) -> Result<(), Status> {
    let names = Names::of(attempt, object.or(asked.old).unwrap_or(&Value::Null));
    in_process(attempt, asked, &names, |plugin, request, view, notes| {
        plugin.validate(request, object, view, notes)
    })?;
    match object {
        Some(object) => quota::charge(attempt, asked, object, extra)
            .map_err(|why| forbidden(&attempt.resource.gvr, &names.called, &why)),
        None => Ok(()),
    }
}

/// Admits what is created below an object and is no object itself: a binding, an eviction, a token.
pub(crate) async fn below(registry: &Registry, call: &Call, object: &mut Value) -> Result<(), Status> {
    let attempt = Attempt::new(registry, call);
    // Nothing is written here: what would have to hold for that is of no interest.
    let mut extra = Extra::default();
    attempt.enter_namespace(&call.name, &mut extra)?;
    mutate(&attempt, Asked::create(), object).await?;
    validate(&attempt, Asked::create(), Some(object), &mut extra).await
}

/// What an object is called.
struct Names {
    /// Its name; empty while it is still to be generated.
    name: Str,
    /// What errors call it (kubernetes/apiserver `pkg/admission/errors.go`, `extractResourceName`).
    called: Str,
}

impl Names {
    fn of(attempt: &Attempt<'_>, object: &Value) -> Self {
        let own = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default();
        let name = match attempt.call.name.as_str() {
            "" => own("name"),
            name => name,
        };
        let called = match (name, own("generateName")) {
            ("", "") => "Unknown",
            ("", prefix) => prefix,
            (name, _) => name,
        };
        Self { name: name.into(), called: called.into() }
    }
}

fn in_process(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    names: &Names,
    mut run: impl FnMut(&dyn Plugin, &Request<'_>, &SnapshotView<'_>, &mut Notes) -> Result<(), Denial>,
) -> Result<(), Status> {
    let (kind, resource) = (kind(attempt), &attempt.resource.gvr);
    // A namespace is in itself.
    let in_itself = resource.group.is_empty() && resource.resource == "namespaces";
    let mut request = Request {
        operation: asked.operation,
        kind: &kind,
        resource,
        subresource: &attempt.call.subresource,
        namespace: if in_itself { &names.name } else { &attempt.call.namespace },
        name: &names.name,
        user: &attempt.call.user,
        dry_run: attempt.call.write.dry_run,
        options: &Value::Null,
        old: asked.old,
    };
    let plugins = &attempt.registry.admission().plugins;
    if !plugins.iter().any(|plugin| plugin.handles(&request)) {
        return Ok(());
    }
    let options = options(attempt, asked.operation);
    request.options = &options;
    let view = SnapshotView(&attempt.snapshot);
    let mut notes = Notes::default();
    for plugin in plugins.iter().filter(|plugin| plugin.handles(&request)) {
        let ran = run(plugin.as_ref(), &request, &view, &mut notes);
        notes.warnings.drain(..).for_each(|warning| attempt.call.warnings.add(warning));
        notes.audit.drain(..).for_each(|(key, text)| attempt.call.annotations.add(key, text));
        ran.map_err(|denial| refused(&request, &names.called, denial))?;
    }
    Ok(())
}

/// The kind of what passes: that of the subresource's body where it has one of its own.
fn kind(attempt: &Attempt<'_>) -> GroupVersionKind {
    let below = attempt.resource.subresource(&attempt.call.subresource);
    below.map_or_else(|| attempt.resource.gvk(), |subresource| subresource.kind.clone())
}

/// The options of the request, as `admission.k8s.io` carries them.
fn options(attempt: &Attempt<'_>, operation: Operation) -> Value {
    let write = &attempt.call.write;
    let kind = match operation {
        Operation::Create | Operation::Connect => "CreateOptions",
        Operation::Update => "UpdateOptions",
        Operation::Delete => "DeleteOptions",
    };
    let mut options = value!({"kind": kind, "apiVersion": "meta.k8s.io/v1"});
    let map = options.as_object_mut().expect("it was written as a map");
    if write.dry_run {
        map.insert("dryRun", value!(["All"]));
    }
    if operation != Operation::Delete && !write.field_manager.is_empty() {
        map.insert("fieldManager", write.field_manager.as_str());
    }
    options
}

/// The answer to a refusal (`admission.NewForbidden`); `called` is what it calls the object.
pub(crate) fn refused(request: &Request<'_>, called: &str, denial: Denial) -> Status {
    let (group, plural) = (&request.resource.group, &request.resource.resource);
    match denial {
        Denial::Forbidden(why) => forbidden(request.resource, called, &why),
        Denial::ForbiddenBecause { why, cause } => {
            let cause = Cause { reason: cause, message: String::new(), field: String::new() };
            forbidden(request.resource, called, &why).causes(vec![cause])
        }
        Denial::Invalid(faults) => {
            let causes = metadata::causes(faults);
            Status::invalid(&request.kind.group, &request.kind.kind, request.name, causes)
        }
        Denial::Status { code, reason, message } => {
            Status::foreign(code, &reason, message).about(group, plural, request.name)
        }
    }
}

fn forbidden(resource: &GroupVersionResource, called: &str, why: &str) -> Status {
    let (group, plural) = (&resource.group, &resource.resource);
    let qualified = if group.is_empty() { plural.to_string() } else { format!("{plural}.{group}") };
    let message = format!("{qualified} \"{called}\" is forbidden: {why}");
    Status::new(Reason::Forbidden, message).about(group, plural, called)
}
