//! JSON to documents and back.
//!
//! Reading keeps number lexemes and the order of keys and tells about duplicate keys instead of hiding
//! them (the API server's `fieldValidation` needs their names). Writing is canonical: keys sorted
//! bytewise, no white space, no HTML escapes; equal documents give equal bytes.

mod read;
mod write;

pub use read::{Duplicate, Limits, ParseError, Parsed, parse, parse_with};
pub use write::{to_string, to_string_in_order, to_vec, write_canonical, write_string};

#[cfg(test)]
mod tests;
