//! What a changed object becomes before it is stored, or that nothing has changed at all.

use std::sync::Arc;

use amethyst_merge::{Managed, UpdateRequest};
use amethyst_object::{FieldPath, Map, Value};
use amethyst_schema::Fault;
use amethyst_store::{Expect, Revision};

use super::{
    Answer, Attempt, Changed, Extra, Live, Outcome, Owners, Plan, managed_of, map, map_mut, metadata_text,
};
use crate::admission::{self, Asked};
use crate::registry::metadata::{self, refuse};
use crate::registry::{managed, read, scale, validate};
use crate::status::{Reason, Status};
use crate::strategy::Generation;

/// What a lost race is answered with.
const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// Works out the update of an object.
pub(super) async fn plan(attempt: &Attempt<'_>, live: &Live, changed: Changed) -> Result<Plan, Status> {
    let Changed { mut object, owners, replaced } = changed;
    let (resource, strategy) = (attempt.resource, attempt.strategy);
    let name = attempt.call.name.as_str();
    (strategy.grant)(attempt, map(&object), Some(live))?;
    if replaced {
        check_uid(attempt, live, &object)?;
    }
    check_version(attempt, live, &object, replaced)?;
    let (new, old) = (map_mut(&mut object), map(&live.object));
    let sent = new.object_mut("metadata").remove("managedFields");
    keep(attempt, new, old);
    let before = managed_of(&live.stored.record);
    let mut managed = own(attempt, live, &object, owners, sent, &before);

    match attempt.call.subresource.as_str() {
        // What is created below a pod is admitted as what it is, before it becomes a change of the pod.
        "binding" | "eviction" => {}
        "scale" => scale::mutate(attempt, live, &mut object).await?,
        _ => {
            admission::mutate(attempt, Asked::update(live), &mut object, &mut managed).await?;
            keep(attempt, map_mut(&mut object), old);
            // What admission adds counts as the user's own.
            (strategy.grant)(attempt, map(&object), Some(live))?;
        }
    }
    let unprepared = strategy.status_manager.map(|_| object.clone());
    (strategy.prepare_update)(attempt, map_mut(&mut object), old);
    if let (Some(manager), Some(unprepared)) = (strategy.status_manager, &unprepared) {
        managed = attempt.own_status(unprepared, &object, managed, manager);
    }
    let new = map_mut(&mut object);
    keep_metadata(new, old);
    count_generation(attempt, new, old);
    let mut extra = Extra::default();
    (strategy.allocate)(attempt, new, Some(old), &mut extra)?;
    refuse(&resource.gvr.group, &resource.kind, name, validate::update(attempt, &object, &live.object))?;
    match attempt.call.subresource.as_str() {
        "binding" | "eviction" => {}
        "scale" => scale::validate(attempt, live, &object, &mut extra).await?,
        _ => admission::validate(attempt, Asked::update(live), Some(&object), &managed, &mut extra).await?,
    }

    let emptied = metadata::is_deleting(old)
        && metadata::finalizers(map(&object)).is_empty()
        && !(strategy.held_back)(map(&object))
        && metadata::of(old).get("deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or_default()
            == 0;
    let mut record = attempt.entry(object, &managed, Some(live));
    if managed.same_but_times(&before) {
        record.managed = live.stored.record.managed.clone();
    }
    if !emptied && record.body == live.stored.record.body && record.managed == live.stored.record.managed {
        let object = read::render(resource, &live.stored);
        return Ok(Plan::Answer(Outcome::Object { object, created: false }));
    }
    let record = Arc::new(record);
    if attempt.call.write.dry_run {
        let object = read::render_new(resource, Arc::unwrap_or_clone(record), live.stored.modified);
        return Ok(Plan::Answer(Outcome::Object { object, created: false }));
    }
    let key = attempt.key(name);
    let expect = Expect::Unchanged(live.stored.modified);
    if emptied {
        (strategy.release)(map(&live.object), &mut extra);
        let txn =
            extra.into_txn().expect(key.as_str(), expect).delete_with(key.as_str(), Arc::clone(&record));
        return Ok(Plan::Commit { txn, answer: Answer::Gone { record, revision: live.stored.modified } });
    }
    let txn = extra.into_txn().expect(key.as_str(), expect).put(key.as_str(), Arc::clone(&record));
    Ok(Plan::Commit { txn, answer: Answer::Object { record, created: false } })
}

/// The object must be the one that the client means.
fn check_uid(attempt: &Attempt<'_>, live: &Live, object: &Value) -> Result<(), Status> {
    let name = attempt.call.name.as_str();
    let gvr = &attempt.resource.gvr;
    let (uid, live_uid) = (metadata_text(object, "uid"), live.stored.record.index.uid.as_str());
    if !uid.is_empty() && uid != live_uid {
        let resource = &attempt.resource;
        let plural = &gvr.resource;
        let kind = if resource.is_custom() { format!("{}/{plural}", gvr.group) } else { plural.to_string() };
        let namespace = &attempt.call.namespace;
        let place = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{kind}/{place}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {live_uid}"
        );
        return Err(attempt.conflict(name, &why));
    }
    Ok(())
}

/// The object must be in the state that the client means; a patch is written against the state that is.
fn check_version(attempt: &Attempt<'_>, live: &Live, object: &Value, replaced: bool) -> Result<(), Status> {
    let name = attempt.call.name.as_str();
    let gvr = &attempt.resource.gvr;
    let version = metadata_text(object, "resourceVersion");
    if version.is_empty() || version == "0" {
        if attempt.strategy.unconditional_update || !replaced {
            return Ok(());
        }
        let at = FieldPath::of(["metadata", "resourceVersion"]);
        let fault = Fault::invalid(at, Value::from(0), "must be specified for an update");
        return refuse(&gvr.group, &gvr.resource, name, vec![fault]);
    }
    let revision: u64 = version.parse().map_err(|_| {
        Status::new(Reason::Unknown, format!("strconv.ParseUint: parsing {version:?}: invalid syntax"))
    })?;
    if Revision(revision) == live.stored.modified { Ok(()) } else { Err(attempt.conflict(name, MODIFIED)) }
}

/// Keeps what the call cannot change: the status, or all but the status.
fn keep(attempt: &Attempt<'_>, new: &mut Map, old: &Map) {
    match attempt.call.subresource.as_str() {
        "" | "finalize" if attempt.resource.has_status => restore(new, old, "status"),
        "status" => {
            let status = new.get("status").cloned();
            let metadata = new.get("metadata").cloned();
            *new = old.clone();
            match status {
                Some(status) => new.insert("status", status),
                None => new.remove("status"),
            };
            if !attempt.resource.is_custom()
                && let Some(metadata) = metadata
            {
                new.insert("metadata", metadata);
                for key in kept_by_status(attempt.resource) {
                    restore(new.object_mut("metadata"), metadata::of(old), key);
                }
            }
        }
        _ => {}
    }
}

/// Metadata of built-in kinds that a write of the status leaves alone (`ResetObjectMetaForStatus`).
pub(super) fn kept_by_status(resource: &crate::catalog::Resource) -> &'static [&'static str] {
    match (resource.gvr.group.as_str(), resource.gvr.resource.as_str()) {
        ("apps", "deployments") => &["labels"],
        ("resource.k8s.io" | "storage.k8s.io" | "scheduling.k8s.io" | "storagemigration.k8s.io", _)
        | ("networking.k8s.io", "servicecidrs")
        | ("certificates.k8s.io", "podcertificaterequests")
        | ("admissionregistration.k8s.io", "validatingadmissionpolicies") => {
            &["labels", "annotations", "finalizers", "ownerReferences"]
        }
        _ => &[],
    }
}

fn restore(new: &mut Map, old: &Map, key: &str) {
    match old.get(key) {
        Some(value) => new.insert(key, value.clone()),
        None => new.remove(key),
    };
}

/// Metadata that an update cannot change (`BeforeUpdate`).
fn keep_metadata(new: &mut Map, old: &Map) {
    let old = metadata::of(old);
    let meta = new.object_mut("metadata");
    meta.remove("resourceVersion");
    meta.remove("selfLink");
    restore(meta, old, "generation");
    restore(meta, old, "creationTimestamp");
    if meta.str("uid").unwrap_or_default().is_empty() {
        restore(meta, old, "uid");
    }
    if old.get("deletionTimestamp").is_some() {
        restore(meta, old, "deletionTimestamp");
    }
    if !meta.contains_key("deletionGracePeriodSeconds") {
        restore(meta, old, "deletionGracePeriodSeconds");
    }
}

fn count_generation(attempt: &Attempt<'_>, new: &mut Map, old: &Map) {
    let differs = |skip: &[&str]| {
        let kept = |key: &str| !skip.contains(&key);
        let gone = old.keys().any(|key| kept(key) && !new.contains_key(key));
        gone || new.iter().any(|(key, value)| kept(key) && old.get(key) != Some(value))
    };
    let counts = match attempt.strategy.generation {
        Generation::None | Generation::Once => false,
        Generation::Content | Generation::ContentFromZero => differs(&["metadata", "status"]),
        Generation::ContentAndAnnotations => {
            differs(&["metadata", "status"])
                || metadata::of(new).get("annotations") != metadata::of(old).get("annotations")
        }
        Generation::ContentAndMetadata => {
            let kept = |object: &Map| {
                let mut meta = metadata::of(object).clone();
                for key in ["generation", "resourceVersion", "managedFields"] {
                    meta.remove(key);
                }
                meta
            };
            differs(&["metadata"]) || kept(new) != kept(old)
        }
        Generation::Everything => differs(&["metadata"]),
    };
    if counts && !matches!(attempt.call.subresource.as_str(), "status" | "binding") {
        let generation = metadata::of(old).get("generation").and_then(Value::as_i64).unwrap_or_default();
        new.object_mut("metadata").insert("generation", generation + 1);
    }
}

fn own(
    attempt: &Attempt<'_>,
    live: &Live,
    object: &Value,
    owners: Owners,
    sent: Option<Value>,
    before: &Managed,
) -> Managed {
    let start = match owners {
        Owners::Settled(managed) => return managed,
        Owners::Track(list) => Managed::for_update(before, list.or(sent).as_ref(), attempt.subresource()),
    };
    let resource = attempt.resource;
    let request = UpdateRequest {
        live: Some(&live.object),
        new: object,
        managed: &start,
        manager: &attempt.manager(),
        subresource: attempt.subresource(),
        api_version: &resource.gvk().api_version(),
        now: &attempt.now,
        schema: managed::schema(resource),
        reset_fields: &attempt.reset_fields(map(object)),
    };
    let managed = amethyst_merge::update(&request).unwrap_or(start);
    if attempt.subresource() == "scale" { without_times(managed) } else { managed }
}

/// What a Scale wrote comes back from its own managedFields without a time.
fn without_times(managed: Managed) -> Managed {
    let entries = managed.into_entries().into_iter().map(|mut entry| {
        if entry.subresource == "scale" {
            entry.time = None;
        }
        entry
    });
    Managed::new(entries)
}
