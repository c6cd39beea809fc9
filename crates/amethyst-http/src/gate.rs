//! What may be dialed.

use std::fmt;
use std::net::SocketAddr;

/// A connection about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Dial<'a> {
    /// What it is for: `webhook`, `oidc`.
    pub purpose: &'a str,
    /// The host of the target, as it was written.
    pub host: &'a str,
    /// The address that will be dialed.
    pub address: SocketAddr,
}

/// Says which connections may be made.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Lets a connection pass, or says why not.
    fn check(&self, dial: &Dial<'_>) -> Result<(), String>;
}

/// Lets everything pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open;

impl Gate for Open {
    fn check(&self, _dial: &Dial<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// Lets nothing leave this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopbackOnly;

impl Gate for LoopbackOnly {
    fn check(&self, dial: &Dial<'_>) -> Result<(), String> {
        if dial.address.ip().is_loopback() {
            return Ok(());
        }
        Err(format!("only loopback may be dialed, and {} is none", dial.address))
    }
}
