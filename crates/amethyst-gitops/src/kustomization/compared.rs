//! What was compared with the cluster and found as it is wanted.
//!
//! A new revision is a reason to look at every Kustomization of its source; most of them read nothing that
//! changed. One whose files, spec and variables are those of its last comparison, and whose objects stand in the
//! cluster as they stood then, is neither built nor compared anew before its interval ends: a comparison would
//! come to the same. An object that somebody changed makes it start from the beginning. At each interval, and
//! when somebody asks for it, everything is built and compared, as upstream does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amethyst_controller::{ApiError, Cluster, ObjectKey};
use amethyst_object::{GroupVersionKind, Object, Value, json};
use amethyst_tree::{Trace, Tree};
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::Inputs;
use super::stages::{Done, IN_FLIGHT};

/// How many bytes of memory comparisons take together, about; those that have no room are not kept.
const BYTES_MAX: usize = 8 << 20;
/// What one of them, one object and one question to a tree take, about.
const COMPARISON_BYTES: usize = 1 << 10;
const OBJECT_BYTES: usize = 512;
const QUESTION_BYTES: usize = 192;

/// A comparison that found everything as wanted.
#[derive(Debug)]
pub(crate) struct Compared {
    /// What was built from.
    inputs: Inputs,
    /// What the build looked at in the source.
    trace: Arc<Trace>,
    /// Of the content that was built.
    digest: String,
    /// The objects, and how each stood.
    done: Vec<Done>,
    stands: Vec<Stand>,
    /// When everything is built and compared again.
    pub(crate) due: Instant,
}

/// How an object stood in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    gvk: GroupVersionKind,
    key: ObjectKey,
    /// Nothing when it was not there.
    seen: Option<Seen>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    version: String,
    /// Of all that a comparison depends on.
    print: [u8; 32],
}

impl Stand {
    /// How what stands where `wanted` goes stands now.
    pub(crate) fn of(wanted: &Object, existing: Option<&Object>) -> Self {
        let seen =
            existing.map(|existing| Seen { version: version(existing).to_owned(), print: print(existing) });
        Self { gvk: wanted.gvk(), key: ObjectKey::new(wanted.namespace(), wanted.name()), seen }
    }

    /// Whether it still stands so. What cannot be read does not.
    async fn holds(&self, cluster: &Cluster) -> bool {
        match (cluster.get(&self.gvk, &self.key).await, &self.seen) {
            (Ok(Some(now)), Some(seen)) => version(&now) == seen.version || print(&now) == seen.print,
            (Ok(None) | Err(ApiError::NoNamespace), None) => true,
            _ => false,
        }
    }
}

fn version(object: &Object) -> &str {
    object.str_at(&["metadata", "resourceVersion"]).unwrap_or_default()
}

/// Of all of an object that a comparison depends on: that is everything but its status and who wrote that.
fn print(object: &Object) -> [u8; 32] {
    let mut map = object.0.clone();
    map.remove("status");
    let metadata = map.object_mut("metadata");
    metadata.remove("resourceVersion");
    if let Some(Value::Array(managers)) = metadata.get_mut("managedFields") {
        managers.retain(|manager| manager.str_at(&["subresource"]) != Some("status"));
    }
    Sha256::digest(json::to_string(&Value::Object(map))).into()
}

impl Compared {
    pub(crate) fn new(
        inputs: Inputs,
        trace: Arc<Trace>,
        digest: String,
        objects: (Vec<Done>, Vec<Stand>),
        due: Instant,
    ) -> Self {
        let (done, stands) = objects;
        Self { inputs, trace, digest, done, stands, due }
    }

    /// Of the content that was built.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// What an apply would come to.
    pub(crate) fn done(&self) -> &[Done] {
        &self.done
    }

    /// Whether another comparison, of these inputs with this tree at this time, would build the same.
    fn builds_the_same(&self, inputs: &Inputs, tree: &Tree, now: Instant) -> bool {
        self.due > now && self.inputs.is_same_but_for_revision(inputs) && self.trace.holds_for(tree)
    }

    /// Whether all objects stand as they stood.
    async fn stands(&self, cluster: &Cluster) -> bool {
        let looks: Vec<_> = self.stands.iter().map(|stand| stand.holds(cluster)).collect();
        stream::iter(looks).buffered(IN_FLIGHT).all(|holds| async move { holds }).await
    }

    fn bytes(&self) -> usize {
        let (objects, questions) = (self.done.len() + self.stands.len(), self.trace.questions());
        COMPARISON_BYTES + objects * OBJECT_BYTES + questions * QUESTION_BYTES
    }
}

/// The last comparison of each Kustomization, as long as there is room.
#[derive(Debug, Default)]
pub(crate) struct Comparisons(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    all: HashMap<ObjectKey, Arc<Compared>>,
    bytes: usize,
}

impl Comparisons {
    /// The last comparison of `key`, if another one would come to the same.
    pub(crate) async fn same(
        &self,
        key: &ObjectKey,
        inputs: &Inputs,
        tree: &Tree,
        now: Instant,
        cluster: &Cluster,
    ) -> Option<Arc<Compared>> {
        let compared = self.kept().all.get(key).cloned()?;
        (compared.builds_the_same(inputs, tree, now) && compared.stands(cluster).await).then_some(compared)
    }

    /// Keeps a comparison in place of the one before.
    pub(crate) fn keep(&self, key: &ObjectKey, compared: Compared) {
        let mut kept = self.kept();
        kept.forget(key);
        let bytes = compared.bytes();
        if kept.bytes + bytes <= BYTES_MAX {
            kept.bytes += bytes;
            kept.all.insert(key.clone(), Arc::new(compared));
        }
    }

    pub(crate) fn forget(&self, key: &ObjectKey) {
        self.kept().forget(key);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, key: &ObjectKey) {
        if let Some(gone) = self.all.remove(key) {
            self.bytes -= gone.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, Value, value};

    use super::print;

    fn object(change: impl FnOnce(&mut Object)) -> Object {
        let mut object = Object::from_value(value!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"x": "1"}, "status": {"a": 1},
            "metadata": {"name": "a", "uid": "u", "resourceVersion": "7", "managedFields": [
                {"manager": "kustomize-controller", "operation": "Apply", "time": "1"},
                {"manager": "other", "operation": "Update", "subresource": "status", "time": "1"},
            ]},
        }))
        .unwrap();
        change(&mut object);
        object
    }

    #[test]
    fn a_print_is_of_all_that_a_comparison_depends_on() {
        let same = |change: fn(&mut Object)| print(&object(change)) == print(&object(|_| {}));
        assert!(same(|it| {
            it.0.remove("status");
            it.metadata_mut().insert("resourceVersion", "8");
            let Some(Value::Array(managers)) = it.metadata_mut().get_mut("managedFields") else { panic!() };
            managers.truncate(1);
        }));
        for change in [
            (|it| drop(it.0.object_mut("data").insert("x", "2"))) as fn(&mut Object),
            |it| drop(it.metadata_mut().insert("uid", "other")),
            |it| drop(it.metadata_mut().object_mut("labels").insert("a", "b")),
            |it| drop(it.metadata_mut().object_mut("annotations").insert("a", "b")),
            |it| drop(it.metadata_mut().insert("deletionTimestamp", "now")),
            |it| drop(it.metadata_mut().remove("managedFields")),
        ] {
            assert!(!same(change));
        }
    }
}
