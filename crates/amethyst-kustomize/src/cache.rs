//! Parsed files, kept from one build to the next.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::Value;
use amethyst_tree::BlobId;
use amethyst_yaml::{Dialect, parse_all, to_diagnostic};

use crate::load::{Parsed, parse};

/// Keeps what files say, by the id of their content, so that a component that twenty kustomizations use is
/// parsed once. May be used by many builds at once; all their trees must name contents by what they are.
pub struct FileCache {
    kept: RwLock<Kept>,
    bytes_max: usize,
}

#[derive(Default)]
struct Kept {
    files: HashMap<BlobId, Arc<Parsed>>,
    documents: HashMap<BlobId, Arc<SoleDocument>>,
    bytes: usize,
}

/// What a file with one document says: a kustomization, a configuration.
#[derive(Debug)]
pub(crate) struct SoleDocument {
    pub(crate) text: Arc<str>,
    pub(crate) index: usize,
    pub(crate) value: Value,
    faults: Vec<Diagnostic>,
}

impl Default for FileCache {
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCache").field("bytes_max", &self.bytes_max).finish_non_exhaustive()
    }
}

impl FileCache {
    /// A cache of files of at most so many bytes of text; when they are more, it begins anew.
    pub fn new(bytes_max: usize) -> Self {
        Self { kept: RwLock::default(), bytes_max }
    }

    pub(crate) fn kept_objects(&self, id: &BlobId) -> Option<Arc<Parsed>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).files.get(id).cloned()
    }

    pub(crate) fn kept_document(&self, id: &BlobId) -> Option<Arc<SoleDocument>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).documents.get(id).cloned()
    }

    /// Parses a text and keeps what it says.
    pub(crate) fn objects(&self, id: &BlobId, text: &str) -> Arc<Parsed> {
        let parsed = Arc::new(parse(text));
        self.keep(text.len(), |kept| kept.files.insert(id.clone(), Arc::clone(&parsed)).map(drop));
        parsed
    }

    /// Parses a text with one document and keeps what it says.
    pub(crate) fn document(&self, id: &BlobId, text: &str) -> Arc<SoleDocument> {
        let parsed = Arc::new(SoleDocument::new(text));
        self.keep(text.len(), |kept| kept.documents.insert(id.clone(), Arc::clone(&parsed)).map(drop));
        parsed
    }

    fn keep(&self, bytes: usize, insert: impl FnOnce(&mut Kept) -> Option<()>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + bytes > self.bytes_max {
            *kept = Kept::default();
        }
        if insert(&mut kept).is_none() {
            kept.bytes += bytes;
        }
    }
}

impl SoleDocument {
    pub(crate) fn new(text: &str) -> Self {
        let (documents, faults) = parse_all(text, Dialect::GoV2);
        let faults = faults.iter().map(|fault| to_diagnostic(fault, "")).collect();
        let first = documents.into_iter().next();
        let (index, value) = first.map_or((0, Value::Null), |document| (document.index, document.value));
        Self { text: text.into(), index, value, faults }
    }

    /// What is wrong with it, in a file of this path.
    pub(crate) fn faults(&self, path: &str) -> Vec<Diagnostic> {
        in_file(&self.faults, path)
    }
}

/// Faults that were found in a text, told of the file it stands in.
pub(crate) fn in_file(faults: &[Diagnostic], path: &str) -> Vec<Diagnostic> {
    let told = faults.iter().cloned().map(|mut fault| {
        if let Some(place) = &mut fault.location {
            *place = Location::new(path, place.line, place.column);
        }
        fault
    });
    told.collect()
}
