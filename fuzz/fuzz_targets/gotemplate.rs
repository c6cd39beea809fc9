//! Go templates: any text parses or is refused, and what parses ends within its limits.
#![no_main]

use amethyst_gotemplate::{CallError, Engine, Function, Functions, Host, Limits, Templates, Type, Value};
use amethyst_object::value;
use libfuzzer_sys::fuzz_target;

struct Still;

impl Host for Still {
    fn now(&mut self) -> i128 {
        0
    }

    fn random(&mut self, out: &mut [u8]) {
        out.fill(4);
    }

    fn not_reproducible(&mut self, _function: &'static str) {}

    fn state(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

fn functions() -> Functions {
    Functions::default().with(&[
        Function {
            name: "include",
            parameters: &[Type::String, Type::Any],
            variadic: None,
            call: |engine, arguments| {
                let name = arguments[0].as_str().unwrap_or_default().into_owned();
                let written = engine.execute(&name, &arguments[1]);
                written.map(Value::bytes_string).map_err(|error| CallError::Nested(Box::new(error)))
            },
        },
        Function {
            name: "tpl",
            parameters: &[Type::String, Type::Any],
            variadic: None,
            call: |engine, arguments| {
                let text = arguments[0].as_str().unwrap_or_default().into_owned();
                let written = engine.execute_text("gotpl", &text, &arguments[1]);
                written.map(Value::bytes_string).map_err(|error| CallError::Nested(Box::new(error)))
            },
        },
        Function {
            name: "list",
            parameters: &[],
            variadic: Some(Type::Any),
            call: |_, arguments| Ok(amethyst_gotemplate::List::new(arguments.to_vec()).into()),
        },
    ])
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    if builder.parse("t", "t", text).is_err() {
        return;
    }
    let document = value!({"a": 1_i64, "b": ["x", "yy", 3_i64], "c": {"d": true, "e": null}, "s": "{{.}}"});
    let limits = Limits { steps: 20_000, output_bytes: 1 << 20, ..Limits::default() };
    let mut host = Still;
    let mut engine = Engine::new(builder.build(), &functions, &mut host).limits(limits);
    let _ = engine.execute("t", &Value::from_document(&document));
});
