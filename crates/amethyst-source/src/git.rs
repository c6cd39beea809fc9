//! A local git repository: its revisions as trees, and word when a branch moves.

mod notice;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree, TreePath};
use bytes::Bytes;
use gix::bstr::ByteSlice;
use tokio::sync::watch;

use crate::versions::{Range, flux_version, newest};
use crate::{GitReference, Resolved, SourceError};
use notice::Notice;

/// How often refs are looked at where the machine tells when they move, for the file systems that do not.
const LOOK_EVERY: Duration = Duration::from_millis(900);
/// How often where it does not. A look asks for the stamps of a handful of files and reads none of them.
const LOOK_ALONE_EVERY: Duration = Duration::from_millis(75);
/// What happens within this time is one move: git writes a lock, a log and the ref itself.
const CALM: Duration = Duration::from_millis(5);

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
    git_dir: PathBuf,
    common_dir: PathBuf,
    /// The stamp of HEAD when it was last read, and the branch it named then.
    head: Mutex<(Stamp, Option<String>)>,
    /// Tells all who wait for changes: one look serves them all.
    told: Mutex<Weak<watch::Sender<u64>>>,
}

impl LocalGit {
    /// Opens the repository that `path` lies in.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let opened = gix::discover(path).map_err(|error| SourceError::Open {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let root = opened.workdir().unwrap_or_else(|| opened.git_dir()).to_owned();
        let inner = Inner {
            path: root,
            git_dir: opened.git_dir().to_owned(),
            common_dir: opened.common_dir().to_owned(),
            repository: opened.into_sync(),
            followed: Mutex::default(),
            head: Mutex::default(),
            told: Mutex::default(),
        };
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

    /// What a revision as git spells it points at: `main`, `v1.2`, `HEAD~3`, a commit's first digits.
    pub fn revision(&self, spec: &str) -> Result<Resolved, SourceError> {
        let repository = self.inner.repository.to_thread_local();
        let missing = || SourceError::NotFound { what: format!("the revision `{spec}`"), path: self.shown() };
        let found = repository.rev_parse_single(spec).map_err(|_| missing())?;
        let commit = found.object().map_err(|_| missing())?.peel_to_commit().map_err(|_| missing())?;
        self.resolved(&repository, Some(spec), commit.id)
    }

    fn newest_tag(&self, repository: &gix::Repository, range: &str) -> Result<String, SourceError> {
        let wanted = Range::parse(range)
            .map_err(|error| SourceError::Reference { reason: format!("semver `{range}`: {error}") })?;
        let missing =
            || SourceError::NotFound { what: format!("a tag that matches `{range}`"), path: self.shown() };
        let references = repository.references().map_err(|_| missing())?;
        let tags = references.tags().map_err(|_| missing())?.filter_map(Result::ok);
        let names: Vec<String> = tags.map(|tag| tag.name().shorten().to_string()).collect();
        newest(&wanted, names.iter().map(String::as_str), flux_version).map(str::to_owned).ok_or_else(missing)
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

    /// Tells when HEAD or a ref that was resolved moves, within 100 ms; on file systems that tell nothing,
    /// within a second. The number counts moves. The looking ends when the last receiver is gone. Must be
    /// called inside a tokio runtime.
    pub fn changes(&self) -> watch::Receiver<u64> {
        let mut told = self.inner.told.lock().unwrap_or_else(PoisonError::into_inner);
        // Who ends for want of receivers gives up his sender under this very lock.
        if let Some(sender) = told.upgrade() {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(0);
        let sender = Arc::new(sender);
        *told = Arc::downgrade(&sender);
        let git = self.clone();
        // Taken here and not in the task: a move between this call and the task's first turn counts.
        let mut seen = git.fingerprint();
        let mut notice = Notice::new().ok();
        let period = if notice.is_some() { LOOK_EVERY } else { LOOK_ALONE_EVERY };
        if let Some(notice) = &mut notice {
            notice.watch(git.files().iter().map(PathBuf::as_path));
        }
        tokio::spawn(async move {
            let mut every = tokio::time::interval(period);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            loop {
                tokio::select! {
                    _ = every.tick() => {}
                    () = noticed(&mut notice) => tokio::time::sleep(CALM).await,
                    () = sender.closed() => {
                        let mut told = git.inner.told.lock().unwrap_or_else(PoisonError::into_inner);
                        if sender.receiver_count() == 0 {
                            *told = Weak::new();
                            return;
                        }
                    }
                }
                if let Some(notice) = &mut notice {
                    notice.watch(git.files().iter().map(PathBuf::as_path));
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

    /// The stamps of HEAD, of the refs that are followed and of the packed refs. Git replaces these files
    /// and never writes into them, so a move always shows, and nothing has to be read to see that all rests.
    fn fingerprint(&self) -> Vec<Stamp> {
        self.files().iter().map(|file| Stamp::of(file)).collect()
    }

    /// The files that say where HEAD and the refs that are followed point.
    fn files(&self) -> Vec<PathBuf> {
        let inner = &self.inner;
        let mut names = inner.followed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let path = inner.git_dir.join("HEAD");
        let head = Stamp::of(&path);
        let mut last = inner.head.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != head {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            *last = (head, text.strip_prefix("ref: ").map(|name| name.trim().to_owned()));
        }
        names.extend(last.1.clone());
        let refs = names.iter().map(|name| inner.common_dir.join(name));
        [path, inner.common_dir.join("packed-refs")].into_iter().chain(refs).collect()
    }
}

async fn noticed(notice: &mut Option<Notice>) {
    match notice {
        Some(notice) => notice.changed().await,
        None => std::future::pending().await,
    }
}

/// What changes whenever a file is replaced or written; all zero for a file that is not there.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Self {
        std::fs::metadata(path).map_or_else(
            |_| Self::default(),
            |found| Self {
                inode: found.ino(),
                bytes: found.len(),
                modified: (found.mtime(), found.mtime_nsec()),
                changed: (found.ctime(), found.ctime_nsec()),
            },
        )
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
