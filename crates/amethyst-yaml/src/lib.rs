//! YAML as Go reads and writes it, onto the document type.
//!
//! Kubernetes' tools read YAML with two libraries that disagree ([`Dialect`]) and write it with a third set
//! of rules ([`emit`], [`Writer`]). Checksums of rendered text and substitutions into it make the bytes matter, so this
//! crate follows the original to the byte. Values carry no positions: [`locate`] finds them again in the
//! text when a fault needs one. This crate does no IO and knows no Kubernetes kinds.

mod comments;
mod diagnostic;
pub mod edit;
mod emit;
mod grammar;
mod locate;
mod make;
pub mod node;
mod number;
mod parse;
mod raw;
mod resolve;
mod scan;
mod write;

pub use comments::{Comment, CommentSide, comments};
pub use diagnostic::to_diagnostic;
pub use emit::{emit, write_value};
pub use locate::{locate, locate_key};
pub use make::{Make, Values};
pub use number::{go_float, json_float};
pub use parse::{
    Document, Duplicate, YamlFault, parse_all, parse_all_with, parse_first, parse_one, parse_one_with,
    syntax_fault,
};
pub use raw::{parse_raw, raw_scalar, settle};
pub use write::{Writer, natural_order, natural_order_of_v3, sort_by_key};

/// Whose reading of YAML's scalars and merges is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `sigs.k8s.io/yaml` over go-yaml v2: the API's decoders, Helm and server-side apply. `on`, `off`,
    /// `yes`, `no` are booleans; a merge (`<<`) overrides what stands before it.
    GoV2,
    /// kyaml over go-yaml v3: kustomize. `on` stays a string; a merge never overrides; timestamps are
    /// rewritten; keys that are not strings are refused.
    GoV3,
}

#[cfg(test)]
mod go_tests;
