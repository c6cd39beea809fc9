//! `equal`, `matchRegex` and their raw forms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::text::{error, format, info};
use super::{Context, Outcome, each, each_value, raw_text, uniform, yaml};
use crate::diff::unified;
use crate::value::Value;

pub(super) struct Equal<'a> {
    pub(super) path: &'a str,
    pub(super) value: &'a Value,
    pub(super) decode_base64: bool,
}

impl Equal<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        let negative = context.negative;
        each(
            context,
            |manifest, at, context| {
                each_value(manifest, at, self.path, context, |value, index, _| {
                    let actual = match value {
                        Value::String(text) if self.decode_base64 => match decode(text) {
                            Some(decoded) => Value::from(uniform(&decoded).as_str()),
                            None => return (false, not_base64(text, at, index)),
                        },
                        _ => normalized(value),
                    };
                    if (*self.value == actual) == negative {
                        return (false, self.fail(&actual, Some(at), Some(index), negative));
                    }
                    (true, Vec::new())
                })
            },
            || self.fail(&Value::from("no manifest found"), None, None, negative),
        )
    }

    fn fail(&self, actual: &Value, at: Option<usize>, index: Option<usize>, negative: bool) -> Vec<String> {
        let (expected, actual) = (yaml(self.value), yaml(actual));
        let format = format(negative, [true, !negative, !negative], " to equal");
        let difference = if negative { String::new() } else { unified(&expected, &actual) };
        info(&format, at, index, &[self.path.to_owned(), expected, actual, difference])
    }
}

fn decode(text: &str) -> Option<String> {
    // Go's decoder skips line breaks.
    let text: String = text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
    STANDARD.decode(text).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn not_base64(text: &str, at: usize, index: usize) -> Vec<String> {
    error(Some(at), Some(index), &format!("unable to decode base64 expected content {text}"))
}

/// The value with uniform strings.
fn normalized(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(uniform(text).as_str()),
        Value::List(items) => Value::List(items.iter().map(normalized).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), normalized(value))).collect())
        }
        other => other.clone(),
    }
}

pub(super) fn raw(value: &str, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let fail = |actual: &str| {
        let (expected, actual) = (yaml(&Value::from(value)), yaml(&Value::from(actual)));
        let format = format(negative, [false, !negative, !negative], " to equal");
        let difference = if negative { String::new() } else { unified(&expected, &actual) };
        info(&format, None, None, &[expected, actual, difference])
    };
    each(
        context,
        |manifest, _, _| {
            let actual = raw_text(manifest);
            if (actual == value) == negative { (false, fail(&actual)) } else { (true, Vec::new()) }
        },
        || fail("no manifest found"),
    )
}

pub(super) struct Matches<'a> {
    pub(super) path: &'a str,
    pub(super) pattern: &'a str,
    pub(super) decode_base64: bool,
}

const NO_PATTERN: &str = "expected field 'pattern' to be filled";

impl Matches<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        if self.pattern.is_empty() {
            return (false, error(None, None, NO_PATTERN));
        }
        let negative = context.negative;
        let compiled = crate::regex::compile(self.pattern);
        each(
            context,
            |manifest, at, context| {
                let regex = match &compiled {
                    Ok(regex) => regex,
                    // A path that cannot be read is told first.
                    Err(message) => {
                        return match crate::path::find(manifest, self.path) {
                            Ok(_) => (false, error(None, None, message)),
                            Err(message) => (false, error(Some(at), None, &message)),
                        };
                    }
                };
                each_value(manifest, at, self.path, context, |value, index, _| {
                    let Value::String(text) = value else {
                        let message = format!("expect '{}' to be a string, got:\n{}", self.path, yaml(value));
                        return (false, error(Some(at), Some(index), &message));
                    };
                    let text = if self.decode_base64 {
                        match decode(text) {
                            Some(decoded) => decoded,
                            None => return (false, not_base64(text, at, index)),
                        }
                    } else {
                        text.to_string()
                    };
                    if regex.is_match(&text) == negative {
                        return (false, self.fail(text, Some(at), Some(index), negative));
                    }
                    (true, Vec::new())
                })
            },
            || self.fail("no manifest found".to_owned(), None, None, negative),
        )
    }

    fn fail(&self, actual: String, at: Option<usize>, index: Option<usize>, negative: bool) -> Vec<String> {
        let format = format(negative, [true, true, false], " to match");
        info(&format, at, index, &[self.path.to_owned(), self.pattern.to_owned(), actual])
    }
}

pub(super) fn matches_raw(pattern: &str, context: &mut Context<'_, '_>) -> Outcome {
    if pattern.is_empty() {
        return (false, error(None, None, NO_PATTERN));
    }
    let negative = context.negative;
    let fail = |actual: &str| {
        let format = format(negative, [false, true, false], " to match");
        info(&format, None, None, &[pattern.to_owned(), actual.to_owned()])
    };
    let compiled = crate::regex::compile(pattern);
    if let (Err(message), false) = (&compiled, context.selected.is_empty()) {
        return (false, error(None, None, message));
    }
    each(
        context,
        |manifest, _, _| {
            let actual = raw_text(manifest);
            let is_match = compiled.as_ref().is_ok_and(|regex| regex.is_match(&actual));
            if is_match == negative { (false, fail(&actual)) } else { (true, Vec::new()) }
        },
        || fail("no manifest found"),
    )
}
