//! What a reader of a tree has seen of it: enough to tell whether another tree would have shown the same.

mod bytes;

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::{BlobId, FileKind, Tree, TreePath};

/// What was looked at. A [`Tree::traced`] fills it; [`Trace::holds_for`] asks another tree the same questions.
#[derive(Debug, Default)]
pub struct Trace(Mutex<Seen>);

type Seen = BTreeMap<(Question, TreePath), Answer>;

/// What can be asked about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Question {
    /// Which content lies there.
    File,
    /// Whether it is a folder.
    IsFolder,
    /// What lies directly in it.
    Children,
    /// What lies anywhere below it, with contents.
    Below,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Blob(Option<(FileKind, BlobId)>),
    Is(bool),
    /// Two hashes with different seeds, and how much was hashed.
    Listing(u64, u64, usize),
}

impl Trace {
    /// Whether `tree` gives the same answers to everything that was asked.
    pub fn holds_for(&self, tree: &Tree) -> bool {
        self.lock().iter().all(|((question, path), answer)| Answer::of(tree, *question, path) == *answer)
    }

    /// All of it as bytes, for [`Trace::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::write(&self.lock())
    }

    /// A trace that was written as bytes; `None` when they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes::read(bytes).map(|seen| Self(Mutex::new(seen)))
    }

    /// How many different questions were asked: what it takes to keep and to ask again.
    pub fn questions(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn file(&self, tree: &Tree, path: &str) {
        self.ask(tree, Question::File, path);
    }

    pub(crate) fn is_folder(&self, tree: &Tree, path: &str) {
        self.ask(tree, Question::IsFolder, path);
    }

    pub(crate) fn children(&self, tree: &Tree, path: &str) {
        self.ask(tree, Question::Children, path);
    }

    pub(crate) fn below(&self, tree: &Tree, path: &str) {
        self.ask(tree, Question::Below, path);
    }

    fn ask(&self, tree: &Tree, question: Question, path: &str) {
        let key = (question, TreePath::from(path));
        self.lock().entry(key).or_insert_with(|| Answer::of(tree, question, path));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        // A panic elsewhere cannot leave a map half written that is only ever added to.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn of(tree: &Tree, question: Question, path: &str) -> Self {
        match question {
            Question::File => {
                Self::Blob(tree.entries.get(path).map(|entry| (entry.kind, entry.blob.clone())))
            }
            Question::IsFolder => Self::Is(path.is_empty() || tree.below(path).next().is_some()),
            Question::Children => Self::listing(tree.children_of(path).into_iter()),
            Question::Below => {
                Self::listing(tree.below(path).map(|(path, entry)| (path, entry.kind, entry.blob.clone())))
            }
        }
    }

    fn listing<T: Hash>(items: impl Iterator<Item = T>) -> Self {
        let (mut first, mut second) = (DefaultHasher::new(), DefaultHasher::new());
        second.write_u64(0x9e37_79b9_7f4a_7c15);
        let mut count = 0;
        for item in items {
            item.hash(&mut first);
            item.hash(&mut second);
            count += 1;
        }
        Self::Listing(first.finish(), second.finish(), count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::Trace;
    use crate::{BlobId, Blobs, Entry, FileKind, ReadError, Tree};

    #[test]
    fn a_trace_holds_as_long_as_what_was_seen_is_the_same() {
        let before = Tree::from_files([("a/x.yaml", "1"), ("a/y.yaml", "2"), ("b/z.yaml", "3")]);
        let trace = Arc::new(Trace::default());
        let traced = before.traced(&trace);
        assert!(traced.read("a/x.yaml").unwrap().is_some() && traced.read("a/no.yaml").unwrap().is_none());
        assert_eq!(traced.children("b").len(), 1);
        assert!(trace.holds_for(&before));
        let kept = Trace::from_bytes(&trace.to_bytes()).unwrap();
        assert_eq!(format!("{kept:?}"), format!("{trace:?}"));
        let bytes = trace.to_bytes();
        assert!(
            (0..bytes.len()).all(|end| Trace::from_bytes(&bytes[..end]).is_none()),
            "what is cut off is none"
        );
        // Contents are named by their paths here, so a change is another name.
        let more = Tree::from_files([("a/x.yaml", "1"), ("a/y.yaml", "9"), ("b/z.yaml", "3"), ("c", "")]);
        assert!(trace.holds_for(&more), "nothing of it was looked at");
        let appeared = Tree::from_files([("a/x.yaml", "1"), ("a/no.yaml", ""), ("b/z.yaml", "3")]);
        assert!(!trace.holds_for(&appeared));
        let grown = Tree::from_files([("a/x.yaml", "1"), ("b/z.yaml", "3"), ("b/zz.yaml", "3")]);
        assert!(!trace.holds_for(&grown));
        assert!(!trace.holds_for(&Tree::from_files([("b/z.yaml", "3")])));
        assert_eq!(trace.questions(), 3);
    }

    #[test]
    fn a_link_is_not_the_file_that_holds_the_same() {
        let of = |kind: FileKind| {
            let entry = Entry { kind, blob: BlobId("same".into()) };
            Tree::new(BTreeMap::from([("a/x".into(), entry)]), Arc::new(Nothing))
        };
        let (file, link) = (of(FileKind::Regular), of(FileKind::Symlink));
        for look in [
            |tree: &Tree| drop(tree.entry("a/x").cloned()),
            |tree: &Tree| assert_eq!(tree.walk("a").count(), 1),
        ] {
            let trace = Arc::new(Trace::default());
            look(&file.traced(&trace));
            assert!(trace.holds_for(&file) && !trace.holds_for(&link));
        }
    }

    struct Nothing;

    impl Blobs for Nothing {
        fn read(&self, id: &BlobId) -> Result<bytes::Bytes, ReadError> {
            Err(ReadError { id: id.0.to_string(), reason: "nothing is here".to_owned() })
        }
    }
}
