//! What goes on beside requests: garbage collection, the ends of namespaces and definitions, what every
//! namespace has.
//!
//! An event only wakes; the state decides. Each task follows the store with a cursor of its own and looks at
//! everything again from time to time, so that nothing hangs on a lost wake-up.

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::registry::Registry;

pub(crate) fn spawn(registry: &Registry, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
    let _ = (registry, tasks, shutdown);
}
