//! A client of OCI registries: what pulling an artifact needs of the distribution specification.

mod authorize;
mod challenge;
mod manifest;
mod reference;
mod registry;

pub(crate) use manifest::Manifest;
pub(crate) use reference::{Repository, Selector, is_tag};
pub(crate) use registry::{Found, Registry, Tokens};
