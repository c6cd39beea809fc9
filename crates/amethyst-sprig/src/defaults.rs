//! What is empty, and what stands in for it.

use amethyst_gotemplate::{Engine, Function, Value};

use crate::arguments::{ANY, Answer, BOOL, STRING, ZERO_VALUE, any, boolean, fixed, text, variadic};
use crate::copy::counted_copy;

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("default", &[ANY], ANY, |_, a| {
        let given = any(a, 1);
        Ok(if is_empty(given) { any(a, 0) } else { given }.clone())
    }),
    fixed("empty", &[ANY], |_, a| Ok(Value::Bool(is_empty(any(a, 0))))),
    variadic("coalesce", &[], ANY, |_, a| {
        Ok(a.iter().find(|value| !is_empty(value)).cloned().unwrap_or_default())
    }),
    variadic("all", &[], ANY, |_, a| Ok(Value::Bool(!a.iter().any(is_empty)))),
    variadic("any", &[], ANY, |_, a| Ok(Value::Bool(!a.iter().all(is_empty)))),
    fixed("ternary", &[ANY, ANY, BOOL], |_, a| Ok(any(a, usize::from(!boolean(a, 2))).clone())),
    fixed("deepCopy", &[ANY], |engine, a| copied(engine, any(a, 0))),
    fixed("mustDeepCopy", &[ANY], |engine, a| copied(engine, any(a, 0))),
    fixed("fail", &[STRING], |_, a| Err(text(a, 0).into_owned().into())),
    fixed("getHostByName", &[STRING], |_, _| Ok(Value::from(""))),
];

fn copied(engine: &mut Engine<'_>, value: &Value) -> Answer {
    if value.is_nil() { Err(ZERO_VALUE.into()) } else { Ok(counted_copy(engine, value)?) }
}

/// sprig's `empty`: nil, or the zero of its type. A struct never is.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Native(native) => match native.kind_name() {
            "struct" | "ptr" | "func" => false,
            _ => !native.is_true(),
        },
        other => !other.is_true(),
    }
}
