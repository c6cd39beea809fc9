//! Go's regular expressions.

use std::sync::Arc;

use regex::Regex;

/// The pattern compiled as Go reads it, or Go's text of what is wrong with it.
pub(crate) fn compile(pattern: &str) -> Result<Arc<Regex>, String> {
    amethyst_schema::regular_expression(pattern)
}

/// Go's `QuoteMeta`.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}
