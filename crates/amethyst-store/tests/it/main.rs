//! The store from outside: what it promises, in memory and on disks that fail.

mod memory;
mod support;
