//! Changes to a file that keep the rest of its bytes: comments, order, quotes, line ends.
//!
//! Every change is read again before it is given out: the document must say what it said with that one change,
//! and its neighbours what they said.

mod insert;
mod remove;
mod tree;
mod written;

use amethyst_object::{FieldPath, PathElement, Value};

use crate::Dialect;
use crate::parse::{YamlFault, parse_all};
use tree::{Kind, Spot, Tree};

/// Why a change cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The text is not YAML.
    #[error(transparent)]
    Broken(#[from] YamlFault),
    /// There is no such document.
    #[error("there is no document {0}")]
    NoDocument(usize),
    /// The path leads nowhere, or past the end of a list.
    #[error("there is nothing at `{0}`")]
    NotFound(FieldPath),
    /// A list, a map or an alias stands there.
    #[error("what stands at `{path}` (line {line}, column {column}) is no scalar")]
    NotScalar {
        /// Where in the document.
        path: FieldPath,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
    /// The path leads through something that has no such parts.
    #[error("what stands at `{path}` (line {line}, column {column}) has no such part")]
    NoParts {
        /// Where in the document.
        path: FieldPath,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
    /// It cannot be written there, or more would change: what an alias or a merge repeats, a comment inside
    /// brackets, a key that is written in no usual way.
    #[error("the value at `{path}` (line {line}, column {column}) cannot be changed in its place")]
    Unfit {
        /// Where in the document.
        path: FieldPath,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
}

/// Sets the value at `path` of document `document_index` (from 0, empty ones count).
///
/// A scalar is changed in its place, and a string keeps the quotes of the one before it where it can. A key
/// that is missing is added behind the others of its map, as are the maps that lead to it; the index behind
/// the last of a list appends to it. Lists and maps may be added, but not put in the place of something else.
pub fn set(text: &str, document_index: usize, path: &FieldPath, value: &Value) -> Result<String, EditError> {
    let edit = Edit::new(text, document_index, path)?;
    let reached = edit.tree.walk(path);
    let changed = if reached.len() == path.elements().len() + 1 {
        edit.replace(reached[reached.len() - 1], value)?
    } else {
        edit.insert(reached[reached.len() - 1], reached.len() - 1, value)?
    };
    edit.check(changed, |root| put(root, path.elements(), value))
}

/// Removes the key or the item at `path`, with the comment on its line. A map or a list that has nothing else
/// becomes an empty one.
pub fn remove(text: &str, document_index: usize, path: &FieldPath) -> Result<String, EditError> {
    let edit = Edit::new(text, document_index, path)?;
    let reached = edit.tree.walk(path);
    let ([.., parent, _], Some(last)) = (reached.as_slice(), path.elements().last()) else {
        return Err(EditError::NotFound(path.clone()));
    };
    if reached.len() != path.elements().len() + 1 {
        return Err(EditError::NotFound(path.clone()));
    }
    let changed = edit.remove(*parent, last)?;
    edit.check(changed, |root| take(root, path.elements()))
}

/// A change to be made.
struct Edit<'e> {
    text: &'e str,
    tree: Tree,
    document_index: usize,
    path: &'e FieldPath,
}

impl<'e> Edit<'e> {
    fn new(text: &'e str, document_index: usize, path: &'e FieldPath) -> Result<Self, EditError> {
        let tree = Tree::of(text, document_index)?.ok_or(EditError::NoDocument(document_index))?;
        Ok(Self { text, tree, document_index, path })
    }

    fn spot(&self, at: usize) -> &Spot {
        &self.tree.spots[at]
    }

    fn unfit(&self, at: usize) -> EditError {
        let (line, column) = self.place(self.spot(at).start);
        EditError::Unfit { path: self.path.clone(), line, column }
    }

    fn place(&self, at: usize) -> (u32, u32) {
        let before = &self.text[..at];
        let line = before.matches('\n').count() as u32 + 1;
        (line, before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1)
    }

    /// The text with something else between two places.
    fn splice(&self, from: usize, to: usize, with: &str) -> String {
        [&self.text[..from], with, &self.text[to..]].concat()
    }

    fn replace(&self, at: usize, value: &Value) -> Result<String, EditError> {
        let spot = self.spot(at);
        let (line, column) = self.place(spot.start);
        let Kind::Scalar(style) = spot.kind else {
            return Err(EditError::NotScalar { path: self.path.clone(), line, column });
        };
        if matches!(value, Value::Array(items) if !items.is_empty())
            || matches!(value, Value::Object(map) if !map.is_empty())
        {
            return Err(self.unfit(at));
        }
        let mut written = written::scalar(value, style, spot.in_flow);
        if spot.start == spot.end {
            written.insert(0, ' ');
        }
        if style.is_block() {
            written.push_str(self.line_break());
        }
        Ok(self.splice(spot.start, spot.end, &written))
    }

    /// How lines of the text end.
    fn line_break(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// What was meant, and nothing else, must have changed: an anchor's value would change its aliases'.
    fn check(
        &self,
        changed: String,
        change: impl FnOnce(&mut Value) -> Option<()>,
    ) -> Result<String, EditError> {
        let documents = |text: &str| parse_all(text, Dialect::GoV2).0;
        let (mut expected, got) = (documents(self.text), documents(&changed));
        let unfit = || self.unfit(*self.tree.walk(self.path).last().unwrap_or(&0));
        let document = expected.iter_mut().find(|found| found.index == self.document_index);
        document.and_then(|document| change(&mut document.value)).ok_or_else(unfit)?;
        let same = expected.len() == got.len()
            && expected.iter().zip(&got).all(|(a, b)| (a.index, &a.value) == (b.index, &b.value));
        if same { Ok(changed) } else { Err(unfit()) }
    }
}

/// Sets a value, with the maps and lists that lead to it.
fn put(mut place: &mut Value, path: &[PathElement], value: &Value) -> Option<()> {
    for element in path {
        if place.is_null() {
            *place = match element {
                PathElement::Index(_) => Value::Array(Vec::new()),
                _ => Value::object(),
            };
        }
        place = match (element, place) {
            (PathElement::Key(key) | PathElement::MapKey(key), Value::Object(map)) => {
                map.get_or_insert_with(key, || Value::Null)
            }
            (PathElement::Index(index), Value::Array(items)) if *index <= items.len() => {
                if *index == items.len() {
                    items.push(Value::Null);
                }
                items.get_mut(*index)?
            }
            _ => return None,
        };
    }
    *place = value.clone();
    Some(())
}

fn take(root: &mut Value, path: &[PathElement]) -> Option<()> {
    let (last, parents) = path.split_last()?;
    let parent = parents.iter().try_fold(root, |value, element| match (element, value) {
        (PathElement::Key(key) | PathElement::MapKey(key), Value::Object(map)) => map.get_mut(key),
        (PathElement::Index(index), Value::Array(items)) => items.get_mut(*index),
        _ => None,
    })?;
    match (last, parent) {
        (PathElement::Key(key) | PathElement::MapKey(key), Value::Object(map)) => map.remove(key).map(drop),
        (PathElement::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
