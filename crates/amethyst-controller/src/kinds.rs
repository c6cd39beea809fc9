//! Which resource serves a kind: discovery, remembered until it is found wrong.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::{GroupVersion, GroupVersionKind, Str, Value, json};
use kube::Client;

use crate::error::ApiError;
use crate::request;

/// How a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The resource's name in URLs: `deployments`.
    pub plural: Str,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
}

type Table = HashMap<Str, Served>;

/// What is known of the server's kinds.
#[derive(Debug, Default)]
pub(crate) struct Kinds(Mutex<HashMap<GroupVersion, Arc<Table>>>);

impl Kinds {
    /// How `gvk` is served. Asks the server once per version; a kind that is not there asks again.
    pub(crate) async fn served(&self, client: &Client, gvk: &GroupVersionKind) -> Result<Served, ApiError> {
        let version = gvk.group_version();
        if let Some(served) = self.known(&version).and_then(|table| table.get(&gvk.kind).cloned()) {
            return Ok(served);
        }
        let none = || ApiError::NoKind { api_version: gvk.api_version(), kind: gvk.kind.to_string() };
        if gvk.version.is_empty() || gvk.kind.is_empty() {
            return Err(none());
        }
        let table = match request::get(client, &version_path(&version)).await {
            Ok(list) => Arc::new(read(&list)),
            Err(error) if error.is_not_found() => return Err(none()),
            Err(error) => return Err(error),
        };
        self.lock().insert(version, Arc::clone(&table));
        table.get(&gvk.kind).cloned().ok_or_else(none)
    }

    /// Forgets a version; the next question goes to the server.
    pub(crate) fn forget(&self, version: &GroupVersion) {
        self.lock().remove(version);
    }

    fn known(&self, version: &GroupVersion) -> Option<Arc<Table>> {
        self.lock().get(version).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GroupVersion, Arc<Table>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a version's resources stand.
pub(crate) fn version_path(version: &GroupVersion) -> String {
    if version.group.is_empty() { format!("/api/{version}") } else { format!("/apis/{version}") }
}

fn read(list: &[u8]) -> Table {
    let list = json::parse(list).unwrap_or_default();
    let resources = list.get("resources").and_then(Value::as_array).unwrap_or_default();
    resources
        .iter()
        .filter_map(|resource| {
            let plural = resource.str_at(&["name"]).filter(|name| !name.contains('/'))?;
            let namespaced = resource.get("namespaced").and_then(Value::as_bool).unwrap_or_default();
            Some((resource.str_at(&["kind"])?.into(), Served { plural: plural.into(), namespaced }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Served, read};

    #[test]
    fn subresources_are_no_kinds() {
        let table = read(
            br#"{"kind":"APIResourceList","resources":[
                {"name":"deployments","kind":"Deployment","namespaced":true},
                {"name":"deployments/scale","kind":"Scale","namespaced":true},
                {"name":"nodes","kind":"Node","namespaced":false}]}"#,
        );
        assert_eq!(table.len(), 2);
        assert_eq!(table["Deployment"], Served { plural: "deployments".into(), namespaced: true });
        assert!(!table["Node"].namespaced);
    }
}
