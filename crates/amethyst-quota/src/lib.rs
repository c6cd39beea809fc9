//! What objects cost a ResourceQuota: the usage of each, the scopes it is in, the resources it can be
//! counted under.
//!
//! Pure: an [`Evaluator`] takes objects and the time and gives [`ResourceList`]s. Who charges a quota with a
//! write, and who counts everything anew, is the server; nothing here stores or reads anything. Matched are
//! kubernetes `pkg/quota/v1/evaluator/core` and apiserver `pkg/quota/v1`.

mod claim;
mod device;
mod evaluator;
mod list;
mod names;
mod pod;
mod quality;
mod requirements;
mod scope;
mod service;

pub use evaluator::{Evaluator, Operation, calculate_usage, is_ignored};
pub use list::ResourceList;
pub use quality::quality_of_service;
pub use requirements::{pod_limits, pod_requests};
pub use scope::{ScopeRequirement, quota_scopes};

#[cfg(test)]
mod tests;
