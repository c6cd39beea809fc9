//! What a homelab is started with, and why it may not start.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use amethyst_controller::ApiError;
use amethyst_render::entry::Entry;
use amethyst_server::edge::tls::PkiError;
use amethyst_server::registry::StartError as RegistryError;
use amethyst_source::LocalGit;
use amethyst_store::OpenError;

/// What a homelab is started with.
#[derive(Clone)]
pub struct Settings {
    /// Its name: names the context of the kubeconfig.
    pub name: String,
    /// Where its state is kept; nowhere when `None`.
    pub data_dir: Option<PathBuf>,
    /// Where the API listens; only in process when `None`.
    pub listen: Option<SocketAddr>,
    /// Where the kubeconfig is written, when the API listens.
    pub kubeconfig: Option<PathBuf>,
    /// The repository.
    pub repository: LocalGit,
    /// Where its sync starts.
    pub entry: Entry,
    /// The components that are served.
    pub builtins: BTreeSet<String>,
}

/// Why a homelab did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store did not open.
    #[error("failed to open the state in `{path}`")]
    Store {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The folder cannot be made.
    #[error("failed to make the folder `{path}`\nhint: make it writable, or choose another one: `--data-dir DIR`")]
    DataDir {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There are no certificates.
    #[error("failed to prepare the certificates")]
    Certificates(#[source] PkiError),
    /// The registry did not start.
    #[error("failed to start the API server")]
    Registry(#[source] RegistryError),
    /// The address is taken, or is not ours.
    #[error("failed to listen on {address}\nhint: another program may listen there; choose another address: `--listen 127.0.0.1:0`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The kubeconfig could not be written.
    #[error("failed to write `{path}`")]
    Kubeconfig {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The first objects were refused.
    #[error("failed to apply {what}")]
    Seed {
        /// Which object.
        what: String,
        /// What the server says.
        #[source]
        source: ApiError,
    },
    /// A definition did not come to be served.
    #[error("failed to get `{0}` served")]
    NotServed(String),
}
