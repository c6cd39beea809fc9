//! The store from outside: what it promises, in memory and on disks that fail.
//!
//! The modules are marked as tests, so that the lints know their helpers for what they are.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod model;
mod sealed;
#[cfg(test)]
mod support;
