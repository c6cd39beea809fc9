//! Sources to trees and charts: where a homelab's files, and the charts that it names, come from.
//!
//! Files come from a local git repository ([`LocalGit`]: a revision's files straight from the object database,
//! no checkout) or a plain folder ([`folder`], for checking what is not committed yet). Charts and artifacts
//! come from OCI registries and Helm repositories: [`chart_of_release`] reads what a HelmRelease means out of
//! Flux's objects, a [`Fetcher`] brings it into a [`Cache`], and from there it is had without a network
//! ([`Cache::get`]). Everything that has a digest is verified.
//!
//! Whatever dials goes through `amethyst-http`. Nothing here reads an environment or knows a Kubernetes client.

mod cache;
mod digest;
mod docker_config;
mod fault;
mod fetcher;
mod flux;
mod folder;
mod git;
mod helm_repository;
mod ignore;
mod oci;
mod reference;
mod request;
mod versions;

pub use cache::{Cache, Evicted, Fetched, Origin};
pub use digest::{Digest, DigestError};
pub use docker_config::{DockerConfig, DockerConfigError};
pub use fault::{ChartError, ChartFault};
pub use fetcher::{FetchProgress, Fetcher, Mode};
pub use flux::{ChartPlace, ReleaseChart, chart_of_release};
pub use folder::{folder, folder_with};
pub use git::LocalGit;
pub use ignore::{DEFAULT_EXCLUDES, Ignore};
pub use reference::{GitReference, Resolved};
pub use request::{ChartRequest, ChartSource, Credentials, Layer, OciSource, OciVersion, RepositorySource};

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
