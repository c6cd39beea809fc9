//! kube-rs against the in-process server: clients, watchers, a controller.
//!
//! The modules are marked as tests, so that the lints know their helpers for what they are.

#[cfg(test)]
mod controller;
#[cfg(test)]
mod crud;
#[cfg(test)]
mod watching;
#[cfg(test)]
mod wire;
