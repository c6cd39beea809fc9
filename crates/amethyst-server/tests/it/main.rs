//! The server through its edge: requests and answers as HTTP, without a socket.
//!
//! The modules are marked as tests, so that the lints know their helpers for what they are.

#[cfg(test)]
mod access;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod protobuf;
#[cfg(test)]
mod support;
#[cfg(test)]
mod webhooks;
