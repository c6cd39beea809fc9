//! The one document type, and the words of Kubernetes objects.
//!
//! [`Value`] serves YAML, kustomize, merge and the API server: maps keep the order they were written in
//! but compare without it, numbers keep their lexeme, and positions live elsewhere (`amethyst-yaml` finds
//! them again from the text when a fault needs one). This crate does no IO and knows nothing above it.

mod gvk;
pub mod json;
mod map;
mod object;
mod path;
mod selector;
mod value;

pub use compact_str::CompactString as Str;
pub use gvk::{GroupKind, GroupVersion, GroupVersionKind, GroupVersionResource, ObjectId};
pub use map::Map;
pub use object::Object;
pub use path::{FieldPath, PathElement};
pub use selector::{LabelSelector, Requirement, SelectorError};
pub use value::{Number, Value};
