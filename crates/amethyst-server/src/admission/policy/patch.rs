//! From the value of a mutation's expression to a changed object
//! (kubernetes/apiserver `pkg/admission/plugin/policy/mutating/patch`).

use amethyst_cel::{Instance, List, Map, Value as Cel};
use amethyst_merge::PatchError;
use amethyst_object::{Map as Pairs, Value};
use amethyst_schema::SchemaRef;

use super::expression::Expression;
use super::scope::Round;

/// What a mutation makes of an object.
pub(crate) enum Patched {
    Unchanged,
    Object(Value),
}

/// Merges `Object{...}` into the object, as server-side apply does, but owning nothing.
pub(crate) fn configure(
    round: &mut Round<'_>,
    expression: &Expression,
    object: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<Patched, String> {
    let Cel::Object(instance) = evaluate(round, expression)? else {
        return Err("unsupported return type from ApplyConfiguration expression".to_owned());
    };
    check_names(&instance).map_err(|why| format!("type mismatch: {why}"))?;
    let Value::Object(mut configuration) = fields(&instance)? else {
        return Err("unsupported return type from ApplyConfiguration expression".to_owned());
    };
    for key in ["apiVersion", "kind"] {
        if let Some(value) = object.get(key) {
            configuration.insert(key, value.clone());
        }
    }
    let configuration = Value::Object(configuration);
    amethyst_merge::configure(object, &configuration, schema)
        .map(Patched::Object)
        .map_err(|why| format!("error applying patch: {why}"))
}

/// Applies `[JSONPatch{...}, ...]`; a `test` that fails leaves the object as it is.
pub(crate) fn json_patch(
    round: &mut Round<'_>,
    expression: &Expression,
    object: &Value,
) -> Result<Patched, String> {
    let Cel::List(list) = evaluate(round, expression)? else {
        return Err("type mismatch: JSONPatchType.expression should evaluate to array".to_owned());
    };
    let operations = list.iter().map(|operation| {
        let operation = operation.map_err(|error| error.to_string())?;
        let Cel::Object(operation) = operation else {
            return Err(
                "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch".to_owned()
            );
        };
        self::operation(&operation)
    });
    let patch = Value::Array(operations.collect::<Result<_, String>>()?);
    match amethyst_merge::json_patch(object, &patch) {
        Ok(patched) => Ok(Patched::Object(patched)),
        Err(PatchError::Unprocessable(why)) if why.ends_with("test failed") => Ok(Patched::Unchanged),
        Err(error) => Err(format!("JSON Patch: {error}")),
    }
}

fn evaluate<'a>(round: &mut Round<'a>, expression: &Expression) -> Result<Cel<'a>, String> {
    if let Err(why) = &expression.program {
        return Err(why.clone());
    }
    round.evaluate(expression).map_err(|failure| failure.text().to_owned())
}

fn operation(operation: &Instance<'_>) -> Result<Value, String> {
    let mut out = Pairs::new();
    for key in ["op", "path"] {
        out.insert(key, "");
    }
    for (name, value) in &operation.fields {
        match (name.as_str(), value.as_str()) {
            ("from", Some("")) => {}
            ("op" | "path" | "from", Some(text)) => {
                out.insert(name.clone(), text);
            }
            _ => {
                if let Cel::Object(instance) = value {
                    check_names(instance).map_err(|why| format!("type mismatch: {why}"))?;
                }
                out.insert("value", document(value).map_err(|why| {
                    format!("JSONPath valueExpression evaluated to a type that could not marshal to JSON: {why}")
                })?);
            }
        }
    }
    Ok(Value::Object(out))
}

/// Objects are named by the path to them: `Object.spec` under `spec`.
fn check_names(instance: &Instance<'_>) -> Result<(), String> {
    let mut wrong = Vec::new();
    check_value(&instance.type_name, &Cel::Object(std::sync::Arc::new(instance.clone())), &mut wrong);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn check_value(path: &str, value: &Cel<'_>, wrong: &mut Vec<String>) {
    match value {
        Cel::Object(instance) => {
            if instance.type_name != path {
                wrong.push(format!(
                    "unexpected type name {:?}, expected {path:?}, which matches field name path from root Object type",
                    instance.type_name.as_str()
                ));
            }
            for (name, value) in &instance.fields {
                check_value(&format!("{path}.{name}"), value, wrong);
            }
        }
        Cel::List(List::Built(items)) => items.iter().for_each(|item| check_value(path, item, wrong)),
        Cel::Map(map @ Map::Built(_)) => {
            let values = map.keys().into_iter().filter_map(|key| map.find(&key)?.ok());
            values.for_each(|value| check_value(path, &value, wrong));
        }
        _ => {}
    }
}

fn fields(instance: &Instance<'_>) -> Result<Value, String> {
    let mut out = Pairs::new();
    for (name, value) in &instance.fields {
        let converted =
            document(value).map_err(|why| format!("fail to convert field {:?}: {why}", name.as_str()))?;
        out.insert(name.clone(), converted);
    }
    Ok(Value::Object(out))
}

/// A value as JSON.
fn document(value: &Cel<'_>) -> Result<Value, String> {
    Ok(match value {
        Cel::Null => Value::Null,
        Cel::Bool(value) => Value::Bool(*value),
        Cel::Int(value) => Value::from(*value),
        Cel::Uint(value) => Value::from(*value),
        Cel::Double(value) => Value::Number(amethyst_object::Number::from_lexeme(value.to_string())),
        Cel::String(text) => Value::from(text.as_str()),
        Cel::List(list) => {
            let items = list.iter().map(|item| document(&item.map_err(|error| error.to_string())?));
            Value::Array(items.collect::<Result<_, String>>()?)
        }
        Cel::Map(map) => {
            let mut out = Pairs::new();
            for key in map.keys() {
                let Some(name) = key.as_str() else {
                    return Err("a map key is of another type than string".to_owned());
                };
                let value = map.find(&key).unwrap_or(Ok(Cel::Null)).map_err(|error| error.to_string())?;
                out.insert(name, document(&value)?);
            }
            Value::Object(out)
        }
        Cel::Object(instance) => fields(instance)?,
        Cel::Preserved(document) => (*document).clone(),
        other => return Err(format!("{other:?} cannot be written as JSON")),
    })
}
