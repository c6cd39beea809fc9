//! What the controllers know of a kind: a watch that keeps objects, trimmed to what is read of them, and
//! tells what changed.
//!
//! Several controllers share one informer, so that pods are held once.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use amethyst_controller::ObjectKey;
use futures::{StreamExt, pin_mut};
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The delay before a broken watch is taken up again, doubled up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(100);
/// The longest such delay.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// A kind that can be watched.
pub(crate) trait Watched:
    Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

impl<K> Watched for K where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

/// Hears of a change: the object as it was and as it is.
type Handler<K> = Box<dyn Fn(Option<&K>, Option<&K>) + Send + Sync>;

/// The objects of a kind, as last heard. Cheap to clone.
pub(crate) struct Cache<K>(Arc<RwLock<BTreeMap<ObjectKey, Arc<K>>>>);

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Cache<K> {
    /// One object.
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// The objects of a namespace, in the order of their names.
    pub(crate) fn of_namespace(&self, namespace: &str) -> Vec<Arc<K>> {
        let objects = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let first = ObjectKey::new(namespace, "");
        objects
            .range(first..)
            .take_while(|(key, _)| key.namespace == namespace)
            .map(|(_, object)| Arc::clone(object))
            .collect()
    }

    /// All objects.
    pub(crate) fn all(&self) -> Vec<Arc<K>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn put(&self, key: ObjectKey, object: Option<Arc<K>>) -> Option<Arc<K>> {
        let mut objects = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match object {
            Some(object) => objects.insert(key, object),
            None => objects.remove(&key),
        }
    }

    fn keys(&self) -> Vec<ObjectKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// A watch that is not running yet.
pub(crate) struct Informer<K> {
    cache: Cache<K>,
    trim: fn(&mut K),
    handlers: Vec<Handler<K>>,
    synced: watch::Sender<bool>,
}

impl<K: Watched> Informer<K> {
    /// An informer that keeps what `trim` leaves of each object.
    pub(crate) fn new(trim: fn(&mut K)) -> Self {
        Self { cache: Cache::default(), trim, handlers: Vec::new(), synced: watch::channel(false).0 }
    }

    /// What it knows.
    pub(crate) fn cache(&self) -> Cache<K> {
        self.cache.clone()
    }

    /// Has a change told from now on.
    pub(crate) fn on_change(&mut self, handler: impl Fn(Option<&K>, Option<&K>) + Send + Sync + 'static) {
        self.handlers.push(Box::new(handler));
    }

    /// Becomes true once everything was heard for the first time.
    pub(crate) fn synced(&self) -> watch::Receiver<bool> {
        self.synced.subscribe()
    }

    /// Watches until `stop`.
    pub(crate) async fn run(self, client: Client, stop: CancellationToken) {
        let events = watcher::watcher(Api::<K>::all(client), watcher::Config::default());
        pin_mut!(events);
        let (mut delay, mut listing) = (RETRY_MIN, HashSet::new());
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => return,
                event = events.next() => event,
            };
            match event {
                Some(Ok(event)) => {
                    delay = RETRY_MIN;
                    self.hear(event, &mut listing);
                }
                Some(Err(error)) => {
                    let kind = K::kind(&());
                    tracing::debug!(%kind, error = &error as &dyn std::error::Error, "watch broke");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(delay) => {}
                    }
                    delay = (delay * 2).min(RETRY_MAX);
                }
                None => return,
            }
        }
    }

    fn hear(&self, event: Event<K>, listing: &mut HashSet<ObjectKey>) {
        match event {
            Event::Init => listing.clear(),
            Event::InitApply(object) => {
                listing.insert(key_of(&object));
                self.applied(object);
            }
            Event::InitDone => {
                for key in self.cache.keys().into_iter().filter(|key| !listing.contains(key)) {
                    self.gone(&key);
                }
                listing.clear();
                self.synced.send_replace(true);
            }
            Event::Apply(object) => self.applied(object),
            Event::Delete(object) => self.gone(&key_of(&object)),
        }
    }

    fn applied(&self, mut object: K) {
        object.meta_mut().managed_fields = None;
        (self.trim)(&mut object);
        let object = Arc::new(object);
        let before = self.cache.put(key_of(&*object), Some(Arc::clone(&object)));
        let same = |before: &Arc<K>| before.meta().resource_version == object.meta().resource_version;
        if before.as_ref().is_some_and(same) {
            return;
        }
        self.handlers.iter().for_each(|handler| handler(before.as_deref(), Some(&object)));
    }

    fn gone(&self, key: &ObjectKey) {
        if let Some(before) = self.cache.put(key.clone(), None) {
            self.handlers.iter().for_each(|handler| handler(Some(&before), None));
        }
    }
}

/// Where an object stands.
pub(crate) fn key_of<K: Resource>(object: &K) -> ObjectKey {
    let meta = object.meta();
    ObjectKey::new(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default())
}
