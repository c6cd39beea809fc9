//! The controllers against the real server.
//!
//! The modules are marked as tests, so that the lints know their helpers for what they are.

#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod others;
#[cfg(test)]
mod world;
