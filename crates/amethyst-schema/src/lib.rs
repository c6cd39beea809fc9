//! Schemas of objects: one compact arena for built-in kinds and custom resources alike.
//!
//! A [`Schemas`] arena holds nodes; equal subtrees are shared, descriptions are left out. The tables of
//! `amethyst-kinds` and the schemas of CustomResourceDefinitions compile into it; merging, validating,
//! defaulting and pruning read it through a [`SchemaRef`]. No IO, no clock, no Kubernetes client.

mod arena;

pub use arena::{Field, Format, ListType, Node, NodeId, PatchStrategy, Rules, SchemaRef, Schemas, Type};
