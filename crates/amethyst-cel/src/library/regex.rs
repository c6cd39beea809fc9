//! Regular expressions (cel-go `matches`, apiserver `pkg/cel/library/regex.go`).

use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "matches" => matches,
        "find" => find,
        "findAll" => find_all,
        _ => return None,
    })
}

fn matches<'v>(args: &[Value<'v>]) -> Result<'v> {
    let [Value::String(text), Value::String(pattern)] = args else {
        return match args {
            [Value::String(_), _] => Err(EvalError::no_such_overload()),
            _ => Err(EvalError::new("no such overload: matches")),
        };
    };
    let regex = amethyst_schema::regular_expression(pattern).map_err(EvalError::new)?;
    Ok(Value::Bool(regex.is_match(text)))
}

fn compiled(pattern: &str) -> std::result::Result<std::sync::Arc<regex::Regex>, EvalError> {
    amethyst_schema::regular_expression(pattern)
        .map_err(|error| EvalError::new(format!("Illegal regex: {error}")))
}

fn find<'v>(args: &[Value<'v>]) -> Result<'v> {
    let [Value::String(text), Value::String(pattern)] = args else { return no_overload("find", args) };
    let regex = compiled(pattern)?;
    Ok(Value::from(regex.find(text).map_or("", |found| found.as_str()).to_owned()))
}

fn find_all<'v>(args: &[Value<'v>]) -> Result<'v> {
    let (text, pattern, limit) = match args {
        [Value::String(text), Value::String(pattern)] => (text, pattern, -1),
        [Value::String(text), Value::String(pattern), Value::Int(limit)] => (text, pattern, *limit),
        _ => return no_overload("findAll", args),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let regex = compiled(pattern)?;
    let found = regex.find_iter(text).take(limit).map(|found| Value::from(found.as_str().to_owned()));
    Ok(Value::list(found.collect()))
}
