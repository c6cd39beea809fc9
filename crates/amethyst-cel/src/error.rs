//! What goes wrong: with the text of an expression, and when it runs.

use std::borrow::Cow;
use std::fmt;

/// Why an expression does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// It does not parse, or its types do not fit; prints as cel-go's issues.
    #[error("{}", show(issues, source_text))]
    Issues {
        /// What is wrong, by position.
        issues: Vec<Issue>,
        /// The expression.
        source_text: String,
    },
    /// It is well-typed, but a constant in it is none (`int('x')`): upstream cannot make a program of it.
    #[error("{0}")]
    Program(String),
}

/// One fault of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The line, from 1; less than that when there is no place.
    pub line: i64,
    /// The column in characters, from 0.
    pub column: i64,
    /// What is wrong.
    pub message: String,
}

/// More faults than these are counted, not shown (cel-go `common/errors.go`).
const SHOWN_MAX: usize = 100;
/// Longer lines are not quoted.
const SNIPPET_MAX: usize = 16384;

fn show(issues: &[Issue], text: &str) -> String {
    let mut sorted: Vec<&Issue> = issues.iter().take(SHOWN_MAX).collect();
    sorted.sort_by_key(|issue| (issue.line, issue.column));
    let mut parts: Vec<String> = sorted.into_iter().map(|issue| issue.show(text)).collect();
    if issues.len() > SHOWN_MAX {
        parts.push(format!("{} more errors were truncated", issues.len() - SHOWN_MAX));
    }
    parts.join("\n")
}

impl Issue {
    /// The fault with the line it stands on, as cel-go prints it.
    fn show(&self, text: &str) -> String {
        let mut out = format!("ERROR: <input>:{}:{}: {}", self.line, self.column + 1, self.message);
        let line = usize::try_from(self.line - 1).ok().and_then(|line| text.split('\n').nth(line));
        if let Some(line) = line.filter(|line| line.len() <= SNIPPET_MAX) {
            let column = usize::try_from(self.column).unwrap_or_default();
            out.push_str("\n | ");
            out.push_str(&line.replace('\t', " "));
            out.push_str("\n | ");
            let mut chars = line.chars();
            for c in chars.by_ref().take(column) {
                out.push(if c.len_utf8() > 1 { '\u{ff0e}' } else { '.' });
            }
            out.push(if chars.next().is_some_and(|c| c.len_utf8() > 1) { '\u{ff3e}' } else { '^' });
        }
        out
    }
}

/// Why an evaluation has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvalError {
    /// More was spent than allowed.
    CostLimit,
    /// Anything else, in cel-go's words.
    Message(Cow<'static, str>),
}

impl EvalError {
    /// An error with this text.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Message(message.into())
    }

    /// A value of a type that the operation does not take.
    pub(crate) fn no_such_overload() -> Self {
        Self::new("no such overload")
    }

    /// Whether the types did not fit: upstream words that apart.
    pub fn is_no_such_overload(&self) -> bool {
        matches!(self, Self::Message(message) if message.starts_with("no such overload"))
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CostLimit => f.write_str("operation cancelled: actual cost limit exceeded"),
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for EvalError {}
