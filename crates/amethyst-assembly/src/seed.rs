//! The first objects: what must be there before the controllers can follow the repository.

use std::time::Duration;

use amethyst_controller::{Apply, Cluster};
use amethyst_object::{GroupVersionKind, Object, Value, value};
use amethyst_render::entry::Entry;

use crate::StartError;

/// The field manager of what Amethyst itself brings.
const MANAGER: &str = "amethyst";
/// A definition is served at once; this is for the day it is not.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// Brings the definitions of the controllers.
pub(crate) async fn definitions(cluster: &Cluster) -> Result<(), StartError> {
    let definitions = amethyst_gitops::definitions();
    for definition in &definitions {
        apply(cluster, definition).await?;
    }
    for definition in &definitions {
        served(cluster, definition).await?;
    }
    Ok(())
}

/// Brings the entry of the sync: its namespace, its source and its first Kustomization.
pub(crate) async fn entry(cluster: &Cluster, entry: &Entry) -> Result<(), StartError> {
    let namespace = value!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": (entry.kustomization.namespace())},
    });
    let namespace = Object::from_value(namespace).expect("it was written as a map");
    for object in [&namespace, &entry.source, &entry.kustomization] {
        apply(cluster, object).await?;
    }
    Ok(())
}

async fn apply(cluster: &Cluster, object: &Object) -> Result<(), StartError> {
    let failed = |source| StartError::Seed { what: format!("`{}`", object.id()), source };
    cluster.apply(object, Apply { manager: MANAGER, dry_run: false }).await.map(drop).map_err(failed)
}

async fn served(cluster: &Cluster, definition: &Object) -> Result<(), StartError> {
    let text = |keys: &[&str]| definition.str_at(keys).unwrap_or_default().to_owned();
    let versions = definition.at(&["spec", "versions"]).and_then(Value::as_array).unwrap_or_default();
    let is_served = |version: &&Value| version.get("served").and_then(Value::as_bool) == Some(true);
    let version = versions.iter().find(is_served).and_then(|version| version.str_at(&["name"]));
    let version = version.unwrap_or_default();
    let gvk = GroupVersionKind::new(text(&["spec", "group"]), version, text(&["spec", "names", "kind"]));
    let looked = async {
        while cluster.served(&gvk).await.is_err() {
            cluster.forget(&gvk.group_version());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let served = tokio::time::timeout(SERVED_WITHIN, looked).await;
    served.map_err(|_| StartError::NotServed(definition.name().to_owned()))
}
