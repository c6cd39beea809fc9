//! From text to [`Tree`]s: Go's grammar of templates, and its texts of errors.

mod chars;
mod lexer;
mod number;
mod operand;
mod parser;

pub(crate) use parser::stack_address;

use std::sync::Arc;

use bytes::Bytes;

use crate::Functions;
use crate::tree::Tree;

/// The text is no template: Go's text of the error, and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// Go's text: `template: NAME:LINE: ...`.
    pub message: String,
    /// The source, as Go names it.
    pub source_name: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// The delimiters of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// `{{` when it is empty.
    pub left: String,
    /// `}}` when it is empty.
    pub right: String,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self { left: "{{".into(), right: "}}".into() }
    }
}

/// The trees of one text: that of the text itself, and those it defines.
pub(crate) struct Parsed {
    pub(crate) main: Arc<Tree>,
    pub(crate) defined: Vec<Arc<Tree>>,
}

/// Parses `text` as the template `name`, which stands in `source`. `shared` is the text too: trees keep it.
pub(crate) fn parse(
    name: &str,
    source: &str,
    text: &str,
    shared: Bytes,
    delimiters: &Delimiters,
    functions: &Functions,
) -> Result<Parsed, ParseError> {
    parser::Parser::parse(name, source, text, shared, delimiters, functions)
}
