//! Expressions, and what they give: transcribed from upstream's tables.

use crate::{Budget, Env, Value};

/// The value of an expression as text, or its error.
fn run(text: &str) -> String {
    let program = match Env::kubernetes().compile(text) {
        Ok(program) => program,
        Err(error) => return format!("compile: {error}"),
    };
    let none: [(&str, Value<'_>); 0] = [];
    match program.eval(&none, &mut Budget::per_call()) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn smoke() {
    for (text, expected) in [
        ("1 + 2 * 3", "Int(7)"),
        ("[1, 2, 3].map(x, x * 2).filter(x, x > 2).size() == 2", "Bool(true)"),
        ("'abc'.startsWith('a') && 'x' in ['x', 'y']", "Bool(true)"),
        ("{'a': 1}.a", "Int(1)"),
        ("has({'a': 1}.b)", "Bool(false)"),
        ("quantity('1.5Gi').isGreaterThan(quantity('1G'))", "Bool(true)"),
    ] {
        assert_eq!(run(text), expected, "{text}");
    }
}
