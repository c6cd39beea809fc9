//! What a new object becomes before it is stored.

use std::sync::Arc;

use amethyst_merge::{Managed, UpdateRequest};
use amethyst_object::Value;
use amethyst_store::Expect;

use super::{Answer, Attempt, Changed, Extra, Outcome, Owners, Plan, map, map_mut, metadata_text};
use crate::admission::{self, Asked};
use crate::rbac::{Attributes, Resource, decide, forbidden};
use crate::registry::metadata::{self, refuse};
use crate::registry::{managed, read, validate};
use crate::status::Status;
use crate::strategy::Generation;

/// Creates under the name that the call names.
pub(super) async fn plan_named(attempt: &Attempt<'_>, mut changed: Changed) -> Result<Plan, Status> {
    let uid = metadata_text(&changed.object, "uid");
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        return Err(attempt.conflict(&attempt.call.name, &why));
    }
    // A version of what is gone is no condition on what is new.
    map_mut(&mut changed.object).object_mut("metadata").remove("resourceVersion");
    match plan(attempt, changed).await? {
        // Somebody made it since the snapshot was looked at; cannot happen on one snapshot.
        Plan::Again => Err(exists(attempt, &attempt.call.name, false)),
        plan => Ok(plan),
    }
}

/// Works out the create of an object.
pub(super) async fn plan(attempt: &Attempt<'_>, changed: Changed) -> Result<Plan, Status> {
    let Changed { mut object, owners, .. } = changed;
    let resource = attempt.resource;
    // A create through the name of the object only takes it for what is there already.
    if attempt.call.name.is_empty() && !metadata_text(&object, "resourceVersion").is_empty() {
        return Err(raw("resourceVersion should not be set on objects to be created"));
    }
    map_mut(&mut object).object_mut("metadata").remove("resourceVersion");
    let mut extra = Extra::default();
    let called = ["name", "generateName"].map(|key| metadata_text(&object, key));
    let called = called.into_iter().find(|text| !text.is_empty()).unwrap_or("Unknown");
    attempt.enter_namespace(called, &mut extra)?;
    attempt.enter_definition(&mut extra)?;
    let sent = map_mut(&mut object).object_mut("metadata").remove("managedFields");
    let mut managed = own(attempt, &object, owners, sent.as_ref());
    admission::mutate(attempt, Asked::create(), &mut object, &mut managed).await?;
    metadata::settle_namespace(map_mut(&mut object), &attempt.call.namespace)?;
    (attempt.strategy.grant)(attempt, map(&object), None)?;
    let generated = fill(attempt, &mut object);
    let name = metadata_text(&object, "name").to_owned();
    if resource.has_status && attempt.call.subresource.is_empty() && !attempt.strategy.keeps_status {
        reset_status(attempt, &mut object);
    }
    if !matches!(attempt.strategy.generation, Generation::None | Generation::ContentFromZero) {
        map_mut(&mut object).object_mut("metadata").insert("generation", 1);
    }
    let before = attempt.strategy.status_manager.map(|_| object.clone());
    (attempt.strategy.prepare_create)(attempt, map_mut(&mut object));
    if let (Some(manager), Some(before)) = (attempt.strategy.status_manager, &before) {
        managed = attempt.own_status(before, &object, managed, manager);
    }
    let key = attempt.key(&name);
    let there = attempt.snapshot.get(&key).map(|stored| stored.record.index.deleting);
    match there {
        Some(_) if generated => return Ok(Plan::Again),
        Some(_) => {}
        None => (attempt.strategy.allocate)(attempt, map_mut(&mut object), None, &mut extra)?,
    }
    refuse(&resource.gvr.group, &resource.kind, &name, validate::create(attempt, &object))?;
    may_create(attempt)?;
    admission::validate(attempt, Asked::create(), Some(&object), &managed, &mut extra).await?;
    // What is wrong with it is said before that it is there already.
    if let Some(deleting) = there {
        return Err(exists(attempt, &name, deleting));
    }

    let record = Arc::new(attempt.entry(object, &managed, None));
    if attempt.call.write.dry_run {
        let object = read::render_new(resource, Arc::unwrap_or_clone(record), amethyst_store::Revision(0));
        return Ok(Plan::Answer(Outcome::Object { object, created: true }));
    }
    let txn = extra.into_txn().expect(key.as_str(), Expect::Absent).put(key.as_str(), Arc::clone(&record));
    Ok(Plan::Commit { txn, answer: Answer::Object { record, created: true } })
}

/// Who creates by PUT or by an apply may have to be allowed that besides (kubernetes/apiserver
/// `pkg/endpoints/handlers/update.go`, `withAuthorization`).
fn may_create(attempt: &Attempt<'_>) -> Result<(), Status> {
    let (call, gvr) = (attempt.call, &attempt.resource.gvr);
    if call.name.is_empty() {
        return Ok(());
    }
    let objects = Resource {
        group: &gvr.group,
        resource: &gvr.resource,
        subresource: &call.subresource,
        namespace: &call.namespace,
        name: &call.name,
    };
    let attributes = Attributes::resource("create", objects);
    let decision = decide(&attempt.registry.access(), &call.user, &attributes);
    if decision.allowed { Ok(()) } else { Err(forbidden(&call.user, &attributes, &decision.reason)) }
}

/// Fills in what the server gives; says whether it made up the name.
fn fill(attempt: &Attempt<'_>, object: &mut Value) -> bool {
    let options = &attempt.registry.options();
    metadata::wipe(map_mut(object));
    let meta = map_mut(object).object_mut("metadata");
    meta.insert("uid", options.entropy.uuid());
    meta.insert("creationTimestamp", attempt.now.as_str());
    let prefix = meta.str("generateName").unwrap_or_default().to_owned();
    let generate = meta.str("name").unwrap_or_default().is_empty() && !prefix.is_empty();
    if generate {
        // As upstream: the prefix is cut so that five more characters fit a DNS label.
        let cut = prefix.char_indices().take_while(|(at, _)| *at < 58).last();
        let end = cut.map_or(0, |(at, char)| at + char.len_utf8());
        meta.insert("name", format!("{}{}", &prefix[..end], options.entropy.name_suffix()));
    }
    generate
}

/// A new object has the status that its kind begins with, never the client's.
fn reset_status(attempt: &Attempt<'_>, object: &mut Value) {
    let map = map_mut(object);
    map.remove("status");
    let declared = attempt.resource.schema().is_some_and(|schema| schema.field("status").is_some());
    if !attempt.resource.is_custom() && declared {
        map.insert("status", Value::object());
    }
}

fn own(attempt: &Attempt<'_>, object: &Value, owners: Owners, sent: Option<&Value>) -> Managed {
    let before = match owners {
        Owners::Settled(managed) => return managed,
        Owners::Track(list) => {
            Managed::for_update(&Managed::default(), list.as_ref().or(sent), attempt.subresource())
        }
    };
    let resource = attempt.resource;
    let zero = managed::zero(resource);
    let request = UpdateRequest {
        live: zero.as_deref(),
        new: object,
        managed: &before,
        manager: &attempt.manager(),
        subresource: attempt.subresource(),
        api_version: &resource.gvk().api_version(),
        now: &attempt.now,
        schema: managed::schema(resource),
        reset_fields: &attempt.reset_fields(map(object)),
    };
    amethyst_merge::update(&request).unwrap_or(before)
}

fn exists(attempt: &Attempt<'_>, name: &str, deleting: bool) -> Status {
    let gvr = &attempt.resource.gvr;
    let status = Status::already_exists(&gvr.group, &gvr.resource, name);
    if !deleting {
        return status;
    }
    let message = format!("object is being deleted: {status}");
    Status::new(status.reason(), message).about(&gvr.group, &gvr.resource, name)
}

/// An error of upstream's that has no reason of its own.
fn raw(message: &str) -> Status {
    Status::new(crate::status::Reason::Unknown, message)
}
