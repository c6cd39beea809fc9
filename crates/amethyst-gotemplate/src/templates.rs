//! Sets of named templates.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use amethyst_object::Str;
use bytes::Bytes;

use crate::Functions;
use crate::parse::{Delimiters, ParseError, parse};
use crate::tree::Tree;

/// Parsed templates by name. Cheap to clone, and shared between threads.
#[derive(Clone, Default)]
pub struct Templates(Arc<Set>);

struct Set {
    name: String,
    delimiters: Delimiters,
    trees: HashMap<Str, Arc<Tree>, foldhash::fast::RandomState>,
}

impl Default for Set {
    fn default() -> Self {
        Self { name: "gotpl".into(), delimiters: Delimiters::default(), trees: HashMap::default() }
    }
}

/// Parses templates into one set.
pub struct TemplatesBuilder<'f> {
    functions: &'f Functions,
    set: Set,
}

impl Templates {
    /// Begins a set whose templates may call these functions, and Go's own.
    pub fn builder(functions: &Functions) -> TemplatesBuilder<'_> {
        TemplatesBuilder { functions, set: Set::default() }
    }

    /// The names of all templates, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.trees.keys().map(Str::as_str)
    }

    /// Whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.trees.contains_key(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Tree>> {
        self.0.trees.get(name)
    }

    pub(crate) fn set_name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn delimiters(&self) -> &Delimiters {
        &self.0.delimiters
    }
}

impl TemplatesBuilder<'_> {
    /// Names the set as errors about templates that are not in it do; Helm's is `gotpl`, and so is this one
    /// by default.
    #[must_use]
    pub fn set_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.set.name);
        self
    }

    /// The delimiters of what is parsed from here on, and of texts that are executed later. An empty one
    /// stands for Go's.
    #[must_use]
    pub fn delimiters(mut self, left: &str, right: &str) -> Self {
        self.set.delimiters = Delimiters { left: left.into(), right: right.into() };
        self
    }

    /// Parses `text` as the template `name`, and what it defines beside it. `source` is what errors call it,
    /// which is the same name in Go.
    ///
    /// A later template replaces an earlier one of its name, but for one of nothing but space, which replaces
    /// none. When parsing fails, nothing of the text is added.
    pub fn parse(&mut self, name: &str, source: &str, text: &str) -> Result<(), ParseError> {
        self.add(name, source, text, Bytes::copy_from_slice(text.as_bytes()))
    }

    /// As [`TemplatesBuilder::parse`], of a text that is shared and not copied. What is no UTF-8 in it is replaced.
    pub fn parse_shared(&mut self, name: &str, source: &str, text: &Bytes) -> Result<(), ParseError> {
        match std::str::from_utf8(text) {
            Ok(whole) => self.add(name, source, whole, text.clone()),
            Err(_) => self.parse(name, source, &String::from_utf8_lossy(text)),
        }
    }

    fn add(&mut self, name: &str, source: &str, text: &str, shared: Bytes) -> Result<(), ParseError> {
        let parsed = parse(name, source, text, shared, &self.set.delimiters, self.functions)?;
        for tree in parsed.defined {
            if !(tree.is_empty() && self.set.trees.contains_key(&tree.name)) {
                self.set.trees.insert(tree.name.clone(), tree);
            }
        }
        Ok(())
    }

    /// Ends the set.
    pub fn build(self) -> Templates {
        Templates(Arc::new(self.set))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.trees.keys()).finish()
    }
}
