//! The controllers that an API needs to be itself: what kube-controller-manager does that no builtin stands
//! for and that need not be atomic with a write.
//!
//! [`Workloads`] starts them all. They meet in objects, over one `kube::Client`, and share informers: what is
//! read often is held once and trimmed to what is read. Names, managers, labels, conditions and events are
//! spelled as upstream's.
//!
//! Not here: what must be atomic with a write (the server's), and what makes pods run.

mod disruption;
mod endpoints;
mod informer;
mod mirroring;
mod names;
mod nodes;
mod pods;
mod protection;
mod reference;
mod service_cidrs;
mod slices;
mod trigger;
mod ttl;
mod workloads;

pub use nodes::SimulatedNode;
pub use workloads::{Settings, Workloads};
