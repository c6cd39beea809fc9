//! Results and errors as Go's sprig gives them, which were seen by running it.

mod evaluate;
mod names;

use evaluate::{Evaluator, Seen};

/// Evaluates an expression and holds type and printed value against what Go shows.
#[track_caller]
fn check(expression: &str, type_name: &str, printed: &str) {
    match Evaluator::default().seen(expression) {
        Ok(Seen { type_name: found, printed: text, .. }) => {
            assert_eq!((found.as_str(), text.as_str()), (type_name, printed), "{expression}");
        }
        Err(error) => panic!("{expression}: {error}"),
    }
}

/// Evaluates an expression that fails in Go with this text.
#[track_caller]
fn check_error(expression: &str, text: &str) {
    match Evaluator::default().seen(expression) {
        Ok(seen) => panic!("{expression}: {} {}", seen.type_name, seen.printed),
        Err(error) => assert_eq!(error, text, "{expression}"),
    }
}

#[test]
fn smoke() {
    check(r#"add 1 2"#, "int64", "3");
    check(r#"list 1 "a" nil"#, "[]interface {}", "[1 a <nil>]");
    check(r#"(semver "1.2.3").Major"#, "uint64", "1");
    check_error(r#"div 1 0"#, "runtime error: integer divide by zero");
}
