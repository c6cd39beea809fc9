//! Schemas of objects: one compact arena for built-in kinds and custom resources alike.
//!
//! A [`Schemas`] arena holds nodes; equal subtrees are shared, descriptions are left out. The tables of
//! `amethyst-kinds` and the schemas of CustomResourceDefinitions compile into it; merging, validating,
//! defaulting and pruning read it through a [`SchemaRef`]. No IO, no clock, no Kubernetes client.
//!
//! The server's order for custom resources: [`prune`], [`prune_nulls`], [`coerce`], [`default`]; then, when a
//! write is about to be stored, [`validate`] or [`validate_update`], [`validate_embedded`] and
//! [`check_list_types`]. For built-in kinds: [`decode_check`], [`unknown_fields`], [`canonicalize`].

mod arena;
mod compile;
mod decode;
mod default;
mod embedded;
mod fault;
mod format;
mod golang;
mod list_types;
mod pattern;
mod prune;
mod quantity;
mod time;
mod validate;

pub use arena::{Field, Format, ListType, Node, NodeId, PatchStrategy, Rules, SchemaRef, Schemas, Type};
pub use compile::{Compiled, SchemaFault, Unenforced, compile, compile_at};
pub use decode::{DecodeFault, MICRO_TIME, canonicalize, decode_check, omit_empty};
pub use default::{default, prune_nulls};
pub use embedded::{coerce, validate_embedded};
pub use fault::{Fault, FaultKind};
pub use format::has_format;
pub use golang::{float as go_float, quote as go_quote};
pub use list_types::check_list_types;
pub use pattern::regular_expression;
pub use prune::{prune, unknown_fields};
pub use quantity::{Quantity, QuantityError, canonical_quantity};
pub use time::{canonical_micro_time, canonical_time};
pub use validate::{validate, validate_update};
