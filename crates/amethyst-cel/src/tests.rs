//! Expressions, and what cel-go 0.29 gives for them in the environment of Kubernetes 1.37: values, errors,
//! costs and estimates, gathered once into `facts.jsonl`. Expressions of upstream's own tables are among them.

use amethyst_object::{Number, Value as Document, json, value};
use proptest::prelude::*;

use crate::{Bindings, Budget, CompileError, Env, NoSizes, Type, Value};

/// The environment the facts were gathered in.
fn env() -> Env {
    Env::kubernetes()
        .variable("d", Type::Dyn)
        .variable("s", Type::String)
        .variable("i", Type::Int)
        .variable("l", Type::list(Type::Int))
        .variable("ls", Type::list(Type::String))
        .variable("m", Type::map(Type::String, Type::String))
        .variable("b", Type::Bool)
        .variable("a.b.c", Type::Int)
}

/// The documents its variables were read from.
struct Documents {
    d: Document,
    l: Document,
    ls: Document,
    m: Document,
}

impl Documents {
    fn new() -> Self {
        Self {
            d: value!({
                "a": 1, "b": "two", "c": [1, "x", null, (Number::from_lexeme("2.5"))], "n": null,
                "o": {"k": "v", "t": true}
            }),
            l: value!([3, 1, 2]),
            ls: value!(["a", "bb", "ccc"]),
            m: value!({"k1": "v1", "k2": "v2"}),
        }
    }

    fn bindings(&self) -> [(&'static str, Value<'_>); 8] {
        [
            ("d", Value::document(&self.d)),
            ("s", Value::from("hello wörld")),
            ("i", Value::Int(7)),
            ("l", Value::document(&self.l)),
            ("ls", Value::document(&self.ls)),
            ("m", Value::document(&self.m)),
            ("b", Value::Bool(true)),
            ("a.b.c", Value::Int(42)),
        ]
    }
}

/// A value as the facts write it.
fn show(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => format!("bool:{value}"),
        Value::Int(value) => format!("int:{value}"),
        Value::Uint(value) => format!("uint:{value}"),
        Value::Double(value) => format!("double:{}", amethyst_schema::go_float(*value)),
        Value::String(text) => format!("str:{}", json::to_string(&Document::from(&**text))),
        Value::Bytes(bytes) => {
            format!("bytes:{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        Value::Timestamp(moment) => format!("time:{moment}"),
        Value::Duration(span) => format!("time:{}", span.seconds_text()),
        Value::Optional(None) => "none".into(),
        Value::Optional(Some(value)) => format!("some({})", show(value)),
        Value::Map(map) => {
            let entry = |key: &Value<'_>| format!("{}={}", show(key), show(&map.find(key).unwrap().unwrap()));
            let mut parts: Vec<String> = map.keys().iter().map(entry).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::List(list) => {
            let parts: Vec<String> = list.iter().map(|value| show(&value.unwrap())).collect();
            format!("[{}]", parts.join(","))
        }
        Value::Type(ty) => format!("type:{}", ty.name()),
        other => format!("other:{}", other.ty().name()),
    }
}

/// What an expression gives, in the form of the facts.
fn run(env: &Env, bindings: &dyn Bindings<'_>, expression: &str) -> Document {
    let mut fact = amethyst_object::Map::new();
    fact.insert("expr", expression);
    match env.compile(expression) {
        Err(CompileError::Program(error)) => {
            fact.insert("program", error);
        }
        Err(error) => {
            fact.insert("compile", error.to_string());
        }
        Ok(program) => {
            let estimate = program.estimate(&NoSizes);
            let mut budget = Budget::per_call();
            match program.eval(bindings, &mut budget) {
                Ok(value) => fact.insert("value", show(&value)),
                Err(error) => fact.insert("error", error.to_string()),
            };
            fact.insert("cost", budget.spent());
            fact.insert("estimate", format!("{}..{}", estimate.min, estimate.max));
        }
    }
    Document::Object(fact)
}

#[test]
fn expressions_give_what_upstream_gives() {
    let documents = Documents::new();
    let (env, bindings) = (env(), documents.bindings());
    let mut wrong = Vec::new();
    for line in include_str!("tests/facts.jsonl").lines() {
        let expected = json::parse(line.as_bytes()).unwrap();
        let found = run(&env, &bindings, expected.str_at(&["expr"]).unwrap());
        if found != expected {
            wrong.push(format!("expected {expected:?}\n   found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn size_and_depth_are_limited() {
    let check = |text: String, expected: &str| {
        let found = Env::kubernetes().compile(&text).map(|_| ()).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}");
    };
    check("1".repeat(100_001), "expression code point size exceeds limit: size: 100001, limit 100000");
    check(format!("{}1{}", "(".repeat(300), ")".repeat(300)), "expression recursion limit exceeded: 250");
    check(format!("1{}", "+1".repeat(300)), "expression recursion limit exceeded: 250");
    check(format!("x{}", ".y".repeat(300)), "expression recursion limit exceeded: 250");
    check(format!("{}1{}", "[".repeat(40_000), "]".repeat(40_000)), "recursion limit exceeded: 250");
    check(format!("x{}", ".optMap(y, y)".repeat(60)), "expression is too large once its macros are expanded");
    let deep = format!("{}1{}", "[".repeat(240), "]".repeat(240));
    assert!(Env::kubernetes().compile(&deep).is_ok());
    let long = format!("1 == 1{}", " && 1 == 1".repeat(2_000));
    assert!(Env::kubernetes().compile(&long).is_ok());
}

#[test]
fn budgets_end_evaluations() {
    let program = env().compile("lists.range(1000).map(x, lists.range(1000).map(y, x * y))").unwrap();
    let documents = Documents::new();
    let error = program.eval(&documents.bindings(), &mut Budget::per_call()).unwrap_err();
    assert_eq!(error.to_string(), "operation cancelled: actual cost limit exceeded");
}

/// Texts that are nearly expressions.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "d",
        "s",
        "l",
        "m",
        "i",
        ".",
        ".?",
        "[",
        "]",
        "[?",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        "in",
        "&&",
        "||",
        "!",
        "1",
        "2u",
        "1.5",
        "'x'",
        "b'y'",
        "true",
        "null",
        "map",
        "filter",
        "all",
        "exists",
        "has",
        "size",
        "optMap",
        "format",
        "'%s %d'",
        "quantity",
        "ip",
        "cidr",
        "x",
        "timestamp",
        "duration",
        "matches",
        "'('",
        "sortBy",
        "transformMap",
        " ",
        "int",
        "string",
        "\n",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_panics_on_what_is_nearly_an_expression(text in nearly()) {
        let documents = Documents::new();
        run(&env(), &documents.bindings(), &text);
    }

    #[test]
    fn nothing_panics_on_any_text(text in any::<String>()) {
        let documents = Documents::new();
        run(&env(), &documents.bindings(), &text);
    }
}
