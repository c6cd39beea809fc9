//! What is known of Kubernetes' built-in kinds, as tables: names, verbs, schemas, selectors, columns and
//! protobuf fields; and the definitions of well-known custom kinds.
//!
//! The tables under `src/generated` are made by `cargo xtask codegen` from upstream's published modules and
//! parsed when first used, each on its own. Printer columns, whose cells upstream computes in code, are written
//! by hand in [`table`]. Nothing here serves, stores or validates; there is no IO, no clock and no async.

mod descriptions;
mod ecosystem;
mod kind;
mod messages;
mod normal;
pub mod policy;
pub mod protobuf;
mod schemas;
mod selectors;
pub mod table;
mod time;
mod zeros;

pub use descriptions::{Described, Descriptions};
pub use ecosystem::{Definition, EcosystemKind, ecosystem, ecosystem_kind, ecosystem_kinds};
pub use kind::{Kind, Subresource, by_kind, by_resource, kinds};
pub use normal::{normalize, zero};
pub use schemas::{options_schema, schema_name, schema_of, schemas};
pub use selectors::{FieldSelector, Missing, SelectedField, unknown_field_label};
pub use zeros::zero_default;

/// The generated table of declared rules: what upstream's `k8s:` markers ask of each field. `amethyst-validation`
/// runs it.
pub const RULES: &str = include_str!("generated/rules.txt");
