//! The Kubernetes API server: one generic registry over the store, and its HTTP edge.
//!
//! A request walks: `edge` (TLS, negotiation, [`request::RequestInfo`]) -> authenticate -> authorize ->
//! `registry` (decode, merge, default, validate, commit) -> answer. Kinds are rows of data
//! ([`catalog::Resource`]); what differs per kind are the small named strategies in `strategy`.
//! The server knows no controller: what must be atomic with a write lives here, everything else meets
//! it through the API.

mod admission;
pub mod audit;
mod background;
pub mod catalog;
pub mod certificates;
pub mod edge;
pub mod identity;
mod rbac;
pub mod record;
pub mod registry;
pub mod request;
pub mod status;
mod strategy;

pub use amethyst_admission::user;
pub use edge::{Server, ServerOptions};
