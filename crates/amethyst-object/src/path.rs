//! Field paths as Kubernetes writes them in causes: `spec.containers[0].name`.

use std::fmt;

use crate::Str;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathElement {
    /// Into a map, by a declared field.
    Key(Str),
    /// Into a list.
    Index(usize),
    /// Into a map with free keys (labels, data): printed in brackets, as `field.Path.Key` upstream.
    MapKey(Str),
}

/// A path into a document; prints as Kubernetes' `field.Path` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<PathElement>);

impl FieldPath {
    /// A path of declared fields: `FieldPath::of(["metadata", "name"])`.
    pub fn of<S: Into<Str>>(keys: impl IntoIterator<Item = S>) -> Self {
        Self(keys.into_iter().map(|key| PathElement::Key(key.into())).collect())
    }

    /// Goes into a declared field.
    pub fn push_key(&mut self, key: impl Into<Str>) {
        self.0.push(PathElement::Key(key.into()));
    }

    /// Goes into a free key of a map.
    pub fn push_map_key(&mut self, key: impl Into<Str>) {
        self.0.push(PathElement::MapKey(key.into()));
    }

    /// Goes into a list's element.
    pub fn push_index(&mut self, index: usize) {
        self.0.push(PathElement::Index(index));
    }

    /// Goes back up.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// A longer path.
    #[must_use]
    pub fn child(&self, key: impl Into<Str>) -> Self {
        let mut path = self.clone();
        path.push_key(key);
        path
    }

    /// A longer path.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.push_index(index);
        path
    }

    /// The steps.
    pub fn elements(&self) -> &[PathElement] {
        &self.0
    }

    /// Whether it is the whole document.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, element) in self.0.iter().enumerate() {
            match element {
                PathElement::Key(key) if position == 0 => write!(f, "{key}")?,
                PathElement::Key(key) => write!(f, ".{key}")?,
                PathElement::Index(index) => write!(f, "[{index}]")?,
                PathElement::MapKey(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}
