//! What is wrong with values, as a tree, and its text.

use super::urls::pointer;

/// One fault, with those that led to it.
#[derive(Debug, Default)]
pub(super) struct Fault {
    /// Where in the values: keys and indices.
    pub(super) at: Vec<String>,
    pub(super) kind: Kind,
    pub(super) causes: Vec<Fault>,
}

/// What kind of fault it is, as far as the text depends on it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// With its own text.
    Plain(String),
    /// Several at one place.
    #[default]
    Group,
    /// One behind a `$ref`.
    Reference,
}

impl Fault {
    /// The text of the faults of a document.
    pub(super) fn text(self) -> String {
        let causes = if self.kind == Kind::Group { self.causes } else { vec![self] };
        let mut out = String::new();
        for cause in &causes {
            cause.display(&mut out, 0);
        }
        out
    }

    fn display(&self, out: &mut String, indent: usize) {
        let skipped = self.kind == Kind::Reference && self.causes.len() == 1;
        let mut inner = indent;
        if !skipped {
            let pointer = pointer("", &self.at);
            let text = match &self.kind {
                Kind::Plain(text) => text,
                Kind::Group | Kind::Reference => "validation failed",
            };
            out.push_str(&format!("{}- at {}: {text}\n", "  ".repeat(indent), quote(&pointer)));
            inner += 1;
        }
        for cause in &self.causes {
            cause.display(out, inner);
        }
    }
}

/// A text in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = crate::render::quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}

/// Texts in single quotes, with commas between.
pub(super) fn join_quoted<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().map(|text| quote(text.as_ref())).collect::<Vec<_>>().join(", ")
}
