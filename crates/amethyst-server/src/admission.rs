//! Admission: what changes a write after it is understood, and what refuses it before it is stored.
//!
//! A write passes here twice: [`mutate`] before the kind's own hooks, [`validate`] after its validation
//! (kubernetes/apiserver `pkg/admission`). Both see one snapshot of the store. In-process plugins are
//! synchronous ([`amethyst_admission::Plugin`]); what waits for others over HTTP has an `await` of its own.

mod plugins;
mod view;

use std::sync::Arc;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request};
use amethyst_object::{GroupVersionKind, Value, value};

use crate::registry::metadata;
use crate::registry::write::{Attempt, Extra};
use crate::status::Status;

pub(crate) use view::SnapshotView;

/// The plugins of a server, in the order in which they run.
#[derive(Debug)]
pub(crate) struct Chain {
    plugins: Vec<Arc<dyn Plugin>>,
}

impl Chain {
    /// The server's own plugins, with those of the assembly (`others`) where webhooks run upstream.
    pub(crate) fn new(others: &[Arc<dyn Plugin>]) -> Self {
        let mut plugins = plugins::all();
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
    in_process(
        attempt,
        asked,
        object.str_at(&["metadata", "name"]).unwrap_or_default().to_owned().as_str(),
        |plugin, request, view, notes| plugin.mutate(request, object, view, notes),
    )
}

/// Refuses what is about to be stored, or charges it (`extra` is written with it); `object` is none for
/// deletions.
#[expect(clippy::unused_async, reason = "webhooks will be waited for here")]
pub(crate) async fn validate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: Option<&Value>,
    _extra: &mut Extra,
) -> Result<(), Status> {
    let name = object.or(asked.old).and_then(|object| object.str_at(&["metadata", "name"]));
    in_process(attempt, asked, name.unwrap_or_default(), |plugin, request, view, notes| {
        plugin.validate(request, object, view, notes)
    })
}

fn in_process(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    name: &str,
    mut run: impl FnMut(&dyn Plugin, &Request<'_>, &SnapshotView<'_>, &mut Notes) -> Result<(), Denial>,
) -> Result<(), Status> {
    let kind = kind(attempt);
    let options = options(attempt, asked.operation);
    let request = Request {
        operation: asked.operation,
        kind: &kind,
        resource: &attempt.resource.gvr,
        subresource: &attempt.call.subresource,
        namespace: &attempt.call.namespace,
        name,
        user: &attempt.call.user,
        dry_run: attempt.call.write.dry_run,
        options: &options,
        old: asked.old,
    };
    let view = SnapshotView(&attempt.snapshot);
    let mut notes = Notes::default();
    for plugin in &attempt.registry.admission().plugins {
        if !plugin.handles(&request) {
            continue;
        }
        let ran = run(plugin.as_ref(), &request, &view, &mut notes);
        notes.warnings.drain(..).for_each(|warning| attempt.call.warnings.add(warning));
        ran.map_err(|denial| refused(&request, denial))?;
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

/// The answer to a refusal (`admission.NewForbidden`).
pub(crate) fn refused(request: &Request<'_>, denial: Denial) -> Status {
    let (group, plural) = (&request.resource.group, &request.resource.resource);
    match denial {
        Denial::Forbidden(why) => forbidden(request, &why),
        Denial::Invalid(faults) => {
            let causes = metadata::causes(faults);
            Status::invalid(&request.kind.group, &request.kind.kind, request.name, causes)
        }
        Denial::Status { code, reason, message } => {
            Status::foreign(code, &reason, message).about(group, plural, request.name)
        }
    }
}

fn forbidden(request: &Request<'_>, why: &str) -> Status {
    let (group, plural) = (&request.resource.group, &request.resource.resource);
    let qualified = if group.is_empty() { plural.to_string() } else { format!("{plural}.{group}") };
    // What has no name yet is called by what its name will begin with.
    let message = format!("{qualified} \"{}\" is forbidden: {why}", request.name);
    Status::new(crate::status::Reason::Forbidden, message).about(group, plural, request.name)
}
