//! Waiting for what objects look like, on a watch.

use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{ListParams, WatchEvent, WatchParams};
use serde::de::DeserializeOwned;

/// How long [`wait_for`] waits; in virtual time it costs nothing.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Waits until the object `name` is there and `holds`.
///
/// # Panics
/// When that takes longer than a minute: the test failed.
pub async fn wait_for<K>(api: &Api<K>, name: &str, holds: impl Fn(&K) -> bool) -> K
where
    K: Clone + DeserializeOwned + Debug,
{
    let found = wait_until(api, name, WAIT_MAX, |object| object.is_some_and(&holds)).await;
    found.expect("it holds for an object only")
}

/// Waits until the object `name` is gone.
///
/// # Panics
/// When that takes longer than a minute: the test failed.
pub async fn wait_gone<K>(api: &Api<K>, name: &str)
where
    K: Clone + DeserializeOwned + Debug,
{
    wait_until(api, name, WAIT_MAX, |object| object.is_none()).await;
}

/// Waits until `holds` for the object `name`, there or not; gives it as it is then.
///
/// # Panics
/// When that takes longer than `longest`, and when the server refuses to list or watch.
pub async fn wait_until<K>(
    api: &Api<K>,
    name: &str,
    longest: Duration,
    holds: impl Fn(Option<&K>) -> bool,
) -> Option<K>
where
    K: Clone + DeserializeOwned + Debug,
{
    let mut last = None;
    let found = tokio::time::timeout(longest, watch(api, name, &holds, &mut last)).await;
    found.unwrap_or_else(|_| panic!("`{name}` was not as expected after {longest:?}; it was last: {last:#?}"))
}

async fn watch<K>(
    api: &Api<K>,
    name: &str,
    holds: &impl Fn(Option<&K>) -> bool,
    last: &mut Option<K>,
) -> Option<K>
where
    K: Clone + DeserializeOwned + Debug,
{
    let fields = format!("metadata.name={name}");
    loop {
        let list = api.list(&ListParams::default().fields(&fields)).await.expect("the server lists");
        *last = list.items.into_iter().next();
        if holds(last.as_ref()) {
            return last.take();
        }
        let revision = list.metadata.resource_version.unwrap_or_default();
        let params = WatchParams::default().fields(&fields);
        let stream = api.watch(&params, &revision).await.expect("the server watches");
        let mut stream = std::pin::pin!(stream);
        while let Some(event) = stream.next().await {
            match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => *last = Some(object),
                Ok(WatchEvent::Deleted(_)) => *last = None,
                Ok(WatchEvent::Bookmark(_)) => continue,
                // Compacted, or cut off: list again.
                Ok(WatchEvent::Error(_)) | Err(_) => break,
            }
            if holds(last.as_ref()) {
                return last.take();
            }
        }
    }
}
