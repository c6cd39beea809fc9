//! The rules of CustomResourceDefinitions (`x-kubernetes-validations`).

mod decl;

pub use decl::Decl;
pub(crate) use decl::Shape;
