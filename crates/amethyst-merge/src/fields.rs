//! Sets of fields: what a manager owns, in memory and as `FieldsV1`.

mod element;
mod serialize;
mod set;

pub use element::Element;
pub(crate) use element::write_escaped;
pub use serialize::FieldsError;
pub(crate) use set::Builder;
pub use set::FieldSet;

#[cfg(test)]
mod tests;
