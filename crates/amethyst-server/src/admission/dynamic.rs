//! What is configured through the API itself: admission policies and webhooks, in upstream's order, with the
//! second round for those that want to see what others changed (kubernetes/apiserver
//! `pkg/admission/reinvocation.go`).

use std::sync::Arc;

use amethyst_admission::Operation;
use amethyst_http::Gate;
use amethyst_merge::Managed;
use amethyst_object::{Value, json};
use amethyst_store::Snapshot;

use super::Asked;
use super::attributes::Attributes;
use super::policy::{self, Policies};
use super::webhook::{self, Webhooks};
use crate::record::Entry;
use crate::registry::write::{self, Attempt};
use crate::status::Status;

const GROUP: &str = "admissionregistration.k8s.io";

/// All policies and webhooks, as they are configured now.
#[derive(Debug)]
pub(super) struct Dynamic {
    policies: Policies,
    webhooks: Webhooks,
}

/// What is remembered between the two rounds.
#[derive(Debug, Default)]
pub(super) struct Memory {
    policies: policy::Reinvocation,
    webhooks: webhook::Reinvocation,
}

impl Dynamic {
    pub(super) fn new(gate: &Arc<dyn Gate>) -> Self {
        Self { policies: Policies::default(), webhooks: Webhooks::new(Arc::clone(gate)) }
    }

    /// Follows the store.
    pub(super) fn refresh(&self, snapshot: &Snapshot<Entry>) {
        self.policies.refresh(snapshot);
        self.webhooks.refresh(snapshot);
    }
}

/// Whether writes of this group may change what is configured here.
pub(crate) fn configures(group: &str) -> bool {
    group == GROUP
}

/// Changes the object; says whether anything changed, so that another round is due.
pub(super) async fn mutate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: &mut Value,
    managed: &mut Managed,
    memory: &mut Memory,
    round: usize,
) -> Result<bool, Status> {
    let dynamic = &attempt.registry.admission().dynamic;
    if is_exempt(attempt) {
        return Ok(false);
    }
    let policies = dynamic.policies.mutating(attempt, asked.operation);
    if policies.is_empty() && !dynamic.webhooks.may_mutate(attempt, asked.operation) {
        return Ok(false);
    }
    let attributes = Attributes::new(attempt, asked, Some(object));
    let shown = show_managed(object, managed);
    let mut changed = false;
    if !policies.is_empty() {
        changed = policy::mutate(&policies, &attributes, object, &mut memory.policies, round)?;
    }
    let mut whole = Some(std::mem::take(object));
    changed |=
        webhook::mutate(&dynamic.webhooks, &attributes, &mut whole, &mut memory.webhooks, round).await?;
    *object = whole.unwrap_or_default();
    settle_managed(attempt, object, managed, shown.as_ref());
    Ok(changed)
}

/// Tells the mutating webhooks of a deletion; there is nothing for them to change.
pub(super) async fn tell_deletion(attempt: &Attempt<'_>, asked: Asked<'_>) -> Result<(), Status> {
    let dynamic = &attempt.registry.admission().dynamic;
    if is_exempt(attempt) || !dynamic.webhooks.may_mutate(attempt, Operation::Delete) {
        return Ok(());
    }
    let attributes = Attributes::new(attempt, asked, None);
    let mut memory = Memory::default();
    webhook::mutate(&dynamic.webhooks, &attributes, &mut None, &mut memory.webhooks, 0).await.map(|_| ())
}

/// Refuses the outcome.
pub(super) async fn validate(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: Option<&Value>,
    managed: &Managed,
) -> Result<(), Status> {
    let dynamic = &attempt.registry.admission().dynamic;
    if is_exempt(attempt) {
        return Ok(());
    }
    let policies = dynamic.policies.validating(attempt, asked.operation);
    if policies.is_empty() && !dynamic.webhooks.may_validate(attempt, asked.operation) {
        return Ok(());
    }
    let attributes = Attributes::new(attempt, asked, object);
    let whole = object.map(|object| whole(object, managed, asked));
    policy::validate(&policies, &attributes, whole.as_ref())?;
    webhook::validate(&dynamic.webhooks, &attributes, whole.as_ref()).await
}

/// Nobody locks himself out: what configures admission passes by it.
fn is_exempt(attempt: &Attempt<'_>) -> bool {
    let gvr = &attempt.resource.gvr;
    gvr.group == GROUP
        && matches!(
            gvr.resource.as_str(),
            "validatingwebhookconfigurations"
                | "mutatingwebhookconfigurations"
                | "validatingadmissionpolicies"
                | "validatingadmissionpolicybindings"
                | "mutatingadmissionpolicies"
                | "mutatingadmissionpolicybindings"
        )
}

/// The object as it will be read: with its owners, and the version that it replaces.
fn whole(object: &Value, managed: &Managed, asked: Asked<'_>) -> Value {
    let mut whole = object.clone();
    let metadata = write::map_mut(&mut whole).object_mut("metadata");
    if let Some(live) = asked.live {
        metadata.insert("resourceVersion", live.stored.modified.to_string());
    }
    show_managed(&mut whole, managed);
    whole
}

/// Writes `metadata.managedFields` into an object, and gives what was written.
fn show_managed(object: &mut Value, managed: &Managed) -> Option<Value> {
    if managed.is_empty() {
        return None;
    }
    let list = json::parse(&write::encode(managed)).unwrap_or_default();
    write::map_mut(object).object_mut("metadata").insert("managedFields", list.clone());
    Some(list)
}

/// Takes `metadata.managedFields` out again; whoever broke them gets them back as they were.
fn settle_managed(attempt: &Attempt<'_>, object: &mut Value, managed: &mut Managed, shown: Option<&Value>) {
    let Some(map) = object.as_object_mut() else { return };
    let list = map.object_mut("metadata").remove("managedFields");
    if list.as_ref() == shown {
        return;
    }
    match Managed::from_value(&list.unwrap_or_default()) {
        Ok(changed) => *managed = changed,
        Err(error) => attempt.call.warnings.add(format!(
            ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated \
             mutating admission controller; please fix your requests: {error}"
        )),
    }
}
