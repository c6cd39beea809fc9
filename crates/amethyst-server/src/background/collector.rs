//! Garbage collection: objects follow their owners (kubernetes `pkg/controller/garbagecollector`).
//!
//! The graph is an index from owners' uids to the keys of their dependents, kept from the events' indexes;
//! whether an owner is there is looked up in the store each time, so a stale index deletes nothing.

use std::collections::{BTreeSet, HashMap};

use amethyst_object::{GroupVersion, GroupVersionKind, Str, Value};
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Rows, Task, parts};
use crate::record::{Entry, Index, Owner};
use crate::registry::metadata::{self, FOREGROUND, ORPHAN};
use crate::registry::write::{self, Changed, Owners, map, map_mut};
use crate::registry::{DeleteOptions, Preconditions, Propagation, Registry};
use crate::status::{Reason, Status};

const WHO: &str = "generic-garbage-collector";

/// The task.
#[derive(Default)]
pub(super) struct Collector {
    rows: Rows,
    /// The keys of the dependents of an owner's uid.
    dependents: HashMap<Str, BTreeSet<String>>,
    /// Where owners lie that wait for their dependents.
    waiting: HashMap<Str, String>,
    /// Keys of objects whose owners are to be looked at.
    check: BTreeSet<String>,
    /// Keys of objects that are deleted and have a finalizer of the collector's.
    finish: BTreeSet<String>,
}

/// How an owner stands.
enum Standing {
    /// It is there, or nobody can tell.
    Solid,
    /// It is gone.
    Absent,
    /// It is deleted in the foreground and waits for its dependents.
    Waiting,
}

impl Task for Collector {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        let rows = std::mem::take(&mut self.rows);
        *self = Self { rows, ..Self::default() };
        for (key, stored) in snapshot.range("", None) {
            self.come(key.as_str(), &stored.record.index);
            if !stored.record.index.owners.is_empty() {
                self.check.insert(key.as_str().to_owned());
            }
        }
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        for event in batch {
            let key = event.key.as_str();
            let before = event.before.as_ref().map(|stored| &stored.record.index);
            let after = event.after.as_ref().map(|record| &record.index);
            let owners = |index: Option<&Index>| index.map(|index| index.owners.clone()).unwrap_or_default();
            let changed = owners(before) != owners(after);
            if let Some(index) = before.filter(|_| changed || after.is_none()) {
                self.go(key, index);
            }
            if let Some(index) = after {
                self.come(key, index);
                if changed && !index.owners.is_empty() {
                    self.check.insert(key.to_owned());
                }
            } else if let Some(index) = before {
                self.waiting.remove(&index.uid);
                let orphans = self.dependents.get(&index.uid).into_iter().flatten().cloned();
                self.check.extend(orphans.collect::<Vec<_>>());
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        self.rows.refresh(&registry.catalog());
        let mut again = BTreeSet::new();
        for key in std::mem::take(&mut self.finish) {
            if let Err(status) = self.finish(registry, &key).await {
                tracing::warn!(%key, %status, retry = ?RETRY, "failed to let an owner go");
                again.insert(key);
            }
        }
        self.finish.extend(again);
        let mut again = BTreeSet::new();
        for key in std::mem::take(&mut self.check) {
            if let Err(status) = self.check(registry, &key).await {
                tracing::warn!(%key, %status, retry = ?RETRY, "failed to collect an object");
                again.insert(key);
            }
        }
        self.check.extend(again);
        !self.check.is_empty() || !self.finish.is_empty()
    }
}

impl Collector {
    /// Takes an object into the graph.
    fn come(&mut self, key: &str, index: &Index) {
        for owner in index.owners.iter() {
            self.dependents.entry(owner.uid.clone()).or_default().insert(key.to_owned());
        }
        let ours = index.finalizers.iter().any(|name| name == ORPHAN || name == FOREGROUND);
        if index.deleting && ours {
            self.waiting.insert(index.uid.clone(), key.to_owned());
            self.finish.insert(key.to_owned());
        }
    }

    /// Takes an object, or its former owners, out of the graph; owners that wait are looked at again.
    fn go(&mut self, key: &str, index: &Index) {
        for owner in index.owners.iter() {
            if let Some(keys) = self.dependents.get_mut(&owner.uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
            self.finish.extend(self.waiting.get(&owner.uid).cloned());
        }
    }

    /// Deletes an object none of whose owners is left.
    async fn check(&self, registry: &Registry, key: &str) -> Result<(), Status> {
        let snapshot = registry.store().snapshot();
        let Some(stored) = snapshot.get(key) else { return Ok(()) };
        let index = &stored.record.index;
        let Some((_, _, namespace, _)) = parts(key) else { return Ok(()) };
        if index.owners.is_empty() || (index.deleting && index.finalizers.is_empty()) {
            return Ok(());
        }
        let (mut solid, mut gone, mut waiting) = (false, Vec::new(), false);
        for owner in index.owners.iter() {
            match Self::standing(registry, &snapshot, namespace, owner) {
                Standing::Solid => solid = true,
                Standing::Absent => gone.push(owner.uid.clone()),
                Standing::Waiting => {
                    waiting = true;
                    gone.push(owner.uid.clone());
                }
            }
        }
        if solid {
            return if gone.is_empty() { Ok(()) } else { self.disown(registry, key, &gone).await };
        }
        if index.deleting {
            return Ok(());
        }
        let has = |name: &str| index.finalizers.iter().any(|finalizer| finalizer == name);
        let has_dependents = self.dependents.contains_key(&index.uid);
        let unblocked = waiting && has_dependents && self.is_in_a_circle(&snapshot, &index.uid);
        if unblocked {
            self.unblock(registry, key).await?;
        }
        let propagation = if has(ORPHAN) {
            Propagation::Orphan
        } else if has(FOREGROUND) || (waiting && has_dependents) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        // Unblocking makes a version of its own: the one that was looked at is no condition then.
        let resource_version = (!unblocked).then(|| Str::from(stored.modified.to_string()));
        let options = DeleteOptions {
            propagation: Some(propagation),
            preconditions: Preconditions { uid: Some(index.uid.clone()), resource_version },
            ..DeleteOptions::default()
        };
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        settled(registry.delete(&call, options).await.map(|_| ()))
    }

    /// Looks the owner up, where its kind says that it must lie.
    fn standing(registry: &Registry, snapshot: &Snapshot<Entry>, namespace: &str, owner: &Owner) -> Standing {
        let GroupVersion { group, version } = GroupVersion::parse(&owner.api_version);
        let catalog = registry.catalog();
        let row = catalog.kind(&GroupVersionKind::new(group.clone(), version, owner.kind.clone()));
        // A version that is not served any more names the same kind.
        let row = row.or_else(|| catalog.all().find(|row| row.gvr.group == group && row.kind == owner.kind));
        let Some(row) = row else { return Standing::Solid };
        if row.namespaced && namespace.is_empty() {
            return Standing::Solid;
        }
        let namespace = if row.namespaced { namespace } else { "" };
        let found = snapshot.get(&row.storage.key(namespace, &owner.name));
        let Some(found) = found.filter(|found| found.record.index.uid == owner.uid) else {
            return Standing::Absent;
        };
        let index = &found.record.index;
        let foreground = index.deleting && index.finalizers.iter().any(|name| name == FOREGROUND);
        if foreground { Standing::Waiting } else { Standing::Solid }
    }

    /// Whether a dependent waits for dependents itself, so that it may be waiting for its own owner
    /// (`attemptToDeleteItem`).
    fn is_in_a_circle(&self, snapshot: &Snapshot<Entry>, uid: &Str) -> bool {
        self.dependents.get(uid).into_iter().flatten().any(|dependent| {
            let index = snapshot.get(dependent).map(|stored| &stored.record.index);
            index
                .is_some_and(|index| index.deleting && index.finalizers.iter().any(|name| name == FOREGROUND))
        })
    }

    /// Lets an object hold none of its owners back.
    async fn unblock(&self, registry: &Registry, key: &str) -> Result<(), Status> {
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        let done = write::change(registry, &call, false, |_, live| {
            let live = live.expect("it must exist");
            let mut object = live.object.clone();
            let meta = map_mut(&mut object).object_mut("metadata");
            let owners = meta.get_mut("ownerReferences").and_then(Value::as_array_mut);
            for owner in owners.into_iter().flatten().filter_map(Value::as_object_mut) {
                if owner.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true) {
                    owner.insert("blockOwnerDeletion", false);
                }
            }
            meta.insert("resourceVersion", live.stored.modified.to_string());
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(done.await.map(|_| ()))
    }

    /// Takes owners that are gone off an object that has others.
    async fn disown(&self, registry: &Registry, key: &str, gone: &[Str]) -> Result<(), Status> {
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        let done = write::change(registry, &call, false, |_, live| {
            let live = live.expect("it must exist");
            let mut object = live.object.clone();
            let meta = map_mut(&mut object).object_mut("metadata");
            if let Some(list) = meta.get_mut("ownerReferences").and_then(Value::as_array_mut) {
                list.retain(|owner| {
                    let uid = owner.str_at(&["uid"]).unwrap_or_default();
                    !gone.iter().any(|gone| gone == uid)
                });
            }
            meta.insert("resourceVersion", live.stored.modified.to_string());
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(done.await.map(|_| ()))
    }

    /// Does what an object's collector finalizers ask for, and takes them off.
    async fn finish(&mut self, registry: &Registry, key: &str) -> Result<(), Status> {
        let snapshot = registry.store().snapshot();
        let Some(stored) = snapshot.get(key) else { return Ok(()) };
        let index = stored.record.index.clone();
        if !index.deleting {
            return Ok(());
        }
        let has = |name: &str| index.finalizers.iter().any(|finalizer| finalizer == name);
        let dependents: Vec<String> =
            self.dependents.get(&index.uid).into_iter().flatten().cloned().collect();
        if has(ORPHAN) {
            for dependent in &dependents {
                self.disown(registry, dependent, std::slice::from_ref(&index.uid)).await?;
            }
            return self.take_off(registry, key, ORPHAN).await;
        }
        if !has(FOREGROUND) {
            return Ok(());
        }
        let blocking = dependents.iter().any(|dependent| {
            snapshot.get(dependent).is_some_and(|stored| {
                stored
                    .record
                    .index
                    .owners
                    .iter()
                    .any(|owner| owner.uid == index.uid && owner.block_owner_deletion)
            })
        });
        self.check.extend(dependents);
        if blocking { Ok(()) } else { self.take_off(registry, key, FOREGROUND).await }
    }

    async fn take_off(&self, registry: &Registry, key: &str, finalizer: &str) -> Result<(), Status> {
        let Some(call) = self.rows.call(WHO, key) else { return Ok(()) };
        let done = write::change(registry, &call, false, |_, live| {
            let live = live.expect("it must exist");
            let mut object = live.object.clone();
            let rest: Vec<String> = metadata::finalizers(map(&object))
                .into_iter()
                .filter(|name| *name != finalizer)
                .map(str::to_owned)
                .collect();
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let meta_version = live.stored.modified.to_string();
            metadata::set_finalizers(map_mut(&mut object), &rest);
            map_mut(&mut object).object_mut("metadata").insert("resourceVersion", meta_version);
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        settled(done.await.map(|_| ()))
    }
}

/// Gone or changed meanwhile is no failure: the change wakes the collector again.
fn settled(result: Result<(), Status>) -> Result<(), Status> {
    match result {
        Err(status) if !matches!(status.reason(), Reason::NotFound | Reason::Conflict) => Err(status),
        Ok(()) | Err(_) => Ok(()),
    }
}
