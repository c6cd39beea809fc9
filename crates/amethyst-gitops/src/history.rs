//! `status.history`: the last results of a Kustomization, newest first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;

/// How many results are kept.
const RESULTS_MAX: usize = 5;

/// One set of objects and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Snapshot {
    /// The digest of the built objects, `sha256:<hex>`.
    pub digest: String,
    /// When it was first seen with this result.
    pub first_reconciled: String,
    /// When it was last seen with this result.
    pub last_reconciled: String,
    /// How long the last pass took.
    pub last_reconciled_duration: GoDuration,
    /// The reason of the result.
    pub last_reconciled_status: String,
    /// How often it was seen.
    pub total_reconciliations: i64,
    /// Its revision.
    pub metadata: BTreeMap<String, String>,
}

/// Puts a result at the front of `history`; the same objects with the same result are counted instead.
pub(crate) fn upsert(history: &mut Vec<Snapshot>, mut result: Snapshot) {
    let same = |old: &Snapshot| {
        old.digest == result.digest && old.last_reconciled_status == result.last_reconciled_status
    };
    if let Some(at) = history.iter().position(same) {
        let old = history.remove(at);
        result.first_reconciled = old.first_reconciled;
        result.total_reconciliations = old.total_reconciliations + 1;
    }
    history.insert(0, result);
    history.truncate(RESULTS_MAX);
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, upsert};

    fn result(digest: &str, status: &str, at: &str) -> Snapshot {
        Snapshot {
            digest: digest.to_owned(),
            first_reconciled: at.to_owned(),
            last_reconciled: at.to_owned(),
            last_reconciled_status: status.to_owned(),
            total_reconciliations: 1,
            ..Snapshot::default()
        }
    }

    #[test]
    fn the_same_result_is_counted_and_comes_first() {
        let mut history = Vec::new();
        for (digest, status, at) in [("a", "Failed", "1"), ("a", "Succeeded", "2"), ("a", "Failed", "3")] {
            upsert(&mut history, result(digest, status, at));
        }
        let seen: Vec<_> = history
            .iter()
            .map(|it| {
                (it.last_reconciled_status.as_str(), it.total_reconciliations, it.first_reconciled.as_str())
            })
            .collect();
        assert_eq!(seen, [("Failed", 2, "1"), ("Succeeded", 1, "2")]);
        for digest in ["b", "c", "d", "e"] {
            upsert(&mut history, result(digest, "Succeeded", "4"));
        }
        assert_eq!(history.len(), 5);
    }
}
