//! Admission: what changes a write after it is understood, and what refuses it before it is stored.
//!
//! A write passes here twice: [`mutate`] before the kind's own hooks, [`validate`] after its validation
//! (kubernetes/apiserver `pkg/admission`). Both see one snapshot of the store. In-process plugins are
//! synchronous ([`amethyst_admission::Plugin`]); what waits for others over HTTP has an `await` of its own.

pub(crate) mod account;
mod attributes;
mod dynamic;
mod matching;
mod plugins;
pub(crate) mod policy;
mod quota;
mod versions;
mod view;
mod webhook;

use std::sync::Arc;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request};
use amethyst_clock::Entropy;
use amethyst_http::Gate;
use amethyst_merge::Managed;
use amethyst_object::{GroupVersionResource, Str, Value};
use amethyst_store::Snapshot;

use crate::record::Entry;
use crate::registry::write::{Attempt, Extra, Live};
use crate::registry::{Call, DeleteOptions, Registry, metadata};
use crate::status::{Cause, Reason, Status};

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
    pub(crate) fn new(others: &[Arc<dyn Plugin>], entropy: &Entropy, gate: &Arc<dyn Gate>) -> Self {
        let mut plugins = plugins::all(entropy);
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

    /// A change of what is no stored object: a Scale.
    pub(crate) fn update_of(old: &'a Value) -> Self {
        Self { operation: Operation::Update, old: Some(old), live: None, deletion: None }
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
        let names = Names::of(attempt, object);
        in_process(attempt, asked, &names, |plugin, request, view, notes| {
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
    extra: &mut Extra,
) -> Result<(), Status> {
    if object.is_none() {
        dynamic::tell_deletion(attempt, asked).await?;
    }
    let names = Names::of(attempt, object.or(asked.old).unwrap_or(&Value::Null));
    in_process(attempt, asked, &names, |plugin, request, view, notes| {
        plugin.validate(request, object, view, notes)
    })?;
    dynamic::validate(attempt, asked, object, managed).await?;
    match object {
        Some(object) => quota::charge(attempt, asked, object, extra)
            .map_err(|why| forbidden(&attempt.resource.gvr, &names.called, &why)),
        None => Ok(()),
    }
}

/// Admits what is created below an object and is no object itself: a binding, an eviction, a token.
pub(crate) async fn below(registry: &Registry, call: &Call, object: &mut Value) -> Result<(), Status> {
    let attempt = Attempt::new(registry, call);
    // Nothing is written here: what would have to hold for that is of no interest, and nobody owns fields.
    let (mut extra, mut managed) = (Extra::default(), Managed::default());
    attempt.enter_namespace(&call.name, &mut extra)?;
    mutate(&attempt, Asked::create(), object, &mut managed).await?;
    validate(&attempt, Asked::create(), Some(object), &managed, &mut extra).await
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
    let (kind, resource) = (attributes::kind(attempt), &attempt.resource.gvr);
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
    let options = attributes::options(attempt, asked);
    request.options = &options;
    let view = SnapshotView { snapshot: &attempt.snapshot, registry: attempt.registry };
    let mut notes = Notes::default();
    for plugin in plugins.iter().filter(|plugin| plugin.handles(&request)) {
        let ran = run(plugin.as_ref(), &request, &view, &mut notes);
        notes.warnings.drain(..).for_each(|warning| attempt.call.warnings.add(warning));
        notes.audit.drain(..).for_each(|(key, text)| attempt.call.warnings.annotate(key, text));
        ran.map_err(|denial| refused(&request, &names.called, denial))?;
    }
    Ok(())
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
