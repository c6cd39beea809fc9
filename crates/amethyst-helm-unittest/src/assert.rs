//! Checks of rendered manifests: helm-unittest's validators, with their texts of failures.

mod contains;
mod equal;
mod failed;
mod length;
mod simple;
mod snapshot;
mod text;

use std::sync::Arc;

use crate::path;
use crate::snapshot::Cache;
use crate::suite::Check;
use crate::value::{Map, Value};
use crate::yaml::emit_trusted;
use text::{error, info};

/// A document that was rendered.
pub(crate) type Manifest = Arc<Value>;

/// What a check looks at.
pub(crate) struct Context<'a, 's> {
    /// All documents of the template.
    pub(crate) documents: &'a [Manifest],
    /// Those that the assertion is about.
    pub(crate) selected: &'a [Manifest],
    pub(crate) negative: bool,
    pub(crate) fail_fast: bool,
    /// Why the templates did not render.
    pub(crate) render_error: Option<&'a str>,
    pub(crate) snapshots: &'a mut Snapshots<'s>,
}

/// The snapshots of one test, counted from 1.
pub(crate) struct Snapshots<'a> {
    pub(crate) cache: &'a mut Cache,
    pub(crate) test: &'a str,
    pub(crate) counter: u64,
}

/// Whether a check passed, and what it says if not.
pub(crate) type Outcome = (bool, Vec<String>);

impl Check {
    /// Checks the manifests.
    pub(crate) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        let negative = context.negative;
        match self {
            Self::Contains { path, content, count, any } => {
                contains::Contains { path, content, count: *count, any: *any }.validate(context)
            }
            Self::ContainsDocument { .. } => contains::document(self, context),
            Self::Equal { path, value, decode_base64 } => {
                equal::Equal { path, value, decode_base64: *decode_base64 }.validate(context)
            }
            Self::EqualRaw { value } => equal::raw(value, context),
            Self::Ordering { path, value, greater } => {
                simple::Ordering { path, value, greater: *greater }.validate(context)
            }
            Self::Exists { path } => simple::exists(path, context),
            Self::FailedTemplate { message, pattern } => {
                failed::Failed { message, pattern }.validate(context)
            }
            Self::HasDocuments { count, filter_aware } => {
                let found = if *filter_aware { context.selected.len() } else { context.documents.len() };
                if (found as i64 == *count) != negative {
                    return (true, Vec::new());
                }
                let texts = [count.to_string(), found.to_string()];
                let shown = if negative { &texts[..1] } else { &texts };
                let format = text::format(negative, [false, !negative, false], " documents count to be");
                (false, info(&format, None, None, shown))
            }
            Self::Is { field, of } => simple::is_field(field, of, context),
            Self::IsNullOrEmpty { path } => simple::null_or_empty(path, context),
            Self::IsSubset { path, content } => contains::subset(path, content, context),
            Self::IsType { path, name } => simple::is_type(path, name, context),
            Self::LengthEqual { paths, path, count } => {
                length::Length { paths, path, count: *count }.validate(context)
            }
            Self::MatchRegex { path, pattern, decode_base64 } => {
                equal::Matches { path, pattern, decode_base64: *decode_base64 }.validate(context)
            }
            Self::MatchRegexRaw { pattern } => equal::matches_raw(pattern, context),
            Self::MatchSnapshot { path, matches, not_matches } => {
                snapshot::Snapshot { path, matches, not_matches }.validate(context)
            }
            Self::MatchSnapshotRaw => snapshot::raw(context),
        }
    }
}

/// Checks every selected manifest; `none` says what is wrong when there is none.
fn each(
    context: &mut Context<'_, '_>,
    mut check: impl FnMut(&Value, usize, &mut Context<'_, '_>) -> Outcome,
    none: impl FnOnce() -> Vec<String>,
) -> Outcome {
    let selected = context.selected;
    if selected.is_empty() {
        return if context.negative { (true, Vec::new()) } else { (false, none()) };
    }
    let (mut success, mut errors) = (true, Vec::new());
    for (at, manifest) in selected.iter().enumerate() {
        let (passed, said) = check(manifest, at, context);
        errors.extend(said);
        success &= passed;
        if !success && context.fail_fast {
            break;
        }
    }
    (success, errors)
}

/// Checks every value at `path` in a manifest. No value at all is a failure, unless the check is turned around.
fn each_value(
    manifest: &Value,
    at: usize,
    path: &str,
    context: &mut Context<'_, '_>,
    mut check: impl FnMut(&Value, usize, &mut Context<'_, '_>) -> Outcome,
) -> Outcome {
    let values = match path::find(manifest, path) {
        Ok(values) => values,
        Err(message) => return (false, error(Some(at), None, &message)),
    };
    if values.is_empty() {
        return if context.negative {
            (true, Vec::new())
        } else {
            (false, error(Some(at), None, &format!("unknown path {path}")))
        };
    }
    let (mut success, mut errors) = (true, Vec::new());
    for (index, value) in values.iter().enumerate() {
        let (passed, said) = check(value, index, context);
        errors.extend(said);
        success &= passed;
        if !success && context.fail_fast {
            break;
        }
    }
    (success, errors)
}

/// Whether all pairs of `content` are in `actual`; a missing key is null.
fn is_subset(actual: &Map, content: &Map) -> bool {
    content.iter().all(|(key, wanted)| actual.get(key).unwrap_or(&Value::Null) == wanted)
}

/// A value as it is shown.
fn yaml(value: &Value) -> String {
    emit_trusted(value)
}

/// The text without spaces before line breaks and empty lines at its beginning.
fn uniform(text: &str) -> String {
    let mut uniform = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(body) => {
                let trimmed = body.strip_suffix('\r').unwrap_or(body);
                // A carriage return goes only together with the spaces before it.
                let kept = trimmed.trim_end_matches(' ');
                uniform.push_str(if kept.len() < trimmed.len() { kept } else { body });
                uniform.push('\n');
            }
            None => uniform.push_str(line),
        }
    }
    uniform.trim_start_matches('\n').to_owned()
}

/// The raw text of a manifest.
fn raw_text(manifest: &Value) -> String {
    let raw = manifest.get("raw").unwrap_or(&Value::Null);
    uniform(&crate::value::print(raw))
}
