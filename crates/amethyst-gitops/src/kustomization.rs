//! The Kustomization controller: an artifact becomes objects in the cluster.
//!
//! Behaviour, words and order are kustomize-controller's
//! (`internal/controller/kustomization_controller.go`), with four differences: dependencies, sources and
//! variables are watch edges instead of polls; a wait for health does not hold a worker; a pass that
//! finds everything as it was writes nothing; and a revision that changes nothing of what a Kustomization reads
//! is, before its interval ends, no reason to build it and to ask the server about each object ([`compared`]).

pub(crate) mod api;
mod build;
pub(crate) mod compared;
mod dependencies;
mod health;
mod observe;
mod report;
mod stages;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amethyst_clock::{Clock, Entropy};
use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{Cluster, ObjectKey, Reconcile, ReconcileError, Requeue, Stamp, Wakes, status};
use amethyst_object::{GroupVersionKind, Object, ObjectId, Value};
use tokio::time::Instant;

use crate::artifacts::Artifacts;
use crate::duration::GoDuration;
use crate::git_repository::{release, set_finalizers};
use crate::inventory::{Inventory, ResourceRef};
use crate::names::{self, reasons};
use crate::plan::{Action, Missing};
use build::Built;
use compared::{Compared, Comparisons};
use health::{Health, Target, judge, targets};
use observe::{Agreed, Candidate, Observed, Seen, edges};
use report::{Attempt, Report, Said, checking, failed, held_back, stalled, succeeded};
use stages::{Done, apply, prune, verdicts};

/// How soon health is looked at again when no watch says anything: upstream's poll.
const HEALTH_LOOK: Duration = Duration::from_secs(5);
/// How soon a source or a dependency is looked at again when no watch says anything: upstream's poll.
const DEPENDENCY_LOOK: Duration = Duration::from_secs(30);

/// The controller.
pub(crate) struct Kustomizations {
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) recorder: Recorder,
    pub(crate) artifacts: Arc<Artifacts>,
    pub(crate) memories: Mutex<HashMap<ObjectKey, Memory>>,
    pub(crate) compared: Comparisons,
}

/// All that the outcome of a build depends on, by name: while it is the same, trying again is only a
/// matter of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    uid: String,
    generation: i64,
    revision: String,
    digest: String,
    requested_at: Option<String>,
    /// The objects that variables come from, with their versions.
    variables: Vec<String>,
}

impl Inputs {
    /// Whether they differ in what the source holds at most.
    fn is_same_but_for_revision(&self, other: &Self) -> bool {
        let Self { uid, generation, revision: _, digest: _, requested_at, variables } = self;
        (uid, generation, requested_at, variables)
            == (&other.uid, &other.generation, &other.requested_at, &other.variables)
    }
}

/// What is remembered of a Kustomization between passes. It may be lost at any time: the next pass then
/// does everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// What was tried last, and when it is due again.
    tried: Option<(Inputs, Instant)>,
    /// What it failed for, if others may still bring that: then it does not wait for its time.
    missing: BTreeSet<Missing>,
    /// The wait for health that is in progress.
    wait: Option<Wait>,
}

/// A wait for health.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    inputs: Inputs,
    attempt: Attempt,
    targets: Vec<Target>,
    /// When the pass began.
    began: Instant,
    /// When the wait began.
    since: Instant,
    deadline: Instant,
    /// When the interval of the last comparison ends, if this pass was none.
    again: Option<Instant>,
    changed: bool,
}

/// What all objects came to.
struct Settled {
    done: Vec<Done>,
    /// Lines of Flux's change set.
    changes: Vec<String>,
    /// When the interval of the last comparison ends, if this pass was none.
    again: Option<Instant>,
}

/// What a pass does.
pub(crate) enum Plan {
    /// Nothing, until then.
    Rest(Requeue),
    /// Asks to be told before the object is deleted.
    Hold,
    /// Deletes what it applied, and lets the object go.
    Finalize(Vec<(ObjectId, GroupVersionKind)>),
    /// Says something; a failed attempt is not repeated before its time.
    Say { report: Box<Report>, requeue: Requeue, tried: Option<Inputs> },
    /// Applies objects.
    Apply { built: Built, inputs: Inputs, attempt: Attempt },
    /// Says that all is as it was, at a new revision.
    Agree { compared: Arc<Compared>, inputs: Inputs, attempt: Attempt },
    /// Ends a wait.
    Conclude { wait: Box<Wait>, health: Health },
}

impl Reconcile for Kustomizations {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        names::kustomization()
    }

    async fn observe(&self, key: &ObjectKey, wakes: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        self.look(key, wakes).await
    }

    fn plan(&self, observed: &Observed) -> Plan {
        plan(observed)
    }

    async fn apply(&self, observed: Observed, plan: Plan, wakes: &Wakes) -> Result<Requeue, ReconcileError> {
        match plan {
            Plan::Rest(requeue) => Ok(requeue),
            Plan::Hold => self.hold(&observed).await,
            Plan::Finalize(objects) => self.finalize(&observed, objects).await,
            Plan::Say { report, requeue, tried } => {
                self.say(&observed, *report).await?;
                let Some(inputs) = tried else { return Ok(requeue) };
                Ok(self.tried(&observed, inputs, observed.kustomization.retry_interval()))
            }
            Plan::Apply { built, inputs, attempt } => {
                self.carry_out(&observed, built, inputs, attempt, wakes).await
            }
            Plan::Agree { compared, inputs, attempt } => {
                let settled = Settled {
                    done: compared.done().to_vec(),
                    changes: Vec::new(),
                    again: Some(compared.due),
                };
                self.settle(&observed, settled, inputs, attempt, wakes).await
            }
            Plan::Conclude { wait, health } => self.conclude(&observed, *wait, health, None).await,
        }
    }

    fn forget(&self, key: &ObjectKey) {
        self.memories().remove(key);
        self.compared.forget(key);
    }
}

/// Decides what to do; pure.
fn plan(observed: &Observed) -> Plan {
    let (kustomization, stamp) = (&observed.kustomization, observed.stamp());
    let say = |report: Report, requeue: Requeue| Plan::Say { report: Box::new(report), requeue, tried: None };
    match &observed.seen {
        Seen::Deleting => {
            let owned = kustomization.status.inventory.clone().unwrap_or_default();
            let wanted = kustomization.spec.prune && !kustomization.spec.suspend;
            Plan::Finalize(if wanted { owned.without(&Inventory::default()) } else { Vec::new() })
        }
        Seen::Unheld => Plan::Hold,
        Seen::Suspended => Plan::Rest(Requeue::Never),
        Seen::Stalled { reason, message } => {
            say(stalled(kustomization, stamp, reason, message), Requeue::Never)
        }
        Seen::Circle(message) => {
            let report = stalled(kustomization, stamp, reasons::CIRCULAR_DEPENDENCY, message);
            say(report, Requeue::After(DEPENDENCY_LOOK))
        }
        Seen::Awaiting => Plan::Rest(Requeue::After(DEPENDENCY_LOOK)),
        Seen::NoSource(message) => {
            let report = held_back(kustomization, stamp, reasons::ARTIFACT_FAILED, message, None);
            say(report, Requeue::After(DEPENDENCY_LOOK))
        }
        Seen::Dependency(message) => {
            let note = format!(
                "Dependencies do not meet ready condition, retrying in {}",
                GoDuration(DEPENDENCY_LOOK)
            );
            let note = Said::normal(reasons::DEPENDENCY_NOT_READY, note);
            let report = held_back(kustomization, stamp, reasons::DEPENDENCY_NOT_READY, message, Some(note));
            say(report, Requeue::After(DEPENDENCY_LOOK))
        }
        Seen::Resting { due } => Plan::Rest(Requeue::After(due.duration_since(observed.instant))),
        Seen::Waiting { wait, verdicts } => {
            Plan::Conclude { wait: wait.clone(), health: judge(verdicts, observed.instant >= wait.deadline) }
        }
        Seen::Same(agreed) => {
            let Agreed { inputs, attempt, compared } = &**agreed;
            Plan::Agree { compared: Arc::clone(compared), inputs: inputs.clone(), attempt: attempt.clone() }
        }
        Seen::Built(candidate) => {
            let Candidate { inputs, attempt, built } = &**candidate;
            match built {
                Ok(built) => {
                    Plan::Apply { built: built.clone(), inputs: inputs.clone(), attempt: attempt.clone() }
                }
                Err(failure) => {
                    let report =
                        failed(kustomization, stamp, attempt, failure.reason, &failure.message, None);
                    Plan::Say { report: Box::new(report), requeue: Requeue::Now, tried: Some(inputs.clone()) }
                }
            }
        }
    }
}

impl Kustomizations {
    fn memories(&self) -> MutexGuard<'_, HashMap<ObjectKey, Memory>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hold(&self, observed: &Observed) -> Result<Requeue, ReconcileError> {
        let object = &observed.object;
        let finalizers = object.at(&["metadata", "finalizers"]).and_then(Value::as_array);
        let mut finalizers = finalizers.unwrap_or_default().to_vec();
        finalizers.push(names::FINALIZER.into());
        let manager = names::KUSTOMIZE_STATUS_MANAGER;
        set_finalizers(&self.cluster, &self.owned(), &observed.key, object, finalizers, manager).await?;
        Ok(Requeue::Now)
    }

    async fn finalize(
        &self,
        observed: &Observed,
        objects: Vec<(ObjectId, GroupVersionKind)>,
    ) -> Result<Requeue, ReconcileError> {
        let pruned = prune(&self.cluster, objects, &observed.key).await;
        let revision = observed.kustomization.status.last_applied_revision.as_deref().unwrap_or_default();
        if let Some(failure) = pruned.failure {
            let said = Said {
                severity: Severity::Warning,
                reason: reasons::PRUNE_FAILED.to_owned(),
                message: "pruning for deleted resource failed".to_owned(),
            };
            self.event(&observed.object, revision, &said).await;
            return Err(failure.into());
        }
        if !pruned.deleted.is_empty() {
            let said = Said::normal(reasons::RECONCILIATION_SUCCEEDED, pruned.deleted.join("\n"));
            self.event(&observed.object, revision, &said).await;
        }
        let manager = names::KUSTOMIZE_STATUS_MANAGER;
        release(&self.cluster, &self.owned(), &observed.key, &observed.object, manager).await?;
        self.forget(&observed.key);
        Ok(Requeue::Never)
    }

    /// Applies, prunes, and looks at health for the first time.
    async fn carry_out(
        &self,
        observed: &Observed,
        built: Built,
        inputs: Inputs,
        attempt: Attempt,
        wakes: &Wakes,
    ) -> Result<Requeue, ReconcileError> {
        let kustomization = &observed.kustomization;
        for warning in &built.warnings {
            tracing::warn!(kustomization = %observed.key, "{warning}");
        }
        let applied = apply(&self.cluster, &self.clock, built.objects, kustomization.spec.force).await;
        let changes = applied.changes();
        if let Some(failure) = applied.failure {
            // What was applied before the failure is ours too; what was ours stays so until all is well.
            let mut both = kustomization.status.inventory.clone().unwrap_or_default();
            both.merge(applied.done.iter().map(Done::entry));
            let message =
                if changes.is_empty() { failure } else { format!("{failure}\n{}", changes.join("\n")) };
            wakes.depend(&observed.key, edges(kustomization, &[], &applied.missing));
            let reason = reasons::RECONCILIATION_FAILED;
            let requeue = self.fail(observed, inputs, attempt, reason, &message, Some(both)).await?;
            if let Some(memory) = self.memories().get_mut(&observed.key) {
                memory.missing = applied.missing;
            }
            return Ok(requeue);
        }
        let as_wanted = |done: &Done| matches!(done.action, Action::Keep | Action::Skip);
        if applied.done.iter().all(as_wanted) {
            let objects = (applied.done.clone(), applied.stands);
            let due = self.clock.instant() + kustomization.spec.interval.0;
            let compared = Compared::new(inputs.clone(), built.trace, built.digest, objects, due);
            self.compared.keep(&observed.key, compared);
        } else {
            self.compared.forget(&observed.key);
        }
        let settled = Settled { done: applied.done, changes, again: None };
        self.settle(observed, settled, inputs, attempt, wakes).await
    }

    /// Prunes what is no longer among the objects, and looks at health for the first time.
    async fn settle(
        &self,
        observed: &Observed,
        settled: Settled,
        inputs: Inputs,
        attempt: Attempt,
        wakes: &Wakes,
    ) -> Result<Requeue, ReconcileError> {
        let kustomization = &observed.kustomization;
        let Settled { done, changes, again } = settled;
        let before = kustomization.status.inventory.clone().unwrap_or_default();
        let mut inventory = Inventory { entries: done.iter().map(Done::entry).collect() };
        if !changes.is_empty() {
            let said = Said::normal(reasons::PROGRESSING, changes.join("\n"));
            self.event(&observed.object, &attempt.revision, &said).await;
        }
        let stale = if kustomization.spec.prune { before.without(&inventory) } else { Vec::new() };
        let pruned = prune(&self.cluster, stale, &observed.key).await;
        if let Some(failure) = pruned.failure {
            inventory.merge(pruned.survivors.iter().map(|(id, gvk)| ResourceRef::new(id, &gvk.version)));
            return self
                .fail(observed, inputs, attempt, reasons::PRUNE_FAILED, &failure, Some(inventory))
                .await;
        }
        if !pruned.deleted.is_empty() {
            let said = Said::normal(reasons::PROGRESSING, pruned.deleted.join("\n"));
            self.event(&observed.object, &attempt.revision, &said).await;
        }
        let now = self.clock.instant();
        let wait = Wait {
            inputs,
            attempt,
            targets: targets(kustomization, &done),
            began: observed.instant,
            since: now,
            deadline: now + kustomization.timeout(),
            again,
            changed: !changes.is_empty() || !pruned.deleted.is_empty(),
        };
        // The edges first, so that no change between the look and the wait is missed.
        wakes.depend(&observed.key, edges(kustomization, &wait.targets, &BTreeSet::new()));
        let verdicts = verdicts(&self.cluster, &self.clock, &wait.targets).await?;
        let health = judge(&verdicts, false);
        self.conclude(observed, wait, health, Some(inventory)).await
    }

    /// Ends a wait, or goes on with it.
    async fn conclude(
        &self,
        observed: &Observed,
        mut wait: Wait,
        health: Health,
        inventory: Option<Inventory>,
    ) -> Result<Requeue, ReconcileError> {
        let (kustomization, now) = (&observed.kustomization, self.clock.instant());
        let stamp_time = self.clock.now_rfc3339();
        let stamp = Stamp { generation: kustomization.metadata.generation, now: &stamp_time };
        let took = GoDuration(now.duration_since(wait.since));
        wait.attempt.took = GoDuration(now.duration_since(wait.began));
        match health {
            Health::Pending => {
                let report = checking(kustomization, stamp, &wait.attempt, inventory);
                self.say(observed, report).await?;
                let left = wait.deadline.saturating_duration_since(now);
                self.memories()
                    .insert(observed.key.clone(), Memory { wait: Some(wait), ..Memory::default() });
                Ok(Requeue::After(left.min(HEALTH_LOOK)))
            }
            Health::Passed => {
                let health = (!wait.targets.is_empty()).then_some(took);
                let report = succeeded(kustomization, stamp, &wait.attempt, inventory, health, wait.changed);
                self.say(observed, report).await?;
                // What was found to be the same is compared when it would have been without that.
                let left = wait.again.map(|again| again.saturating_duration_since(now));
                let interval = kustomization.spec.interval.0;
                Ok(self.tried(observed, wait.inputs, left.map_or(interval, |left| left.min(interval))))
            }
            Health::Failed(message) => {
                let message = format!("health check failed after {took}: {message}");
                let Wait { inputs, attempt, .. } = wait;
                self.fail(observed, inputs, attempt, reasons::HEALTH_CHECK_FAILED, &message, inventory).await
            }
        }
    }

    async fn fail(
        &self,
        observed: &Observed,
        inputs: Inputs,
        mut attempt: Attempt,
        reason: &str,
        message: &str,
        inventory: Option<Inventory>,
    ) -> Result<Requeue, ReconcileError> {
        // A retry does everything.
        self.compared.forget(&observed.key);
        let now = self.clock.now_rfc3339();
        let stamp = Stamp { generation: observed.kustomization.metadata.generation, now: &now };
        attempt.took = GoDuration(self.clock.instant().duration_since(observed.instant));
        let report = failed(&observed.kustomization, stamp, &attempt, reason, message, inventory);
        self.say(observed, report).await?;
        Ok(self.tried(observed, inputs, observed.kustomization.retry_interval()))
    }

    /// Remembers what was tried, so that a wake before it is due does not try the same again.
    fn tried(&self, observed: &Observed, inputs: Inputs, interval: Duration) -> Requeue {
        // Up to a twentieth more, so that what began together does not stay so.
        let interval = interval.mul_f64(1.0 + (self.entropy.u64() % 1000) as f64 / 20_000.0);
        let interval = interval.max(Duration::from_secs(1));
        let due = self.clock.instant() + interval;
        self.memories()
            .insert(observed.key.clone(), Memory { tried: Some((inputs, due)), ..Memory::default() });
        Requeue::After(interval)
    }

    /// Writes a status and its events.
    async fn say(&self, observed: &Observed, report: Report) -> Result<(), ReconcileError> {
        let both = (&observed.kustomization.status, &report.status);
        status::write(&self.cluster, &self.owned(), &observed.key, both, names::KUSTOMIZE_STATUS_MANAGER)
            .await?;
        let attempted = report.status.last_attempted_revision.as_deref().unwrap_or_default();
        for said in &report.said {
            self.event(&observed.object, attempted, said).await;
        }
        Ok(())
    }

    async fn event(&self, about: &Object, revision: &str, said: &Said) {
        let annotations = [(names::REVISION_KEY, revision)];
        let annotations = if revision.is_empty() { &[][..] } else { &annotations[..] };
        let Said { severity, reason, message } = said;
        self.recorder.record(Happened { about, severity: *severity, reason, message, annotations }).await;
    }
}
