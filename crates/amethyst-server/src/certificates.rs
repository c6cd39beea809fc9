//! X.509 as certificate requests need it: PEM, requests, and the authority that signs them.
//!
//! Pure: bytes in, bytes out. Who may have what signed is decided by the strategies and by the task in
//! `background/certificates`; where the authority is kept, by `edge/tls`. Certificates are written here by
//! hand and not by rcgen, which keeps one name of each type (so one `O`, one group) and refuses requests with
//! extensions it does not know.

mod authority;
mod der;
pub(crate) mod kubelet;
pub(crate) mod pem;
mod request;
mod usages;

pub use authority::{Authority, AuthorityError};
pub(crate) use authority::{Life, Subject};
pub(crate) use request::{Key, Request, kind as key_kind};
pub(crate) use usages::{NAMES as USAGES, Usages};

#[cfg(test)]
pub(crate) mod tests;
