//! The kinds of the core group other than pods (kubernetes `pkg/apis/core/validation`).

pub(crate) mod claim;
pub(crate) mod config;
pub(crate) mod controller;
pub(crate) mod endpoints;
pub(crate) mod event;
pub(crate) mod limits;
pub(crate) mod node;
pub(crate) mod quota;
pub(crate) mod service;
pub(crate) mod volume;
