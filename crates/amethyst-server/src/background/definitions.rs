//! Definitions that are deleted: their objects go first, then their last finalizer
//! (kubernetes/apiextensions-apiserver `pkg/controller/finalizer`).

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_object::Value;
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Rows, Task, call, parts};
use crate::catalog::DEFINITIONS;
use crate::record::Entry;
use crate::registry::metadata;
use crate::registry::write::{self, Changed, Owners, map, map_mut};
use crate::registry::{DeleteOptions, Registry};
use crate::status::{Reason, Status};
use crate::strategy::definition::CLEANUP;

const WHO: &str = "customresource-controller";

/// The task: definitions that are being deleted, with the prefix of their objects.
#[derive(Default)]
pub(super) struct Definitions {
    rows: Rows,
    ending: BTreeMap<String, String>,
    dirty: bool,
}

impl Task for Definitions {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        self.ending.clear();
        for (key, stored) in snapshot.range(DEFINITIONS, None) {
            self.note(key.as_str(), Some(&stored.record));
        }
        self.dirty = true;
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        for event in batch {
            let key = event.key.as_str();
            if key.starts_with(DEFINITIONS) {
                self.note(key, event.after.as_deref());
            } else if self.ending.values().any(|prefix| key.starts_with(prefix)) {
                self.dirty = true;
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        if !self.dirty || self.ending.is_empty() {
            return false;
        }
        self.rows.refresh(&registry.catalog());
        self.dirty = false;
        for (name, prefix) in self.ending.clone() {
            if let Err(status) = self.end(registry, &name, &prefix).await {
                tracing::warn!(definition = %name, %status, retry = ?RETRY, "failed to delete custom resources");
                self.dirty = true;
            }
        }
        self.dirty
    }
}

impl Definitions {
    fn note(&mut self, key: &str, record: Option<&Entry>) {
        let Some((_, _, _, name)) = parts(key) else { return };
        match record.filter(|record| record.index.deleting) {
            Some(_) => {
                // A definition's name is its plural and its group.
                let Some((plural, group)) = name.split_once('.') else { return };
                self.ending.insert(name.to_owned(), format!("{group}/{plural}/"));
                self.dirty = true;
            }
            None => {
                self.ending.remove(name);
            }
        }
    }

    async fn end(&self, registry: &Registry, name: &str, prefix: &str) -> Result<(), Status> {
        let snapshot = registry.store().snapshot();
        for (key, stored) in snapshot.range(prefix, None) {
            let Some(call) = self.rows.call(WHO, key.as_str()).filter(|_| !stored.record.index.deleting)
            else {
                continue;
            };
            match registry.delete(&call, DeleteOptions::default()).await {
                Err(status) if status.reason() != Reason::NotFound => return Err(status),
                Ok(_) | Err(_) => {}
            }
        }
        if registry.store().snapshot().range(prefix, None).next().is_some() {
            return Ok(());
        }
        let Some(row) = self.rows.get("apiextensions.k8s.io", "customresourcedefinitions") else {
            return Ok(());
        };
        let call = call(WHO, &Arc::clone(row), "", name, "");
        let done = write::change(registry, &call, false, |_, live| {
            let mut object: Value = live.expect("it must exist").object.clone();
            let rest: Vec<String> = metadata::finalizers(map(&object))
                .into_iter()
                .filter(|finalizer| *finalizer != CLEANUP)
                .map(str::to_owned)
                .collect();
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            metadata::set_finalizers(map_mut(&mut object), &rest);
            let version = live.expect("it must exist").stored.modified.to_string();
            map_mut(&mut object).object_mut("metadata").insert("resourceVersion", version);
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        match done.await {
            Err(status) if status.reason() != Reason::NotFound => Err(status),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
