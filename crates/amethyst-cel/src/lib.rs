//! The Common Expression Language as Kubernetes speaks it.
//!
//! An [`Env`] knows variables, types and libraries; [`Env::compile`] parses, expands macros, checks types and
//! plans a [`Program`]; a program is asked for its worst cost ([`Program::estimate`]) and evaluated over
//! [`Bindings`] within a [`Budget`]. Values are read in place from `amethyst_object::Value`s; nothing is
//! copied but what an expression makes. [`rules`] holds the rules of CustomResourceDefinitions
//! (`x-kubernetes-validations`).
//!
//! Texts of errors, positions and costs are those of cel-go 0.29 with the environment of Kubernetes 1.37
//! (apiserver `pkg/cel/environment/base.go`). No IO, no clock, no async; broken input of any kind is an
//! error, never a panic, and nesting and size are limited as upstream's.

mod access;
mod ast;
mod budget;
mod check;
mod cost;
mod env;
mod error;
mod escape;
mod eval;
mod library;
mod moment;
mod parse;
mod plan;
mod program;
pub mod rules;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use access::{Access, Authorizer, Decision, Identity, ResourceCheck, Target};
pub use budget::{Budget, PER_CALL_LIMIT, RUNTIME_BUDGET};
pub use cost::{Cost, Estimate, NoSizes, Size, Sizes, Step};
pub use env::{Env, Library};
pub use error::{CompileError, EvalError, Issue};
pub use escape::{escape, is_reserved, unescape};
pub use library::{Cidr, Format, Number, Url, Version};
pub use moment::{Duration, Timestamp};
pub use program::{Bindings, Program};
pub use types::{ObjectType, StructType, Type, TypeProvider};
pub use value::{Entries, Fields, Instance, Key, List, Map, Text, Value};
