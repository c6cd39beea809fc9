//! What can go wrong, one enum per act.

use crate::key::{Key, Revision};
use crate::seal::KeyId;

/// Why a commit was not made. Nothing of the transaction is visible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A precondition does not hold.
    #[error("`{key}` is not as expected: {}", at(*current))]
    Conflict {
        /// The key the precondition names.
        key: Key,
        /// The revision that last wrote it; none when it does not exist.
        current: Option<Revision>,
    },
    /// There is no room on the disk; the commit may be tried again once there is.
    #[error("no room to store the change: {0}")]
    Full(String),
    /// The disk did not take it. Whether it survives a crash is unknown; as long as the store runs it is
    /// not there.
    #[error("failed to store the change: {0}")]
    Failed(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

fn at(current: Option<Revision>) -> String {
    match current {
        Some(revision) => format!("it was last written at revision {revision}"),
        None => "it does not exist".to_owned(),
    }
}

/// Why a watch cannot start where it was asked to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The history asked for is no longer kept.
    #[error("the history asked for is gone; it starts after revision {oldest}")]
    Compacted {
        /// The oldest revision a watch may start after.
        oldest: Revision,
    },
    /// The revision has not happened yet.
    #[error("the revision asked for has not happened; the store is at {current}")]
    FutureRevision {
        /// Where the store is.
        current: Revision,
    },
}

/// A cursor fell behind the kept history: its reader must list again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the watcher fell behind; the history kept starts after revision {oldest}")]
pub struct Compacted {
    /// The oldest revision a watch may start after.
    pub oldest: Revision,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder.
    #[error(
        "the data folder belongs to another running process{}\nhint: stop that process, or choose another folder",
        pid.map(|pid| format!(" ({pid})")).unwrap_or_default()
    )]
    Locked {
        /// That process, if it said so.
        pid: Option<u32>,
    },
    /// A newer version wrote the folder.
    #[error(
        "the data folder has format {found}, this program knows formats up to {supported}\nhint: use the newer program that wrote it"
    )]
    Newer {
        /// The folder's format.
        found: u32,
        /// The newest this program knows.
        supported: u32,
    },
    /// The file `FORMAT` says nothing sensible, or is missing where there is a log.
    #[error(
        "the data folder does not say its format: `FORMAT` {0}\nhint: restore the folder from a backup, or choose another one"
    )]
    Format(&'static str),
    /// What was once stored can no longer be read.
    #[error(
        "the log is damaged: `{file}` at byte {offset}: {reason}\nhint: restore the folder from a backup, or salvage what can be read and lose the rest"
    )]
    Corrupt {
        /// The damaged file.
        file: String,
        /// Where the damage starts.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// What is on the disk is sealed with a key that was not given.
    #[error(
        "the store is sealed with the key {key}, which is {}\nhint: put the key file back where it was, or restore the folder together with its key",
        if *given { "not among the keys given" } else { "missing" }
    )]
    Sealed {
        /// The key.
        key: KeyId,
        /// Whether any key was given.
        given: bool,
    },
    /// The disk refused.
    #[error("failed to {what}")]
    Io {
        /// What was tried.
        what: String,
        /// What the disk said.
        #[source]
        source: std::io::Error,
    },
    /// What is on the disk could not be sealed with the current key.
    #[error("failed to seal the store with its current key")]
    Reseal(#[source] CommitError),
    /// What was salvaged could not be written down.
    #[error("failed to write down what was salvaged")]
    Salvage(#[source] CommitError),
}
