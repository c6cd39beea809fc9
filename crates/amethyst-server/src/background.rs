//! What goes on beside requests: garbage collection, the ends of namespaces and definitions, what every
//! namespace has, rules that roles gather, what quotas count, the ends of events.
//!
//! An event only wakes; the state decides. Each task follows the store with a cursor of its own and looks at
//! everything again from time to time, so that nothing hangs on a lost wake-up.

mod addresses;
pub(crate) mod aggregation;
mod certificates;
mod collector;
mod definitions;
mod events;
mod namespaces;
mod policies;
mod quotas;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use amethyst_store::{Batch, Snapshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::audit::Trail;
use crate::catalog::{Catalog, Resource};
use crate::certificates::Authority;
use crate::record::Entry;
use crate::registry::{Call, Registry, Warnings};
use crate::request::WriteOptions;
use crate::status::{Reason, Status};
use crate::user::User;

/// How often a task looks at everything again.
const RESYNC: Duration = Duration::from_mins(10);
/// The manager of the fields that the tasks write: on a cluster they are the controller manager's.
const MANAGER: &str = "kube-controller-manager";
/// When a task that failed at something tries again.
const RETRY: Duration = Duration::from_secs(1);

/// Starts the tasks; they end when `shutdown` is cancelled.
pub(crate) fn spawn(registry: &Registry, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
    tasks.spawn(run(collector::Collector::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(namespaces::Namespaces::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(definitions::Definitions::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(addresses::Addresses::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(quotas::Quotas::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(aggregation::Aggregation::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(policies::Policies::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(tokens::Tokens::default(), registry.clone(), shutdown.clone()));
    tasks.spawn(run(events::Events::default(), registry.clone(), shutdown.clone()));
}

/// Starts the cluster's own signers of certificates.
pub(crate) fn spawn_signers(
    registry: &Registry,
    authority: Authority,
    tasks: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) {
    tasks.spawn(run(certificates::Certificates::new(authority), registry.clone(), shutdown.clone()));
}

/// What is gone, or another one by now, needs nothing more.
fn settled<T>(done: Result<T, Status>) -> Result<(), Status> {
    match done {
        Err(status) if !matches!(status.reason(), Reason::NotFound | Reason::Conflict) => Err(status),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A task over the store.
trait Task {
    /// How often it looks at everything again.
    fn resync(&self) -> Duration {
        RESYNC
    }

    /// Begins anew at a state of the store: everything is looked at.
    fn reset(&mut self, registry: &Registry, snapshot: &Snapshot<Entry>);

    /// Notes what changed.
    fn observe(&mut self, registry: &Registry, batch: &Batch<Entry>);

    /// Does what is to be done; says whether something failed and must be tried again.
    async fn work(&mut self, registry: &Registry) -> bool;
}

async fn run<T: Task>(mut task: T, registry: Registry, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let snapshot = registry.store().snapshot();
        // A snapshot just taken is within history; if it is not any more, the next one is tried.
        let Ok(mut cursor) = registry.store().watch(snapshot.revision()) else { continue };
        task.reset(&registry, &snapshot);
        let resync = Instant::now() + task.resync();
        loop {
            let wake = if task.work(&registry).await { Instant::now() + RETRY } else { resync };
            let batch = tokio::select! {
                () = shutdown.cancelled() => return,
                batch = tokio::time::timeout_at(wake.min(resync), cursor.next()) => batch,
            };
            match batch {
                Ok(Ok(batch)) => task.observe(&registry, &batch),
                Err(_) if Instant::now() < resync => {}
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }
}

/// The parts of a key: group, plural, namespace, name.
fn parts(key: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = key.splitn(4, '/');
    Some((parts.next()?, parts.next()?, parts.next()?, parts.next()?))
}

/// The resources by what their objects are stored under, each in the group's first version that has it.
#[derive(Default)]
struct Rows {
    generation: u64,
    rows: HashMap<(String, String), Arc<Resource>>,
}

impl Rows {
    /// Follows the catalog.
    fn refresh(&mut self, catalog: &Catalog) {
        if self.generation == catalog.generation {
            return;
        }
        self.generation = catalog.generation;
        self.rows.clear();
        for row in catalog.all() {
            let storage = (row.storage.group.to_string(), row.storage.plural.to_string());
            let own = row.gvr.group == row.storage.group && row.gvr.version == row.storage.version;
            if own {
                self.rows.insert(storage, Arc::clone(row));
            } else {
                self.rows.entry(storage).or_insert_with(|| Arc::clone(row));
            }
        }
    }

    fn get(&self, group: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.rows.get(&(group.to_owned(), plural.to_owned()))
    }

    /// The call for the object under a key.
    fn call(&self, who: &str, key: &str) -> Option<Call> {
        let (group, plural, namespace, name) = parts(key)?;
        Some(call(who, self.get(group, plural)?, namespace, name, ""))
    }
}

/// A call of a task of the server's own.
fn call(who: &str, resource: &Arc<Resource>, namespace: &str, name: &str, subresource: &str) -> Call {
    Call {
        user: Arc::new(User::in_process(format!("system:{who}"))),
        resource: Arc::clone(resource),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
        write: WriteOptions { field_manager: MANAGER.into(), ..WriteOptions::default() },
        user_agent: MANAGER.into(),
        warnings: Warnings::default(),
        trail: Trail::default(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
