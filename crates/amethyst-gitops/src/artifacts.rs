//! What GitRepositories give and Kustomizations take: trees, in memory, by the digest of their content.
//!
//! Upstream keeps archives on a volume and serves them over HTTP. Here an artifact is a listing of git
//! objects that are read when wanted; after a restart it is made again from the repository. Its URL,
//! `amethyst://gitrepository/<namespace>/<name>/<commit>`, names it and is served by nobody.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use amethyst_controller::{Edge, ObjectKey, Wakes};
use amethyst_tree::{FileKind, Tree};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::names;

/// `status.artifact` of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Artifact {
    /// The revision: `main@sha1:<commit>`.
    pub revision: String,
    /// The digest of the files that are in it: `sha256:<hex>`.
    pub digest: String,
    /// Its name below `amethyst://`.
    pub path: String,
    /// Its name.
    pub url: String,
    /// When this revision with these files was first seen.
    pub last_update_time: String,
}

impl Artifact {
    /// The artifact of a GitRepository at a commit.
    pub(crate) fn of_git(key: &ObjectKey, revision: &str, commit: &str, digest: String, now: &str) -> Self {
        let path = format!("gitrepository/{}/{}/{commit}", key.namespace, key.name);
        Self {
            revision: revision.to_owned(),
            digest,
            url: format!("amethyst://{path}"),
            path,
            last_update_time: now.to_owned(),
        }
    }
}

/// The digest of a tree: equal for equal names, kinds and contents.
pub(crate) fn digest(tree: &Tree) -> String {
    let mut hash = Sha256::new();
    for (path, entry) in tree.walk("") {
        let kind = match entry.kind {
            FileKind::Regular => "f",
            FileKind::Executable => "x",
            FileKind::Symlink => "l",
        };
        for part in [kind, path, &entry.blob.0] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hex_digest(hash)
}

/// A finished hash as Flux writes digests.
pub(crate) fn hex_digest(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The artifacts that are at hand, one per source.
#[derive(Debug, Default)]
pub(crate) struct Artifacts {
    sources: Mutex<Sources>,
    takers: OnceLock<Wakes>,
}

#[derive(Debug, Default)]
struct Sources {
    trees: HashMap<ObjectKey, (String, Tree)>,
    /// Those that were looked at since this program began, whatever came of it.
    looked_at: HashSet<ObjectKey>,
}

impl Artifacts {
    /// Says whom to wake when an artifact comes to hand; once.
    pub(crate) fn tell(&self, takers: Wakes) {
        // A second call could only come from a second controller of the same artifacts: a bug of ours.
        assert!(self.takers.set(takers).is_ok(), "artifacts have one taker");
    }

    /// Puts the artifact of a source, in place of the one before.
    pub(crate) fn put(&self, key: &ObjectKey, digest: &str, tree: Tree) {
        let before = self.lock().trees.insert(key.clone(), (digest.to_owned(), tree));
        if before.is_none_or(|(before, _)| before != digest) {
            self.wake_takers(key);
        }
    }

    /// Notes that a source was looked at: if there is no artifact of it now, there is none.
    pub(crate) fn looked_at(&self, key: &ObjectKey) {
        if self.lock().looked_at.insert(key.clone()) {
            self.wake_takers(key);
        }
    }

    /// Whether a source has yet to be looked at, so that what its status says is from an earlier run, and who
    /// waits for its artifact will be woken.
    pub(crate) fn is_awaited(&self, key: &ObjectKey) -> bool {
        !self.lock().looked_at.contains(key)
    }

    fn wake_takers(&self, key: &ObjectKey) {
        if let Some(takers) = self.takers.get() {
            takers.wake_namers(&Edge { gvk: names::git_repository(), key: key.clone() });
        }
    }

    /// The artifact of a source, when it is the one with this digest.
    pub(crate) fn open(&self, key: &ObjectKey, digest: &str) -> Option<Tree> {
        self.lock().trees.get(key).filter(|(found, _)| found == digest).map(|(_, tree)| tree.clone())
    }

    /// Drops the artifact of a source.
    pub(crate) fn remove(&self, key: &ObjectKey) {
        let mut sources = self.lock();
        sources.trees.remove(key);
        sources.looked_at.remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, Sources> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use amethyst_controller::ObjectKey;
    use amethyst_tree::Tree;

    use super::{Artifacts, digest};

    #[test]
    fn only_the_artifact_that_was_asked_for_is_given() {
        let (artifacts, key) = (Artifacts::default(), ObjectKey::new("flux-system", "home"));
        let tree = Tree::from_files([("a.yaml", "1")]);
        let name = digest(&tree);
        artifacts.put(&key, &name, tree);
        assert!(artifacts.open(&key, &name).is_some());
        assert!(artifacts.open(&key, "sha256:0").is_none());
        artifacts.remove(&key);
        assert!(artifacts.open(&key, &name).is_none() && artifacts.is_awaited(&key));
        artifacts.looked_at(&key);
        assert!(!artifacts.is_awaited(&key));
    }

    #[test]
    fn a_digest_knows_where_a_name_ends() {
        let of = |files: &[(&str, &str)]| digest(&Tree::from_files(files.iter().copied()));
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_ne!(of(&[("a", "1"), ("b", "2")]), of(&[("ab", "12")]));
        assert!(of(&[]).starts_with("sha256:") && of(&[]).len() == 71);
    }
}
