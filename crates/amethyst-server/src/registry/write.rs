//! The path of every write: one attempt on one state of the store, tried again when the state moved on.
//!
//! An attempt reads a snapshot, works out the object and the transaction, and commits it on the condition
//! that what it read is still so. Nothing is locked; a write that loses a race works itself out anew.

mod create;
mod update;

use std::sync::Arc;

use amethyst_merge::{FieldSet, Managed, UpdateRequest};
use amethyst_object::{Map, Value, json};
use amethyst_store::{CommitError, Durability, Expect, Key, Revision, Snapshot, Stored, Txn};
use bytes::Bytes;

use super::{Call, Outcome, Registry, convert, decode, metadata, read};
use crate::catalog::{DEFINITIONS, Resource, Source};
use crate::record::Entry;
use crate::status::{Reason, Status};
use crate::strategy::{self, Strategy};

/// How often a write tries again before it gives up; each time somebody else's write went through.
const ATTEMPTS_MAX: usize = 64;

/// One attempt at a write: what it sees.
pub(crate) struct Attempt<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) call: &'a Call,
    pub(crate) resource: &'a Resource,
    pub(crate) strategy: &'static Strategy,
    pub(crate) snapshot: Snapshot<Entry>,
    /// The time as `metav1.Time`.
    pub(crate) now: String,
}

/// What an attempt writes besides the object itself.
#[derive(Default)]
pub(crate) struct Extra(Txn<Entry>);

/// An object as it stands, in the version of the request.
pub(crate) struct Live {
    /// Without resourceVersion and managedFields.
    pub(crate) object: Value,
    pub(crate) stored: Stored<Entry>,
}

impl Live {
    /// The object as a client sees it: what patches are written against.
    pub(crate) fn whole(&self) -> Value {
        let mut document = self.object.clone();
        let metadata = map_mut(&mut document).object_mut("metadata");
        metadata.insert("resourceVersion", self.stored.modified.to_string());
        if !self.stored.record.managed.is_empty() {
            metadata.insert("managedFields", managed_value(&self.stored.record));
        }
        document
    }
}

/// What a change makes of an object.
pub(crate) struct Changed {
    /// The object, shaped and defaulted.
    pub(crate) object: Value,
    /// Who owns its fields.
    pub(crate) owners: Owners,
    /// Whether the client sent the whole object, whose uid then is a precondition.
    pub(crate) replaced: bool,
}

/// Who owns an object's fields after the write.
pub(crate) enum Owners {
    /// Worked out from what changes; the list that the client sent, if it did.
    Track(Option<Value>),
    /// Worked out already: an apply.
    Settled(Managed),
}

/// What an attempt comes to.
enum Plan {
    /// Nothing to write.
    Answer(Outcome),
    /// Write this.
    Commit { txn: Txn<Entry>, answer: Answer },
    /// A generated name was taken: once more.
    Again,
}

/// What is answered once the transaction is through.
enum Answer {
    Object {
        record: Arc<Entry>,
        created: bool,
    },
    /// The object as it was last seen, with its last revision.
    Gone {
        record: Arc<Entry>,
        revision: Revision,
    },
}

impl Extra {
    pub(crate) fn expect(&mut self, key: impl Into<Key>, expect: Expect) {
        self.0 = std::mem::take(&mut self.0).expect(key, expect);
    }

    pub(crate) fn put(&mut self, key: impl Into<Key>, record: Entry) {
        self.0 = std::mem::take(&mut self.0).put(key, record);
    }

    pub(crate) fn put_shared(&mut self, key: impl Into<Key>, record: Arc<Entry>) {
        self.0 = std::mem::take(&mut self.0).put(key, record);
    }

    pub(crate) fn delete_with(&mut self, key: impl Into<Key>, last: Arc<Entry>) {
        self.0 = std::mem::take(&mut self.0).delete_with(key, last);
    }

    pub(crate) fn delete(&mut self, key: impl Into<Key>) {
        self.0 = std::mem::take(&mut self.0).delete(key);
    }

    pub(super) fn into_txn(self) -> Txn<Entry> {
        self.0
    }
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(registry: &'a Registry, call: &'a Call) -> Self {
        Self {
            registry,
            call,
            resource: &call.resource,
            strategy: strategy::of(&call.resource),
            snapshot: registry.store().snapshot(),
            now: registry.options().clock.now_rfc3339(),
        }
    }

    /// The object that the call names, if it is there.
    pub(crate) fn live(&self, name: &str) -> Option<Live> {
        let key = self.key(name);
        let stored = self.snapshot.get(&key)?.clone();
        let mut object = Value::Object(convert::from_storage(self.resource, stored.record.object()));
        if let Source::Custom(version) = &self.resource.source
            && stored.modified < version.since
        {
            convert::catch_up(version, &mut object);
        }
        Some(Live { object, stored })
    }

    pub(crate) fn key(&self, name: &str) -> String {
        self.resource.storage.key(&self.call.namespace, name)
    }

    /// The manager of the fields that the call writes.
    pub(super) fn manager(&self) -> String {
        if !self.call.write.field_manager.is_empty() {
            return self.call.write.field_manager.clone();
        }
        let agent = self.call.user_agent.split('/').next().unwrap_or_default();
        let mut manager = String::new();
        for char in agent.chars().filter(|char| !char.is_control()) {
            if manager.len() + char.len_utf8() > 128 {
                break;
            }
            manager.push(char);
        }
        manager
    }

    /// The subresource, as managedFields names it.
    pub(super) fn subresource(&self) -> &str {
        &self.call.subresource
    }

    /// Fields that the call cannot change, so that nobody comes to own them by it.
    pub(super) fn reset_fields(&self, object: &Map) -> FieldSet {
        let mut set = FieldSet::default();
        let mut put = |path: &[&str]| {
            set = set.union(&FieldSet::of(&[path]));
        };
        match self.subresource() {
            "status" => {
                for key in object.keys().filter(|key| !matches!(key.as_str(), "status" | "metadata")) {
                    if !matches!(key.as_str(), "apiVersion" | "kind") {
                        put(&[key]);
                    }
                }
                if self.resource.is_custom() {
                    for key in ["labels", "annotations", "finalizers", "ownerReferences"] {
                        put(&["metadata", key]);
                    }
                } else {
                    for key in update::kept_by_status(self.resource) {
                        put(&["metadata", key]);
                    }
                }
            }
            "" if self.resource.has_status => put(&["status"]),
            _ => {}
        }
        for (_, path) in self.strategy.resets.iter().filter(|(below, _)| *below == self.subresource()) {
            put(path);
        }
        set
    }

    /// Refuses what cannot be in its namespace (`NamespaceLifecycle`); the namespace must stay as it is
    /// until the write is through. `name` is what errors call it.
    pub(crate) fn enter_namespace(&self, name: &str, extra: &mut Extra) -> Result<(), Status> {
        let namespace = self.call.namespace.as_str();
        if namespace.is_empty() {
            return Ok(());
        }
        let key = namespace_key(namespace);
        let Some(stored) = self.snapshot.get(&key) else {
            return Err(Status::not_found("", "namespaces", namespace));
        };
        if stored.record.index.deleting {
            let gvr = &self.resource.gvr;
            let qualified = if gvr.group.is_empty() {
                gvr.resource.to_string()
            } else {
                format!("{}.{}", gvr.resource, gvr.group)
            };
            let why = format!(
                "unable to create new content in namespace {namespace} because it is being terminated"
            );
            let message = format!("{qualified} \"{name}\" is forbidden: {why}");
            let cause = crate::status::Cause {
                reason: "NamespaceTerminating",
                message: format!("namespace {namespace} is being terminated"),
                field: "metadata.namespace".to_owned(),
            };
            return Err(Status::new(Reason::Forbidden, message)
                .about(&gvr.group, &gvr.resource, name)
                .causes(vec![cause]));
        }
        extra.expect(key, Expect::Unchanged(stored.modified));
        Ok(())
    }

    /// A definition that is being deleted takes no new objects; it must stay as it is until the write is through.
    fn enter_definition(&self, extra: &mut Extra) -> Result<(), Status> {
        let Source::Custom(version) = &self.resource.source else { return Ok(()) };
        let key = format!("{DEFINITIONS}/{}", version.definition);
        match self.snapshot.get(&key) {
            Some(stored) if !stored.record.index.deleting => {
                extra.expect(key, Expect::Unchanged(stored.modified));
                Ok(())
            }
            Some(_) => {
                let why = "create not allowed while custom resource definition is terminating";
                Err(Status::new(Reason::MethodNotAllowed, why))
            }
            None => Err(Status::new(Reason::NotFound, "the server could not find the requested resource")),
        }
    }

    /// The entry of an object of the request's version.
    pub(super) fn entry(&self, mut object: Value, managed: &Managed, live: Option<&Live>) -> Entry {
        decode::settle_form(self.resource, &mut object);
        let Value::Object(mut map) = object else { unreachable!("objects are maps from their decoding on") };
        metadata::tidy(&mut map);
        let old = live.map(|live| live.stored.record.as_ref());
        Entry::new(convert::to_storage(self.resource, map, old), encode(managed))
    }

    /// What a kind's own hooks write into its status belongs to the server.
    fn own_status(&self, before: &Value, after: &Value, managed: Managed, manager: &str) -> Managed {
        let mut live = before.clone();
        map_mut(&mut live).object_mut("metadata").get_or_insert_with("uid", || "unset".into());
        // What a create writes into the status itself is nobody's, as upstream.
        if let Some(stored) = after.at(&["status", "storedVersions"]) {
            map_mut(&mut live).object_mut("status").insert("storedVersions", stored.clone());
        }
        decode::settle_form(self.resource, &mut live);
        let request = UpdateRequest {
            live: Some(&live),
            new: after,
            managed: &managed,
            manager,
            subresource: "status",
            api_version: &self.resource.gvk().api_version(),
            now: &self.now,
            schema: super::managed::schema(self.resource),
            reset_fields: &FieldSet::of(&[&["spec"], &["metadata"]]),
        };
        amethyst_merge::update(&request).unwrap_or(managed)
    }

    pub(super) fn conflict(&self, name: &str, why: &str) -> Status {
        Status::conflict(&self.resource.gvr.group, &self.resource.gvr.resource, name, why)
    }
}

/// The key of a namespace's object.
pub(crate) fn namespace_key(namespace: &str) -> String {
    format!("/namespaces//{namespace}")
}

/// `metadata.managedFields` as it is kept.
pub(crate) fn encode(managed: &Managed) -> Bytes {
    if managed.is_empty() {
        return Bytes::new();
    }
    let mut out = Vec::new();
    managed.write_json(&mut out);
    Bytes::from(out)
}

/// `metadata.managedFields` as it was kept.
pub(crate) fn managed_of(record: &Entry) -> Managed {
    let list = if record.managed.is_empty() { Value::Null } else { managed_value(record) };
    Managed::from_value(&list).unwrap_or_default()
}

pub(crate) fn managed_value(record: &Entry) -> Value {
    json::parse(&record.managed).unwrap_or_default()
}

/// Creates an object: again with another name as long as a generated one is taken.
pub(super) async fn create(registry: &Registry, call: &Call, object: &Value) -> Result<Outcome, Status> {
    let mut taken = 0;
    for _ in 0..ATTEMPTS_MAX {
        let attempt = Attempt::new(registry, call);
        let changed = Changed { object: object.clone(), owners: Owners::Track(None), replaced: true };
        let plan = create::plan(&attempt, changed).await?;
        // A generated name that was taken is made up again, a few times.
        if matches!(plan, Plan::Again) {
            taken += 1;
            if taken > 8 {
                let gvr = &attempt.resource.gvr;
                let prefix = metadata_text(object, "generateName");
                return Err(Status::already_exists(&gvr.group, &gvr.resource, prefix));
            }
        }
        if let Some(outcome) = finish(registry, call, plan).await? {
            return Ok(outcome);
        }
    }
    Err(too_fast())
}

/// Changes the object that the call names: `change` sees it as it stands (or that it is missing, when
/// `create` allows that) and says what it becomes.
pub(crate) async fn change(
    registry: &Registry,
    call: &Call,
    create: bool,
    mut change: impl FnMut(&Attempt<'_>, Option<&Live>) -> Result<Changed, Status>,
) -> Result<Outcome, Status> {
    for _ in 0..ATTEMPTS_MAX {
        let attempt = Attempt::new(registry, call);
        let live = attempt.live(&call.name);
        if live.is_none() && !create {
            return Err(read::not_found(attempt.resource, &call.name));
        }
        let changed = change(&attempt, live.as_ref())?;
        let plan = match live {
            Some(live) => update::plan(&attempt, &live, changed).await?,
            None => create::plan_named(&attempt, changed).await?,
        };
        drop(attempt);
        if let Some(outcome) = finish(registry, call, plan).await? {
            return Ok(outcome);
        }
    }
    Err(too_fast())
}

/// Carries a plan out; none when the state moved on and another attempt is due.
async fn finish(registry: &Registry, call: &Call, plan: Plan) -> Result<Option<Outcome>, Status> {
    let (txn, answer) = match plan {
        Plan::Answer(outcome) => return Ok(Some(outcome)),
        Plan::Again => return Ok(None),
        Plan::Commit { txn, answer } => (txn, answer),
    };
    let committed = commit(registry, &call.resource, txn).await?;
    Ok(committed.map(|revision| settle(registry, call, answer, revision)))
}

fn too_fast() -> Status {
    Status::new(Reason::Timeout, "the object changes faster than it can be written; try again").retry_after(1)
}

/// Commits a transaction; `None` when what it expected is no longer so.
pub(crate) async fn commit(
    registry: &Registry,
    resource: &Resource,
    txn: Txn<Entry>,
) -> Result<Option<Revision>, Status> {
    // What is written all the time and made anew after a crash need not wait for the disk.
    let coalesced = matches!(
        (resource.storage.group.as_str(), resource.storage.plural.as_str()),
        ("", "events") | ("coordination.k8s.io", "leases")
    );
    let durability = if coalesced { Durability::Coalesced } else { Durability::Durable };
    match registry.store().commit(txn.durability(durability)).await {
        Ok(revision) => {
            registry.committed(resource);
            Ok(Some(revision))
        }
        Err(CommitError::Conflict { .. }) => Ok(None),
        Err(CommitError::Closed) => {
            Err(Status::new(Reason::ServiceUnavailable, "the server is shutting down").retry_after(1))
        }
        Err(error @ (CommitError::Full(_) | CommitError::Failed(_))) => Err(Status::internal(error)),
    }
}

fn settle(registry: &Registry, call: &Call, answer: Answer, revision: Revision) -> Outcome {
    let resource = registry.current(&call.resource);
    match answer {
        Answer::Object { record, created } => {
            let stored = Stored { record, created: revision, modified: revision };
            Outcome::Object { object: read::render(&resource, &stored), created }
        }
        Answer::Gone { record, revision } => {
            let stored = Stored { record, created: revision, modified: revision };
            Outcome::Object { object: read::render(&resource, &stored), created: false }
        }
    }
}

pub(super) fn metadata_text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.str_at(&["metadata", key]).unwrap_or_default()
}

pub(crate) fn map(object: &Value) -> &Map {
    object.as_object().expect("objects are maps from their decoding on")
}

pub(crate) fn map_mut(object: &mut Value) -> &mut Map {
    object.as_object_mut().expect("objects are maps from their decoding on")
}
