//! Lists: made by an expression, or read in place.

use std::sync::Arc;

use amethyst_object::Value as Document;

use super::Value;
use crate::error::EvalError;
use crate::rules::{Decl, Shape};

/// A list.
#[derive(Clone, Debug)]
pub enum List<'a> {
    /// Made by an expression.
    Built(Arc<Vec<Value<'a>>>),
    /// Read from a document, with what its schema says of it.
    Document {
        /// The elements.
        items: &'a [Document],
        /// What the schema says of the list.
        decl: Option<&'a Decl>,
    },
}

impl<'a> List<'a> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Built(values) => values.len(),
            Self::Document { items, .. } => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at an index; an error where the document does not fit its schema.
    pub fn get(&self, index: usize) -> Option<Result<Value<'a>, EvalError>> {
        match self {
            Self::Built(values) => values.get(index).cloned().map(Ok),
            Self::Document { items, decl } => {
                let item = items.get(index)?;
                let decl = decl.and_then(|decl| match &decl.shape {
                    Shape::List { items, .. } => Some(&**items),
                    _ => None,
                });
                Some(Value::read(item, decl))
            }
        }
    }

    /// All elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Value<'a>, EvalError>> + '_ {
        (0..self.len()).map(|index| self.get(index).expect("the index is below the length"))
    }

    /// The elements, as values of their own.
    pub(crate) fn to_vec(&self) -> Result<Vec<Value<'a>>, EvalError> {
        match self {
            Self::Built(values) => Ok(values.to_vec()),
            Self::Document { .. } => self.iter().collect(),
        }
    }
}
