//! Admission: what changes a write after it is understood, and what refuses it before it is stored.
//!
//! A write passes here twice: [`mutate`] before the kind's own hooks, [`validate`] after its validation
//! (kubernetes/apiserver `pkg/admission`). Both see one snapshot of the store. In-process plugins are
//! synchronous ([`amethyst_admission::Plugin`]); what waits for others over HTTP has an `await` of its own.

mod attributes;
mod dynamic;
mod matching;
mod plugins;
pub(crate) mod policy;
mod versions;
mod view;
mod webhook;

use std::sync::Arc;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request};
use amethyst_http::Gate;
use amethyst_merge::Managed;
use amethyst_object::Value;
use amethyst_store::Snapshot;

use crate::record::Entry;
use crate::registry::write::{Attempt, Extra, Live};
use crate::registry::{DeleteOptions, metadata};
use crate::status::Status;

pub(crate) use dynamic::configures;
pub(crate) use view::SnapshotView;

/// The plugins of a server, in the order in which they run.
#[derive(Debug)]
pub(crate) struct Chain {
    plugins: Vec<Arc<dyn Plugin>>,
    dynamic: dynamic::Dynamic,
}

impl Chain {
    /// The server's own plugins, with those of the assembly (`others`) where webhooks run upstream.
    pub(crate) fn new(others: &[Arc<dyn Plugin>], gate: &Arc<dyn Gate>) -> Self {
        let mut plugins = plugins::all();
        plugins.extend(others.iter().cloned());
        Self { plugins, dynamic: dynamic::Dynamic::new(gate) }
    }

    /// Follows what the store says of webhooks and policies.
    pub(crate) fn refresh(&self, snapshot: &Snapshot<Entry>) {
        self.dynamic.refresh(snapshot);
    }
}

/// A write at the gate: what is done, and what there was.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: Operation,
    pub(crate) old: Option<&'a Value>,
    pub(crate) live: Option<&'a Live>,
    pub(crate) deletion: Option<&'a DeleteOptions>,
}

impl<'a> Asked<'a> {
    /// A new object.
    pub(crate) fn create() -> Self {
        Self { operation: Operation::Create, old: None, live: None, deletion: None }
    }

    /// A change of `live`.
    pub(crate) fn update(live: &'a Live) -> Self {
        Self { operation: Operation::Update, old: Some(&live.object), live: Some(live), deletion: None }
    }

    /// The end of `live`.
    pub(crate) fn delete(live: &'a Live, options: &'a DeleteOptions) -> Self {
        let (old, deletion) = (Some(&live.object), Some(options));
        Self { operation: Operation::Delete, old, live: Some(live), deletion }
    }
}

/// Changes a new object and who owns its fields, or refuses it.
pub(crate) async fn mutate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: &mut Value,
    managed: &mut Managed,
) -> Result<(), Status> {
    let mut memory = dynamic::Memory::default();
    for round in 0..2 {
        let name = object.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
        in_process(attempt, asked, &name, |plugin, request, view, notes| {
            plugin.mutate(request, object, view, notes)
        })?;
        if !dynamic::mutate(attempt, asked, object, managed, &mut memory, round).await? {
            break;
        }
    }
    Ok(())
}

/// Refuses what is about to be stored, or charges it (`extra` is written with it); `object` is none for
/// deletions.
pub(crate) async fn validate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: Option<&Value>,
    managed: &Managed,
    _extra: &mut Extra,
) -> Result<(), Status> {
    if object.is_none() {
        dynamic::tell_deletion(attempt, asked).await?;
    }
    let name = object.or(asked.old).and_then(|object| object.str_at(&["metadata", "name"]));
    in_process(attempt, asked, name.unwrap_or_default(), |plugin, request, view, notes| {
        plugin.validate(request, object, view, notes)
    })?;
    dynamic::validate(attempt, asked, object, managed).await
}

fn in_process(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    name: &str,
    mut run: impl FnMut(&dyn Plugin, &Request<'_>, &SnapshotView<'_>, &mut Notes) -> Result<(), Denial>,
) -> Result<(), Status> {
    let kind = attributes::kind(attempt);
    let options = attributes::options(attempt, asked);
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
        notes.audit.drain(..).for_each(|(key, text)| attempt.call.warnings.annotate(key, text));
        ran.map_err(|denial| refused(&request, denial))?;
    }
    Ok(())
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
