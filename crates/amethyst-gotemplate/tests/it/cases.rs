//! Tables of templates. What is expected of them is what Go 1.26 wrote for them, through `peers/gotemplate`.

mod builtins;
mod calls;
mod constants;
mod control;
mod fields;
mod printing;
mod syntax;
mod templates;
mod variables;

use crate::support::run;

/// A template, and what it writes or Go's text of its error.
type Case = (&'static str, Result<&'static str, &'static str>);

fn check(cases: &[Case]) {
    for (text, expected) in cases {
        let found = run(text);
        assert_eq!(found.as_deref().map_err(String::as_str), *expected, "{text}");
    }
}

#[test]
fn builtins_are_as_in_go() {
    check(builtins::CASES);
}

#[test]
fn calls_are_as_in_go() {
    check(calls::CASES);
}

#[test]
fn constants_are_as_in_go() {
    check(constants::CASES);
}

#[test]
fn control_are_as_in_go() {
    check(control::CASES);
}

#[test]
fn fields_are_as_in_go() {
    check(fields::CASES);
}

#[test]
fn printing_are_as_in_go() {
    check(printing::CASES);
}

#[test]
fn syntax_are_as_in_go() {
    check(syntax::CASES);
}

#[test]
fn templates_are_as_in_go() {
    check(templates::CASES);
}

#[test]
fn variables_are_as_in_go() {
    check(variables::CASES);
}
