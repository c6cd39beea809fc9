//! What is wrong with a chart, in Helm's words and with its place.

use amethyst_diag::{Diagnostic, Location};

/// A chart that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ChartError {
    /// Helm's text.
    pub text: String,
    /// The file, as a path within the chart; empty when it is the chart as a whole.
    pub file: String,
    /// The line in it, from 1; 0 when only the file is known.
    pub line: u32,
    /// The column in it, from 1; 0 when only the line is known.
    pub column: u32,
    /// What can be done.
    pub hint: String,
}

/// The code of charts that cannot be loaded.
pub(crate) const INVALID: &str = "helm-chart-invalid";

impl ChartError {
    pub(crate) fn new(file: &str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { text: text.into(), file: file.to_owned(), line: 0, column: 0, hint: hint.into() }
    }

    pub(crate) fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (line, column);
        self
    }

    /// The same error, as the chart that has the broken one in its folder `folder` tells it.
    pub(crate) fn within(mut self, folder: &str, context: &str) -> Self {
        self.file = join(folder, &self.file);
        self.text = format!("{context}: {}", self.text);
        self
    }

    /// As a diagnostic; `chart` is where the chart's folder or archive lies.
    pub fn to_diagnostic(&self, chart: &str) -> Diagnostic {
        Diagnostic::error(INVALID, self.text.clone())
            .at(Location::new(join(chart, &self.file), self.line, self.column))
            .hint(self.hint.clone())
    }
}

/// Joins two relative paths, either of which may be empty.
pub(crate) fn join(folder: &str, file: &str) -> String {
    match (folder, file) {
        ("", file) => file.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, file) => format!("{folder}/{file}"),
    }
}
