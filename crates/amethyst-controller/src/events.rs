//! Events of `core/v1`, as client-go's recorder writes them: one object per sentence, counted up when
//! the same is said again.
//!
//! Events are best effort: what cannot be written is logged and forgotten.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use amethyst_clock::{Clock, rfc3339_seconds};
use amethyst_object::{GroupVersionKind, Map, Object, Value, value};

use crate::cluster::{Cluster, ObjectKey, PatchKind};

/// How many sentences a recorder remembers to count, as client-go's cache.
const SENTENCES_MAX: usize = 4096;
/// The longest message the API takes.
const MESSAGE_BYTES_MAX: usize = 1024;

/// Whether an event is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// As it should be.
    Normal,
    /// Not as it should be.
    Warning,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// One thing that happened to an object.
#[derive(Clone, Debug)]
pub struct Happened<'a> {
    /// The object.
    pub about: &'a Object,
    /// Whether it is good.
    pub severity: Severity,
    /// One word.
    pub reason: &'a str,
    /// For people.
    pub message: &'a str,
    /// Annotations of the event.
    pub annotations: &'a [(&'a str, &'a str)],
}

/// Writes events in the name of one component.
pub struct Recorder {
    cluster: Cluster,
    clock: Clock,
    component: &'static str,
    said: Mutex<Said>,
}

type Sentence = (String, Severity, String, String);

#[derive(Default)]
struct Said {
    counts: HashMap<Sentence, (ObjectKey, i64)>,
    order: VecDeque<Sentence>,
}

impl Recorder {
    /// A recorder for `component`.
    pub fn new(cluster: Cluster, clock: Clock, component: &'static str) -> Self {
        Self { cluster, clock, component, said: Mutex::default() }
    }

    /// Writes an event, or counts it when it was said before.
    pub async fn record(&self, happened: Happened<'_>) {
        let message = cut(happened.message);
        let sentence: Sentence = (
            happened.about.uid().to_owned(),
            happened.severity,
            happened.reason.to_owned(),
            message.to_owned(),
        );
        let before = self.said.lock().unwrap_or_else(PoisonError::into_inner).counts.get(&sentence).cloned();
        let gvk = GroupVersionKind::new("", "v1", "Event");
        if let Some((key, count)) = before {
            let patch = value!({"count": (count + 1), "lastTimestamp": (self.clock.now_rfc3339())});
            let counted = self.cluster.patch(&gvk, &key, "", PatchKind::Merge, &patch, self.component).await;
            match counted {
                Ok(_) => return self.remember(sentence, key, count + 1),
                Err(error) if error.is_not_found() => {}
                Err(error) => return tracing::debug!(%error, "event was not counted"),
            }
        }
        let event = self.event(&happened, message);
        match self.cluster.create(&event, self.component).await {
            Ok(made) => self.remember(sentence, ObjectKey::new(made.namespace(), made.name()), 1),
            Err(error) => tracing::debug!(%error, "event was not written"),
        }
    }

    fn remember(&self, sentence: Sentence, key: ObjectKey, count: i64) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.counts.insert(sentence.clone(), (key, count)).is_none() {
            said.order.push_back(sentence);
        }
        if said.order.len() > SENTENCES_MAX
            && let Some(oldest) = said.order.pop_front()
        {
            said.counts.remove(&oldest);
        }
    }

    fn event(&self, happened: &Happened<'_>, message: &str) -> Object {
        let (about, now) = (happened.about, self.clock.now());
        let namespace = if about.namespace().is_empty() { "default" } else { about.namespace() };
        let name = format!("{}.{:x}", about.name(), now.as_nanosecond());
        let now = rfc3339_seconds(now);
        let annotations: Map =
            happened.annotations.iter().map(|(key, value)| (*key, Value::from(*value))).collect();
        let mut event = value!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": (name), "namespace": (namespace)},
            "involvedObject": {
                "apiVersion": (about.api_version()),
                "kind": (about.kind()),
                "namespace": (about.namespace()),
                "name": (about.name()),
                "uid": (about.uid()),
                "resourceVersion": (about.str_at(&["metadata", "resourceVersion"]).unwrap_or_default()),
            },
            "type": (happened.severity.as_str()),
            "reason": (happened.reason),
            "message": (message),
            "source": {"component": (self.component)},
            "reportingComponent": (self.component),
            "reportingInstance": "",
            "firstTimestamp": (now.as_str()),
            "lastTimestamp": (now.as_str()),
            "count": 1,
        });
        if let Some(event) = event.as_object_mut().filter(|_| !annotations.is_empty()) {
            event.object_mut("metadata").insert("annotations", annotations);
        }
        Object::from_value(event).expect("it was written as a map")
    }
}

fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)]
}
