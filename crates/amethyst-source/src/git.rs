//! A local git repository: its revisions as trees, and word when a branch moves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree, TreePath};
use bytes::Bytes;
use gix::bstr::ByteSlice;
use tokio::sync::watch;

use crate::{GitReference, Resolved, SourceError};

/// How often refs are looked at. A look is a handful of small reads of files that are in the page cache;
/// watching the folder instead would miss network file systems and is no cheaper at this rate.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A git repository on this machine. Cheap to clone.
#[derive(Clone)]
pub struct LocalGit {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    repository: gix::ThreadSafeRepository,
    /// Ref names that somebody resolved: these are looked at for changes, beside HEAD.
    followed: Mutex<BTreeSet<String>>,
}

impl LocalGit {
    /// Opens the repository that `path` lies in.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let opened = gix::discover(path).map_err(|error| SourceError::Open {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let root = opened.workdir().unwrap_or_else(|| opened.git_dir()).to_owned();
        let inner = Inner { path: root, repository: opened.into_sync(), followed: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The root of the working tree, or the git folder of a bare repository.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// What HEAD points at, whatever branch that is.
    pub fn head(&self) -> Result<Resolved, SourceError> {
        let repository = self.inner.repository.to_thread_local();
        let name = repository.head_name().ok().flatten().map(|name| name.shorten().to_string());
        let commit = repository.head_id().map_err(|_| SourceError::NoCommit { path: self.shown() })?.detach();
        self.resolved(&repository, name.as_deref(), commit)
    }

    /// What a reference points at.
    pub fn resolve(&self, reference: &GitReference) -> Result<Resolved, SourceError> {
        let repository = self.inner.repository.to_thread_local();
        if let Some(commit) = &reference.commit {
            let id = gix::ObjectId::from_hex(commit.as_bytes())
                .map_err(|error| SourceError::Reference { reason: format!("commit `{commit}`: {error}") })?;
            return self.resolved(&repository, reference.branch.as_deref(), id);
        }
        let (full, shown) = if let Some(name) = &reference.name {
            (name.clone(), name.clone())
        } else if let Some(range) = &reference.semver {
            let tag = self.newest_tag(&repository, range)?;
            (format!("refs/tags/{tag}"), tag)
        } else if let Some(tag) = &reference.tag {
            (format!("refs/tags/{tag}"), tag.clone())
        } else {
            let branch = reference.branch.clone().unwrap_or_else(|| "master".to_owned());
            (format!("refs/heads/{branch}"), branch)
        };
        let found = repository.try_find_reference(full.as_str()).ok().flatten();
        let missing = || SourceError::NotFound { what: format!("`{full}`"), path: self.shown() };
        let id = found.ok_or_else(missing)?.peel_to_id().map_err(|_| missing())?.detach();
        self.inner.followed.lock().unwrap_or_else(PoisonError::into_inner).insert(full);
        self.resolved(&repository, Some(&shown), id)
    }

    fn newest_tag(&self, repository: &gix::Repository, range: &str) -> Result<String, SourceError> {
        let wanted = semver::VersionReq::parse(&range.replace(' ', ","))
            .or_else(|_| semver::VersionReq::parse(range))
            .map_err(|error| SourceError::Reference { reason: format!("semver `{range}`: {error}") })?;
        let missing =
            || SourceError::NotFound { what: format!("a tag that matches `{range}`"), path: self.shown() };
        let references = repository.references().map_err(|_| missing())?;
        let tags = references.tags().map_err(|_| missing())?.filter_map(Result::ok);
        let versions = tags.filter_map(|tag| {
            let name = tag.name().shorten().to_string();
            let version = semver::Version::parse(name.strip_prefix('v').unwrap_or(&name)).ok()?;
            wanted.matches(&version).then_some((version, name))
        });
        versions.max().map(|(_, name)| name).ok_or_else(missing)
    }

    fn resolved(
        &self,
        repository: &gix::Repository,
        name: Option<&str>,
        id: gix::ObjectId,
    ) -> Result<Resolved, SourceError> {
        let failed =
            |reason: String| SourceError::Object { what: format!("commit {id}"), path: self.shown(), reason };
        let commit = repository.find_commit(id).map_err(|error| failed(error.to_string()))?;
        let summary =
            commit.message_raw_sloppy().lines().next().unwrap_or_default().to_str_lossy().into_owned();
        let time_seconds = commit.time().map_or(0, |time| time.seconds);
        let tree = commit.tree().map_err(|error| failed(error.to_string()))?;
        let files = tree.traverse().breadthfirst.files().map_err(|error| failed(error.to_string()))?;
        let entries: BTreeMap<TreePath, Entry> = files.iter().filter_map(entry).collect();
        let blobs = GitBlobs { repository: self.inner.repository.clone() };
        let name = name.map(|name| format!("{name}@")).unwrap_or_default();
        Ok(Resolved {
            revision: format!("{name}sha1:{id}"),
            commit: id.to_string(),
            time_seconds,
            summary,
            tree: Tree::new(entries, Arc::new(blobs)),
        })
    }

    fn shown(&self) -> String {
        self.inner.path.display().to_string()
    }

    /// Tells when HEAD or a ref that was resolved moves, within 100 ms. The number counts moves. The
    /// looking ends when the last receiver is gone. Must be called inside a tokio runtime.
    pub fn changes(&self) -> watch::Receiver<u64> {
        let (sender, receiver) = watch::channel(0);
        let git = self.clone();
        // Taken here and not in the task: a move between this call and the task's first turn counts.
        let mut seen = git.fingerprint();
        tokio::spawn(async move {
            let mut every = tokio::time::interval(LOOK_EVERY);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            loop {
                tokio::select! {
                    _ = every.tick() => {}
                    () = sender.closed() => return,
                }
                let now = git.fingerprint();
                if now != seen {
                    seen = now;
                    sender.send_modify(|moves| *moves += 1);
                }
            }
        });
        receiver
    }

    /// HEAD, the refs that are followed, and the stamp of the packed refs, as bytes.
    fn fingerprint(&self) -> Vec<u8> {
        let repository = self.inner.repository.to_thread_local();
        let (git_dir, common_dir) = (repository.git_dir(), repository.common_dir());
        let read = |path: PathBuf| std::fs::read(path).unwrap_or_default();
        let mut print = read(git_dir.join("HEAD"));
        let mut names = self.inner.followed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(name) = print.strip_prefix(b"ref: ").and_then(|name| name.trim().to_str().ok()) {
            names.insert(name.to_owned());
        }
        for name in names {
            print.extend_from_slice(&read(common_dir.join(name)));
            print.push(0);
        }
        if let Ok(packed) = std::fs::metadata(common_dir.join("packed-refs")) {
            print.extend_from_slice(format!("{:?} {}", packed.modified().ok(), packed.len()).as_bytes());
        }
        print
    }
}

fn entry(file: &gix::traverse::tree::recorder::Entry) -> Option<(TreePath, Entry)> {
    let kind = match file.mode.kind() {
        gix::object::tree::EntryKind::Blob => FileKind::Regular,
        gix::object::tree::EntryKind::BlobExecutable => FileKind::Executable,
        gix::object::tree::EntryKind::Link => FileKind::Symlink,
        // Folders are the prefixes of files; a submodule's files are not in this repository.
        gix::object::tree::EntryKind::Tree | gix::object::tree::EntryKind::Commit => return None,
    };
    let blob = BlobId(file.oid.to_string().into());
    Some((file.filepath.to_str().ok()?.into(), Entry { kind, blob }))
}

struct GitBlobs {
    repository: gix::ThreadSafeRepository,
}

impl Blobs for GitBlobs {
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError> {
        let failed = |reason: String| ReadError { id: id.0.to_string(), reason };
        let object = gix::ObjectId::from_hex(id.0.as_bytes()).map_err(|error| failed(error.to_string()))?;
        let repository = self.repository.to_thread_local();
        let mut blob = repository.find_object(object).map_err(|error| failed(error.to_string()))?;
        Ok(Bytes::from(std::mem::take(&mut blob.data)))
    }
}

#[cfg(test)]
mod tests;
