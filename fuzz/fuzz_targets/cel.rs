//! CEL: any text compiles or is refused, and what compiles ends within its budget.
#![no_main]

use amethyst_cel::{Budget, Env, NoSizes, Type, Value};
use amethyst_object::value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let env = Env::kubernetes().variable("self", Type::Dyn).variable("s", Type::String);
    let Ok(program) = env.compile(text) else { return };
    let _ = program.estimate(&NoSizes);
    let document = value!({"a": 1, "b": ["x", "yy", 3], "c": {"d": true, "e": null}});
    let bindings = [("self", Value::document(&document)), ("s", Value::from("text"))];
    let _ = program.eval(&bindings, &mut Budget::per_call());
});
