//! The one list of what starts, in which order, with what.
//!
//! [`Homelab::start`] opens the store, makes the certificates, starts the registry, the server and its
//! listener, brings the definitions and the entry of the sync, and starts the controllers. What is served
//! ([`builtin`]), what `up` does and what tests start all come from here.

pub mod builtin;
mod homelab;
mod keyring;
mod lacks;
mod progress;
mod seed;
mod settings;

pub use amethyst_server::audit::LogOptions;
pub use amethyst_server::identity::{ClaimMapping, OidcIssuer};
pub use homelab::{Homelab, lock_state};
pub use keyring::KeyringError;
pub use lacks::{Lack, is_release, lacks};
pub use progress::{Progress, Summary};
pub use settings::{AuditPolicyError, AuditSettings, Encryption, ServiceAccounts, Settings, StartError};
