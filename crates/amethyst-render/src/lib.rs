//! Trees to objects: what a Flux Kustomization builds, with the origin of every object and diagnostics.
//!
//! Pure: no disk, no network, no clock. The controllers, `check`, `build` and `rehearse` all render
//! through this crate, so that what is checked is what is applied.

mod check;
pub mod entry;
pub mod homelab;
mod kustomization;
pub mod repository;
pub mod substitute;

pub use check::{Checked, Subject, check, new_faults};
pub use kustomization::{
    KustomizationInput, Rendered, RenderedObject, render_kustomization, unsupported_fields,
};
