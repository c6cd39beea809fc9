//! ResourceQuotas: what a namespace uses, counted anew (kubernetes `pkg/controller/resourcequota`).
//!
//! Writes are charged as they are admitted; this is for what was given back, for quotas that are new or
//! changed, and, from time to time, for all. A count is of one state of the store and is written only if the
//! quota is as it was in that state, so that no charge is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use amethyst_object::{Map, Value};
use amethyst_quota::{Evaluator, ResourceList, calculate_usage};
use amethyst_store::{Batch, Event, Snapshot};

use super::{RETRY, Rows, Task, call, parts};
use crate::catalog::Resource;
use crate::record::Entry;
use crate::registry::Registry;
use crate::registry::write::{self, Attempt, Changed, Owners, map, map_mut};
use crate::status::{Reason, Status};

const WHO: &str = "resourcequota-controller";
const QUOTAS: &str = "/resourcequotas/";
/// How often all are counted anew (`--resource-quota-sync-period`).
const RESYNC: Duration = Duration::from_mins(5);

/// The task.
#[derive(Default)]
pub(super) struct Quotas {
    rows: Rows,
    /// The quotas that there are, by namespace.
    known: BTreeMap<String, BTreeSet<String>>,
    /// Those to count.
    dirty: BTreeSet<(String, String)>,
}

impl Task for Quotas {
    fn resync(&self) -> Duration {
        RESYNC
    }

    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        self.known.clear();
        self.dirty.clear();
        for (key, _) in snapshot.range(QUOTAS, None) {
            self.note(key.as_str(), true, true);
        }
    }

    fn observe(&mut self, registry: &Registry, batch: &Batch<Entry>) {
        for event in batch {
            let key = event.key.as_str();
            if key.starts_with(QUOTAS) {
                self.note(key, event.after.is_some(), is_declared_anew(event));
            }
            let Some((group, plural, namespace, _)) = parts(key) else { continue };
            let Some(names) = self.known.get(namespace) else { continue };
            if costs_otherwise(registry, group, plural, event) {
                let all = names.iter().map(|name| (namespace.to_owned(), name.clone()));
                self.dirty.extend(all);
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        if self.dirty.is_empty() {
            return false;
        }
        self.rows.refresh(&registry.catalog());
        let Some(row) = self.rows.get("", "resourcequotas").map(Arc::clone) else { return false };
        let counted: Vec<(Arc<Resource>, Evaluator)> = self
            .rows
            .rows
            .values()
            .filter(|row| row.namespaced && row.verbs.contains(&"create"))
            .filter_map(|row| Some((Arc::clone(row), Evaluator::of(&row.gvr.group, &row.gvr.resource)?)))
            .collect();
        let mut failed = BTreeSet::new();
        for (namespace, name) in std::mem::take(&mut self.dirty) {
            if let Err(status) = count(registry, &row, &counted, &namespace, &name).await {
                tracing::warn!(%namespace, quota = %name, %status, retry = ?RETRY, "failed to count a quota");
                failed.insert((namespace, name));
            }
        }
        self.dirty.extend(failed);
        !self.dirty.is_empty()
    }
}

impl Quotas {
    fn note(&mut self, key: &str, there: bool, dirty: bool) {
        let Some((_, _, namespace, name)) = parts(key) else { return };
        if !there {
            if let Some(names) = self.known.get_mut(namespace) {
                names.remove(name);
                if names.is_empty() {
                    self.known.remove(namespace);
                }
            }
            return;
        }
        self.known.entry(namespace.to_owned()).or_default().insert(name.to_owned());
        if dirty {
            self.dirty.insert((namespace.to_owned(), name.to_owned()));
        }
    }
}

/// Whether a quota is new, or limits something else than before. A status that somebody else wrote stands
/// until all are counted.
fn is_declared_anew(event: &Event<Entry>) -> bool {
    let Some(after) = &event.after else { return false };
    let hard =
        |entry: &Entry| crate::registry::scan::find(&entry.body, &["spec", "hard"]).map(<[u8]>::to_vec);
    event.before.as_ref().is_none_or(|before| hard(&before.record) != hard(after))
}

/// Whether a change made an object cost less, or more without having been charged for it.
fn costs_otherwise(registry: &Registry, group: &str, plural: &str, event: &Event<Entry>) -> bool {
    let Some(evaluator) = Evaluator::of(group, plural) else { return false };
    let (Some(before), Some(after)) = (&event.before, &event.after) else { return true };
    if evaluator.only_counts() {
        return false;
    }
    let now = registry.options().clock.now();
    let exists = |name: &str| amethyst_quota::ScopeRequirement {
        name: name.into(),
        operator: "Exists".into(),
        values: Vec::new(),
    };
    let scopes = ["Terminating", "VolumeAttributesClass"].map(exists);
    let cost = |entry: &Entry| {
        let object = entry.object();
        (evaluator.usage(&object, now), scopes.each_ref().map(|scope| evaluator.is_in_scope(&object, scope)))
    };
    cost(&before.record) != cost(after)
}

async fn count(
    registry: &Registry,
    row: &Arc<Resource>,
    counted: &[(Arc<Resource>, Evaluator)],
    namespace: &str,
    name: &str,
) -> Result<(), Status> {
    let call = call(WHO, row, namespace, name, "status");
    let done = write::change(registry, &call, false, |attempt, live| {
        let mut object = live.expect("it must exist").object.clone();
        if let Some(status) = status(attempt, map(&object), counted) {
            map_mut(&mut object).insert("status", status);
        }
        Ok(Changed { object, owners: Owners::Track(None), replaced: false })
    });
    match done.await {
        Err(status) if status.reason() != Reason::NotFound => Err(status),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The status that a quota is to have; `None` when it has it.
fn status(attempt: &Attempt<'_>, quota: &Map, counted: &[(Arc<Resource>, Evaluator)]) -> Option<Value> {
    let list = |keys: [&str; 2]| quota.get(keys[0]).and_then(|part| part.get(keys[1]));
    let hard = ResourceList::read(list(["spec", "hard"]));
    let (old_hard, old_used) = (list(["status", "hard"]), list(["status", "used"]));
    let namespace = attempt.call.namespace.as_str();
    let prefix = |at: usize| counted[at].0.storage.namespace_prefix(namespace);
    let objects = |at: usize| {
        let prefix = prefix(at);
        let all = attempt.snapshot.range(&prefix, None);
        all.map(|(_, stored)| stored.record.object()).collect()
    };
    let now = attempt.registry.options().clock.now();
    let evaluators = counted.iter().map(|(_, evaluator)| evaluator);
    let new = calculate_usage(quota, evaluators, now, objects, |at| {
        attempt.snapshot.range(&prefix(at), None).count()
    });
    // What nobody can count keeps what was observed last.
    let mut used = ResourceList::read(old_used);
    for (name, quantity) in new.iter() {
        used.set(name.clone(), quantity.clone());
    }
    let used = used.mask(hard.names().map(amethyst_object::Str::as_str));
    let unwritten = old_hard.is_none() || old_used.is_none();
    let same = ResourceList::read(old_hard) == hard && ResourceList::read(old_used) == used;
    if same && !unwritten {
        return None;
    }
    Some(Value::Object([("hard", hard.to_value()), ("used", used.to_value())].into_iter().collect()))
}

#[cfg(test)]
mod tests;
