//! Since when a Service's endpoints are behind: the earliest change that they do not show yet
//! (k8s.io/endpointslice `util/trigger_time_tracker.go`).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_controller::ObjectKey;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::jiff::Timestamp;

use crate::pods;

/// Remembers what each Service was last looked at for.
#[derive(Default)]
pub(crate) struct TriggerTimes(Mutex<HashMap<ObjectKey, Seen>>);

#[derive(Default)]
struct Seen {
    service: Option<Timestamp>,
    pods: BTreeMap<String, Timestamp>,
}

impl TriggerTimes {
    /// The earliest change since the last look; of a Service never seen before, its creation.
    pub(crate) fn next(&self, key: &ObjectKey, service: &Service, pods: &[Arc<Pod>]) -> Option<Timestamp> {
        let now = Seen {
            service: service.metadata.creation_timestamp.as_ref().map(|at| at.0),
            pods: pods
                .iter()
                .filter_map(|pod| Some((pod.metadata.name.clone()?, ready_since(pod)?)))
                .collect(),
        };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = seen.get(key) else {
            let created = now.service;
            seen.insert(key.clone(), now);
            return created;
        };
        let pods =
            now.pods.iter().filter(|(name, at)| before.pods.get(*name).is_none_or(|before| *at > before));
        let service = now.service.filter(|at| before.service.is_none_or(|before| *at > before));
        let first = pods.map(|(_, at)| *at).chain(service).min();
        seen.insert(key.clone(), now);
        first
    }

    /// Forgets a Service that is gone.
    pub(crate) fn forget(&self, key: &ObjectKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn ready_since(pod: &Pod) -> Option<Timestamp> {
    Some(pods::condition(pod, "Ready")?.last_transition_time.as_ref()?.0)
}

/// The annotation's text: as Go's `RFC3339Nano`, in UTC.
pub(crate) fn text(at: Timestamp) -> String {
    at.to_string()
}
