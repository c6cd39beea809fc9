//! Content-addressed file trees: what a source hands to a renderer.
//!
//! A [`Tree`] is an immutable listing of files by path; contents are read through a [`Blobs`] when first
//! wanted and keyed by a content id, so two revisions of a repository share what did not change.
//! This crate does no IO: whoever makes a tree brings the blobs (git objects, an archive, a test's table).

mod path;
mod trace;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

pub use path::{TreePath, normalize};
pub use trace::Trace;

/// Names a content: equal ids mean equal bytes. For git it is the blob's object id in hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub Arc<str>);

/// What a path of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A plain file.
    Regular,
    /// A file that may be run.
    Executable,
    /// A symbolic link; its content is its target. Renderers refuse those that leave the tree.
    Symlink,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: FileKind,
    /// Its content's name.
    pub blob: BlobId,
}

/// Gives contents by id. Implementations may read a disk; trees don't care.
pub trait Blobs: Send + Sync {
    /// Reads one content.
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError>;
}

/// A content could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("failed to read `{id}`: {reason}")]
pub struct ReadError {
    /// What was asked for.
    pub id: String,
    /// Why it could not be read.
    pub reason: String,
}

/// An immutable listing of files. Cheap to clone.
#[derive(Clone)]
pub struct Tree {
    entries: Arc<BTreeMap<TreePath, Entry>>,
    blobs: Arc<dyn Blobs>,
    trace: Option<Arc<Trace>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("files", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Tree {
    /// A tree of `entries`, whose paths are relative, normalized and use `/`.
    pub fn new(entries: BTreeMap<TreePath, Entry>, blobs: Arc<dyn Blobs>) -> Self {
        Self { entries: Arc::new(entries), blobs, trace: None }
    }

    /// A tree from a table of paths and contents, mostly for tests.
    pub fn from_files<P: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, C)>) -> Self {
        let (mut entries, mut contents) = (BTreeMap::new(), BTreeMap::new());
        for (path, content) in files {
            let blob = BlobId(path.as_ref().into());
            contents.insert(blob.clone(), Bytes::copy_from_slice(content.as_ref()));
            entries.insert(TreePath::from(path.as_ref()), Entry { kind: FileKind::Regular, blob });
        }
        Self::new(entries, Arc::new(Table(contents)))
    }

    /// The same tree; whatever is asked of it is noted in `trace`.
    #[must_use]
    pub fn traced(&self, trace: &Arc<Trace>) -> Self {
        Self { trace: Some(Arc::clone(trace)), ..self.clone() }
    }

    /// The file at `path`, if it is one.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        if let Some(trace) = &self.trace {
            trace.file(self, path);
        }
        self.entries.get(path)
    }

    /// The content of the file at `path`, or `None` when there is no such file.
    pub fn read(&self, path: &str) -> Result<Option<Bytes>, ReadError> {
        self.entry(path).map(|entry| self.blobs.read(&entry.blob)).transpose()
    }

    /// Whether `path` is a folder with at least one file below it; `""` is the tree itself.
    pub fn is_dir(&self, path: &str) -> bool {
        if let Some(trace) = &self.trace {
            trace.is_folder(self, path);
        }
        path.is_empty() || self.below(path).next().is_some()
    }

    /// All files below the folder `path` (`""` for all), in order of their paths.
    pub fn walk(&self, path: &str) -> impl Iterator<Item = (&str, &Entry)> + use<'_> {
        if let Some(trace) = &self.trace {
            trace.below(self, path);
        }
        self.below(path)
    }

    fn below(&self, path: &str) -> impl Iterator<Item = (&str, &Entry)> + use<'_> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let from = TreePath::from(prefix.as_str());
        self.entries
            .range((Bound::Included(from), Bound::Unbounded))
            .take_while(move |(found, _)| found.starts_with(&prefix))
            .map(|(found, entry)| (&**found, entry))
    }

    /// The direct children of the folder `path`: names of files, and of folders with `true`.
    pub fn children(&self, path: &str) -> Vec<(String, bool)> {
        if let Some(trace) = &self.trace {
            trace.children(self, path);
        }
        self.children_of(path)
    }

    fn children_of(&self, path: &str) -> Vec<(String, bool)> {
        let skip = if path.is_empty() { 0 } else { path.len() + 1 };
        let mut children: Vec<(String, bool)> = Vec::new();
        for (found, _) in self.below(path) {
            let rest = &found[skip..];
            let (name, is_dir) = rest.split_once('/').map_or((rest, false), |(dir, _)| (dir, true));
            if children.last().is_none_or(|(last, _)| last != name) {
                children.push((name.to_owned(), is_dir));
            }
        }
        children
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The same tree with another content at `path`, which is named `blob`.
    #[must_use]
    pub fn with_file(&self, path: &str, blob: BlobId, content: Bytes) -> Self {
        let mut entries = (*self.entries).clone();
        let kind = self.entries.get(path).map_or(FileKind::Regular, |entry| entry.kind);
        entries.insert(TreePath::from(path), Entry { kind, blob: blob.clone() });
        let blobs = Arc::new(Over { blob, content, below: Arc::clone(&self.blobs) });
        Self { entries: Arc::new(entries), blobs, trace: None }
    }

    /// The same tree without the files that `keep` refuses.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str, &Entry) -> bool) -> Self {
        let entries = self.entries.iter().filter(|(path, entry)| keep(path, entry));
        Self {
            entries: Arc::new(entries.map(|(path, entry)| (path.clone(), entry.clone())).collect()),
            blobs: Arc::clone(&self.blobs),
            trace: None,
        }
    }
}

/// One content over others.
struct Over {
    blob: BlobId,
    content: Bytes,
    below: Arc<dyn Blobs>,
}

impl Blobs for Over {
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError> {
        if *id == self.blob { Ok(self.content.clone()) } else { self.below.read(id) }
    }
}

struct Table(BTreeMap<BlobId, Bytes>);

impl Blobs for Table {
    fn read(&self, id: &BlobId) -> Result<Bytes, ReadError> {
        let missing = || ReadError { id: id.0.to_string(), reason: "not in the table".to_owned() };
        self.0.get(id).cloned().ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::{BlobId, Tree, normalize};

    #[test]
    fn folders_are_the_prefixes_of_files() {
        let tree = Tree::from_files([("a/b/c.yaml", "1"), ("a/d.yaml", "2"), ("ab.yaml", "3")]);
        assert!(tree.is_dir("a") && tree.is_dir("a/b") && !tree.is_dir("ab") && !tree.is_dir("a/d.yaml"));
        assert_eq!(tree.children("a"), [("b".to_owned(), true), ("d.yaml".to_owned(), false)]);
        assert_eq!(tree.walk("a").count(), 2);
        assert_eq!(tree.read("a/d.yaml").unwrap().unwrap(), "2");
        assert!(tree.read("nope").unwrap().is_none());
    }

    #[test]
    fn one_file_is_exchanged_and_the_others_stay() {
        let tree = Tree::from_files([("a", "1"), ("b", "2")]);
        let other = tree.with_file("a", BlobId("new".into()), "3".into());
        assert_eq!(
            (other.read("a").unwrap().unwrap(), other.read("b").unwrap().unwrap()),
            ("3".into(), "2".into())
        );
        assert_eq!(tree.read("a").unwrap().unwrap(), "1");
    }

    #[test]
    fn paths_normalize_inside_the_tree_only() {
        assert_eq!(normalize("a/./b", "../c.yaml").as_deref(), Some("a/c.yaml"));
        assert_eq!(normalize("", "./x/").as_deref(), Some("x"));
        assert_eq!(normalize("a", "/x/y").as_deref(), Some("x/y"));
        assert_eq!(normalize("a", "../../x"), None);
    }
}
