//! `contains`, `containsDocument` and `isSubset`.

use super::text::{error, format, info};
use super::{Context, Outcome, each, each_value, is_subset, yaml};
use crate::path;
use crate::suite::Check;
use crate::value::Value;

pub(super) struct Contains<'a> {
    pub(super) path: &'a str,
    pub(super) content: &'a Value,
    pub(super) count: Option<i64>,
    pub(super) any: bool,
}

impl Contains<'_> {
    pub(super) fn validate(&self, context: &mut Context<'_, '_>) -> Outcome {
        let negative = context.negative;
        each(
            context,
            |manifest, at, context| {
                each_value(manifest, at, self.path, context, |value, index, _| {
                    if let Value::List(items) = value {
                        self.single(items, value, (at, index), negative)
                    } else {
                        let message = format!("expect '{}' to be an array, got:\n{}", self.path, yaml(value));
                        (false, error(Some(at), Some(index), &message))
                    }
                })
            },
            || self.fail(&Value::from("no manifest found"), (0, None), negative),
        )
    }

    fn single(&self, items: &[Value], all: &Value, place: (usize, usize), negative: bool) -> Outcome {
        let count = items.iter().filter(|item| self.is_match(item)).count();
        let found = count > 0;
        let (at, index) = place;
        let Some(wanted) = self.count else {
            return if found == negative {
                (false, self.fail(all, (at, Some(index)), negative))
            } else {
                (true, Vec::new())
            };
        };
        if (found && wanted == count as i64) != negative {
            return (true, Vec::new());
        }
        if !found {
            return (false, self.fail(all, (at, Some(index)), negative));
        }
        let (path, shown) = (self.path, yaml(all));
        let message = format!("expect count {wanted} in '{path}' to be in array, got {count}:\n{shown}");
        (false, error(Some(at), Some(index), &message))
    }

    fn is_match(&self, item: &Value) -> bool {
        if self.any
            && let (Some(item), Some(content)) = (item.as_string_map(), self.content.as_string_map())
        {
            return is_subset(item, content);
        }
        item == self.content
    }

    fn fail(&self, actual: &Value, (at, index): (usize, Option<usize>), negative: bool) -> Vec<String> {
        let expected = yaml(&Value::List(vec![self.content.clone()]));
        let format = format(negative, [true, true, false], " to contain");
        info(&format, Some(at), index, &[self.path.to_owned(), expected, yaml(actual)])
    }
}

pub(super) fn document(check: &Check, context: &mut Context<'_, '_>) -> Outcome {
    let Check::ContainsDocument { kind, api_version, name, namespace, any } = check else {
        return (false, Vec::new());
    };
    let negative = context.negative;
    let fail = |at: usize| {
        let mut said = format!("Kind = {kind}, apiVersion = {api_version}");
        for (label, text) in [("Name", name), ("Namespace", namespace)] {
            if !text.is_empty() {
                said.push_str(&format!(", {label} = {text}"));
            }
        }
        info(&format(negative, [false, false, false], " to contain document"), Some(at), None, &[said])
    };
    let is_at = |manifest: &Value, path: &str, wanted: &str| {
        wanted.is_empty()
            || path::find(manifest, path)
                .is_ok_and(|found| found.first().and_then(Value::as_str).is_some_and(|found| found == wanted))
    };
    let is_field = |manifest: &Value, field: &str, wanted: &str| {
        manifest.get(field).and_then(Value::as_str).is_none_or(|found| found == wanted)
    };
    if context.selected.is_empty() {
        return if negative { (true, Vec::new()) } else { (false, fail(0)) };
    }
    let (mut success, mut errors) = (false, Vec::new());
    for (at, manifest) in context.selected.iter().enumerate() {
        let is_match = is_field(manifest, "kind", kind)
            && is_field(manifest, "apiVersion", api_version)
            && is_at(manifest, "metadata.name", name)
            && is_at(manifest, "metadata.namespace", namespace);
        let passed = is_match != negative;
        if !passed {
            errors.extend(fail(at));
            if context.fail_fast {
                return (false, errors);
            }
        } else if *any != negative {
            return (true, Vec::new());
        }
        success = if at == 0 { passed } else { success && passed };
    }
    (success, errors)
}

pub(super) fn subset(path: &str, content: &Value, context: &mut Context<'_, '_>) -> Outcome {
    let negative = context.negative;
    let fail = |actual: &Value, at: Option<usize>, index: Option<usize>| {
        let format = format(negative, [true, true, false], " to contain");
        info(&format, at, index, &[path.to_owned(), yaml(content), yaml(actual)])
    };
    each(
        context,
        |manifest, at, context| {
            each_value(manifest, at, path, context, |value, index, _| {
                match (value.as_string_map(), content.as_string_map()) {
                    (Some(actual), Some(wanted)) if is_subset(actual, wanted) == negative => {
                        (false, fail(value, Some(at), Some(index)))
                    }
                    (Some(_), Some(_)) => (true, Vec::new()),
                    _ => {
                        let message = format!("expect '{path}' to be an object, got:\n{}", yaml(value));
                        (false, error(Some(at), Some(index), &message))
                    }
                }
            })
        },
        || fail(&Value::from("no manifest found"), None, None),
    )
}
