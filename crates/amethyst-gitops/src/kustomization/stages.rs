//! Carrying out an apply: stage by stage observed, planned and done.

use std::collections::BTreeSet;
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_controller::kstatus::{self, Status, Verdict};
use amethyst_controller::{ApiError, Apply, Cluster, ObjectKey, PatchKind};
use amethyst_object::{GroupVersionKind, Object, ObjectId, Value};
use futures::{StreamExt, TryStreamExt, stream};

use super::compared::Stand;
use super::health::{Health, Target, judge};
use crate::inventory::{ResourceRef, Stage, order, stage};
use crate::names;
use crate::plan::{Action, Found, Missing, Step, chain, is_pruned, is_skipped, plan_stage};

/// How many requests one apply has in flight: writes that are flushed together cost one flush.
pub(crate) const IN_FLIGHT: usize = 8;
/// How long definitions and classes may take to become current, as upstream's `WaitTimeout`.
const STAGE_TIMEOUT: Duration = Duration::from_mins(1);
/// How soon they are looked at again at first, doubled up to [`LOOK_MAX`].
const LOOK_MIN: Duration = Duration::from_millis(5);
/// The longest time between two looks.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// What was done with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) id: ObjectId,
    pub(crate) gvk: GroupVersionKind,
    pub(crate) action: Action,
}

impl Done {
    fn of(step: &Step) -> Self {
        Self { id: step.id.clone(), gvk: step.gvk.clone(), action: step.action.clone() }
    }

    /// Its entry in the inventory.
    pub(crate) fn entry(&self) -> ResourceRef {
        ResourceRef::new(&self.id, &self.gvk.version)
    }
}

/// What came of an apply.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// What was done, in order; of a failed stage what was done before it failed.
    pub(crate) done: Vec<Done>,
    /// How the objects stood before.
    pub(crate) stands: Vec<Stand>,
    /// Why it stopped.
    pub(crate) failure: Option<String>,
    /// What would have to be there first.
    pub(crate) missing: BTreeSet<Missing>,
}

impl Applied {
    /// The lines of Flux's change set: what was written.
    pub(crate) fn changes(&self) -> Vec<String> {
        let changes = self.done.iter().filter(|done| done.action.is_change());
        changes.map(|done| format!("{} {}", done.id, done.action.as_str())).collect()
    }
}

/// Applies `objects`: what others need first, and nothing of a stage that the server refuses in part.
pub(crate) async fn apply(
    cluster: &Cluster,
    clock: &Clock,
    mut objects: Vec<Object>,
    force: bool,
) -> Applied {
    objects.sort_by_cached_key(|object| {
        let id = object.id();
        (stage(&id), order(&id))
    });
    let mut applied = Applied::default();
    let same_stage = |a: &Object, b: &Object| stage(&a.id()) == stage(&b.id());
    let stages: Vec<Vec<Object>> = objects.chunk_by(same_stage).map(<[Object]>::to_vec).collect();
    let last = stages.len().saturating_sub(1);
    for (index, objects) in stages.into_iter().enumerate() {
        let done = async {
            let kinds: Vec<_> = objects.iter().filter_map(defined).collect();
            let done = apply_stage(cluster, clock, objects, force, &mut applied).await?;
            if index == last {
                return Ok(());
            }
            wait(cluster, clock, &done).await?;
            served(cluster, clock, &kinds).await
        };
        if let Err(failure) = done.await {
            applied.failure = Some(failure);
            break;
        }
    }
    applied
}

async fn apply_stage(
    cluster: &Cluster,
    clock: &Clock,
    objects: Vec<Object>,
    force: bool,
    applied: &mut Applied,
) -> Result<Vec<Target>, String> {
    // The futures first: a stream of closures over references is not `Send`.
    let finding: Vec<_> = objects.into_iter().map(|wanted| find(cluster, wanted)).collect();
    let found: Vec<(Object, Found)> = stream::iter(finding).buffered(IN_FLIGHT).try_collect().await?;
    applied.stands.extend(found.iter().map(|(wanted, found)| Stand::of(wanted, found.existing.as_ref())));
    let plan = plan_stage(found, force);
    if !plan.refusals.is_empty() {
        applied.missing = plan.missing;
        return Err(plan.refusals.join("\n"));
    }
    let targets = plan.steps.iter().filter(|step| step.action != Action::Skip);
    let targets = targets.map(|step| Target { id: step.id.clone(), gvk: step.gvk.clone() }).collect();
    // Kinds of one rank do not need each other.
    for rank in plan.steps.chunk_by(|a, b| order(&a.id).0 == order(&b.id).0) {
        let steps: Vec<_> = rank.iter().map(|step| carry_out(cluster, clock, step)).collect();
        let mut running = stream::iter(steps).buffered(IN_FLIGHT).zip(stream::iter(rank));
        let mut failures = Vec::new();
        while let Some((result, step)) = running.next().await {
            match result {
                Ok(()) => applied.done.push(Done::of(step)),
                Err(error) => failures.push(error),
            }
        }
        if !failures.is_empty() {
            return Err(failures.join("\n"));
        }
    }
    Ok(targets)
}

/// Reads what stands where `wanted` goes, and what the server would make of it.
async fn find(cluster: &Cluster, wanted: Object) -> Result<(Object, Found), String> {
    let key = ObjectKey::new(wanted.namespace(), wanted.name());
    let existing = match cluster.get(&wanted.gvk(), &key).await {
        Ok(existing) => existing,
        // The dry run says it better.
        Err(ApiError::NoNamespace) => None,
        Err(error) => return Err(format!("{} query failed: {}", wanted.id(), chain(&error))),
    };
    if is_skipped(&wanted, existing.as_ref()) {
        return Ok((wanted, Found { existing, answer: None }));
    }
    let how = Apply { manager: names::KUSTOMIZE_CONTROLLER, dry_run: true };
    let answer = cluster.apply(&wanted, how).await;
    if let Err(ApiError::Unreachable(_)) = answer {
        return Err(format!("{} dry-run failed: the API server cannot be reached", wanted.id()));
    }
    Ok((wanted, Found { existing, answer: Some(answer) }))
}

async fn carry_out(cluster: &Cluster, clock: &Clock, step: &Step) -> Result<(), String> {
    let key = ObjectKey::new(step.id.namespace.clone(), step.id.name.clone());
    let failed = |what: &str, error: &ApiError| format!("{} {what}: {}", step.id, chain(error));
    match &step.action {
        Action::Skip | Action::Keep => return Ok(()),
        Action::Create | Action::Configure { takeover: None } => {}
        Action::Configure { takeover: Some(patch) } => {
            let patched =
                cluster.patch(&step.gvk, &key, "", PatchKind::Json, patch, names::KUSTOMIZE_CONTROLLER).await;
            patched.map_err(|error| failed("metadata.managedFields cleanup failed", &error))?;
        }
        Action::Recreate => {
            let deleted = cluster.delete(&step.gvk, &key, &step.uid).await;
            deleted.map_err(|error| failed("immutable field detected, failed to delete object", &error))?;
            gone(cluster, clock, step, &key).await?;
        }
    }
    let how = Apply { manager: names::KUSTOMIZE_CONTROLLER, dry_run: false };
    cluster.apply(&step.wanted, how).await.map(drop).map_err(|error| failed("apply failed", &error))
}

/// Waits until an object is gone, finalizers and all.
async fn gone(cluster: &Cluster, clock: &Clock, step: &Step, key: &ObjectKey) -> Result<(), String> {
    let mut look = Look::new(clock);
    loop {
        match cluster.get(&step.gvk, key).await {
            Ok(None) => return Ok(()),
            Ok(Some(other)) if other.uid() != step.uid => return Ok(()),
            Ok(Some(_)) if !look.late() => look.again().await,
            Ok(Some(_)) => {
                let id = &step.id;
                return Err(format!(
                    "{id} immutable field detected, failed to wait for object to be deleted: timeout"
                ));
            }
            Err(error) => return Err(format!("{} query failed: {}", step.id, chain(&error))),
        }
    }
}

/// Waits until the objects of a stage are current.
async fn wait(cluster: &Cluster, clock: &Clock, targets: &[Target]) -> Result<(), String> {
    let mut look = Look::new(clock);
    loop {
        let verdicts = verdicts(cluster, clock, targets).await.map_err(|error| chain(&error))?;
        match judge(&verdicts, look.late()) {
            Health::Passed => return Ok(()),
            Health::Failed(message) => return Err(message),
            Health::Pending => look.again().await,
        }
    }
}

/// The kind that a definition defines, in a version that is served.
fn defined(definition: &Object) -> Option<GroupVersionKind> {
    if stage(&definition.id()) != Stage::Definitions || definition.kind() != "CustomResourceDefinition" {
        return None;
    }
    let versions = definition.at(&["spec", "versions"])?.as_array()?;
    let is_served = |version: &&Value| version.get("served").and_then(Value::as_bool) == Some(true);
    let version = versions.iter().find(is_served)?.str_at(&["name"])?;
    let text = |path: &[&str]| definition.str_at(path);
    Some(GroupVersionKind::new(text(&["spec", "group"])?, version, text(&["spec", "names", "kind"])?))
}

/// Waits until kinds are served: a definition is established a moment before.
async fn served(cluster: &Cluster, clock: &Clock, kinds: &[GroupVersionKind]) -> Result<(), String> {
    let mut look = Look::new(clock);
    for kind in kinds {
        loop {
            match cluster.served(kind).await {
                Ok(_) => break,
                Err(ApiError::NoKind { .. }) if !look.late() => look.again().await,
                Err(error) => return Err(format!("{kind} is not served: {}", chain(&error))),
            }
        }
    }
    Ok(())
}

/// Judges each object as it stands now.
pub(crate) async fn verdicts(
    cluster: &Cluster,
    clock: &Clock,
    targets: &[Target],
) -> Result<Vec<(Target, Verdict)>, ApiError> {
    let looking: Vec<_> = targets.iter().map(|target| verdict(cluster, clock, target)).collect();
    stream::iter(looking).buffered(IN_FLIGHT).try_collect().await
}

async fn verdict(cluster: &Cluster, clock: &Clock, target: &Target) -> Result<(Target, Verdict), ApiError> {
    let verdict = match cluster.get(&target.gvk, &target.key()).await {
        Ok(Some(object)) if is_unseen(&object) => Verdict {
            status: Status::InProgress,
            reason: "NoObservedGeneration".to_owned(),
            message: format!("{} status.observedGeneration not found", object.kind()),
        },
        Ok(Some(object)) => kstatus::compute(&object, clock.now()),
        Ok(None) => Verdict::not_found(),
        Err(ApiError::NoNamespace) => Verdict {
            status: Status::Unknown,
            reason: String::new(),
            message: "no namespace is given".to_owned(),
        },
        Err(error) => return Err(error),
    };
    Ok((target.clone(), verdict))
}

/// Whether an object of Flux's has not been looked at by its controller. Its definition gives it the
/// generation -1 until then, but a definition can be someone else's.
fn is_unseen(object: &Object) -> bool {
    object.gvk().group.ends_with(".toolkit.fluxcd.io")
        && object.at(&["status", "observedGeneration"]).is_none()
}

/// What came of deleting stale objects.
#[derive(Debug, Default)]
pub(crate) struct Pruned {
    /// Lines of Flux's change set.
    pub(crate) deleted: Vec<String>,
    /// Objects that are still there and must be tried again.
    pub(crate) survivors: Vec<(ObjectId, GroupVersionKind)>,
    /// Why they are.
    pub(crate) failure: Option<String>,
}

/// Deletes stale objects that are still ours, those that others need last.
pub(crate) async fn prune(
    cluster: &Cluster,
    stale: Vec<(ObjectId, GroupVersionKind)>,
    owner: &ObjectKey,
) -> Pruned {
    let (mut pruned, mut failures) = (Pruned::default(), String::new());
    for (id, gvk) in stale.into_iter().rev() {
        let key = ObjectKey::new(id.namespace.clone(), id.name.clone());
        let failure = match cluster.get(&gvk, &key).await {
            Ok(None) => {
                pruned.deleted.push(format!("{id} deleted"));
                continue;
            }
            Ok(Some(existing)) if !is_pruned(&existing, &owner.namespace, &owner.name) => continue,
            Ok(Some(existing)) => match cluster.delete(&gvk, &key, existing.uid()).await {
                Ok(()) => {
                    pruned.deleted.push(format!("{id} deleted"));
                    continue;
                }
                Err(error) => format!("{id} delete failed: {};", chain(&error)),
            },
            Err(error) => format!("{id} query failed: {};", chain(&error)),
        };
        failures.push_str(&failure);
        pruned.survivors.push((id, gvk));
    }
    if !failures.is_empty() {
        pruned.failure = Some(format!("delete failed, errors: {failures}"));
    }
    pruned
}

/// Looks at something again and again, ever less often, until it is late.
struct Look<'a> {
    clock: &'a Clock,
    deadline: tokio::time::Instant,
    delay: Duration,
}

impl<'a> Look<'a> {
    fn new(clock: &'a Clock) -> Self {
        Self { clock, deadline: clock.instant() + STAGE_TIMEOUT, delay: LOOK_MIN }
    }

    fn late(&self) -> bool {
        self.clock.instant() >= self.deadline
    }

    async fn again(&mut self) {
        self.clock.sleep(self.delay).await;
        self.delay = (self.delay * 2).min(LOOK_MAX);
    }
}
