//! `exists`, `isKind`, `isAPIVersion`, `isNullOrEmpty`, `isType`, `greaterOrEqual`, `lessOrEqual`.

use super::text::{error, format, info};
use super::{Context, Outcome, each, each_value, yaml};
use crate::path;
use crate::value::{Value, print};

pub(super) fn exists(path: &str, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let fail = |at: Option<usize>| {
        let not = if negative { "NOT " } else { "" };
        info(&format!("Path:%s expected to {not}exists"), at, None, &[path.to_owned()])
    };
    let fail_fast = std::mem::take(&mut context.fail_fast);
    let mut broken = false;
    let outcome = each(
        context,
        |manifest, at, context| match path::find(manifest, path) {
            // Only what cannot be read ends the search early.
            Err(message) => {
                broken = true;
                context.fail_fast = fail_fast;
                (false, error(Some(at), None, &message))
            }
            Ok(found) if found.is_empty() != negative => (false, fail(Some(at))),
            Ok(_) => (true, Vec::new()),
        },
        || fail(None),
    );
    context.fail_fast = fail_fast;
    outcome
}

pub(super) fn is_field(field: &str, of: &str, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let what = if field == "kind" { " to be kind" } else { " to be apiVersion" };
    let fail = |actual: &Value, at: Option<usize>| {
        info(&format(negative, [false, !negative, false], what), at, None, &[of.to_owned(), yaml(actual)])
    };
    each(
        context,
        |manifest, at, _| {
            let actual = manifest.get(field).unwrap_or(&Value::Null);
            if (actual.as_str() == Some(of)) == negative {
                return (false, fail(actual, Some(at)));
            }
            (true, Vec::new())
        },
        || fail(&Value::from("no manifest found"), None),
    )
}

pub(super) fn null_or_empty(path: &str, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let fail = |actual: &Value, at: Option<usize>, index: Option<usize>| {
        let format = format(negative, [true, false, false], " to be null or empty, got");
        info(&format, at, index, &[path.to_owned(), yaml(actual)])
    };
    each(
        context,
        |manifest, at, context| {
            each_value(manifest, at, path, context, |value, index, _| {
                if is_zero(value) == negative {
                    return (false, fail(value, Some(at), Some(index)));
                }
                (true, Vec::new())
            })
        },
        || fail(&Value::from("no manifest found"), None, None),
    )
}

/// Whether it is nothing, empty, or the zero of its type.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Float(value) => *value == 0.0,
        Value::Time(text) => text == "0001-01-01T00:00:00Z",
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
    }
}

pub(super) fn is_type(path: &str, name: &str, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let fail = |actual: &str, at: Option<usize>, index: Option<usize>| {
        let format = format(negative, [true, true, false], " to be of type");
        info(&format, at, index, &[path.to_owned(), name.to_owned(), actual.to_owned()])
    };
    each(
        context,
        |manifest, at, context| {
            each_value(manifest, at, path, context, |value, index, _| {
                if (value.type_name() == name) == negative {
                    return (false, fail(value.type_name(), Some(at), Some(index)));
                }
                (true, Vec::new())
            })
        },
        || fail("no manifest found", None, None),
    )
}

pub(super) struct Ordering<'a> {
    pub(super) path: &'a str,
    pub(super) value: &'a Value,
    pub(super) greater: bool,
}

impl Ordering<'_> {
    fn name(&self) -> &'static str {
        if self.greater { "greater" } else { "less" }
    }

    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        let negative = context.negative;
        each(
            context,
            |manifest, at, context| self.manifest(manifest, at, context),
            || self.fail("no manifests found".to_owned(), None, None, negative),
        )
    }

    fn manifest(&self, manifest: &Value, at: usize, context: &Context<'_, '_>) -> Outcome {
        let values = match path::find(manifest, self.path) {
            Ok(values) => values,
            Err(message) => return (false, error(Some(at), None, &message)),
        };
        if values.is_empty() {
            return if context.negative {
                (true, Vec::new())
            } else {
                (false, error(Some(at), None, &format!("unknown path '{}'", self.path)))
            };
        }
        let (mut success, mut errors) = (false, Vec::new());
        for (index, actual) in values.iter().enumerate() {
            if actual.type_name() != self.value.type_name() {
                let name = |value: &Value| match value.type_name() {
                    "" => "%!s(<nil>)".to_owned(),
                    name => name.to_owned(),
                };
                let (actual, expected) = (name(actual), name(self.value));
                let message = format!("actual '{actual}' and expected '{expected}' types do not match");
                errors.extend(error(Some(at), Some(index), &message));
                continue;
            }
            let failure = self.compare(actual, !context.negative);
            let passed = failure.is_none();
            if let Some(message) = failure {
                errors.extend(self.fail(message, Some(at), Some(index), context.negative));
            }
            success = if index == 0 { passed } else { success && passed };
            if !success && context.fail_fast {
                break;
            }
        }
        (success, errors)
    }

    /// What is wrong. Upstream's negation binds to one side only, so that `notGreaterOrEqual` also holds for
    /// what is greater.
    fn compare(&self, actual: &Value, negative: bool) -> Option<String> {
        let order = match (actual, self.value) {
            (Value::String(actual), Value::String(expected)) => actual.partial_cmp(expected),
            (Value::Int(actual), Value::Int(expected)) => actual.partial_cmp(expected),
            (Value::Float(actual), Value::Float(expected)) => actual.partial_cmp(expected),
            _ => {
                let name = if self.value.is_null() { "<nil>" } else { self.value.type_name() };
                return Some(format!("unsupported type '{name}'"));
            }
        };
        let greater = self.greater && order.is_some_and(std::cmp::Ordering::is_ge);
        let less = !self.greater && order.is_some_and(std::cmp::Ordering::is_le);
        if greater || less == negative {
            return None;
        }
        let (name, actual, expected) = (self.name(), print(actual), print(self.value));
        Some(format!("the actual '{actual}' is not {name} or equal to the expected '{expected}'"))
    }

    fn fail(&self, message: String, at: Option<usize>, index: Option<usize>, negative: bool) -> Vec<String> {
        let what = format!(" to be {} then or equal to, got", self.name());
        info(&format(negative, [true, false, false], &what), at, index, &[self.path.to_owned(), message])
    }
}
