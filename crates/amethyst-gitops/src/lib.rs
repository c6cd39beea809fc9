//! Flux in Amethyst: GitRepositories become trees, Kustomizations become objects.
//!
//! Two controllers on the harness of `amethyst-controller`: [`GitOps`] runs both. They meet in objects
//! and in the artifacts at hand, and behave, word their conditions and name their managers as Flux's own.
//! What an apply does is planned by pure functions ([`plan_stage`]) that `diff` and `rehearse` share.
//!
//! Nothing here knows the server or the store, fetches anything, or renders: that is `amethyst-render`'s.

mod artifacts;
mod definitions;
mod duration;
mod git_repository;
mod gitops;
mod history;
mod inventory;
mod kustomization;
mod meta;
mod names;
mod overview;
mod plan;
mod read;
mod sources;

pub use definitions::definitions;
pub use duration::{DurationError, GoDuration};
pub use gitops::{GitOps, Settings};
pub use inventory::{Inventory, ParseIdError, ResourceRef, Stage};
pub use overview::{Overview, Row, State};
pub use plan::{Action, Found, Missing, StagePlan, Step, is_pruned, is_skipped, plan_stage};
pub use sources::{LocalSources, ServeError, Served, SourceProvider};
