//! `lengthEqual`.

use std::collections::BTreeMap;

use super::text::{error, format, info};
use super::{Context, Outcome, each};
use crate::path;
use crate::value::Value;

pub(super) struct Length<'a> {
    pub(super) paths: &'a [String],
    pub(super) path: &'a str,
    pub(super) count: Option<i64>,
}

impl Length<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        if !self.path.is_empty() && self.count.is_none_or(|count| count < 0) {
            return (false, error(None, None, "'count' field must be set if 'path' is used"));
        }
        if !self.path.is_empty() && !self.paths.is_empty() {
            return (false, error(None, None, "'paths' couldn't be used with 'path'"));
        }
        let negative = context.negative;
        each(
            context,
            |manifest, at, context| {
                if self.path.is_empty() {
                    self.several(manifest, at, context)
                } else {
                    let (passed, said, _) = self.single(manifest, self.path, at, context);
                    (passed, said)
                }
            },
            || fail("", "", "no manifest found", None, negative),
        )
    }

    fn single(
        &self,
        manifest: &Value,
        path: &str,
        at: usize,
        context: &Context<'_, '_>,
    ) -> (bool, Vec<String>, i64) {
        let values = match path::find(manifest, path) {
            Ok(values) => values,
            Err(message) => return (false, error(Some(at), None, &message), 0),
        };
        let mut success = values.is_empty() && context.negative;
        let (mut errors, mut length) = (Vec::new(), 0);
        for (index, value) in values.iter().enumerate() {
            if self.count.is_none() && value.as_list().is_none() {
                errors.extend(error(Some(at), Some(index), &format!("{path} is not array")));
                continue;
            }
            length = value.as_list().map_or(0, <[Value]>::len) as i64;
            let passed = match self.count {
                Some(count) if (length == count) == context.negative => {
                    let texts = (count.to_string(), length.to_string());
                    errors.extend(fail(path, &texts.0, &texts.1, Some(at), context.negative));
                    false
                }
                _ => true,
            };
            success = if index == 0 { passed } else { success && passed };
            if !success && context.fail_fast {
                break;
            }
        }
        (success, errors, length)
    }

    fn several(&self, manifest: &Value, at: usize, context: &Context<'_, '_>) -> Outcome {
        let (mut counts, mut errors, mut all) = (BTreeMap::new(), Vec::new(), true);
        for path in self.paths {
            let (passed, said, length) = self.single(manifest, path, at, context);
            counts.insert(path, length);
            if !passed {
                errors.extend(said);
                all = false;
            }
        }
        if !all {
            return (false, errors);
        }
        let mut first = None;
        for (path, length) in counts {
            match first {
                None => first = Some(length),
                Some(wanted) if (wanted == length) == context.negative => {
                    errors.extend(fail(path, "-1", &length.to_string(), Some(at), context.negative));
                    return (false, errors);
                }
                Some(_) => {}
            }
        }
        (first.is_some(), errors)
    }
}

fn fail(path: &str, count: &str, actual: &str, at: Option<usize>, negative: bool) -> Vec<String> {
    let texts = [path.to_owned(), count.to_owned(), actual.to_owned()];
    info(&format(negative, [true, true, false], " to match count"), at, None, &texts)
}
