//! Watches that only wake: metadata of the kind a controller owns and of the kinds its keys named.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use amethyst_object::GroupVersionKind;
use futures::{StreamExt, pin_mut};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, ObjectMeta, PartialObjectMeta};
use kube::runtime::watcher::{self, Event};
use tokio_util::sync::CancellationToken;

use crate::cluster::{Cluster, ObjectKey};
use crate::harness::Shared;

/// The delay before a broken watch is tried again, doubled up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(100);
/// The longest such delay; also how soon a watch begins on a kind that was not served before.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// The annotation by which people ask for a pass.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// What of an owned object's metadata makes a pass necessary. Its own status does not.
#[derive(Debug, PartialEq, Eq)]
struct Fingerprint {
    uid: String,
    generation: i64,
    deleting: bool,
    requested_at: Option<String>,
}

impl Fingerprint {
    fn of(meta: &ObjectMeta) -> Self {
        let requested_at = meta.annotations.as_ref().and_then(|annotations| annotations.get(REQUESTED_AT));
        Self {
            uid: meta.uid.clone().unwrap_or_default(),
            generation: meta.generation.unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            requested_at: requested_at.cloned(),
        }
    }
}

/// Watches one kind until it is stopped: broken watches are taken up again, a kind that is not served
/// is asked for until it is.
pub(crate) async fn watch(
    cluster: Cluster,
    gvk: GroupVersionKind,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let mut delay = RETRY_MIN;
    let mut seen = Seen { owned: gvk == shared.owned, fingerprints: HashMap::new(), listing: HashSet::new() };
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            healthy = watch_once(&cluster, &gvk, &shared, &mut seen) => {
                delay = if healthy { RETRY_MIN } else { (delay * 2).min(RETRY_MAX) };
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(delay) => {}
        }
    }
}

/// Watches until something breaks; tells whether anything was heard.
async fn watch_once(cluster: &Cluster, gvk: &GroupVersionKind, shared: &Shared, seen: &mut Seen) -> bool {
    let served = match cluster.served(gvk).await {
        Ok(served) => served,
        Err(error) => {
            tracing::debug!(%gvk, %error, "kind cannot be watched yet");
            return false;
        }
    };
    let resource = ApiResource {
        group: gvk.group.to_string(),
        version: gvk.version.to_string(),
        api_version: gvk.api_version(),
        kind: gvk.kind.to_string(),
        plural: served.plural.to_string(),
    };
    let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(cluster.client().clone(), &resource);
    let events = watcher::watcher(api, watcher::Config::default());
    pin_mut!(events);
    let mut heard = false;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                heard = true;
                seen.hear(gvk, shared, event);
            }
            Err(error) => {
                tracing::debug!(%gvk, error = &error as &dyn std::error::Error, "watch broke");
                cluster.forget(&gvk.group_version());
                return heard;
            }
        }
    }
    heard
}

/// What a watch remembers between events.
struct Seen {
    owned: bool,
    fingerprints: HashMap<ObjectKey, Fingerprint>,
    /// Owned keys that a list in progress has named.
    listing: HashSet<ObjectKey>,
}

impl Seen {
    fn hear(
        &mut self,
        gvk: &GroupVersionKind,
        shared: &Shared,
        event: Event<PartialObjectMeta<DynamicObject>>,
    ) {
        match event {
            Event::Init => self.listing.clear(),
            Event::InitApply(object) if self.owned => {
                let key = key(&object.metadata);
                self.listing.insert(key.clone());
                self.owned_changed(shared, key, Some(&object.metadata));
            }
            Event::InitApply(_) => {}
            Event::InitDone => {
                // What happened while nobody listened is unknown: everybody looks again.
                shared.wake_namers_of_kind(gvk);
                let gone = self.fingerprints.keys().filter(|key| !self.listing.contains(*key));
                for key in gone.cloned().collect::<Vec<_>>() {
                    self.owned_changed(shared, key, None);
                }
            }
            Event::Apply(object) => {
                let key = key(&object.metadata);
                shared.wake_namers(gvk, &key);
                if self.owned {
                    self.owned_changed(shared, key, Some(&object.metadata));
                }
            }
            Event::Delete(object) => {
                let key = key(&object.metadata);
                shared.wake_namers(gvk, &key);
                if self.owned {
                    self.owned_changed(shared, key, None);
                }
            }
        }
    }

    fn owned_changed(&mut self, shared: &Shared, key: ObjectKey, meta: Option<&ObjectMeta>) {
        let changed = match meta.map(Fingerprint::of) {
            Some(now) if self.fingerprints.get(&key) == Some(&now) => false,
            Some(now) => {
                self.fingerprints.insert(key.clone(), now);
                true
            }
            None => {
                self.fingerprints.remove(&key);
                true
            }
        };
        if changed {
            shared.wake(key);
        }
    }
}

fn key(meta: &ObjectMeta) -> ObjectKey {
    ObjectKey::new(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default())
}
