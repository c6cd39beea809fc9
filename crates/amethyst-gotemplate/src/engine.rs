//! Running templates.

use crate::{Functions, Host, Value};

/// Parsed templates by name. Cheap to clone, and shared between threads.
#[derive(Clone, Debug, Default)]
pub struct Templates {}

/// Runs templates for one thread.
pub struct Engine<'a> {
    templates: Templates,
    functions: &'a Functions,
    host: &'a mut dyn Host,
}

/// A template that could not be run: Go's text, the place, and the templates that led there.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExecError {
    /// Go's text: `template: NAME:LINE:COLUMN: executing "NAME" at <...>: ...`.
    pub message: String,
    /// Where it happened, innermost last: each template that was being executed.
    pub stack: Vec<Frame>,
}

/// A template that was being executed, and where in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template's name.
    pub template: String,
    /// The source that it was parsed from: a chart's file, as Helm names it.
    pub source: String,
    /// The line in it, from 1.
    pub line: u32,
    /// The column in bytes, from 0, as Go counts.
    pub column: u32,
}

impl<'a> Engine<'a> {
    /// An engine over parsed templates.
    pub fn new(templates: Templates, functions: &'a Functions, host: &'a mut dyn Host) -> Self {
        Self { templates, functions, host }
    }

    /// What the world outside gives.
    pub fn host(&mut self) -> &mut dyn Host {
        self.host
    }

    /// Executes the template of this name; what it writes may be no UTF-8.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        let _ = (name, data, &self.templates, self.functions);
        Err(ExecError { message: String::new(), stack: Vec::new() })
    }

    /// Parses `text` as the template `name` beside all others, and executes it: Helm's `tpl`. What it defines
    /// is gone afterwards.
    pub fn execute_text(&mut self, name: &str, text: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
        let _ = text;
        self.execute(name, data)
    }
}
