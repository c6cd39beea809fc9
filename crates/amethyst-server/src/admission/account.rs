//! A pod that comes right behind its namespace waits a moment for the namespace's account.
//!
//! Accounts are made by a controller. Upstream's plugin looks ten times, a tenth to a fifth of a second apart
//! (kubernetes `plugin/pkg/admission/serviceaccount`, `getServiceAccount`); ours sees the account come.

use std::time::Duration;

use amethyst_object::Value;

use super::plugins::service_account::DEFAULT;
use crate::registry::write::namespace_key;
use crate::registry::{Call, Registry};

const PATIENCE: Duration = Duration::from_millis(1500);

/// Waits until the default account of the pod's namespace is there, or for long enough.
pub(crate) async fn wait(registry: &Registry, call: &Call, object: &Value) {
    let resource = &call.resource.storage;
    let named = object.str_at(&["spec", "serviceAccountName"]).unwrap_or_default();
    if (resource.group.as_str(), resource.plural.as_str()) != ("", "pods") || !matches!(named, "" | DEFAULT) {
        return;
    }
    let key = format!("/serviceaccounts/{}/{DEFAULT}", call.namespace);
    let snapshot = registry.store().snapshot();
    if snapshot.get(&key).is_some() {
        return;
    }
    let namespace = snapshot.get(&namespace_key(&call.namespace));
    if namespace.is_none_or(|namespace| namespace.record.index.deleting) {
        return;
    }
    let Ok(mut cursor) = registry.store().watch(snapshot.revision()) else { return };
    let come = async {
        while registry.store().snapshot().get(&key).is_none() {
            if cursor.next().await.is_err() {
                return;
            }
        }
    };
    // Whether it came or not, the plugin says.
    let _ = tokio::time::timeout(PATIENCE, come).await;
}
