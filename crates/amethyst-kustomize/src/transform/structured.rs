//! Replacements into the text of a scalar: YAML or JSON that a field holds as a string.

use amethyst_object::{Map, Str, Value};
use amethyst_yaml::{Dialect, parse_one};

use super::walk::find_all;
use crate::id::text;

/// Replaces inside the first scalar on the path whose text is YAML; whether it did. What goes wrong leaves the
/// object as it was, and the path is tried as one of fields.
pub(super) fn replace(
    object: &mut Map,
    path: &[Str],
    create: Option<&Value>,
    set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> bool {
    let Some((scalar, rest)) = scalar_on(object, path) else { return false };
    let old = text(scalar);
    let is_json = old.trim_start().starts_with(['{', '[']);
    let Ok(mut document) = parse_one(&old, Dialect::GoV3) else { return false };
    let mut count = 0;
    let told = find_all(&mut document, rest, create, &mut |found| {
        count += 1;
        set(found)?;
        // What was set is text as it stands in YAML.
        if let Value::Number(_) = found {
            amethyst_yaml::settle(found)?;
        }
        Ok(())
    });
    if told.is_err() || count == 0 {
        return false;
    }
    let new = if !is_json {
        let mut out = String::new();
        write_yaml(&document, 0, &mut out);
        out.trim().to_owned()
    } else if old.contains('\n') && old.contains("  ") {
        pretty(&document, 0)
    } else {
        crate::hash::go_json(&document)
    };
    *scalar = Value::from(new);
    true
}

/// The first scalar on the path that is not its end, and the rest of the path.
fn scalar_on<'v, 'p>(object: &'v mut Map, path: &'p [Str]) -> Option<(&'v mut Value, &'p [Str])> {
    let (first, mut rest) = path.split_first()?;
    let mut value = object.get_mut(first)?;
    loop {
        let (step, after) = rest.split_first()?;
        value = match value {
            Value::Object(map) => map.get_mut(step)?,
            Value::Array(items) => {
                let condition = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
                match condition.and_then(|condition| condition.split_once('=')) {
                    Some((key, wanted)) => items
                        .iter_mut()
                        .find(|item| item.get(key).is_some_and(|found| text(found) == wanted))?,
                    None => items.get_mut(step.parse::<usize>().ok()?)?,
                }
            }
            scalar => return Some((scalar, rest)),
        };
        rest = after;
    }
}

/// YAML with the keys in the order they stand in.
fn write_yaml(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push_str(&indent);
                }
                out.push_str(amethyst_yaml::emit(&Value::String(key.clone())).trim_end());
                out.push(':');
                match value {
                    Value::Object(inner) if !inner.is_empty() => {
                        out.push_str(&format!("\n{indent}  "));
                        write_yaml(value, depth + 1, out);
                    }
                    Value::Array(inner) if !inner.is_empty() => {
                        out.push_str(&format!("\n{indent}"));
                        write_yaml(value, depth, out);
                    }
                    scalar => {
                        out.push(' ');
                        write_scalar(scalar, depth + 1, out);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(&indent);
                }
                out.push_str("- ");
                write_yaml(item, depth + 1, out);
            }
        }
        scalar => write_scalar(scalar, depth + 1, out),
    }
}

fn write_scalar(value: &Value, depth: usize, out: &mut String) {
    let text = amethyst_yaml::emit(value);
    for (at, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&"  ".repeat(depth.saturating_sub(1)));
            }
        }
        out.push_str(line);
    }
    out.push('\n');
}

/// JSON as Go's `MarshalIndent` writes it, with two spaces.
fn pretty(value: &Value, depth: usize) -> String {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{}{}", line(depth + 1), pretty(item, depth + 1))).collect();
            format!("[{}{}]", items.join(","), line(depth))
        }
        Value::Object(map) if !map.is_empty() => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs: Vec<String> = pairs
                .into_iter()
                .map(|(key, value)| {
                    let key = crate::hash::go_json(&Value::String(key.clone()));
                    format!("{}{key}: {}", line(depth + 1), pretty(value, depth + 1))
                })
                .collect();
            format!("{{{}{}}}", pairs.join(","), line(depth))
        }
        other => crate::hash::go_json(other),
    }
}
