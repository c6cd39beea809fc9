//! The program from outside: what it prints, how it ends, what it does to a homelab, and what survives it.
//!
//! Each test makes a git repository and a state folder of its own and runs the built binary on a port of
//! the loopback that the system picks. The modules are marked as tests, so that the lints know their
//! helpers for what they are.

#[cfg(test)]
mod check;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod helm_template;
#[cfg(test)]
mod helm_test;
#[cfg(test)]
mod homelab;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod program;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod state;
#[cfg(test)]
mod up;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod web;
