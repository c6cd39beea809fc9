//! Functions and data that the tests share.

use std::any::Any;

use amethyst_gotemplate::{
    CallError, Engine, ExecError, Function, Functions, Host, List, Map, Templates, Type, Value,
};

/// A world in which nothing happens.
#[derive(Default)]
pub(crate) struct Still {
    /// How deep inner templates are; they end at four.
    pub(crate) depth: i32,
}

impl Host for Still {
    fn now(&mut self) -> i128 {
        0
    }

    fn random(&mut self, out: &mut [u8]) {
        out.fill(4);
    }

    fn not_reproducible(&mut self, _function: &'static str) {}

    fn state(&mut self) -> &mut dyn Any {
        self
    }
}

/// Some functions, of every kind of signature.
pub(crate) fn functions() -> Functions {
    Functions::default().with(&[
        Function {
            name: "upper",
            parameters: &[Type::String],
            variadic: None,
            call: |_, arguments| Ok(text(&arguments[0]).to_uppercase().into()),
        },
        Function {
            name: "include",
            parameters: &[Type::String, Type::Any],
            variadic: None,
            call: |engine, arguments| {
                let name = text(&arguments[0]);
                let written = within(engine, |engine| engine.execute(&name, &arguments[1]))?;
                Ok(Value::bytes_string(written))
            },
        },
        Function {
            name: "tpl",
            parameters: &[Type::String, Type::Any],
            variadic: None,
            call: |engine, arguments| {
                let text = text(&arguments[0]);
                let written = within(engine, |engine| engine.execute_text("gotpl", &text, &arguments[1]))?;
                Ok(Value::bytes_string(written))
            },
        },
        Function {
            name: "list",
            parameters: &[],
            variadic: Some(Type::Any),
            call: |_, arguments| Ok(List::new(arguments.to_vec()).into()),
        },
        Function {
            name: "dict",
            parameters: &[],
            variadic: Some(Type::Any),
            call: |_, arguments| {
                let pairs = arguments.chunks(2).map(|pair| (text(&pair[0]), pair.get(1).cloned()));
                Ok(pairs.map(|(key, value)| (key, value.unwrap_or_default())).collect::<Map>().into())
            },
        },
        Function {
            name: "fail",
            parameters: &[Type::String],
            variadic: None,
            call: |_, arguments| Err(text(&arguments[0]).into()),
        },
        Function {
            name: "add",
            parameters: &[Type::Int, Type::Int],
            variadic: None,
            call: |_, arguments| match arguments {
                [Value::Int(_, a), Value::Int(_, b)] => Ok(Value::int(a.wrapping_add(*b))),
                _ => Err("arguments of another type".into()),
            },
        },
        Function {
            name: "half",
            parameters: &[Type::Float],
            variadic: None,
            call: |_, arguments| match arguments {
                [Value::Float(value)] => Ok(Value::Float(value / 2.0)),
                _ => Err("arguments of another type".into()),
            },
        },
        Function {
            name: "keys",
            parameters: &[Type::Map],
            variadic: None,
            call: |_, arguments| {
                // The zero of a map has no keys.
                let pairs = arguments[0].as_map().map(|map| map.pairs().to_vec()).unwrap_or_default();
                let keys: Vec<String> = pairs.iter().map(|(key, _)| key.to_string()).collect();
                Ok(List::strings(keys).into())
            },
        },
        Function {
            name: "joined",
            parameters: &[Type::String],
            variadic: Some(Type::String),
            call: |_, arguments| {
                let texts: Vec<String> = arguments[1..].iter().map(text).collect();
                Ok(texts.join(&text(&arguments[0])).into())
            },
        },
        Function { name: "null", parameters: &[], variadic: None, call: |_, _| Ok(Value::Nil) },
    ])
}

/// Runs an inner template, not deeper than the oracle does.
fn within(
    engine: &mut Engine<'_>,
    run: impl FnOnce(&mut Engine<'_>) -> Result<Vec<u8>, ExecError>,
) -> Result<Vec<u8>, CallError> {
    depth(engine, 1)?;
    let result = run(engine).map_err(|error| CallError::Nested(Box::new(error)));
    depth(engine, -1)?;
    result
}

fn depth(engine: &mut Engine<'_>, by: i32) -> Result<(), CallError> {
    let host = engine.host().state().downcast_mut::<Still>().ok_or("another host")?;
    if by > 0 && host.depth >= 4 {
        return Err("too deep".into());
    }
    host.depth += by;
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into_owned()
}

/// Data as a document gives it, and values of other types beside.
pub(crate) fn data() -> Value {
    let document = amethyst_object::value!({
        "name": "x",
        "empty": "",
        "zero": 0_i64,
        "pi": {"$": null},
        "yes": true,
        "no": false,
        "null": null,
        "html": "<a href='b'>&\"</a>",
        "list": ["a", "b", "c"],
        "numbers": [1_i64, 2_i64, 3_i64],
        "mixed": [1_i64, "b", null, {"k": "v"}, ["z"]],
        "none": [],
        "nothing": {},
        "map": {"one": 1_i64, "two": "zwei", "deep": {"er": {"est": "down"}}}
    });
    let data = Value::from_document(&document);
    if let Value::Map(map) = &data {
        map.insert("int", Value::int(17));
        map.insert("int64", Value::int64(64));
        map.insert("float", 3.5);
        map.insert("uint8", Value::Uint(amethyst_gotemplate::UintKind::Uint8, 8));
        map.insert("strings", List::strings(["s", "t"]));
        map.insert("pi", std::f64::consts::PI);
    }
    data
}

/// Executes `text` over [`data`]: what it writes, or Go's text of the error.
pub(crate) fn run(text: &str) -> Result<String, String> {
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    builder.parse("t", "t", text).map_err(|error| error.message)?;
    let mut host = Still::default();
    let mut engine = Engine::new(builder.build(), &functions, &mut host);
    let written = engine.execute("t", &data()).map_err(|error| error.message)?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}
