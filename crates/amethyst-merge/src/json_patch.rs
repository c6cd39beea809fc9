//! JSON patch, RFC 6902, as `evanphx/json-patch` v4 reads it for the API server: indices may be
//! negative, `replace` of a missing key adds it, a missing `value` is `null`.

use amethyst_object::{Str, Value, json};

use crate::{error::PatchError, golang};

#[cfg(test)]
mod tests;

/// The most operations a patch may hold.
const OPERATIONS_MAX: usize = 10_000;
/// The most bytes that `copy` operations of one patch may add.
const COPY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Applies a JSON patch to a document.
///
/// # Errors
/// `BadRequest` when the patch is no list of operations, `TooLarge` past ten thousand of them,
/// `Unprocessable` when an operation does not apply; the text is the API server's.
pub fn json_patch(document: &Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = decode(patch)?;
    if operations.len() > OPERATIONS_MAX {
        return Err(PatchError::TooLarge(format!(
            "The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {}",
            operations.len()
        )));
    }
    let mut patched = document.clone();
    let mut copied_bytes = 0;
    for operation in &operations {
        operation.apply(&mut patched, &mut copied_bytes).map_err(PatchError::Unprocessable)?;
    }
    Ok(patched)
}

struct Operation<'a> {
    op: &'a str,
    path: Option<&'a str>,
    from: Option<&'a str>,
    value: Option<&'a Value>,
}

fn decode(patch: &Value) -> Result<Vec<Operation<'_>>, PatchError> {
    let wrong = |found: &Value, wanted: &str| {
        let name = match found {
            Value::Bool(_) => "bool",
            other => match other.type_name() {
                "integer" => "number",
                name => name,
            },
        };
        PatchError::BadRequest(format!(
            "error decoding patch: json: cannot unmarshal {name} into Go {wanted}"
        ))
    };
    if patch.is_null() {
        return Ok(Vec::new());
    }
    let list = patch.as_array().ok_or_else(|| wrong(patch, "value of type []handlers.jsonPatchOp"))?;
    list.iter()
        .map(|operation| {
            if !operation.is_null() && operation.as_object().is_none() {
                return Err(wrong(operation, "value of type handlers.jsonPatchOp"));
            }
            let text = |key: &str| match operation.get(key) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.as_str())),
                Some(other) => Err(wrong(other, &format!("struct field jsonPatchOp.{key} of type string"))),
            };
            Ok(Operation {
                op: text("op")?.unwrap_or("unknown"),
                path: text("path")?,
                from: text("from")?,
                value: operation.get("value"),
            })
        })
        .collect()
}

const NO_PATH: &str = "operation missing path field: missing value";
const NO_FROM: &str = "operation, missing from field: missing value";

impl Operation<'_> {
    fn apply(&self, document: &mut Value, copied_bytes: &mut usize) -> Result<(), String> {
        match self.op {
            "add" => self.add(document),
            "remove" => self.remove(document),
            "replace" => self.replace(document),
            "move" => self.shift(document),
            "test" => self.test(document),
            "copy" => self.copy(document, copied_bytes),
            other => Err(format!("Unexpected kind: {other}")),
        }
    }

    fn value(&self) -> Value {
        self.value.cloned().unwrap_or_default()
    }

    fn add(&self, document: &mut Value) -> Result<(), String> {
        let path = self.path.ok_or("add operation failed to decode path: missing value")?;
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("add operation does not apply: doc is missing path: \"{path}\": missing value")
        })?;
        add(container, &key, self.value())
            .map_err(|error| format!("error in add for path: '{path}': {error}"))
    }

    fn remove(&self, document: &mut Value) -> Result<(), String> {
        let path = self.path.ok_or("remove operation failed to decode path: missing value")?;
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("remove operation does not apply: doc is missing path: \"{path}\": missing value")
        })?;
        remove(container, &key)
            .map(drop)
            .map_err(|error| format!("error in remove for path: '{path}': {error}"))
    }

    fn replace(&self, document: &mut Value) -> Result<(), String> {
        let path = self.path.ok_or_else(|| format!("replace operation failed to decode path: {NO_PATH}"))?;
        if path.is_empty() {
            let value = self.value();
            if !matches!(value, Value::Array(_) | Value::Object(_)) {
                return Err("replace operation value must be object or array: %!w(<nil>)".into());
            }
            *document = value;
            return Ok(());
        }
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("replace operation does not apply: doc is missing path: {path}: missing value")
        })?;
        match container {
            Value::Object(map) => {
                map.insert(key, self.value());
            }
            Value::Array(items) => {
                let index = existing(items.len(), &key).map_err(|_| {
                    format!("replace operation does not apply: doc is missing key: {path}: missing value")
                })?;
                items[index] = self.value();
            }
            _ => unreachable!("find gives containers only"),
        }
        Ok(())
    }

    fn shift(&self, document: &mut Value) -> Result<(), String> {
        let from = self.from.ok_or_else(|| format!("move operation failed to decode from: {NO_FROM}"))?;
        let (container, key) = find(document, from).ok_or_else(|| {
            format!("move operation does not apply: doc is missing from path: {from}: missing value")
        })?;
        let value =
            remove(container, &key).map_err(|error| format!("error in move for path: '{key}': {error}"))?;
        let path = self.path.ok_or_else(|| format!("move operation failed to decode path: {NO_PATH}"))?;
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("move operation does not apply: doc is missing destination path: {path}: missing value")
        })?;
        add(container, &key, value).map_err(|error| format!("error in move for path: '{path}': {error}"))
    }

    fn test(&self, document: &mut Value) -> Result<(), String> {
        let path = self.path.ok_or_else(|| format!("test operation failed to decode path: {NO_PATH}"))?;
        let wanted = self.value.unwrap_or(&Value::Null);
        let failed = || format!("testing value {path} failed: test failed");
        if path.is_empty() {
            return if document == wanted { Ok(()) } else { Err(failed()) };
        }
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("test operation does not apply: is missing path: {path}: missing value")
        })?;
        let found =
            get(container, &key).map_err(|error| format!("error in test for path: '{path}': {error}"))?;
        // A missing key is as good as null here.
        if found.unwrap_or(&Value::Null) == wanted { Ok(()) } else { Err(failed()) }
    }

    fn copy(&self, document: &mut Value, copied_bytes: &mut usize) -> Result<(), String> {
        let from = self.from.ok_or_else(|| format!("copy operation failed to decode from: {NO_FROM}"))?;
        let (container, key) = find(document, from).ok_or_else(|| {
            format!("copy operation does not apply: doc is missing from path: {from}: missing value")
        })?;
        let value = get(container, &key)
            .map_err(|error| format!("error in copy for from: '{from}': {error}"))?
            .cloned()
            .unwrap_or_default();
        let path = self.path.ok_or("copy operation failed to decode path: missing value")?;
        let (container, key) = find(document, path).ok_or_else(|| {
            format!("copy operation does not apply: doc is missing destination path: {path}: missing value")
        })?;
        *copied_bytes += json::to_vec(&value).len();
        if *copied_bytes > COPY_BYTES_MAX {
            return Err(format!(
                "Unable to complete the copy, the accumulated size increase of copy is {copied_bytes}, exceeding the limit {COPY_BYTES_MAX}"
            ));
        }
        add(container, &key, value).map_err(|error| format!("error while adding value during copy: {error}"))
    }
}

/// The container that a pointer's last step leads into, and that step. The text before the first slash
/// is not looked at, as upstream does not.
fn find<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, Str)> {
    let mut steps = path.split('/').skip(1).peekable();
    let mut at = document;
    loop {
        let step = unescape(steps.next()?);
        if steps.peek().is_none() {
            return matches!(at, Value::Object(_) | Value::Array(_)).then_some((at, step));
        }
        at = match at {
            Value::Object(map) => map.get_mut(&step)?,
            Value::Array(items) => {
                let index = existing(items.len(), &step).ok()?;
                &mut items[index]
            }
            _ => return None,
        };
    }
}

fn unescape(step: &str) -> Str {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~").into() } else { step.into() }
}

fn get<'a>(container: &'a Value, key: &str) -> Result<Option<&'a Value>, String> {
    match container {
        Value::Object(map) => Ok(map.get(key)),
        Value::Array(items) => existing(items.len(), key).map(|index| items.get(index)),
        _ => Ok(None),
    }
}

fn add(container: &mut Value, key: &str, value: Value) -> Result<(), String> {
    match container {
        Value::Object(map) => {
            map.insert(key, value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index = number(key)
                .map_err(|error| format!("value was not a proper array index: '{key}': {error}"))?;
            // Negative indices count from one past the end.
            let index = resolve(items.len() + 1, index)?;
            items.insert(index, value);
        }
        _ => unreachable!("find gives containers only"),
    }
    Ok(())
}

fn remove(container: &mut Value, key: &str) -> Result<Value, String> {
    match container {
        Value::Object(map) => {
            map.remove(key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        Value::Array(items) => existing(items.len(), key).map(|index| items.remove(index)),
        _ => unreachable!("find gives containers only"),
    }
}

fn existing(length: usize, key: &str) -> Result<usize, String> {
    resolve(length, number(key)?)
}

fn number(key: &str) -> Result<i64, String> {
    key.parse().map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", golang::quote(key)))
}

fn resolve(length: usize, index: i64) -> Result<usize, String> {
    let invalid = || format!("Unable to access invalid index: {index}: invalid index referenced");
    let from_start = if index < 0 { index + length as i64 } else { index };
    usize::try_from(from_start).ok().filter(|at| *at < length).ok_or_else(invalid)
}
