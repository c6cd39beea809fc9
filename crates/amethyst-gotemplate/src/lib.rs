//! Go's text/template: values, parser and executor.
//!
//! Templates are parsed once into [`Templates`], which many threads may share; an [`Engine`] runs them for one
//! thread. Functions bring their Go signatures ([`Function`]) and are called only with what fits. Texts of
//! errors, printing of values and the rules of comparison are Go's. This crate does no IO.

mod engine;
mod function;
mod value;

pub use engine::{Engine, ExecError, Frame, Templates};
pub use function::{Call, CallError, Function, Functions, Host, Type};
pub use value::{IntKind, List, ListKind, Map, MapKind, Native, UintKind, Value};
