//! What expressions may name: variables, functions and types.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::Str;

use crate::ast::Checked;
use crate::check;
use crate::error::CompileError;
use crate::library::{Declarations, declarations};
use crate::parse::parse;
use crate::plan;
use crate::program::Program;
use crate::types::{ObjectType, Type, TypeProvider};

/// Libraries that not every expression has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// `jsonpatch.escapeKey`, in mutations.
    JsonPatch,
}

/// What expressions may name. Cheap to clone and to extend.
#[derive(Clone, Debug)]
pub struct Env {
    variables: Vec<(Str, Type)>,
    providers: Vec<Arc<dyn TypeProvider>>,
    functions: &'static Declarations,
    extra: Vec<Library>,
}

impl Env {
    /// The environment that all expressions of Kubernetes share (apiserver `pkg/cel/environment/base.go`).
    pub fn kubernetes() -> Self {
        Self { variables: Vec::new(), providers: Vec::new(), functions: declarations(), extra: Vec::new() }
    }

    /// Declares a variable; its name may have dots (`authorizer.requestResource`).
    #[must_use]
    pub fn variable(mut self, name: &str, ty: Type) -> Self {
        self.variables.retain(|(own, _)| own != name);
        self.variables.push((name.into(), ty));
        self
    }

    /// Adds object types that may be named.
    #[must_use]
    pub fn types(mut self, provider: Arc<dyn TypeProvider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Adds a library.
    #[must_use]
    pub fn library(mut self, library: Library) -> Self {
        self.extra.push(library);
        self
    }

    /// Compiles an expression.
    pub fn compile(&self, text: &str) -> Result<Program, CompileError> {
        let fail = |issues| CompileError::Issues { issues, source_text: text.to_owned() };
        let parsed = parse(text).map_err(fail)?;
        let checked: Checked = check::check(parsed, self).map_err(fail)?;
        let plan = plan::plan(&checked).map_err(CompileError::Program)?;
        Ok(Program { checked, plan })
    }

    pub(crate) fn find_variable(&self, name: &str) -> Option<&Type> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, ty)| ty)
    }

    pub(crate) fn find_object(&self, name: &str) -> Option<Arc<dyn ObjectType>> {
        self.providers.iter().find_map(|provider| provider.find(name))
    }

    pub(crate) fn find_function(&self, name: &str) -> Option<&'static [crate::library::Overload]> {
        let only_with = |library: Library| self.extra.contains(&library);
        if name == "jsonpatch.escapeKey" && !only_with(Library::JsonPatch) {
            return None;
        }
        self.functions.get(name).map(Vec::as_slice)
    }
}

/// A provider of a fixed set of types.
impl TypeProvider for HashMap<Str, Arc<dyn ObjectType>> {
    fn find(&self, name: &str) -> Option<Arc<dyn ObjectType>> {
        self.get(name).cloned()
    }
}
