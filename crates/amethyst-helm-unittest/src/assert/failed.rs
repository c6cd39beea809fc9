//! `failedTemplate`.

use super::text::{error, format, info};
use super::{Context, Outcome};
use crate::value::{Value, print};

pub(super) struct Failed<'a> {
    pub(super) message: &'a str,
    pub(super) pattern: &'a str,
}

impl Failed<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        if !self.message.is_empty() && !self.pattern.is_empty() {
            let message = "single attribute 'errorMessage' or 'errorPattern' supported at the same time";
            return (false, error(None, None, message));
        }
        let negative = context.negative;
        let Some(render_error) = context.render_error else { return self.manifests(context) };
        if !self.pattern.is_empty() {
            self.matches(Some(render_error), None, negative)
        } else if !self.message.is_empty() {
            self.equals(Some(render_error), None, negative)
        } else {
            (true, Vec::new())
        }
    }

    fn manifests(&self, context: &Context<'_, '_>) -> Outcome {
        let negative = context.negative;
        if context.selected.is_empty() {
            return if negative {
                (true, Vec::new())
            } else {
                (false, self.fail(Some("No failed document"), None, negative))
            };
        }
        let says_nothing = self.message.is_empty() && self.pattern.is_empty();
        let (mut success, mut errors) = (true, Vec::new());
        for (at, manifest) in context.selected.iter().enumerate() {
            if says_nothing && !negative {
                continue;
            }
            let raw = manifest.get("raw").filter(|raw| !raw.is_null()).map(|raw| match raw {
                Value::String(text) => text.to_string(),
                other => print(other),
            });
            let (passed, said) = if !self.pattern.is_empty() {
                self.matches(raw.as_deref(), Some(at), negative)
            } else if !self.message.is_empty() {
                self.equals(raw.as_deref(), Some(at), negative)
            } else {
                (true, Vec::new())
            };
            errors.extend(said);
            success = if at == 0 { passed } else { success && passed };
            if !success && context.fail_fast {
                break;
            }
        }
        (success, errors)
    }

    /// A pattern matches as a pattern or, when it has meta characters, as it is written.
    fn matches(&self, actual: Option<&str>, at: Option<usize>, negative: bool) -> Outcome {
        let quoted = crate::regex::quote(self.pattern);
        let regex = match crate::regex::compile(self.pattern).or_else(|_| crate::regex::compile(&quoted)) {
            Ok(regex) => regex,
            Err(message) => return (false, error(None, None, &message)),
        };
        let Some(text) = actual else { return (true, Vec::new()) };
        if regex.is_match(text) != negative {
            return (true, Vec::new());
        }
        let has_meta = self.pattern.lines().any(|line| line.contains(|at| "\\.+*?()|[]{}^$".contains(at)));
        if has_meta && text.contains(self.pattern) != negative {
            return (true, Vec::new());
        }
        (false, self.fail(actual, at, negative))
    }

    fn equals(&self, actual: Option<&str>, at: Option<usize>, negative: bool) -> Outcome {
        if (actual == Some(self.message)) == negative {
            return (false, self.fail(actual, at, negative));
        }
        (true, Vec::new())
    }

    fn fail(&self, actual: Option<&str>, at: Option<usize>, negative: bool) -> Vec<String> {
        let what = if self.pattern.is_empty() { " to equal" } else { " to match" };
        let message = if self.message.is_empty() { self.pattern } else { self.message };
        let actual = actual.unwrap_or("%!s(<nil>)").to_owned();
        info(&format(negative, [false, !negative, false], what), at, None, &[message.to_owned(), actual])
    }
}
