//! What the Kustomizations say, as it changes: for `up` and `status`.

use std::collections::BTreeSet;
use std::time::Duration;

use amethyst_controller::Cluster;
use amethyst_gitops::{Overview, ResourceRef, Row};
use amethyst_object::{GroupVersionKind, Object, ObjectId, Value};
use kube::Client;

use crate::{Lack, lacks};

/// How often the Kustomizations are looked at. They are few and the look is in process.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// All Kustomizations at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// A row for each.
    pub overview: Overview,
    /// All objects that they hold.
    pub objects: BTreeSet<ObjectId>,
}

impl Summary {
    /// Whether there is at least one Kustomization, and none is left to wait for.
    pub fn is_ready(&self) -> bool {
        !self.overview.rows.is_empty() && self.overview.is_ready()
    }

    /// The objects that nothing will come of in this version, with why.
    pub fn lacks(&self) -> Vec<(&ObjectId, Lack)> {
        self.objects.iter().filter_map(|id| Some((id, lacks(id)?))).collect()
    }
}

/// Follows the Kustomizations of an API.
pub struct Progress {
    cluster: Cluster,
    seen: Summary,
}

impl Progress {
    /// Follows the API behind `client`.
    pub fn new(client: Client) -> Self {
        Self { cluster: Cluster::new(client), seen: Summary::default() }
    }

    /// Waits for something to change; gives the rows that changed, and how all are now.
    pub async fn next(&mut self) -> (Vec<Row>, &Summary) {
        loop {
            let now = self.look().await;
            if now != self.seen {
                let changed = now.overview.rows.iter().filter(|row| !self.seen.overview.rows.contains(row));
                let changed = changed.cloned().collect();
                self.seen = now;
                return (changed, &self.seen);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How all are now.
    pub async fn look(&self) -> Summary {
        let gvk = GroupVersionKind::new("kustomize.toolkit.fluxcd.io", "v1", "Kustomization");
        let objects = match self.cluster.list(&gvk).await {
            Ok(objects) => objects,
            Err(error) => {
                // Before the definitions are there, nothing serves the kind.
                tracing::debug!(%error, "failed to list Kustomizations");
                Vec::new()
            }
        };
        Summary { overview: Overview::of(&objects), objects: objects.iter().flat_map(inventory).collect() }
    }
}

fn inventory(object: &Object) -> Vec<ObjectId> {
    let entries = object.at(&["status", "inventory", "entries"]).and_then(Value::as_array).unwrap_or_default();
    let id = |entry: &Value| {
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        ResourceRef { id: text("id"), v: text("v") }.object().ok()
    };
    entries.iter().filter_map(id).collect()
}
