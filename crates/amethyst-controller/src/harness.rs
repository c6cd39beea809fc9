//! The shape of every controller: observe (read), plan (pure), apply (do it), around one queue.
//!
//! An activation carries no payload: a watch, an edge or a timer wakes a key, and the pass reads the
//! state for itself. A pass never loops and never waits long: it says when to come again.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amethyst_clock::{Clock, Entropy};
use amethyst_object::GroupVersionKind;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cluster::{Cluster, ObjectKey};
use crate::edges::{Edge, Edges};
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::watches;

/// How long a shutdown waits for the passes that run.
const DRAIN: Duration = Duration::from_secs(10);

/// Why a pass could not be carried through; it comes again after a growing delay.
pub type ReconcileError = Box<dyn std::error::Error + Send + Sync>;

/// When a key wants its next pass, if nothing wakes it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Only when something wakes it.
    Never,
    /// At once.
    Now,
    /// After a while.
    After(Duration),
}

/// A controller of one kind.
pub trait Reconcile: Send + Sync + 'static {
    /// All that a pass reads before it decides.
    type Observed: Send + Sync;
    /// All that a pass is going to do: it leaves no choice to `apply`.
    type Plan: Send;

    /// The kind that it owns, in the version to watch it by.
    fn owned(&self) -> GroupVersionKind;

    /// Reads the state; `None` when the object is gone. Names what it depends on to `wakes` before it
    /// reads that, so that no change is missed.
    fn observe(
        &self,
        key: &ObjectKey,
        wakes: &Wakes,
    ) -> impl Future<Output = Result<Option<Self::Observed>, ReconcileError>> + Send;

    /// Decides what to do; reads nothing but its argument.
    fn plan(&self, observed: &Self::Observed) -> Self::Plan;

    /// Does it.
    fn apply(
        &self,
        observed: Self::Observed,
        plan: Self::Plan,
        wakes: &Wakes,
    ) -> impl Future<Output = Result<Requeue, ReconcileError>> + Send;

    /// Forgets what it remembers of an object that is gone.
    fn forget(&self, key: &ObjectKey);
}

/// What a controller runs with.
#[derive(Clone)]
pub struct Context {
    /// The API.
    pub cluster: Cluster,
    /// The time.
    pub clock: Clock,
    /// Chance, for delays.
    pub entropy: Entropy,
    /// Its counters.
    pub metrics: Arc<Metrics>,
    /// How many passes may run at once; at least one.
    pub concurrency: usize,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

/// What the queue, the watches and the passes share.
pub(crate) struct Shared {
    pub(crate) owned: GroupVersionKind,
    state: Mutex<State>,
    changed: Notify,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct State {
    queue: Queue,
    edges: Edges,
    /// Kinds that were named and have no watch yet.
    unwatched: Vec<GroupVersionKind>,
    /// Whether kinds may have lost their last namer.
    cut: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wake(&self, key: ObjectKey) {
        self.metrics.woken();
        self.lock().queue.wake(key);
        self.changed.notify_one();
    }

    pub(crate) fn wake_namers(&self, gvk: &GroupVersionKind, key: &ObjectKey) {
        let mut state = self.lock();
        let namers = state.edges.namers(gvk, key);
        for namer in namers {
            self.metrics.woken();
            state.queue.wake(namer);
        }
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn wake_namers_of_kind(&self, gvk: &GroupVersionKind) {
        let mut state = self.lock();
        for namer in state.edges.namers_of_kind(gvk) {
            self.metrics.woken();
            state.queue.wake(namer);
        }
        drop(state);
        self.changed.notify_one();
    }
}

/// The way to wake keys from inside and outside of a controller. Cheap to clone.
#[derive(Clone)]
pub struct Wakes(Arc<Shared>);

impl fmt::Debug for Wakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wakes").field(&self.0.owned.to_string()).finish()
    }
}

impl Wakes {
    /// Wakes a key.
    pub fn wake(&self, key: ObjectKey) {
        self.0.wake(key);
    }

    /// Wakes all that named an object.
    pub fn wake_namers(&self, edge: &Edge) {
        self.0.wake_namers(&edge.gvk, &edge.key);
    }

    /// Says on which objects `key` depends from now on: a change of any of them wakes it.
    pub fn depend(&self, key: &ObjectKey, edges: BTreeSet<Edge>) {
        let mut state = self.0.lock();
        let kinds = state.edges.set(key, edges);
        state.unwatched.extend(kinds);
        state.cut = true;
        drop(state);
        self.0.changed.notify_one();
    }
}

/// A controller that has not started yet: it can be woken already.
pub struct Controller<R> {
    reconciler: Arc<R>,
    context: Context,
    shared: Arc<Shared>,
    watched: bool,
}

impl<R: Reconcile> Controller<R> {
    /// A controller around `reconciler`.
    pub fn new(reconciler: R, context: Context) -> Self {
        let shared = Arc::new(Shared {
            owned: reconciler.owned(),
            state: Mutex::default(),
            changed: Notify::new(),
            metrics: Arc::clone(&context.metrics),
        });
        Self { reconciler: Arc::new(reconciler), context, shared, watched: true }
    }

    /// Leaves its kind unwatched: only others wake its keys.
    pub fn woken_by_others(mut self) -> Self {
        self.watched = false;
        self
    }

    /// The way to wake its keys.
    pub fn wakes(&self) -> Wakes {
        Wakes(Arc::clone(&self.shared))
    }

    /// Runs until `stop`; then lets the running passes end.
    pub async fn run(self, stop: CancellationToken) {
        let mut run = Run {
            controller: self,
            passes: JoinSet::new(),
            keys: HashMap::new(),
            watches: Watches::default(),
        };
        if run.controller.watched {
            let owned = run.controller.shared.owned.clone();
            run.watches.start(&run.controller, owned);
        }
        loop {
            run.watches.follow(&run.controller);
            run.start_passes();
            let due = run.controller.shared.lock().queue.next_due();
            let timer = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = run.controller.shared.changed.notified() => {}
                Some(ended) = run.passes.join_next_with_id() => run.end(ended),
                () = timer => {}
            }
        }
        run.drain().await;
    }
}

/// A controller that runs.
struct Run<R> {
    controller: Controller<R>,
    passes: JoinSet<Result<Requeue, ReconcileError>>,
    keys: HashMap<Id, (ObjectKey, tokio::time::Instant)>,
    watches: Watches,
}

impl<R: Reconcile> Run<R> {
    fn start_passes(&mut self) {
        let now = self.controller.context.clock.instant();
        while self.passes.len() < self.controller.context.concurrency.max(1) {
            let Some(key) = self.controller.shared.lock().queue.next(now) else { break };
            let pass = pass(Arc::clone(&self.controller.reconciler), key.clone(), self.controller.wakes());
            let handle = self.passes.spawn(pass);
            self.keys.insert(handle.id(), (key, now));
        }
        self.count();
    }

    fn count(&self) {
        let (waiting, running) = self.controller.shared.lock().queue.counts();
        self.controller.context.metrics.queue(waiting, running);
    }

    fn end(&mut self, ended: Result<(Id, Result<Requeue, ReconcileError>), JoinError>) {
        let (id, result) = match ended {
            Ok((id, result)) => (id, result),
            Err(error) => (error.id(), Err(error.into())),
        };
        let Some((key, began)) = self.keys.remove(&id) else { return };
        let now = self.controller.context.clock.instant();
        self.controller.context.metrics.ended(now.duration_since(began), result.is_err());
        let mut state = self.controller.shared.lock();
        match result {
            Ok(requeue) => {
                state.queue.settle(&key);
                match requeue {
                    Requeue::Never => {}
                    Requeue::Now => state.queue.wake_at(&key, now),
                    Requeue::After(delay) => state.queue.wake_at(&key, now + delay),
                }
            }
            Err(error) => {
                let delay = state.queue.backoff(&key, &self.controller.context.entropy);
                let kind = &self.controller.shared.owned.kind;
                tracing::warn!(%kind, %key, error = &*error, ?delay, "pass failed");
                state.queue.wake_at(&key, now + delay);
            }
        }
        state.queue.done(&key);
    }

    async fn drain(mut self) {
        let passes = &mut self.passes;
        let ended = async { while passes.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, ended).await.is_err() {
            tracing::warn!(running = self.passes.len(), "passes were cut off at shutdown");
        }
        self.passes.shutdown().await;
        self.watches.stop().await;
        self.controller.context.metrics.queue(0, 0);
    }
}

/// One pass over one key.
async fn pass<R: Reconcile>(
    reconciler: Arc<R>,
    key: ObjectKey,
    wakes: Wakes,
) -> Result<Requeue, ReconcileError> {
    let Some(observed) = reconciler.observe(&key, &wakes).await? else {
        wakes.depend(&key, BTreeSet::new());
        reconciler.forget(&key);
        return Ok(Requeue::Never);
    };
    let plan = reconciler.plan(&observed);
    reconciler.apply(observed, plan, &wakes).await
}

/// The watches of a running controller, one per kind.
#[derive(Default)]
struct Watches {
    tasks: JoinSet<()>,
    stops: HashMap<GroupVersionKind, CancellationToken>,
}

impl Watches {
    fn start<R: Reconcile>(&mut self, controller: &Controller<R>, gvk: GroupVersionKind) {
        if self.stops.contains_key(&gvk) {
            return;
        }
        let stop = CancellationToken::new();
        let (cluster, shared) = (controller.context.cluster.clone(), Arc::clone(&controller.shared));
        self.tasks.spawn(watches::watch(cluster, gvk.clone(), shared, stop.clone()));
        self.stops.insert(gvk, stop);
    }

    /// Starts the watches that edges ask for and stops those that none does any more.
    fn follow<R: Reconcile>(&mut self, controller: &Controller<R>) {
        let mut state = controller.shared.lock();
        let unwatched = std::mem::take(&mut state.unwatched);
        if std::mem::take(&mut state.cut) {
            let named: std::collections::HashSet<_> = state.edges.kinds().collect();
            let owned = &controller.shared.owned;
            self.stops.retain(|gvk, stop| {
                let keep = gvk == owned || named.contains(gvk);
                if !keep {
                    stop.cancel();
                }
                keep
            });
        }
        drop(state);
        for gvk in unwatched {
            self.start(controller, gvk);
        }
        while self.tasks.try_join_next().is_some() {}
    }

    async fn stop(mut self) {
        for stop in self.stops.values() {
            stop.cancel();
        }
        self.tasks.shutdown().await;
    }
}
