//! JSON patches (RFC 6902) as `evanphx/json-patch` v4 applies them.

use amethyst_object::{Map, Value};

use crate::size;

/// Applies the operations of `patch`, a list, to `document`.
pub(crate) fn apply(document: &mut Value, patch: &[Value]) -> Result<(), String> {
    patch.iter().try_for_each(|operation| apply_one(document, operation))
}

/// Whether `value` is a list of operations.
pub(crate) fn is_patch(value: &Value) -> bool {
    let operations = value.as_array().unwrap_or_default();
    !operations.is_empty() && operations.iter().all(|operation| operation.as_object().is_some())
}

fn apply_one(document: &mut Value, operation: &Value) -> Result<(), String> {
    let name = operation.str_at(&["op"]).unwrap_or("unknown");
    let path = operation.str_at(&["path"]).ok_or_else(|| format!("{name} operation: missing path"))?;
    let from = || operation.str_at(&["from"]).ok_or_else(|| format!("{name} operation: missing from"));
    let value = || -> Result<Value, String> {
        let value = operation.get("value").ok_or_else(|| format!("{name} operation: missing value"))?;
        size::check(value, steps(path).len())?;
        Ok(value.clone())
    };
    let told = match name {
        "add" => add(document, path, value()?),
        "remove" => remove(document, path).map(drop),
        "replace" => replace(document, path, value()?),
        "move" => remove(document, from()?).and_then(|value| {
            size::check(&value, steps(path).len())?;
            add(document, path, value)
        }),
        "copy" => find(document, from()?)
            .and_then(|value| size::check(value, steps(path).len()).map(|()| value.clone()))
            .and_then(|value| add(document, path, value)),
        "test" => return test(document, path, operation.get("value").unwrap_or(&Value::Null)),
        other => return Err(format!("Unexpected kind: {other}")),
    };
    told.map_err(|reason| format!("{name} operation does not apply: {reason}"))
}

fn steps(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// The container that the path's last step goes into, and that step.
fn parent<'a>(document: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let missing = || format!("doc is missing path: \"{path}\": missing value");
    let mut steps = steps(path);
    let last = steps.pop().ok_or_else(missing)?;
    let mut at = document;
    for step in steps {
        at = match at {
            Value::Object(map) => map.get_mut(&step),
            Value::Array(items) => {
                let index = existing(&step, items.len());
                index.and_then(|index| items.get_mut(index))
            }
            _ => None,
        }
        .ok_or_else(missing)?;
    }
    Ok((at, last))
}

/// An index, from the end when negative, of an element that is there.
fn existing(step: &str, length: usize) -> Option<usize> {
    let index: i64 = step.parse().ok()?;
    let index = if index < 0 { index + length as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (container, step) = parent(document, path)?;
    match container {
        Value::Object(map) => {
            map.insert(step, value);
        }
        Value::Array(items) if step == "-" => items.push(value),
        Value::Array(items) => {
            let bad = || format!("Unable to access invalid index: {step}");
            let index: i64 =
                step.parse().map_err(|_| format!("value was not a proper array index: '{step}'"))?;
            let index = if index < 0 { index + items.len() as i64 + 1 } else { index };
            let index = usize::try_from(index).ok().filter(|index| *index <= items.len()).ok_or_else(bad)?;
            items.insert(index, value);
        }
        _ => return Err(format!("doc is missing path: \"{path}\": missing value")),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<Value, String> {
    let (container, step) = parent(document, path)?;
    match container {
        Value::Object(map) => map
            .remove(&step)
            .ok_or_else(|| format!("Unable to remove nonexistent key: {step}: missing value")),
        Value::Array(items) => {
            let index = existing(&step, items.len());
            let index = index.ok_or_else(|| format!("Unable to access invalid index: {step}"))?;
            Ok(items.remove(index))
        }
        _ => Err(format!("doc is missing path: \"{path}\": missing value")),
    }
}

fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let missing = || format!("doc is missing key: {path}: missing value");
    let (container, step) = parent(document, path)?;
    let slot = match container {
        Value::Object(map) => map.get_mut(&step),
        Value::Array(items) => existing(&step, items.len()).and_then(|index| items.get_mut(index)),
        _ => None,
    };
    *slot.ok_or_else(missing)? = value;
    Ok(())
}

fn find<'a>(document: &'a Value, path: &str) -> Result<&'a Value, String> {
    steps(path).iter().try_fold(document, |at, step| {
        let found = match at {
            Value::Object(map) => map.get(step),
            Value::Array(items) => existing(step, items.len()).and_then(|index| items.get(index)),
            _ => None,
        };
        found.ok_or_else(|| format!("doc is missing path: \"{path}\": missing value"))
    })
}

fn test(document: &Value, path: &str, wanted: &Value) -> Result<(), String> {
    match find(document, path) {
        Ok(found) if found == wanted => Ok(()),
        Err(_) if wanted.is_null() => Ok(()),
        _ => Err(format!("testing value {path} failed: test failed")),
    }
}

/// Applies a patch to an object; it stays one.
pub(crate) fn apply_to_object(object: &mut Map, patch: &[Value]) -> Result<(), String> {
    let mut document = Value::Object(std::mem::take(object));
    let told = apply(&mut document, patch);
    match document {
        Value::Object(map) => *object = map,
        _ => return Err("the patch leaves no object".to_owned()),
    }
    told
}
