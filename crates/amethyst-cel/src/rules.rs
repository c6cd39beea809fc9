//! The rules of CustomResourceDefinitions (`x-kubernetes-validations`), as the API extensions server of
//! upstream compiles, limits and runs them (apiextensions-apiserver `pkg/apiserver/schema/cel`).

mod compile;
mod decl;
mod define;
mod path;
mod run;

#[cfg(test)]
mod tests;

pub use decl::Decl;
pub(crate) use decl::Shape;
pub use define::check_definition;
pub use run::{Outcome, Rules};
