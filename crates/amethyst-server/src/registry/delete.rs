//! DELETE: at once, with grace, or held back by finalizers
//! (kubernetes/apiserver `pkg/registry/generic/registry/store.go`, `pkg/registry/rest/delete.go`).

use std::sync::Arc;

use amethyst_merge::Managed;
use amethyst_object::{Map, Value, value};
use amethyst_schema::Fault;
use amethyst_store::{Expect, Stored};
use jiff::{SignedDuration, Timestamp};

use super::metadata::{self, FOREGROUND, ORPHAN, refuse};
use super::write::{self, Attempt, Extra, Live, managed_of, map, map_mut};
use super::{Call, DeleteOptions, Outcome, Page, Propagation, Registry, read};
use crate::admission::{self, Asked};
use crate::request::ListOptions;
use crate::status::{Reason, Status};
use crate::strategy::Dependents;

/// How often a deletion tries again when the object changes under it.
const ATTEMPTS_MAX: usize = 64;

pub(super) async fn delete(
    registry: &Registry,
    call: &Call,
    options: DeleteOptions,
) -> Result<Outcome, Status> {
    run(registry, call, options, true).await
}

/// Deletes what has been admitted as something else already: an evicted pod.
pub(super) async fn delete_admitted(
    registry: &Registry,
    call: &Call,
    options: DeleteOptions,
) -> Result<Outcome, Status> {
    run(registry, call, options, false).await
}

async fn run(
    registry: &Registry,
    call: &Call,
    options: DeleteOptions,
    admit: bool,
) -> Result<Outcome, Status> {
    check(&options)?;
    warn(call, &options);
    for _ in 0..ATTEMPTS_MAX {
        let planned = {
            let attempt = Attempt::new(registry, call);
            plan(&attempt, &options, admit).await?
        };
        let (txn, answer) = match planned {
            Plan::Answer(outcome) => return Ok(outcome),
            Plan::Commit(txn, answer) => (txn, answer),
        };
        if let Some(revision) = write::commit(registry, &call.resource, txn.into_txn()).await? {
            return Ok(match answer {
                Answer::Removed(outcome) => outcome,
                // What is gone has the revision of its end.
                Answer::Marked(record) | Answer::Last(record) => {
                    let stored = Stored { record, created: revision, modified: revision };
                    let object = read::render(&registry.current(&call.resource), &stored);
                    Outcome::Object { object, created: false }
                }
            });
        }
    }
    Err(Status::new(Reason::Timeout, "the object changes faster than it can be deleted; try again")
        .retry_after(1))
}

/// Deletes what a list finds, one by one.
pub(super) async fn delete_collection(
    registry: &Registry,
    call: &Call,
    list: &ListOptions,
    options: DeleteOptions,
) -> Result<Page, Status> {
    check(&options)?;
    let page = read::list(registry, call, list)?;
    for item in &page.items {
        let one = Call { name: item.name().into(), namespace: item.namespace().into(), ..call.clone() };
        match delete(registry, &one, options.clone()).await {
            Err(status) if status.reason() != Reason::NotFound => return Err(status),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(page)
}

/// Who deletes a Job without saying so keeps its pods.
fn warn(call: &Call, options: &DeleteOptions) {
    let jobs = call.resource.gvr.group == "batch" && call.resource.gvr.resource == "jobs";
    if jobs && options.propagation.is_none() && options.orphan_dependents.is_none() {
        call.warnings.add(
            "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove \
             them or set propagationPolicy=Orphan to suppress this warning",
        );
    }
}

fn check(options: &DeleteOptions) -> Result<(), Status> {
    if let (Some(_), Some(propagation)) = (options.orphan_dependents, options.propagation) {
        let fault = Fault::invalid(
            metadata::path(&["propagationPolicy"]),
            format!("{propagation:?}"),
            "orphanDependents and deletionPropagation cannot be both set",
        );
        return refuse("meta.k8s.io", "DeleteOptions", "", vec![fault]);
    }
    Ok(())
}

enum Plan {
    Answer(Outcome),
    Commit(Extra, Answer),
}

enum Answer {
    Removed(Outcome),
    Marked(Arc<crate::record::Entry>),
    /// Removed, and the object is the answer.
    Last(Arc<crate::record::Entry>),
}

/// What grace means for a deletion.
enum Grace {
    /// None: the kind knows none, or it is over.
    None,
    /// This many seconds; 0 deletes at once, marked nevertheless.
    Marked(i64),
    /// A deletion is under way and this one changes nothing.
    Pending,
}

async fn plan(attempt: &Attempt<'_>, options: &DeleteOptions, admit: bool) -> Result<Plan, Status> {
    let (resource, name) = (attempt.resource, attempt.call.name.as_str());
    let live = attempt.live(name).ok_or_else(|| read::not_found(resource, name))?;
    check_preconditions(attempt, &live, options)?;
    (attempt.strategy.check_delete)(map(&live.object))?;
    let mut extra = Extra::default();
    let managed = managed_of(&live.stored.record);
    let mut object = live.object.clone();
    let was_deleting = metadata::is_deleting(map(&object));
    let grace = grace(attempt, map_mut(&mut object), options);
    if let Grace::Pending = grace {
        let removed = removed(attempt, &live, &live.object, &managed, options.dry_run, &mut extra);
        return Ok(match removed {
            Answer::Removed(outcome) => Plan::Answer(outcome),
            Answer::Marked(last) | Answer::Last(last) => {
                let modified = live.stored.modified;
                let stored = Stored { record: last, created: live.stored.created, modified };
                Plan::Answer(Outcome::Object { object: read::render(resource, &stored), created: false })
            }
        });
    }
    if admit {
        admission::validate(attempt, Asked::delete(&live, options), None, &managed, &mut extra).await?;
    }
    if !was_deleting {
        (attempt.strategy.begin_delete)(attempt, map_mut(&mut object));
    }
    let finalizers = collector_finalizers(attempt, map(&object), options);
    let borrowed: Vec<&str> = finalizers.iter().map(String::as_str).collect();
    metadata::set_finalizers(map_mut(&mut object), &borrowed);
    let held = !finalizers.is_empty() || (attempt.strategy.held_back)(map(&object));
    let key = attempt.key(name);
    extra.expect(key.as_str(), Expect::Unchanged(live.stored.modified));

    let stays = held || matches!(grace, Grace::Marked(seconds) if seconds > 0);
    if !stays {
        let answer = removed(attempt, &live, &object, &managed, options.dry_run, &mut extra);
        return Ok(match answer {
            Answer::Removed(outcome) if options.dry_run => Plan::Answer(outcome),
            answer => Plan::Commit(extra, answer),
        });
    }
    if let Grace::None = grace {
        mark(attempt, map_mut(&mut object));
    }
    let record = Arc::new(attempt.entry(object, &managed, Some(&live)));
    if record.body == live.stored.record.body {
        return Ok(Plan::Answer(Outcome::Object {
            object: read::render(resource, &live.stored),
            created: false,
        }));
    }
    if options.dry_run {
        let object = read::render_new(resource, Arc::unwrap_or_clone(record), live.stored.modified);
        return Ok(Plan::Answer(Outcome::Object { object, created: false }));
    }
    extra.put_shared(key, Arc::clone(&record));
    Ok(Plan::Commit(extra, Answer::Marked(record)))
}

fn check_preconditions(attempt: &Attempt<'_>, live: &Live, options: &DeleteOptions) -> Result<(), Status> {
    let (gvr, kind) = (&attempt.resource.gvr, &attempt.resource.kind);
    let conflict = |why: String| Status::conflict(&gvr.group, kind, &attempt.call.name, why);
    let uid = &live.stored.record.index.uid;
    if let Some(wanted) = &options.preconditions.uid
        && wanted != uid
    {
        return Err(conflict(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have \
             been deleted and then recreated"
        )));
    }
    let version = live.stored.modified.to_string();
    if let Some(wanted) = &options.preconditions.resource_version
        && *wanted != version
    {
        return Err(conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record \
             ({version}). The object might have been modified"
        )));
    }
    Ok(())
}

/// Works out grace, and writes it into the object (`BeforeDelete`).
fn grace(attempt: &Attempt<'_>, object: &mut Map, options: &DeleteOptions) -> Grace {
    if !attempt.strategy.graceful {
        return Grace::None;
    }
    let asked = options.grace_period_seconds.map(|seconds| if seconds < 0 { 1 } else { seconds });
    let meta = metadata::of(object);
    let current = meta.get("deletionGracePeriodSeconds").and_then(Value::as_i64);
    if metadata::is_deleting(object) {
        return match (current, asked) {
            (None | Some(0), _) => Grace::None,
            // A deletion under way can only be made shorter.
            (Some(current), Some(asked)) if asked < current => shorten(attempt, object, current, asked),
            _ => Grace::Pending,
        };
    }
    let declared = object.get("spec").and_then(|spec| spec.get("terminationGracePeriodSeconds"));
    let mut seconds = asked.or_else(|| declared.and_then(Value::as_i64)).unwrap_or(30);
    let phase = object.get("status").and_then(|status| status.str_at(&["phase"])).unwrap_or_default();
    let node = object.get("spec").and_then(|spec| spec.str_at(&["nodeName"])).unwrap_or_default();
    // What never ran, or runs no more, has nothing to end.
    if node.is_empty() || matches!(phase, "Failed" | "Succeeded") {
        seconds = 0;
    }
    let at = now(attempt).checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    set_deletion(object, at, seconds);
    bump_generation(object);
    Grace::Marked(seconds)
}

fn shorten(attempt: &Attempt<'_>, object: &mut Map, current: i64, asked: i64) -> Grace {
    let (now, mut asked) = (now(attempt), asked);
    let set: Timestamp = metadata::text(object, "deletionTimestamp").parse().unwrap_or(now);
    let mut at = set.checked_add(SignedDuration::from_secs(asked - current)).unwrap_or(now);
    if at < now {
        at = now;
        if asked != 0 {
            asked = 1;
        }
    }
    set_deletion(object, at, asked);
    Grace::Marked(asked)
}

fn now(attempt: &Attempt<'_>) -> Timestamp {
    attempt.registry.options().clock.now()
}

fn set_deletion(object: &mut Map, at: Timestamp, seconds: i64) {
    let meta = object.object_mut("metadata");
    meta.insert("deletionTimestamp", amethyst_clock::rfc3339_seconds(at));
    meta.insert("deletionGracePeriodSeconds", seconds);
}

fn bump_generation(object: &mut Map) {
    let meta = object.object_mut("metadata");
    if let Some(generation) =
        meta.get("generation").and_then(Value::as_i64).filter(|generation| *generation > 0)
    {
        meta.insert("generation", generation + 1);
    }
}

/// Marks an object without grace that something holds back (`markAsDeleting`).
fn mark(attempt: &Attempt<'_>, object: &mut Map) {
    let bare = attempt.strategy.bare_mark;
    if !metadata::is_deleting(object) {
        if !bare {
            bump_generation(object);
        }
        object.object_mut("metadata").insert("deletionTimestamp", attempt.now.as_str());
    }
    if bare {
        return;
    }
    object.object_mut("metadata").insert("deletionGracePeriodSeconds", 0);
}

/// The finalizers after the collector's two were put in or taken out as the options say.
fn collector_finalizers(attempt: &Attempt<'_>, object: &Map, options: &DeleteOptions) -> Vec<String> {
    let current = metadata::finalizers(object);
    let supported = attempt.strategy.dependents != Dependents::Unsupported;
    let set = |name: &str| current.contains(&name);
    let by_default = attempt.strategy.dependents == Dependents::Orphan;
    let (orphan, foreground) = match (options.orphan_dependents, options.propagation) {
        _ if !supported => (false, false),
        (Some(orphan), _) => (orphan, false),
        (None, Some(Propagation::Orphan)) => (true, false),
        (None, Some(Propagation::Foreground)) => (false, true),
        (None, Some(Propagation::Background)) => (false, false),
        (None, None) if set(ORPHAN) => (true, false),
        (None, None) if set(FOREGROUND) => (false, true),
        (None, None) => (by_default, false),
    };
    let others = current.iter().filter(|name| **name != ORPHAN && **name != FOREGROUND);
    let mut finalizers: Vec<String> = others.map(|name| (*name).to_owned()).collect();
    finalizers.extend(orphan.then(|| ORPHAN.to_owned()));
    finalizers.extend(foreground.then(|| FOREGROUND.to_owned()));
    finalizers
}

/// Removes the object; what is answered is a Status or the object, as its kind has it.
fn removed(
    attempt: &Attempt<'_>,
    live: &Live,
    object: &Value,
    managed: &Managed,
    dry_run: bool,
    extra: &mut Extra,
) -> Answer {
    let (resource, name) = (attempt.resource, attempt.call.name.as_str());
    let last = Arc::new(attempt.entry(object.clone(), managed, Some(live)));
    if !dry_run {
        (attempt.strategy.release)(map(&live.object), extra);
        extra.delete_with(attempt.key(name), Arc::clone(&last));
    }
    if attempt.strategy.returns_deleted && !dry_run {
        return Answer::Last(last);
    }
    if attempt.strategy.returns_deleted {
        let stored = Stored { record: last, created: live.stored.created, modified: live.stored.modified };
        return Answer::Removed(Outcome::Object { object: read::render(resource, &stored), created: false });
    }
    let mut details = Map::new();
    details.insert("name", name);
    if !resource.gvr.group.is_empty() {
        details.insert("group", resource.gvr.group.clone());
    }
    details.insert("kind", resource.gvr.resource.clone());
    details.insert("uid", live.stored.record.index.uid.clone());
    Answer::Removed(Outcome::Status(value!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    })))
}
