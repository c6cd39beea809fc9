//! The ways to change an object: JSON patch, merge patch, strategic merge patch, server-side apply; and
//! the record of who owns which fields of it.
//!
//! All of it is pure: documents and schemas in, documents out. It knows no kinds, no store and no clock;
//! an API server gives it the schema, the time and the former owners. Texts that clients see are upstream's.

mod apply;
mod configure;
mod error;
pub mod fields;
mod golang;
mod json_patch;
mod managed;
mod merge_patch;
mod strategic;
#[cfg(test)]
mod testing;
mod typed;

pub use apply::{
    Applied, ApplyError, ApplyRequest, Conflict, UpdateRequest, apply, conflict_message,
    conflict_status_causes, update,
};
pub use configure::configure;
pub use error::PatchError;
pub use fields::FieldSet;
pub use golang::go_text;
pub use json_patch::json_patch;
pub use managed::{Managed, ManagedEntry, ManagedError, Operation};
pub use merge_patch::merge_patch;
pub use strategic::strategic_merge_patch;
