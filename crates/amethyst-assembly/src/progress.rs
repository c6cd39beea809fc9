//! What the Kustomizations say, as it changes: for `up` and `status`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use amethyst_controller::{Cluster, ObjectKey};
use amethyst_gitops::{Overview, ResourceRef, Row};
use amethyst_object::{GroupVersionKind, Object, ObjectId, Value};
use amethyst_source::LocalGit;
use futures::future::{self, Either};
use futures::stream::{self, BoxStream, StreamExt};
use kube::api::{ApiResource, DynamicObject, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use crate::{Lack, is_release, lacks};

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
/// The Kustomizations are looked at this often even when no watch says anything.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// What happens within this time is looked at once.
const CALM: Duration = Duration::from_millis(20);

/// All Kustomizations at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// A row for each.
    pub overview: Overview,
    /// All objects that they hold.
    pub objects: BTreeSet<ObjectId>,
    /// The Kustomizations that have not applied what their source holds now, or the commit that is checked
    /// out; as after a restart, when conditions still speak of the commit before.
    pub behind: BTreeSet<String>,
    /// The revision of each source, by `namespace/name`.
    pub sources: BTreeMap<String, String>,
}

impl Summary {
    /// Whether there is at least one Kustomization, none is left to wait for, and all have applied what
    /// their sources hold.
    pub fn is_ready(&self) -> bool {
        !self.overview.rows.is_empty() && self.overview.is_ready() && self.behind.is_empty()
    }

    /// The objects that nothing will come of in this version, with why.
    pub fn lacks(&self) -> Vec<(&ObjectId, Lack)> {
        self.objects.iter().filter_map(|id| Some((id, lacks(id)?))).collect()
    }

    /// The HelmReleases among the objects. They are stored; nothing installs them, nothing sets a condition on
    /// them, and [`Summary::is_ready`] does not wait for them.
    pub fn releases(&self) -> Vec<&ObjectId> {
        self.objects.iter().filter(|id| is_release(id)).collect()
    }
}

/// Follows the Kustomizations of an API: a watch wakes, the state tells, and a timer backs the watch.
pub struct Progress {
    cluster: Cluster,
    head: Option<Mutex<Head>>,
    seen: Summary,
    events: BoxStream<'static, ()>,
    /// Something happened since the last look.
    is_stale: bool,
}

/// The checkout that the sync's source is served from.
struct Head {
    source: ObjectKey,
    repository: LocalGit,
    changes: watch::Receiver<u64>,
    commit: String,
}

impl Head {
    /// The commit that is checked out; looked up again only when it moved.
    fn commit(&mut self) -> &str {
        let moved = self.changes.has_changed().unwrap_or_default();
        if moved || self.commit.is_empty() {
            self.changes.mark_unchanged();
            // In the middle of a rewrite there may be none for a moment: the last one counts.
            if let Ok(head) = self.repository.head() {
                self.commit = head.commit;
            }
        }
        &self.commit
    }

    /// Whether `object` is a Kustomization of the sync's source that has yet to come to this commit.
    fn is_ahead_of(&mut self, object: &Object) -> bool {
        let text = |keys: &[&str]| object.str_at(keys).unwrap_or_default();
        let namespace = object.str_at(&["spec", "sourceRef", "namespace"]).unwrap_or(object.namespace());
        let source = ObjectKey::new(namespace, text(&["spec", "sourceRef", "name"]));
        let is_mine = text(&["spec", "sourceRef", "kind"]) == "GitRepository" && source == self.source;
        let is_suspended = object.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true);
        is_mine && !is_suspended && !text(&["status", "lastAppliedRevision"]).ends_with(self.commit())
    }
}

impl Progress {
    /// Follows the API behind `client`.
    pub fn new(client: Client) -> Self {
        let kinds = [(KUSTOMIZE, "Kustomization"), (SOURCE, "GitRepository")];
        let events = kinds.map(|(group, kind)| {
            let resource = ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk(group, "v1", kind));
            let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(client.clone(), &resource);
            // What goes wrong with a watch is tried again by itself; the timer covers the time between.
            watcher(api, watcher::Config::default()).default_backoff().map(drop)
        });
        Self {
            cluster: Cluster::new(client),
            head: None,
            seen: Summary::default(),
            events: stream::select_all(events.map(Box::pin)).boxed(),
            is_stale: true,
        }
    }

    /// Follows them in the process that serves `source` from `repository`. Must be called inside a tokio
    /// runtime.
    pub(crate) fn serving(client: Client, source: ObjectKey, repository: LocalGit) -> Self {
        let changes = repository.changes();
        let head = Head { source, repository, changes: changes.clone(), commit: String::new() };
        let mut this = Self { head: Some(Mutex::new(head)), ..Self::new(client) };
        let moves = stream::unfold(changes, |mut changes| async move {
            changes.changed().await.ok().map(|()| ((), changes))
        });
        this.events = stream::select(this.events, moves).boxed();
        this
    }

    /// Waits for something to change; gives the rows that changed, and how all are now. Nothing is lost
    /// when the wait is given up.
    pub async fn next(&mut self) -> (Vec<Row>, &Summary) {
        loop {
            if !self.is_stale {
                // Whether an event or the timer ends this wait, it is time to look.
                drop(tokio::time::timeout(LOOK_EVERY, self.events.next()).await);
                self.is_stale = true;
            }
            // What happens together is looked at once.
            let calm = tokio::time::sleep(CALM);
            tokio::pin!(calm);
            while let Either::Left(_) = future::select(self.events.next(), calm.as_mut()).await {}
            let now = self.look().await;
            self.is_stale = false;
            if now != self.seen {
                let changed = now.overview.rows.iter().filter(|row| !self.seen.overview.rows.contains(row));
                let changed = changed.cloned().collect();
                self.seen = now;
                return (changed, &self.seen);
            }
        }
    }

    /// How all are now.
    pub async fn look(&self) -> Summary {
        let objects = self.list(KUSTOMIZE, "Kustomization").await;
        let repositories = self.list(SOURCE, "GitRepository").await;
        let revision =
            |object: &Object| object.str_at(&["status", "artifact", "revision"]).map(str::to_owned);
        let sources: BTreeMap<String, String> =
            repositories.iter().filter_map(|object| Some((key(object), revision(object)?))).collect();
        let is_ahead = |object| {
            let head = self.head.as_ref().map(|head| head.lock().unwrap_or_else(PoisonError::into_inner));
            head.is_some_and(|mut head| head.is_ahead_of(object))
        };
        let behind = objects.iter().filter(|object| is_behind(object, &sources) || is_ahead(object));
        let behind = behind.map(key).collect();
        Summary {
            overview: Overview::of(&objects),
            objects: objects.iter().flat_map(inventory).collect(),
            behind,
            sources,
        }
    }

    async fn list(&self, group: &str, kind: &str) -> Vec<Object> {
        let listed = self.cluster.list(&GroupVersionKind::new(group, "v1", kind)).await;
        listed.unwrap_or_else(|error| {
            // Before the definitions are there, nothing serves the kind.
            tracing::debug!(%error, kind, "failed to list");
            Vec::new()
        })
    }
}

fn key(object: &Object) -> String {
    format!("{}/{}", object.namespace(), object.name())
}

/// Whether a Kustomization has yet to apply what its GitRepository holds.
fn is_behind(object: &Object, sources: &BTreeMap<String, String>) -> bool {
    let reference = |field: &str| object.str_at(&["spec", "sourceRef", field]);
    let is_suspended = object.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true);
    if is_suspended || reference("kind") != Some("GitRepository") {
        return false;
    }
    let namespace = reference("namespace").unwrap_or(object.namespace());
    let source = sources.get(&format!("{namespace}/{}", reference("name").unwrap_or_default()));
    source.map(String::as_str) != object.str_at(&["status", "lastAppliedRevision"])
}

fn inventory(object: &Object) -> Vec<ObjectId> {
    let entries =
        object.at(&["status", "inventory", "entries"]).and_then(Value::as_array).unwrap_or_default();
    let id = |entry: &Value| {
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        ResourceRef { id: text("id"), v: text("v") }.object().ok()
    };
    entries.iter().filter_map(id).collect()
}
