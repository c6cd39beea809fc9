//! What was rendered before, kept for as long as it is asked for.
//!
//! A result is kept under everything that went into it but files; of those the [`Trace`] says which were
//! looked at. It is used again for any tree that would have shown the same, so both sides of a diff and one
//! commit after another render only what differs.

mod file;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_tree::{Trace, Tree};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::stored::{Reader, Stored};

/// A digest of all inputs but files.
pub(super) type Key = [u8; 32];

/// How many results are kept under one key: as many revisions as are worth comparing.
const VARIANTS_MAX: usize = 4;

/// Results by what went into them. Safe to share between threads.
#[derive(Debug)]
pub(super) struct Memo<T> {
    inner: Mutex<Inner<T>>,
    bytes_max: usize,
}

#[derive(Debug)]
struct Inner<T> {
    results: HashMap<Key, Vec<Kept<T>>>,
    /// What earlier runs left, until it is asked for.
    left: HashMap<Key, Vec<Left>>,
    bytes: usize,
    /// Counts uses; what was used longest ago goes first.
    tick: u64,
    hits: u64,
    misses: u64,
}

/// A result of an earlier run, as bytes.
#[derive(Clone, Debug)]
struct Left {
    trace: Bytes,
    result: Bytes,
    /// How many runs have not asked for it.
    age: u8,
}

#[derive(Debug)]
struct Kept<T> {
    /// Its bytes, when an earlier run left it.
    left: Option<Left>,
    trace: Arc<Trace>,
    result: Arc<T>,
    bytes: usize,
    used: u64,
}

impl<T: Stored> Memo<T> {
    /// Keeps no more than about `bytes_max` bytes of results.
    pub(super) fn new(bytes_max: usize) -> Self {
        let inner =
            Inner { results: HashMap::new(), left: HashMap::new(), bytes: 0, tick: 0, hits: 0, misses: 0 };
        Self { inner: Mutex::new(inner), bytes_max }
    }

    /// How many results were found, and how many were made anew.
    pub(super) fn counts(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.hits, inner.misses)
    }

    /// The result under `key` for `tree`; `make` is handed the tree that notes what is looked at, and says how
    /// many bytes the result takes.
    pub(super) fn get(&self, key: Key, tree: &Tree, make: impl FnOnce(&Tree) -> (T, usize)) -> Arc<T> {
        self.get_if(key, tree, |_| true, make)
    }

    /// As [`Memo::get`], but a result is used again only if it also `holds`.
    pub(super) fn get_if(
        &self,
        key: Key,
        tree: &Tree,
        holds: impl Fn(&T) -> bool,
        make: impl FnOnce(&Tree) -> (T, usize),
    ) -> Arc<T> {
        if let Some(found) = self.lock().find(&key, tree, &holds) {
            return found;
        }
        if let Some(found) = self.left(&key, tree, &holds) {
            return found;
        }
        self.lock().misses += 1;
        // Made without the lock: others render meanwhile.
        let trace = Arc::new(Trace::default());
        let (result, bytes) = make(&tree.traced(&trace));
        let result = Arc::new(result);
        self.keep(key, Kept { left: None, trace, result: Arc::clone(&result), bytes, used: 0 });
        result
    }

    /// What an earlier run left, if it can be used.
    fn left(&self, key: &Key, tree: &Tree, holds: &impl Fn(&T) -> bool) -> Option<Arc<T>> {
        let left = self.lock().left.get(key)?.clone();
        // Read without the lock: others read meanwhile.
        for one in left {
            let Some(trace) = Trace::from_bytes(&one.trace).filter(|trace| trace.holds_for(tree)) else {
                continue;
            };
            let mut reader = Reader(one.result.clone());
            let Some(result) = T::read(&mut reader).filter(|result| reader.0.is_empty() && holds(result))
            else {
                continue;
            };
            let (result, bytes) = (Arc::new(result), one.result.len());
            let kept =
                Kept { left: Some(one), trace: Arc::new(trace), result: Arc::clone(&result), bytes, used: 0 };
            self.keep(*key, kept);
            self.lock().hits += 1;
            return Some(result);
        }
        None
    }

    fn keep(&self, key: Key, mut kept: Kept<T>) {
        let mut inner = self.lock();
        kept.used = inner.tick;
        inner.bytes += kept.bytes;
        let variants = inner.results.entry(key).or_default();
        variants.push(kept);
        if variants.len() > VARIANTS_MAX {
            let oldest = variants.iter().enumerate().min_by_key(|(_, kept)| kept.used).map(|(at, _)| at);
            let gone = oldest.map(|at| variants.swap_remove(at).bytes);
            inner.bytes -= gone.unwrap_or_default();
        }
        inner.shrink(self.bytes_max);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn find(&mut self, key: &Key, tree: &Tree, holds: &impl Fn(&T) -> bool) -> Option<Arc<T>> {
        self.tick += 1;
        let tick = self.tick;
        let kept = self.results.get_mut(key)?;
        let kept = kept.iter_mut().find(|kept| kept.trace.holds_for(tree) && holds(&kept.result))?;
        kept.used = tick;
        self.hits += 1;
        Some(Arc::clone(&kept.result))
    }

    /// Drops what was used longest ago until three quarters of the limit are left.
    fn shrink(&mut self, bytes_max: usize) {
        if self.bytes <= bytes_max {
            return;
        }
        let mut ages: Vec<(u64, usize)> =
            self.results.values().flatten().map(|kept| (kept.used, kept.bytes)).collect();
        ages.sort_unstable();
        let (mut over, mut oldest_kept) = (self.bytes - bytes_max / 4 * 3, 0);
        for (used, bytes) in ages {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(bytes);
            oldest_kept = used + 1;
        }
        let mut gone = 0;
        self.results.retain(|_, variants| {
            variants.retain(|kept| {
                let keep = kept.used >= oldest_kept;
                if !keep {
                    gone += kept.bytes;
                }
                keep
            });
            !variants.is_empty()
        });
        self.bytes -= gone;
    }
}

/// A key of parts, none of which can be taken for a part of another.
pub(super) fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use amethyst_tree::Tree;

    use super::super::stored::{Reader, Stored, Writer};
    use super::{Memo, key};

    impl Stored for String {
        fn write(&self, out: &mut Writer) -> bool {
            out.text(self);
            true
        }

        fn read(reader: &mut Reader) -> Option<Self> {
            reader.text()
        }
    }

    #[test]
    fn a_result_is_used_again_until_a_file_it_read_changes() {
        let memo: Memo<String> = Memo::new(1000);
        let key = key([b"x".as_slice()]);
        let mut made = 0;
        let mut get = |tree: &Tree| {
            let result = memo.get(key, tree, |tree| {
                made += 1;
                (format!("{:?}", tree.read("a").unwrap()), 10)
            });
            (result, made)
        };
        let tree = Tree::from_files([("a", "1"), ("b", "2")]);
        let (first, _) = get(&tree);
        assert_eq!(get(&Tree::from_files([("a", "1"), ("c", "")])), (first, 1));
        assert_eq!(get(&Tree::from_files([("b", "2")])).1, 2);
        assert_eq!(get(&tree).1, 2, "both are kept");
        assert_eq!(memo.counts(), (2, 2));
    }

    #[test]
    fn what_was_used_longest_ago_goes_when_room_is_short() {
        let memo: Memo<String> = Memo::new(100);
        let tree = Tree::from_files([("a", "1")]);
        for number in 0..20_u8 {
            memo.get(key([[number].as_slice()]), &tree, |_| (number.to_string(), 10));
        }
        let inner = memo.inner.lock().unwrap();
        assert!(inner.bytes <= 100 && inner.bytes >= 50, "{}", inner.bytes);
        assert!(inner.results.contains_key(&key([[19].as_slice()])));
    }
}
