//! Sources to trees: where a homelab's files come from.
//!
//! Today that is a local git repository ([`LocalGit`]: a revision's files straight from the object
//! database, no checkout) and a plain folder ([`folder`], for checking what is not committed yet).
//! Nothing here dials out and nothing knows Kubernetes.

mod folder;
mod git;
mod ignore;
mod reference;

pub use folder::folder;
pub use git::LocalGit;
pub use ignore::{DEFAULT_EXCLUDES, Ignore};
pub use reference::{GitReference, Resolved};

/// A source could not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No repository lies there.
    #[error("failed to open the git repository at `{path}`: {reason}")]
    Open {
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// The repository has no commit yet.
    #[error("the git repository at `{path}` has no commit yet")]
    NoCommit {
        /// The folder.
        path: String,
    },
    /// No such branch, tag or commit.
    #[error("failed to find {what} in the git repository at `{path}`")]
    NotFound {
        /// `branch main`, `tag v1`, ...
        what: String,
        /// The folder.
        path: String,
    },
    /// The reference makes no sense.
    #[error("failed to read the reference: {reason}")]
    Reference {
        /// What is wrong with it.
        reason: String,
    },
    /// An object of the repository could not be read.
    #[error("failed to read {what} in the git repository at `{path}`: {reason}")]
    Object {
        /// `commit 1234`, ...
        what: String,
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file could not be read.
    #[error("failed to read `{path}`")]
    File {
        /// The file or folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
