//! How a registry begins: its catalog, and the objects that must always be there.

use std::sync::{Arc, Mutex};

use amethyst_object::{Map, Value, value};
use amethyst_store::{Expect, Store, Txn};
use arc_swap::ArcSwap;
use bytes::Bytes;

use super::write::namespace_key;
use super::{Core, Registry, RegistryOptions, flow_control};
use crate::admission::Chain;
use crate::catalog::Publisher;
use crate::rbac::{Access, policy};
use crate::record::Entry;
use crate::strategy::service;

/// Namespaces that are always there.
pub(crate) const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Priority classes that are always there (kubernetes `pkg/apis/scheduling/v1/helpers.go`).
pub(crate) const SYSTEM_CLASSES: [(&str, i64, &str); 2] = [
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
];

/// Why a registry cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The objects that must always be there cannot be written.
    #[error("failed to write the namespaces and services that every cluster has")]
    Bootstrap(#[source] amethyst_store::CommitError),
    /// The roles that must always be there cannot be written.
    #[error("failed to write the roles and bindings that every cluster has")]
    Policy(#[source] amethyst_store::CommitError),
}

pub(super) async fn start(store: Store<Entry>, options: RegistryOptions) -> Result<Registry, StartError> {
    let mut publisher = Publisher::new();
    let catalog = publisher.publish(&store.snapshot(), 0).unwrap_or_default();
    let (catalog_changes, _) = tokio::sync::watch::channel(catalog.generation);
    let registry = Registry(Arc::new(Core {
        store,
        admission: Chain::new(&options.plugins, &options.entropy, &options.outbound),
        options,
        catalog: ArcSwap::from_pointee(catalog),
        publisher: Mutex::new(publisher),
        catalog_changes,
        access: Access::default(),
    }));
    registry.admission().refresh(&registry.store().snapshot());
    for name in NAMESPACES {
        let namespace = namespace(&registry, name);
        put_missing(&registry, &namespace_key(name), namespace).await?;
    }
    for (name, value, description) in SYSTEM_CLASSES {
        let class = priority_class(&registry, name, value, description);
        put_missing(&registry, &format!("scheduling.k8s.io/priorityclasses//{name}"), class).await?;
    }
    service::bootstrap(&registry).await?;
    policy::reconcile(&registry).await?;
    flow_control::bootstrap(&registry).await?;
    Ok(registry)
}

fn namespace(registry: &Registry, name: &str) -> Map {
    let label = value!({"kubernetes.io/metadata.name": name});
    new_object(
        registry,
        value!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": label},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        }),
    )
}

fn priority_class(registry: &Registry, name: &str, value: i64, description: &str) -> Map {
    new_object(
        registry,
        value!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name, "generation": 1}, "value": value, "description": description,
            "preemptionPolicy": "PreemptLowerPriority",
        }),
    )
}

/// Gives an object of ours its uid and its time.
pub(crate) fn new_object(registry: &Registry, object: Value) -> Map {
    let Value::Object(mut object) = object else { unreachable!("objects of ours are written as maps") };
    let options = &registry.options();
    let metadata = object.object_mut("metadata");
    metadata.insert("uid", options.entropy.uuid());
    metadata.insert("creationTimestamp", options.clock.now_rfc3339());
    object
}

/// Writes an object if there is none under its key.
pub(crate) async fn put_missing(registry: &Registry, key: &str, object: Map) -> Result<(), StartError> {
    if registry.store().snapshot().get(key).is_some() {
        return Ok(());
    }
    let txn = Txn::new().expect(key, Expect::Absent).put(key, Entry::new(object, Bytes::new()));
    match registry.store().commit(txn).await {
        // Somebody else made it: that is as good.
        Ok(_) | Err(amethyst_store::CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(StartError::Bootstrap(error)),
    }
}
