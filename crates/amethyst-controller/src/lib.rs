//! The controller harness: the shape of a controller and what every controller needs.
//!
//! A controller implements [`Reconcile`]: observe, plan, apply. [`Controller`] gives it a queue, watches
//! that only wake, dependency edges, delays after failures, and an orderly end. Beside it stand
//! [`Cluster`] (objects over a `kube::Client`), [`conditions`], [`events`], [`ssa`] and [`kstatus`].
//!
//! Nothing here knows the server, the store or any kind of its own: the world of a controller is
//! objects, engines, this crate and a client.

// Kubernetes' types come with kube; which release they are of is said here, once.
use k8s_openapi as _;

mod cluster;
pub mod conditions;
mod edges;
mod error;
pub mod events;
mod harness;
mod kinds;
pub mod kstatus;
mod metrics;
mod queue;
mod request;
pub mod ssa;
pub mod status;
mod watches;

pub use cluster::{Apply, Cluster, ObjectKey, PatchKind};
pub use conditions::{Condition, Conditions, Stamp};
pub use edges::Edge;
pub use error::ApiError;
pub use harness::{Context, Controller, Reconcile, ReconcileError, Requeue, Wakes};
pub use kinds::Served;
pub use metrics::{Metrics, Snapshot};
pub use watches::REQUESTED_AT;
