//! Paths of replacements: names, `[name=value]`, indices and `*`.

use amethyst_object::{Map, Str, Value};
use amethyst_yaml::raw_scalar;
use regex::Regex;

use crate::id::{is_null, text};

/// Calls `with` on every value the path leads to; `create` makes what is missing, as a place for such a value.
/// kyaml's `PathMatcher`.
pub(super) fn find_all(
    value: &mut Value,
    path: &[Str],
    create: Option<&Value>,
    with: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else { return with(value) };
    if is_null(value) && create.is_none() {
        return Ok(());
    }
    if let Ok(index) = step.parse::<usize>() {
        return at_index(value, index, rest, create, with);
    }
    if let Some(condition) = step.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return matching(value, condition, rest, create, with);
    }
    if step == "*" {
        let items = value.as_array_mut().ok_or("wrong node kind: expected SequenceNode")?;
        return items.iter_mut().try_for_each(|item| find_all(item, rest, create, with));
    }
    let map = match value {
        Value::Object(map) => map,
        Value::Array(_) => {
            return Err("wrong node kind: expected MappingNode but was SequenceNode".to_owned());
        }
        _ => return Err("wrong node kind: expected MappingNode but was ScalarNode".to_owned()),
    };
    if create.is_some() && !map.contains_key(step) {
        map.insert(step.clone(), place_for(rest.first(), create));
    }
    match map.get_mut(step) {
        Some(field) => find_all(field, rest, create, with),
        None => Ok(()),
    }
}

/// An empty value that the next step can go into.
fn place_for(next: Option<&Str>, create: Option<&Value>) -> Value {
    match (next, create) {
        (Some(next), _) if next.starts_with('[') || next.parse::<usize>().is_ok() => Value::Array(Vec::new()),
        (Some(_), _) | (None, Some(Value::Object(_))) => Value::object(),
        (None, Some(Value::Array(_))) => Value::Array(Vec::new()),
        (None, _) => raw_scalar(""),
    }
}

fn at_index(
    value: &mut Value,
    index: usize,
    rest: &[Str],
    create: Option<&Value>,
    with: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let items = value.as_array_mut().ok_or("wrong node kind: expected SequenceNode")?;
    if items.len() == index && create.is_some() {
        items.push(place_for(rest.first(), create));
    }
    let length = items.len();
    let item = items.get_mut(index);
    let item = item.ok_or_else(|| format!("index {index} specified but only {length} elements found"))?;
    find_all(item, rest, create, with)
}

fn matching(
    value: &mut Value,
    condition: &str,
    rest: &[Str],
    create: Option<&Value>,
    with: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let (field, pattern) = condition
        .split_once('=')
        .ok_or("list path element must contain fieldName=fieldValue for element to match")?;
    let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
    let items = value.as_array_mut().ok_or("wrong node kind: expected SequenceNode")?;
    let fits = |item: &Value| {
        if field.is_empty() {
            regex.is_match(&text(item))
        } else {
            item.get(field).is_some_and(|found| regex.is_match(&text(found)))
        }
    };
    if create.is_some() && !items.iter().any(fits) {
        items.push(if field.is_empty() {
            raw_scalar(pattern)
        } else {
            Value::Object([(field, raw_scalar(pattern))].into_iter().collect::<Map>())
        });
    }
    let rest = if field.is_empty() { &[] } else { rest };
    items.iter_mut().filter(|item| fits(item)).try_for_each(|item| find_all(item, rest, create, with))
}
