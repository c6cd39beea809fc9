//! Addresses of Services that somebody took away: their IPAddress objects are made again (kubernetes
//! `pkg/registry/core/service/ipallocator/controller/repairip.go`).
//!
//! A Service and its addresses are written together, so an address is missing only when its object was
//! deleted by itself.

use std::collections::BTreeSet;

use amethyst_object::Value;
use amethyst_store::{Batch, CommitError, Expect, Snapshot, Txn};

use super::{Task, parts};
use crate::record::Entry;
use crate::registry::Registry;
use crate::strategy::service;

const SERVICES: &str = "/services/";
const ADDRESSES: &str = "networking.k8s.io/ipaddresses/";

/// The task: Services to look at, by their keys.
#[derive(Default)]
pub(super) struct Addresses {
    dirty: BTreeSet<String>,
}

impl Task for Addresses {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        self.dirty = snapshot.range(SERVICES, None).map(|(key, _)| key.as_str().to_owned()).collect();
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        for event in batch.iter().filter(|event| event.key.as_str().starts_with(ADDRESSES)) {
            let (Some(before), None) = (&event.before, &event.after) else { continue };
            let address = Value::Object(before.record.object());
            let parent =
                |key: &str| address.str_at(&["spec", "parentRef", key]).unwrap_or_default().to_owned();
            if parent("resource") == "services" {
                self.dirty.insert(format!("{SERVICES}{}/{}", parent("namespace"), parent("name")));
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        let mut failed = BTreeSet::new();
        for key in std::mem::take(&mut self.dirty) {
            if let Err(error) = repair(registry, &key).await {
                tracing::warn!(service = %key, %error, "failed to make the address of a service again");
                failed.insert(key);
            }
        }
        self.dirty = failed;
        !self.dirty.is_empty()
    }
}

async fn repair(registry: &Registry, key: &str) -> Result<(), CommitError> {
    let snapshot = registry.store().snapshot();
    let Some(stored) = snapshot.get(key) else { return Ok(()) };
    let object = stored.record.object();
    let Some((address, entry)) = service::missing_address(registry, &snapshot, &object) else {
        return Ok(());
    };
    if let Some((_, _, namespace, name)) = parts(key) {
        tracing::warn!(%namespace, %name, %address, "the cluster IP of a service was not allocated; repairing");
    }
    let txn = Txn::new()
        .expect(key, Expect::Unchanged(stored.modified))
        .expect(address.as_str(), Expect::Absent)
        .put(address.as_str(), entry);
    match registry.store().commit(txn).await {
        // The Service changed meanwhile, and its address with it.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
