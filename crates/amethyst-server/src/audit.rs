//! What was done, by whom, and what came of it: the audit log (`audit.k8s.io/v1`).
//!
//! A [`Policy`] says for each request how much is told of it; a [`Trail`] gathers that while the request runs
//! and hands finished lines to the [`Log`]. Nothing waits for the log: what it cannot take is counted and lost.
//! Who holds no audit has an empty trail, which costs nothing.

mod event;
mod log;
mod policy;
mod trail;

use std::sync::Arc;

use amethyst_clock::Clock;

pub use log::{Log, LogOptions};
pub use policy::{Policy, PolicyError};
pub use trail::Trail;
pub(crate) use trail::{Guard, Received};

/// The audit of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: Policy,
    log: Log,
    clock: Clock,
}

impl Audit {
    /// Tells `log` what `policy` asks for.
    pub fn new(policy: Policy, log: Log, clock: Clock) -> Self {
        Self(Arc::new(Inner { policy, log, clock }))
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Counts in the text form of metrics, under upstream's names.
    pub(crate) fn metrics(&self) -> String {
        let (written, dropped) = (self.0.log.taken(), self.0.log.dropped());
        format!(
            "# TYPE apiserver_audit_event_total counter\napiserver_audit_event_total {}\n\
             # TYPE apiserver_audit_error_total counter\napiserver_audit_error_total{{plugin=\"log\"}} {dropped}\n",
            written + dropped
        )
    }
}
