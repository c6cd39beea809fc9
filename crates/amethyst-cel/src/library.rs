//! Functions: how they are declared, and how they work.
//!
//! The tables stand in `declarations`; each module below implements one of upstream's libraries. A function
//! is called by its name and looks at the values it is given, so that arguments of type `dyn` find their
//! overload as in cel-go.

mod authz;
mod convert;
mod declarations;
mod format;
mod lists;
mod named;
mod net;
mod numbers;
mod operators;
mod optional;
mod quantity;
mod regex;
mod semver;
mod strings;
mod time;
mod url;

use std::collections::HashMap;
use std::sync::OnceLock;

use amethyst_object::Str;

pub(crate) use format::check_format;
pub use named::Format;
pub use net::Cidr;
pub(crate) use numbers::{quote_go, show};
pub(crate) use operators::{add, compare};
pub use quantity::Number;
pub use semver::Version;
pub use url::Url;

use crate::error::EvalError;
use crate::types::Type;
use crate::value::Value;

/// One way to call a function.
#[derive(Clone, Debug)]
pub(crate) struct Overload {
    /// Its id, as in cel-go: costs depend on it.
    pub(crate) id: &'static str,
    /// Whether the first argument is the target.
    pub(crate) member: bool,
    pub(crate) args: Vec<Type>,
    pub(crate) result: Type,
    /// The type variables in it.
    pub(crate) params: Vec<Str>,
}

/// Functions by name, each with its overloads in upstream's order.
pub(crate) type Declarations = HashMap<&'static str, Vec<Overload>, foldhash::fast::RandomState>;

/// How a function works.
pub(crate) type Native = for<'v> fn(&[Value<'v>]) -> Result<Value<'v>, EvalError>;

/// All functions.
pub(crate) fn declarations() -> &'static Declarations {
    static TABLE: OnceLock<Declarations> = OnceLock::new();
    TABLE.get_or_init(declarations::read)
}

/// How the function `name` works.
pub(crate) fn native(name: &str) -> Option<Native> {
    operators::native(name)
        .or_else(|| convert::native(name))
        .or_else(|| strings::native(name))
        .or_else(|| lists::native(name))
        .or_else(|| time::native(name))
        .or_else(|| optional::native(name))
        .or_else(|| regex::native(name))
        .or_else(|| url::native(name))
        .or_else(|| quantity::native(name))
        .or_else(|| net::native(name))
        .or_else(|| semver::native(name))
        .or_else(|| named::native(name))
        .or_else(|| authz::native(name))
}

/// A type of the libraries, by its word in the tables.
pub(crate) fn named_type(word: &str) -> Type {
    declarations::named(word).unwrap_or(Type::Dyn)
}

/// The type of a value that a library made.
pub(crate) fn type_of(value: &Value<'_>) -> Type {
    named_type(match value {
        Value::Quantity(_) => "quantity",
        Value::Ip(_) => "ip",
        Value::Cidr(_) => "cidr",
        Value::Url(_) => "url",
        Value::Semver(_) => "semver",
        Value::Format(_) => "namedformat",
        Value::Authorizer(_) => "authorizer",
        Value::PathCheck(_) => "pathcheck",
        Value::GroupCheck(_) => "groupcheck",
        Value::ResourceCheck(_) => "resourcecheck",
        Value::Decision(_) => "decision",
        _ => return Type::Dyn,
    })
}

/// No overload of the function takes these values.
pub(crate) fn no_overload<'v>(name: &str, args: &[Value<'v>]) -> Result<Value<'v>, EvalError> {
    let types: Vec<String> = args.iter().map(|arg| arg.ty().name().to_owned()).collect();
    Err(EvalError::new(format!("no such overload: {name}({})", types.join(", "))))
}
