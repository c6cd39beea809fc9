//! Go's text/template: values, parser and executor.
//!
//! Templates are parsed once into [`Templates`], which many threads may share; an [`Engine`] runs them for one
//! thread. Functions bring their Go signatures ([`Function`]) and are called only with what fits. Texts of
//! errors, printing of values and the rules of comparison are Go's. This crate does no IO.

#![expect(clippy::unnecessary_box_returns, reason = "errors are boxed so that results stay small")]

mod engine;
mod function;
mod parse;
pub mod print;
mod templates;
mod tree;
mod value;

pub use engine::{Engine, ExecError, Frame, Limits, MissingKey};
pub use function::{Call, CallError, Function, Functions, Host, Type};
pub use parse::{Delimiters, ParseError};
pub use print::{sprint, sprint_value, sprintf, sprintln};
pub use templates::{Templates, TemplatesBuilder};
pub use value::{IntKind, List, ListKind, Map, MapKind, Native, UintKind, Value, deep_equal};
