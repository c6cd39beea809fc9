//! The one way out: an HTTP client whose every connection passes a gate.
//!
//! An [`Endpoint`] is one server to talk to ([`Target`]): where it is, by which name and which authorities
//! it must prove itself, who we are to it. It keeps a bounded pool of connections (HTTP/1.1, and HTTP/2 where
//! that is asked for). Every answer is bounded in time and size. Before anything is dialed a [`Gate`] is
//! asked. Errors read as Go's `net/http` would word them, because clients of the API see them.
//!
//! It knows no proxies, follows no redirects, and keeps no cookies.

mod connect;
mod endpoint;
mod error;
mod gate;
mod target;
mod tls;

pub use endpoint::{Endpoint, Request, Response};
pub use error::HttpError;
pub use gate::{Dial, Gate, LoopbackOnly, Open};
pub use target::{Addresses, Identity, Resolve, Target, TargetError, Trust};
