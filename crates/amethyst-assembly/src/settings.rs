//! What a homelab is started with, and why it may not start.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;

use amethyst_controller::ApiError;
use amethyst_render::entry::Entry;
use amethyst_render::homelab::Device;
use amethyst_server::audit::{LogOptions, PolicyError};
use amethyst_server::edge::tls::PkiError;
use amethyst_server::identity::{IdentityError, OidcIssuer};
use amethyst_server::registry::StartError as RegistryError;
use amethyst_source::LocalGit;
use amethyst_store::OpenError;

use crate::keyring::KeyringError;

/// What a homelab is started with.
#[derive(Clone)]
pub struct Settings {
    /// Its name: names the context of the kubeconfig.
    pub name: String,
    /// Where its state is kept; nowhere when `None`.
    pub data_dir: Option<PathBuf>,
    /// Where the API listens; only in process when `None`.
    pub listen: Option<SocketAddr>,
    /// Where the kubeconfig is written, when the API listens; it lies in `data_dir` in any case.
    pub kubeconfig: Option<PathBuf>,
    /// The repository.
    pub repository: LocalGit,
    /// Where its sync starts.
    pub entry: Entry,
    /// The components that are served.
    pub builtins: BTreeSet<String>,
    /// The devices of the homelab; those that are nodes are simulated.
    pub devices: Vec<Device>,
    /// Who issues service-account tokens, and by which key.
    pub service_accounts: ServiceAccounts,
    /// Other issuers whose tokens count.
    pub issuers: Vec<OidcIssuer>,
    /// How the state is encrypted on the disk.
    pub encryption: Encryption,
    /// What is told of requests; nothing when `None`.
    pub audit: Option<AuditSettings>,
}

/// How the state is encrypted on the disk. It always is; the key lies beside the store.
#[derive(Clone, Default)]
pub struct Encryption {
    /// The file of a passphrase that seals the key.
    pub passphrase_file: Option<PathBuf>,
    /// Make a new key now, and write everything anew under it.
    pub rotate: bool,
}

/// What is told of requests, and where.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// The file of an `audit.k8s.io/v1` Policy.
    pub policy: PathBuf,
    /// Where the log lies and how much of it is kept.
    pub log: LogOptions,
}

/// Who issues service-account tokens, and by which key; empty means the usual issuer and a key of our own.
#[derive(Clone, Default)]
pub struct ServiceAccounts {
    /// The issuers whose tokens count; the first one signs.
    pub issuers: Vec<String>,
    /// A private key in PEM.
    pub key_pem: Option<String>,
    /// Keys in PEM that signed before.
    pub verification_pems: Vec<String>,
    /// Where the keys are published, if not by the API server.
    pub jwks_uri: Option<String>,
}

/// Why a file is no audit policy.
#[derive(Debug, thiserror::Error)]
pub enum AuditPolicyError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It says something else.
    #[error(transparent)]
    Policy(#[from] PolicyError),
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
    /// Another process has the state.
    #[error("the state in `{path}` belongs to another running Amethyst{}\nhint: stop it first{}, or choose another folder: `--data-dir DIR`",
        pid.map(|pid| format!(", process {pid}")).unwrap_or_default(),
        pid.map(|pid| format!(" (`kill -INT {pid}`)")).unwrap_or_default())]
    Locked {
        /// The folder.
        path: String,
        /// That process, if it said so.
        pid: Option<u32>,
    },
    /// The key of the state cannot be had.
    #[error("failed to prepare the key of the state")]
    Keyring(#[source] KeyringError),
    /// The folder cannot be made.
    #[error(
        "failed to make the folder `{path}`\nhint: make it writable, or choose another one: `--data-dir DIR`"
    )]
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
    /// There is no key for service-account tokens.
    #[error("failed to prepare the keys of service-account tokens")]
    Identity(#[source] IdentityError),
    /// There is no audit policy to be had.
    #[error("failed to read the audit policy `{path}`")]
    AuditPolicy {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: AuditPolicyError,
    },
    /// The audit log cannot be written.
    #[error("failed to open the audit log `{path}`\nhint: its folder must be there and writable")]
    AuditLog {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The registry did not start.
    #[error("failed to start the API server")]
    Registry(#[source] RegistryError),
    /// The address is taken, or is not ours.
    #[error("failed to listen on {address}\nhint: {}", listen_hint(source))]
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

fn listen_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there; stop it, or choose another port: `--listen 127.0.0.1:0` takes any"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose one of its own: `--listen 127.0.0.1:6443`"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 are for root; choose another port: `--listen 127.0.0.1:6443`"
        }
        _ => "choose another address: `--listen 127.0.0.1:6443`",
    }
}
