//! A bound on how many updaters an object remembers.

use super::{ManagedEntry, Operation, wire};

/// The most updaters an object remembers one by one.
const UPDATERS_MAX: usize = 10;
/// The manager that stands for the forgotten ones.
const ANCIENT: &str = "ancient-changes";

/// Merges the oldest updaters of each version into one bucket until there are few enough.
pub(crate) fn cap(entries: &mut Vec<ManagedEntry>) {
    let mut updaters: Vec<ManagedEntry> =
        entries.extract_if(.., |entry| entry.operation == Operation::Update).collect();
    if updaters.len() > UPDATERS_MAX {
        updaters.sort_by(|left, right| {
            wire::time_order(left, right).then_with(|| left.identifier().cmp(&right.identifier()))
        });
        merge_oldest(&mut updaters);
    }
    entries.append(&mut updaters);
}

fn merge_oldest(updaters: &mut Vec<ManagedEntry>) {
    // The first of each version becomes the bucket when a second one comes.
    let mut buckets: Vec<ManagedEntry> = Vec::new();
    let mut rest = std::mem::take(updaters).into_iter();
    let mut count = rest.len();
    while count > UPDATERS_MAX {
        let Some(entry) = rest.next() else {
            break;
        };
        match buckets.iter_mut().find(|bucket| bucket.api_version == entry.api_version) {
            None => buckets.push(entry),
            Some(bucket) => {
                bucket.fields = bucket.fields.union(&entry.fields);
                ANCIENT.clone_into(&mut bucket.manager);
                bucket.subresource.clear();
                bucket.time = entry.time;
                count -= 1;
            }
        }
    }
    updaters.extend(buckets);
    for entry in rest {
        // An older bucket may still stand among the rest.
        match updaters.iter_mut().find(|known| known.same_manager(&entry)) {
            Some(known) => {
                known.fields = known.fields.union(&entry.fields);
                known.time = known.time.take().max(entry.time);
            }
            None => updaters.push(entry),
        }
    }
}
