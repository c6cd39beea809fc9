//! YAML as go-yaml v3 reads and writes it, with what the API's dialect of `amethyst-yaml` has no place for:
//! keys that are no strings, timestamps, positions of every node.

mod emit;
mod node;
mod resolve;

pub(crate) use emit::{emit, emit_trusted, is_before, scalar_text};
pub(crate) use node::{Fault, Node, Part, parse_documents, parse_first};
pub(crate) use resolve::{Scalar, resolve};
