//! Errors of executions, with their places.

use super::{Engine, Failure};
use crate::print::quote;
use crate::tree::{Tree, find};

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

impl Engine<'_> {
    /// An error at the node that was evaluated last.
    #[cold]
    pub(super) fn error(&self, message: impl AsRef<str>) -> Failure {
        let message = message.as_ref();
        let message = match self.active.last() {
            Some(active) => place(&active.tree, self.node, message),
            None => format!("template: {}: {message}", self.templates.set_name()),
        };
        Box::new(ExecError { message, stack: self.stack() })
    }

    /// The templates that are executed.
    pub(super) fn stack(&self) -> Vec<Frame> {
        let nodes = self.active.iter().skip(1).map(|active| active.outer_node);
        let nodes = nodes.chain(std::iter::once(self.node));
        self.active
            .iter()
            .zip(nodes)
            .map(|(active, node)| {
                let position = find(&active.tree, node).map_or(0, |(position, _)| position);
                let (line, column) = active.tree.place(position);
                let (template, source) = (active.tree.name.to_string(), active.tree.source.to_string());
                Frame { template, source, line, column }
            })
            .collect()
    }

    #[cold]
    pub(super) fn no_template(&self, name: &str) -> ExecError {
        let (name, set) = (quote(name), quote(self.templates.set_name()));
        ExecError {
            message: format!("template: no template {name} associated with template {set}"),
            stack: self.stack(),
        }
    }
}

fn place(tree: &Tree, node: u32, message: &str) -> String {
    let Some((position, text)) = find(tree, node) else {
        return format!("template: {}: {message}", tree.name);
    };
    let (line, column) = tree.place(position);
    let name = quote(&tree.name);
    format!("template: {}:{line}:{column}: executing {name} at <{text}>: {message}", tree.source)
}
