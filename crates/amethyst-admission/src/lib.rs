//! Admission: the trait that changes or refuses a write, its request and its answer.
//!
//! A [`Plugin`] runs in the process of the server, synchronously, on a snapshot ([`View`]); it never calls
//! back through a client and does no IO. The server's own plugins, and engines such as Kyverno's, implement
//! it; webhooks over HTTP are the server's business and not seen here.

mod denial;
mod plugin;
pub mod user;

pub use denial::Denial;
pub use plugin::{Notes, Operation, Plugin, Question, Request, View};
pub use user::User;
