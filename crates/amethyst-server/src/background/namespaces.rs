//! Namespaces: what each has (a ServiceAccount, the certificate authority), and how they end.
//!
//! As upstream, pods go first and the rest when no pod is left; a namespace with nothing in it loses its last
//! finalizer and with it itself (kubernetes `pkg/controller/namespace/deletion`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amethyst_object::{Map, Value, value};
use amethyst_store::{Batch, Snapshot};

use super::{RETRY, Rows, Task, call, parts};
use crate::catalog::Resource;
use crate::record::Entry;
use crate::registry::metadata::condition;
use crate::registry::write::{self, Changed, Owners, map_mut, namespace_key};
use crate::registry::{Body, DeleteOptions, Propagation, Registry};
use crate::status::{Reason, Status};

const WHO: &str = "namespace-controller";
const ROOT_CA: &str = "kube-root-ca.crt";
/// Said in each such ConfigMap, in the place where upstream explains it.
const ROOT_CA_NOTE: &str = "Certificate authority of this cluster's API server, for programs that call it.";

/// The task.
#[derive(Default)]
pub(super) struct Namespaces {
    rows: Rows,
    /// Namespaces to look at.
    dirty: BTreeSet<String>,
    /// Namespaces that are being emptied.
    ending: BTreeSet<String>,
}

impl Task for Namespaces {
    fn reset(&mut self, _: &Registry, snapshot: &Snapshot<Entry>) {
        self.dirty.clear();
        self.ending.clear();
        for (key, stored) in snapshot.range("/namespaces/", None) {
            self.note(key.as_str(), Some(&stored.record));
        }
    }

    fn observe(&mut self, _: &Registry, batch: &Batch<Entry>) {
        for event in batch {
            let key = event.key.as_str();
            if key.starts_with("/namespaces/") {
                self.note(key, event.after.as_deref());
                continue;
            }
            let Some((group, plural, namespace, name)) = parts(key) else { continue };
            let default = group.is_empty()
                && matches!((plural, name), ("serviceaccounts", "default") | ("configmaps", ROOT_CA));
            if default || self.ending.contains(namespace) {
                self.dirty.insert(namespace.to_owned());
            }
        }
    }

    async fn work(&mut self, registry: &Registry) -> bool {
        self.rows.refresh(&registry.catalog());
        let mut failed = BTreeSet::new();
        for namespace in std::mem::take(&mut self.dirty) {
            if let Err(status) = self.look(registry, &namespace).await {
                tracing::warn!(%namespace, %status, retry = ?RETRY, "failed to settle a namespace");
                failed.insert(namespace);
            }
        }
        self.dirty.extend(failed);
        !self.dirty.is_empty()
    }
}

impl Namespaces {
    fn note(&mut self, key: &str, record: Option<&Entry>) {
        let Some((_, _, _, name)) = parts(key) else { return };
        match record {
            Some(record) => {
                self.dirty.insert(name.to_owned());
                if record.index.deleting {
                    self.ending.insert(name.to_owned());
                }
            }
            None => {
                self.ending.remove(name);
            }
        }
    }

    async fn look(&self, registry: &Registry, namespace: &str) -> Result<(), Status> {
        let snapshot = registry.store().snapshot();
        match snapshot.get(&namespace_key(namespace)) {
            None => Ok(()),
            Some(stored) if stored.record.index.deleting => self.empty(registry, namespace).await,
            Some(_) => self.furnish(registry, &snapshot, namespace).await,
        }
    }

    /// Makes what every namespace has.
    async fn furnish(
        &self,
        registry: &Registry,
        snapshot: &Snapshot<Entry>,
        namespace: &str,
    ) -> Result<(), Status> {
        let account = value!({"metadata": {"name": "default", "namespace": namespace}});
        self.make(registry, snapshot, "serviceaccounts", namespace, account).await?;
        let pem = registry.options().root_ca_pem.as_str();
        let key = format!("/configmaps/{namespace}/{ROOT_CA}");
        if let Some(stored) = snapshot.get(&key) {
            let object = Value::Object(stored.record.object());
            if object.at(&["data", "ca.crt"]).and_then(Value::as_str) == Some(pem) {
                return Ok(());
            }
            return self.restore(registry, namespace, pem).await;
        }
        let authority = value!({
            "metadata": {
                "name": ROOT_CA, "namespace": namespace,
                "annotations": {"kubernetes.io/description": ROOT_CA_NOTE}
            },
            "data": {"ca.crt": pem}
        });
        self.make(registry, snapshot, "configmaps", namespace, authority).await
    }

    async fn make(
        &self,
        registry: &Registry,
        snapshot: &Snapshot<Entry>,
        plural: &str,
        namespace: &str,
        object: Value,
    ) -> Result<(), Status> {
        let name = object.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
        if snapshot.get(&format!("/{plural}/{namespace}/{name}")).is_some() {
            return Ok(());
        }
        let Some(row) = self.rows.get("", plural) else { return Ok(()) };
        let call = call(WHO, row, namespace, "", "");
        match registry.create(&call, Body::from(object)).await {
            Ok(_) => Ok(()),
            // Made meanwhile, or the namespace ended: either way there is nothing to do.
            Err(status)
                if matches!(
                    status.reason(),
                    Reason::AlreadyExists | Reason::NotFound | Reason::Forbidden
                ) =>
            {
                Ok(())
            }
            Err(status) => Err(status),
        }
    }

    async fn restore(&self, registry: &Registry, namespace: &str, pem: &str) -> Result<(), Status> {
        let Some(row) = self.rows.get("", "configmaps") else { return Ok(()) };
        let call = call(WHO, row, namespace, ROOT_CA, "");
        let data = value!({"ca.crt": pem});
        let changed = write::change(registry, &call, false, |_, live| {
            let mut object = live.expect("it must exist").object.clone();
            map_mut(&mut object).insert("data", data.clone());
            Ok(Changed { object, owners: Owners::Track(None), replaced: false })
        });
        match changed.await {
            Err(status) if status.reason() != Reason::NotFound => Err(status),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Deletes what is in a namespace; at the end, the namespace.
    async fn empty(&self, registry: &Registry, namespace: &str) -> Result<(), Status> {
        let mut rows: Vec<&Arc<Resource>> = self.rows.rows.values().filter(|row| row.namespaced).collect();
        rows.sort_by(|a, b| a.storage.cmp(&b.storage));
        let pods: Vec<&Arc<Resource>> = rows
            .iter()
            .copied()
            .filter(|row| row.storage.group.is_empty() && row.storage.plural == "pods")
            .collect();
        delete_all(registry, namespace, &pods).await?;
        let mut left = Left::of(registry, namespace, &rows);
        if left.pods == 0 {
            delete_all(registry, namespace, &rows).await?;
            left = Left::of(registry, namespace, &rows);
        }
        let Some(row) = self.rows.get("", "namespaces") else { return Ok(()) };
        if left.resources.is_empty() {
            finalize(registry, row, namespace).await
        } else {
            tell(registry, row, namespace, &left).await
        }
    }
}

async fn delete_all(registry: &Registry, namespace: &str, rows: &[&Arc<Resource>]) -> Result<(), Status> {
    let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    for row in rows {
        let snapshot = registry.store().snapshot();
        let prefix = row.storage.namespace_prefix(namespace);
        for (key, stored) in snapshot.range(&prefix, None) {
            // What is marked already waits for its finalizers or its grace.
            if stored.record.index.deleting {
                continue;
            }
            let name = &key.as_str()[prefix.len()..];
            match registry.delete(&call(WHO, row, namespace, name, ""), options.clone()).await {
                Err(status) if status.reason() != Reason::NotFound => return Err(status),
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// What is left in a namespace.
#[derive(Default)]
struct Left {
    pods: usize,
    resources: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
}

impl Left {
    fn of(registry: &Registry, namespace: &str, rows: &[&Arc<Resource>]) -> Self {
        let (snapshot, mut left) = (registry.store().snapshot(), Self::default());
        for row in rows {
            let name = format!("{}.{}", row.gvr.resource, row.gvr.group);
            for (_, stored) in snapshot.range(&row.storage.namespace_prefix(namespace), None) {
                *left.resources.entry(name.clone()).or_default() += 1;
                left.pods += usize::from(name == "pods.");
                for finalizer in stored.record.index.finalizers.iter() {
                    *left.finalizers.entry(finalizer.to_string()).or_default() += 1;
                }
            }
        }
        left
    }
}

/// Writes into the namespace's status what holds it back.
async fn tell(registry: &Registry, row: &Arc<Resource>, namespace: &str, left: &Left) -> Result<(), Status> {
    let list = |counts: &BTreeMap<String, usize>, between: &str, after: &str| {
        let parts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {between} {count} {after}")).collect();
        parts.join(", ")
    };
    let resources = list(&left.resources, "has", "resource instances");
    let finalizers = list(&left.finalizers, "in", "resource instances");
    let call = call(WHO, row, "", namespace, "status");
    let told = write::change(registry, &call, false, |attempt, live| {
        let mut object = live.expect("it must exist").object.clone();
        let now = attempt.now.as_str();
        let remaining = if left.finalizers.is_empty() {
            condition(
                "NamespaceFinalizersRemaining",
                false,
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
                now,
            )
        } else {
            let text = format!("Some content in the namespace has finalizers remaining: {finalizers}");
            condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", &text, now)
        };
        let conditions = [
            condition(
                "NamespaceDeletionDiscoveryFailure",
                false,
                "ResourcesDiscovered",
                "All resources successfully discovered",
                now,
            ),
            condition(
                "NamespaceDeletionGroupVersionParsingFailure",
                false,
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
                now,
            ),
            condition(
                "NamespaceDeletionContentFailure",
                false,
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
                now,
            ),
            condition(
                "NamespaceContentRemaining",
                true,
                "SomeResourcesRemain",
                &format!("Some resources are remaining: {resources}"),
                now,
            ),
            remaining,
        ];
        set_conditions(map_mut(&mut object).object_mut("status"), conditions);
        Ok(Changed { object, owners: Owners::Track(None), replaced: false })
    });
    ignore_gone(told.await.map(|_| ()))
}

/// Sets conditions; one that did not change keeps its time.
fn set_conditions(status: &mut Map, conditions: [Value; 5]) {
    let list = status.get_or_insert_with("conditions", || Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return };
    for new in conditions {
        let kind = new.str_at(&["type"]).unwrap_or_default().to_owned();
        match list.iter_mut().find(|known| known.str_at(&["type"]) == Some(&kind)) {
            Some(known)
                if known.get("status") == new.get("status") && known.get("message") == new.get("message") => {
            }
            Some(known) => *known = new,
            None => list.push(new),
        }
    }
}

/// Takes off the finalizer that stands for the namespace's content.
async fn finalize(registry: &Registry, row: &Arc<Resource>, namespace: &str) -> Result<(), Status> {
    let call = call(WHO, row, "", namespace, "finalize");
    let done = write::change(registry, &call, false, |_, live| {
        let mut object = live.expect("it must exist").object.clone();
        let spec = map_mut(&mut object).object_mut("spec");
        if let Some(list) = spec.get_mut("finalizers").and_then(Value::as_array_mut) {
            list.retain(|finalizer| finalizer.as_str() != Some("kubernetes"));
        }
        Ok(Changed { object, owners: Owners::Track(None), replaced: false })
    });
    ignore_gone(done.await.map(|_| ()))
}

fn ignore_gone(result: Result<(), Status>) -> Result<(), Status> {
    result.or_else(|status| if status.reason() == Reason::NotFound { Ok(()) } else { Err(status) })
}
