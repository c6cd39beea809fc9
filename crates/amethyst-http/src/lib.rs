//! The one way out: an HTTP client whose every connection passes a gate.
//!
//! An [`Endpoint`] is one server to talk to ([`Target`]): where it is, by which name and which authorities
//! it must prove itself, who we are to it. It keeps a bounded pool of connections (HTTP/1.1, and HTTP/2 where
//! that is asked for). Every answer is bounded in time and size. Before anything is dialed a [`Gate`] is
//! asked. Errors read as Go's `net/http` would word them, because clients of the API see them.
//!
//! A [`Client`] fetches by [`Url`] over such endpoints: it follows redirects (each connection asks the gate,
//! credentials stay with the server they were given for), goes through the proxies it is told ([`Proxies`];
//! nothing here reads an environment), tries again what may help, and streams large bodies ([`Sink`]) with what
//! came already kept. It keeps no cookies.

mod authorization;
mod client;
mod connect;
mod endpoint;
mod error;
mod gate;
mod proxy;
mod target;
mod tls;
mod url;

pub use authorization::Authorization;
pub use client::{
    Answer, Body, Client, ClientSettings, Downloaded, Fetch, FetchError, FetchFault, Progress, Resume, Retry,
    Sink,
};
pub use endpoint::{Endpoint, Request, Response};
pub use error::HttpError;
pub use gate::{Dial, Gate, LoopbackOnly, Open};
pub use proxy::{Proxies, Proxy};
pub use target::{Addresses, Identity, Resolve, Target, TargetError, Trust};
pub use url::{Url, UrlError, without_secrets};
