//! Events are kept for an hour after they were last written, as upstream keeps them (`--event-ttl`).

use amethyst_store::{Batch, CommitError, Expect, Key, Revision, Snapshot, Txn};
use jiff::{SignedDuration, Timestamp};

use super::Task;
use crate::record::Entry;
use crate::registry::{Registry, scan};

/// How long an event is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Events removed in one transaction.
const BATCH: usize = 256;

/// The task: events that are too old.
#[derive(Default)]
pub(super) struct Events(Vec<(Key, Revision)>);

impl Task for Events {
    fn reset(&mut self, registry: &Registry, snapshot: &Snapshot<Entry>) {
        let now = registry.options().clock.now();
        let old = snapshot.range("/events/", None).filter(|(_, stored)| {
            last_written(&stored.record).is_some_and(|at| now.duration_since(at) > KEPT)
        });
        self.0 = old.map(|(key, stored)| (key.clone(), stored.modified)).collect();
    }

    fn observe(&mut self, _: &Registry, _: &Batch<Entry>) {}

    async fn work(&mut self, registry: &Registry) -> bool {
        for batch in std::mem::take(&mut self.0).chunks(BATCH) {
            let mut txn = Txn::new();
            for (key, revision) in batch {
                txn = txn.expect(key, Expect::Unchanged(*revision)).delete(key);
            }
            match registry.store().commit(txn).await {
                // One that was written again stays, and the others with it until the next look.
                Ok(_) | Err(CommitError::Conflict { .. }) => {}
                Err(error) => {
                    tracing::warn!(%error, "failed to remove old events");
                    return false;
                }
            }
        }
        false
    }
}

/// The latest of an event's times.
fn last_written(event: &Entry) -> Option<Timestamp> {
    let paths: [&[&str]; 4] = [
        &["lastTimestamp"],
        &["series", "lastObservedTime"],
        &["eventTime"],
        &["metadata", "creationTimestamp"],
    ];
    paths.iter().filter_map(|path| scan::text(&event.body, path)?.parse().ok()).max()
}
