//! The GitRepository controller: a revision of a repository on this machine becomes an artifact.
//!
//! Conditions, reasons and events are source-controller's (`internal/controller/gitrepository_controller.go`).

pub(crate) mod api;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amethyst_clock::Clock;
use amethyst_controller::events::{Happened, Recorder, Severity};
use amethyst_controller::{Cluster, ObjectKey, PatchKind, Reconcile, ReconcileError, Requeue, Stamp, Wakes};
use amethyst_controller::{conditions, status};
use amethyst_object::{GroupVersionKind, Object, Value, value};
use amethyst_source::{Ignore, LocalGit};
use amethyst_tree::Tree;
use tokio::task::JoinSet;

use crate::artifacts::{Artifact, Artifacts, digest};
use crate::meta::Meta;
use crate::names::{self, reasons};
use crate::plan::chain;
use crate::read::read;
use crate::sources::{ServeError, Served, SourceProvider};
use api::{GitRepository, Spec, Status};

/// How soon the first look at a repository is repeated: a commit between that look and the first of the
/// follower would otherwise wait for the interval.
const SECOND_LOOK: Duration = Duration::from_millis(300);

/// The controller.
pub(crate) struct GitRepositories {
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) recorder: Recorder,
    pub(crate) sources: Arc<dyn SourceProvider>,
    pub(crate) artifacts: Arc<Artifacts>,
    pub(crate) followers: Followers,
}

/// What a pass reads.
pub(crate) struct Observed {
    object: Object,
    key: ObjectKey,
    repository: GitRepository,
    now: String,
    revision: Revision,
}

/// What the repository says.
enum Revision {
    /// Nobody asked: suspended, or on its way out.
    Unread,
    /// Nothing can come of it without a change of the object.
    Refused(String),
    /// It could not be read now.
    Failed(String),
    /// A revision.
    Found(Box<Found>),
}

struct Found {
    revision: String,
    commit: String,
    summary: String,
    digest: String,
    tree: Tree,
    /// Whether the repository was looked at for the first time.
    first: bool,
}

/// What a pass does.
pub(crate) enum Plan {
    /// Leaves it as it is.
    Nothing,
    /// Lets it go.
    Release,
    /// Writes a status.
    Report {
        status: Box<Status>,
        event: Option<(Severity, &'static str, String)>,
        put: Option<(String, Tree)>,
        requeue: Requeue,
    },
}

impl Reconcile for GitRepositories {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        names::git_repository()
    }

    async fn observe(&self, key: &ObjectKey, wakes: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        let Some(read) = read::<GitRepository>(&self.cluster, &self.owned(), key).await? else {
            return Ok(None);
        };
        let (repository, invalid) = match read.typed {
            Ok(repository) => (repository, None),
            Err(error) => {
                (GitRepository { metadata: meta_of(&read.object), ..GitRepository::default() }, Some(error))
            }
        };
        let revision = if let Some(error) = invalid {
            Revision::Refused(format!("the spec cannot be read: {error}"))
        } else if repository.metadata.deletion_timestamp.is_some() || repository.spec.suspend {
            Revision::Unread
        } else {
            self.look(key, &repository.spec, wakes).await?
        };
        let now = self.clock.now_rfc3339();
        Ok(Some(Observed { object: read.object, key: key.clone(), repository, now, revision }))
    }

    fn plan(&self, observed: &Observed) -> Plan {
        plan(observed)
    }

    async fn apply(&self, observed: Observed, plan: Plan, _: &Wakes) -> Result<Requeue, ReconcileError> {
        let (gvk, key) = (self.owned(), &observed.key);
        match plan {
            Plan::Nothing => {
                self.artifacts.looked_at(key);
                Ok(Requeue::Never)
            }
            Plan::Release => {
                self.artifacts.remove(key);
                release(&self.cluster, &gvk, key, &observed.object, names::SOURCE_CONTROLLER).await?;
                Ok(Requeue::Never)
            }
            Plan::Report { status: new, event, put, requeue } => {
                // The artifact first: who reads the new status finds it.
                if let Some((digest, tree)) = put {
                    self.artifacts.put(key, &digest, tree);
                }
                let both = (&observed.repository.status, &*new);
                status::write(&self.cluster, &gvk, key, both, names::SOURCE_CONTROLLER).await?;
                self.artifacts.looked_at(key);
                if let Some((severity, reason, message)) = event {
                    let annotations = artifact_annotations(&new);
                    let annotations: Vec<_> =
                        annotations.iter().map(|(key, value)| (*key, value.as_str())).collect();
                    let happened = Happened {
                        about: &observed.object,
                        severity,
                        reason,
                        message: &message,
                        annotations: &annotations,
                    };
                    self.recorder.record(happened).await;
                }
                Ok(requeue)
            }
        }
    }

    fn forget(&self, key: &ObjectKey) {
        self.artifacts.remove(key);
        self.followers.forget(key);
    }
}

fn artifact_annotations(status: &Status) -> Vec<(&'static str, String)> {
    let artifact = status.artifact.as_ref();
    artifact.map_or_else(Vec::new, |artifact| {
        vec![
            ("source.toolkit.fluxcd.io/revision", artifact.revision.clone()),
            ("source.toolkit.fluxcd.io/digest", artifact.digest.clone()),
        ]
    })
}

impl GitRepositories {
    async fn look(&self, key: &ObjectKey, spec: &Spec, wakes: &Wakes) -> Result<Revision, ReconcileError> {
        let unsupported = spec.unsupported();
        if !unsupported.is_empty() {
            return Ok(Revision::Refused(unsupported.join("\n")));
        }
        let served = match self.sources.serve(key, &spec.url) {
            Ok(served) => served,
            Err(error @ ServeError::Remote { .. }) => {
                return Ok(Revision::Refused(format!("failed to checkout and determine revision: {error}")));
            }
            Err(error) => {
                return Ok(Revision::Failed(format!(
                    "failed to checkout and determine revision: {}",
                    chain(&error)
                )));
            }
        };
        let first = self.followers.follow(key, &served.git, wakes);
        let (reference, ignore) = (spec.reference(), spec.ignore.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let Served { git, head } = served;
            let resolved = if head { git.head() } else { git.resolve(&reference) }?;
            let tree = Ignore::for_source(&resolved.tree, ignore.as_deref()).apply(&resolved.tree);
            let (revision, commit, summary) = (resolved.revision, resolved.commit, resolved.summary);
            Ok::<_, amethyst_source::SourceError>(Found {
                revision,
                commit,
                summary,
                digest: digest(&tree),
                tree,
                first,
            })
        });
        Ok(match looked.await? {
            Ok(found) => Revision::Found(Box::new(found)),
            Err(error) => {
                Revision::Failed(format!("failed to checkout and determine revision: {}", chain(&error)))
            }
        })
    }
}

/// Decides what to do; pure.
fn plan(observed: &Observed) -> Plan {
    let (repository, now) = (&observed.repository, observed.now.as_str());
    let stamp = Stamp { generation: repository.metadata.generation, now };
    let mut status = repository.status.clone();
    status.last_handled_reconcile_at =
        repository.metadata.requested_at().map(ToOwned::to_owned).or(status.last_handled_reconcile_at);
    match &observed.revision {
        Revision::Unread if repository.metadata.deletion_timestamp.is_some() => Plan::Release,
        Revision::Unread => Plan::Nothing,
        Revision::Refused(message) => {
            fail(&mut status, stamp, message);
            status.conditions.stalled(stamp, reasons::GIT_OPERATION_FAILED, message);
            status.observed_generation = Some(stamp.generation);
            report(repository, status, Some(message), Requeue::Never)
        }
        Revision::Failed(message) => {
            fail(&mut status, stamp, message);
            status.conditions.reconciling(
                stamp,
                reasons::PROGRESSING_WITH_RETRY,
                "reconciliation in progress",
            );
            let interval = repository.spec.interval.0.max(Duration::from_secs(1));
            report(repository, status, Some(message), Requeue::After(interval))
        }
        Revision::Found(found) => store(observed, found, stamp, status),
    }
}

fn fail(status: &mut Status, stamp: Stamp<'_>, message: &str) {
    for (kind, state) in [(names::FETCH_FAILED, "True"), (conditions::READY, "False")] {
        status.conditions.set(stamp, kind, state, reasons::GIT_OPERATION_FAILED, message);
    }
}

fn report(repository: &GitRepository, status: Status, failure: Option<&String>, requeue: Requeue) -> Plan {
    let said = repository.status.conditions.get(conditions::READY).map(|ready| ready.message.as_str());
    let event = failure
        .filter(|message| said != Some(message.as_str()))
        .map(|message| (Severity::Warning, reasons::GIT_OPERATION_FAILED, message.clone()));
    Plan::Report { status: Box::new(status), event, put: None, requeue }
}

fn store(observed: &Observed, found: &Found, stamp: Stamp<'_>, mut status: Status) -> Plan {
    let repository = &observed.repository;
    let Found { revision, commit, summary, digest, tree, first } = found;
    let before = repository.status.artifact.as_ref();
    let fresh = before.is_none_or(|before| before.revision != *revision || before.digest != *digest);
    if fresh {
        status.artifact = Some(Artifact::of_git(&observed.key, revision, commit, digest.clone(), stamp.now));
    }
    status.observed_ignore.clone_from(&repository.spec.ignore);
    let message = format!("stored artifact for revision '{revision}'");
    let had_failed = status.conditions.is_true(names::FETCH_FAILED);
    for kind in [names::FETCH_FAILED, conditions::RECONCILING, conditions::STALLED] {
        status.conditions.remove(kind);
    }
    for kind in [conditions::READY, names::ARTIFACT_IN_STORAGE] {
        status.conditions.set(stamp, kind, "True", reasons::SUCCEEDED, &message);
    }
    status.observed_generation = Some(stamp.generation);
    let event = if before.is_none_or(|before| before.digest != *digest) {
        Some(reasons::NEW_ARTIFACT)
    } else {
        had_failed.then_some(reasons::SUCCEEDED)
    };
    let event =
        event.map(|reason| (Severity::Normal, reason, format!("stored artifact for commit '{summary}'")));
    let interval = repository.spec.interval.0.max(Duration::from_secs(1));
    let requeue = Requeue::After(if *first { SECOND_LOOK } else { interval });
    Plan::Report { status: Box::new(status), event, put: Some((digest.clone(), tree.clone())), requeue }
}

/// Takes Flux's finalizer from an object; one that lacks it is fine.
pub(crate) async fn release(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    key: &ObjectKey,
    object: &Object,
    manager: &str,
) -> Result<(), ReconcileError> {
    let finalizers = object.at(&["metadata", "finalizers"]).and_then(Value::as_array).unwrap_or_default();
    let kept: Vec<Value> =
        finalizers.iter().filter(|it| it.as_str() != Some(names::FINALIZER)).cloned().collect();
    if kept.len() == finalizers.len() {
        return Ok(());
    }
    set_finalizers(cluster, gvk, key, object, kept, manager).await
}

/// Writes finalizers, unless the object changed since it was read.
pub(crate) async fn set_finalizers(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    key: &ObjectKey,
    object: &Object,
    finalizers: Vec<Value>,
    manager: &str,
) -> Result<(), ReconcileError> {
    let version = object.str_at(&["metadata", "resourceVersion"]).unwrap_or_default();
    let patch = value!({"metadata": {"finalizers": (finalizers), "resourceVersion": (version)}});
    match cluster.patch(gvk, key, "", PatchKind::Merge, &patch, manager).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The metadata of an object whose spec cannot be read.
pub(crate) fn meta_of(object: &Object) -> Meta {
    Meta {
        name: object.name().to_owned(),
        namespace: object.namespace().to_owned(),
        uid: object.uid().to_owned(),
        generation: object.generation(),
        deletion_timestamp: object.str_at(&["metadata", "deletionTimestamp"]).map(ToOwned::to_owned),
        ..Meta::default()
    }
}

/// Tasks that wake GitRepositories when their repository moves, one per repository.
#[derive(Default)]
pub(crate) struct Followers(Mutex<Following>);

#[derive(Default)]
struct Following {
    tasks: JoinSet<()>,
    keys: HashMap<PathBuf, Arc<Mutex<HashSet<ObjectKey>>>>,
}

impl Followers {
    /// Wakes `key` from now on when `git` moves; tells whether the repository is followed for the first
    /// time.
    fn follow(&self, key: &ObjectKey, git: &LocalGit, wakes: &Wakes) -> bool {
        let mut following = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = following.keys.get(git.path()) {
            keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
            return false;
        }
        let keys = Arc::new(Mutex::new(HashSet::from([key.clone()])));
        following.keys.insert(git.path().to_owned(), Arc::clone(&keys));
        let (mut changes, wakes) = (git.changes(), wakes.clone());
        following.tasks.spawn(async move {
            while changes.changed().await.is_ok() {
                let keys = keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for key in keys {
                    wakes.wake(key);
                }
            }
        });
        true
    }

    fn forget(&self, key: &ObjectKey) {
        let following = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for keys in following.keys.values() {
            keys.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        }
    }
}
