//! Running templates.

mod arguments;
mod builtin;
mod call;
mod compare;
mod error;
mod escape;
mod eval;
mod field;
mod indexing;
mod limits;
mod seen;
mod walk;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::parse::{Parsed, parse, stack_address};
use crate::tree::Tree;
use crate::{Functions, Host, Templates, Value};

pub(crate) use builtin::Builtin;
pub use error::{ExecError, Frame};
use limits::Spent;
pub use limits::{Limits, MissingKey};
use seen::Seen;

/// How many parsed texts are kept.
const TEXTS_MAX: usize = 2048;

type Failure = Box<ExecError>;

/// Runs templates for one thread.
///
/// Templates within templates take stack, and the engine measures how much: see [`Limits::stack_bytes`].
pub struct Engine<'a> {
    templates: Templates,
    functions: &'a Functions,
    host: &'a mut dyn Host,
    limits: Limits,
    spent: Spent,
    out: Vec<u8>,
    /// The node that errors name, in the template that is executed.
    node: u32,
    /// The templates that are executed, innermost last.
    active: Vec<Active>,
    /// The variables of all of them; those of the innermost begin at `base`.
    variables: Vec<Seen>,
    base: usize,
    /// What texts define while they are executed.
    overlays: Vec<Arc<Parsed>>,
    /// Lists for arguments, to use again.
    spare: Vec<Vec<Value>>,
    texts: HashMap<Box<str>, Arc<Parsed>, foldhash::fast::RandomState>,
    missing_key: MissingKey,
    /// What functions keep.
    kept: Option<Box<dyn Any>>,
}

struct Active {
    tree: Arc<Tree>,
    /// The node that errors name in the template around it.
    outer_node: u32,
}

impl<'a> Engine<'a> {
    /// An engine over parsed templates.
    pub fn new(templates: Templates, functions: &'a Functions, host: &'a mut dyn Host) -> Self {
        Self {
            templates,
            functions,
            host,
            limits: Limits::default(),
            spent: Spent::default(),
            out: Vec::new(),
            node: 0,
            active: Vec::new(),
            variables: Vec::new(),
            base: 0,
            overlays: Vec::new(),
            spare: Vec::new(),
            texts: HashMap::default(),
            missing_key: MissingKey::Zero,
            kept: None,
        }
    }

    /// The same engine within these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same engine with another way to see keys that are not there.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// What the world outside gives.
    pub fn host(&mut self) -> &mut dyn Host {
        self.host
    }

    /// What functions keep from call to call, for as long as the engine is there: of one type, or the last one.
    pub fn kept<T: Default + 'static>(&mut self) -> &mut T {
        if !self.kept.as_ref().is_some_and(|kept| kept.is::<T>()) {
            self.kept = Some(Box::new(T::default()));
        }
        let kept = self.kept.as_mut().and_then(|kept| kept.downcast_mut());
        kept.expect("one of this type was put there")
    }

    /// The functions that texts may call.
    pub fn functions(&self) -> &'a Functions {
        self.functions
    }

    /// How many steps were taken since the engine was made.
    pub fn steps(&self) -> u64 {
        self.spent.steps
    }

    /// Counts what a function made beyond the string or list that it returns, as output. When that is too much,
    /// the call fails.
    pub fn charge(&mut self, bytes: usize) {
        self.spent.output_bytes = self.spent.output_bytes.saturating_add(bytes as u64);
    }

    /// The name of the template that is being executed, if one is.
    pub fn current_template(&self) -> Option<&str> {
        self.active.last().map(|active| active.tree.name.as_str())
    }

    /// Executes the template of this name; what it writes may be no UTF-8.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        match self.find(name) {
            Some(tree) => self.execute_tree(&tree, data),
            None => Err(self.no_template(name)),
        }
    }

    /// Parses `text` as the template `name` beside all others, and executes it: Helm's `tpl`. What it defines
    /// is seen only until it ends, by all that is executed within. A text that is no template gives Go's
    /// text of the error, and no frame for it.
    pub fn execute_text(&mut self, name: &str, text: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        let parsed = self.parsed(name, text)?;
        self.overlays.push(Arc::clone(&parsed));
        let result = self.execute_tree(&parsed.main, data);
        self.overlays.pop();
        result
    }

    fn parsed(&mut self, name: &str, text: &str) -> Result<Arc<Parsed>, ExecError> {
        if let Some(parsed) = self.texts.get(text)
            && *parsed.main.source == *name
        {
            return Ok(Arc::clone(parsed));
        }
        let shared = Bytes::copy_from_slice(text.as_bytes());
        let parsed = parse(name, name, text, shared, self.templates.delimiters(), self.functions)
            .map_err(|error| ExecError { message: error.message, stack: self.stack() })?;
        let parsed = Arc::new(parsed);
        if self.texts.len() >= TEXTS_MAX {
            self.texts.clear();
        }
        self.texts.insert(text.into(), Arc::clone(&parsed));
        Ok(parsed)
    }

    /// The template of this name. One of nothing but space does not hide another.
    fn find(&self, name: &str) -> Option<Arc<Tree>> {
        let mut empty = None;
        for overlay in self.overlays.iter().rev() {
            match overlay.defined.iter().find(|tree| tree.name == name) {
                Some(tree) if tree.is_empty() => empty = Some(tree),
                Some(tree) => return Some(Arc::clone(tree)),
                None => {}
            }
        }
        self.templates.get(name).or(empty).map(Arc::clone)
    }

    fn execute_tree(&mut self, tree: &Arc<Tree>, data: &Value) -> Result<Vec<u8>, ExecError> {
        if self.active.is_empty() {
            self.spent.stack_start = stack_address();
        } else {
            self.check_stack_for_template().map_err(|error| *error)?;
        }
        let out = std::mem::take(&mut self.out);
        let result = self.run(tree, &Seen::concrete(data.clone()));
        let written = std::mem::replace(&mut self.out, out);
        match result {
            Ok(()) => Ok(written),
            Err(error) => Err(*error),
        }
    }

    /// Executes a template within those that are executed already.
    fn run(&mut self, tree: &Arc<Tree>, dot: &Seen) -> Result<(), Failure> {
        let base = std::mem::replace(&mut self.base, self.variables.len());
        self.variables.push(dot.clone());
        self.variables.resize(self.base + tree.slots as usize, Seen::INVALID);
        self.active.push(Active { tree: Arc::clone(tree), outer_node: self.node });
        self.node = 0;
        let result = self.walk_list(tree, &tree.root, dot);
        self.variables.truncate(self.base);
        self.base = base;
        if let Some(active) = self.active.pop() {
            self.node = active.outer_node;
        }
        result.map(|_| ())
    }
}
