//! The functions of Helm that need the chart: `include`, `tpl`, `required`, `fail`, `lookup`.

use std::sync::LazyLock;

use amethyst_gotemplate::{CallError, Engine, Function, Functions, List, ListKind, Map, Type, Value};
use amethyst_object::Value as Document;

use super::error::{WARNING_END, WARNING_START};
use super::host::State;
use crate::{HelmVersion, LookedUp};

/// How often a template may be included within itself: Helm's `recursionMaxNums`.
const RECURSION_MAX: usize = 1000;

/// Functions of lists that also take `.Capabilities.APIVersions`, which is a list with a method.
macro_rules! of_lists {
    ($($name:literal $parameters:expr, $variadic:expr;)*) => {
        &[$(Function {
            name: $name,
            parameters: $parameters,
            variadic: $variadic,
            call: |engine, arguments| with_lists(engine, $name, arguments),
        }),*]
    };
}

const OF_LISTS: &[Function] = of_lists! {
    "has" &[Type::Any, Type::Any], None;
    "mustHas" &[Type::Any, Type::Any], None;
    "join" &[Type::String, Type::Any], None;
    "first" &[Type::Any], None;
    "last" &[Type::Any], None;
    "uniq" &[Type::Any], None;
    "reverse" &[Type::Any], None;
    "sortAlpha" &[Type::Any], None;
    "toStrings" &[Type::Any], None;
    "without" &[Type::Any], Some(Type::Any);
};

/// Calls sprig's function, with lists for what is a list to Go.
fn with_lists(engine: &mut Engine<'_>, name: &str, arguments: &[Value]) -> Result<Value, CallError> {
    let Some(function) = amethyst_sprig::functions().iter().find(|function| function.name == name) else {
        return Err(format!("function {name} is not there").into());
    };
    let is_slice = |value: &Value| matches!(value, Value::Native(native) if native.kind_name() == "slice");
    if !arguments.iter().any(is_slice) {
        return (function.call)(engine, arguments);
    }
    let as_list = |value: &Value| match value {
        Value::Native(native) if native.kind_name() == "slice" => {
            let items = native.range().unwrap_or_default();
            Value::List(List::with_kind(ListKind::String, items.into_iter().map(|(_, item)| item).collect()))
        }
        value => value.clone(),
    };
    let arguments: Vec<Value> = arguments.iter().map(as_list).collect();
    (function.call)(engine, &arguments)
}

const FUNCTIONS: &[Function] = &[
    Function { name: "include", parameters: &[Type::String, Type::Any], variadic: None, call: include },
    Function { name: "tpl", parameters: &[Type::String, Type::Any], variadic: None, call: tpl },
    Function { name: "required", parameters: &[Type::String, Type::Any], variadic: None, call: required },
    Function { name: "fail", parameters: &[Type::String], variadic: None, call: fail },
    Function {
        name: "lookup",
        parameters: &[Type::String, Type::String, Type::String, Type::String],
        variadic: None,
        call: lookup,
    },
];

/// All functions that charts may call under a Helm.
pub(crate) fn functions(helm: HelmVersion) -> &'static Functions {
    static V3: LazyLock<Functions> = LazyLock::new(|| all(HelmVersion::V3));
    static V4: LazyLock<Functions> = LazyLock::new(|| all(HelmVersion::V4));
    match helm {
        HelmVersion::V3 => &V3,
        HelmVersion::V4 => &V4,
    }
}

fn all(helm: HelmVersion) -> Functions {
    Functions::default()
        .with(amethyst_sprig::functions())
        .with(amethyst_sprig::helm_functions(functions_of(helm)))
        .with(OF_LISTS)
        .with(FUNCTIONS)
}

fn functions_of(helm: HelmVersion) -> amethyst_sprig::HelmVersion {
    match helm {
        HelmVersion::V3 => amethyst_sprig::HelmVersion::Three,
        HelmVersion::V4 => amethyst_sprig::HelmVersion::Four,
    }
}

fn text(arguments: &[Value], at: usize) -> String {
    arguments.get(at).and_then(Value::as_str).unwrap_or_default().into_owned()
}

fn state<'a>(engine: &'a mut Engine<'_>) -> Option<&'a mut State> {
    engine.host().state().downcast_mut()
}

fn include(engine: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let name = text(arguments, 0);
    if let Some(state) = state(engine) {
        let count = state.included.entry(name.clone()).or_default();
        if *count > RECURSION_MAX {
            return Err(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )
            .into());
        }
        *count += 1;
    }
    let result = engine.execute(&name, &arguments[1]);
    if let Some(count) = state(engine).and_then(|state| state.included.get_mut(&name)) {
        *count -= 1;
    }
    match result {
        Ok(rendered) => Ok(Value::bytes_string(rendered)),
        Err(error) => Err(CallError::Nested(Box::new(error))),
    }
}

/// What Helm calls the texts that `tpl` parses.
const SET_NAME: &str = "gotpl";

fn tpl(engine: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let template = text(arguments, 0);
    match engine.execute_text(SET_NAME, &template, &arguments[1]) {
        Ok(rendered) => Ok(Value::bytes_string(super::without_no_value(rendered))),
        Err(mut error) => {
            let quoted = super::error::quote(&template);
            error.message = if error.message.contains(": executing ") {
                format!("error during tpl function execution for {quoted}: {}", error.message)
            } else {
                format!("cannot parse template {quoted}: {}", error.message)
            };
            Err(CallError::Nested(Box::new(error)))
        }
    }
}

fn warning(text: &str) -> CallError {
    format!("{WARNING_START}{text}{WARNING_END}").into()
}

fn required(_: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = &arguments[1];
    if value.is_nil() || value.as_bytes().is_some_and(<[u8]>::is_empty) {
        return Err(warning(&text(arguments, 0)));
    }
    Ok(value.clone())
}

fn fail(_: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Err(warning(&text(arguments, 0)))
}

fn lookup(engine: &mut Engine<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let [api_version, kind, namespace, name] = [0, 1, 2, 3].map(|at| text(arguments, at));
    let question = LookedUp { api_version, kind, namespace, name };
    let Some(state) = state(engine) else { return Ok(Value::Map(Map::new())) };
    let answer = question.answer(state.lookup.as_deref());
    if let Some(asked) = &state.asked {
        asked.note_lookup(question.clone(), &answer);
    }
    state.looked_up.insert(question);
    Ok(match found(&answer?) {
        Value::Nil => Value::Map(Map::new()),
        found => found,
    })
}

/// What a cluster answers as Kubernetes' decoder reads it: whole numbers stay whole, as those of values do not.
fn found(document: &Document) -> Value {
    match document {
        Document::Number(number) => number
            .as_i64()
            .filter(|_| number.is_integer())
            .map_or_else(|| Value::Float(number.as_f64()), Value::int64),
        Document::Array(items) => Value::List(List::new(items.iter().map(found).collect())),
        Document::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), found(value))).collect())
        }
        other => Value::from_document(other),
    }
}
