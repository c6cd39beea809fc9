//! Values as keys: of maps that expressions make, and of sets of constants.

use std::hash::{Hash, Hasher};

use super::Value;

/// A value that hashes as it compares: numbers of all types by their worth.
#[derive(Clone, Debug)]
pub struct Key<'a>(pub Value<'a>);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_key(&other.0)
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::String(text) => text.as_str().hash(state),
            Value::Bool(value) => value.hash(state),
            // Whole numbers past 2^53 that a float also stands for hash like the float.
            Value::Int(value) => (*value as f64).to_bits().hash(state),
            Value::Uint(value) => (*value as f64).to_bits().hash(state),
            // Both zeros are one.
            Value::Double(value) => (*value + 0.0).to_bits().hash(state),
            _ => {}
        }
    }
}
