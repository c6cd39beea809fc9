//! Fields of an object by a path, as kyaml's `Lookup` finds them.

use amethyst_object::{Map, Str, Value};

use crate::id::text;
use crate::path::split_bracketed;

/// The value at a path such as `spec.ports[0].port` or `spec.containers.[name=app].image`.
pub(crate) fn lookup<'v>(object: &'v Map, path: &str) -> Option<&'v Value> {
    let mut steps: Vec<Str> = Vec::new();
    for step in split_bracketed(path) {
        // `ports[0]` is two steps.
        match step.strip_suffix(']').and_then(|inner| inner.split_once('[')) {
            Some((name, index)) if index.parse::<usize>().is_ok() => {
                steps.extend([name, index].into_iter().filter(|part| !part.is_empty()).map(Str::from));
            }
            _ => steps.push(step),
        }
    }
    let (first, rest) = steps.split_first()?;
    rest.iter().try_fold(object.get(first)?, |value, step| step_into(value, step))
}

/// The values at a path that is split already.
pub(crate) fn follow<'v>(value: &'v Value, steps: &[Str]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| step_into(value, step))
}

fn step_into<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    let condition = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
    match value {
        Value::Object(map) => map.get(step),
        Value::Array(items) if step == "-" => items.last(),
        Value::Array(items) => match condition.and_then(|condition| condition.split_once('=')) {
            Some(("", wanted)) => items.iter().find(|item| text(item) == wanted),
            Some((key, wanted)) => {
                items.iter().find(|item| item.get(key).is_some_and(|found| text(found) == wanted))
            }
            None => items.get(step.parse::<usize>().ok()?),
        },
        _ => None,
    }
}
