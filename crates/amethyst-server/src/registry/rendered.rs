//! Objects on their way out: stored bytes with what is kept apart spliced in. Nothing is parsed.

use std::io::Write;
use std::sync::Arc;

use amethyst_object::{Map, Str, Value, json};
use amethyst_store::{Event, Revision};
use bytes::Bytes;

use super::scan;
use crate::record::{Entry, Index};

/// An object that goes out, in the version that was asked for. Cheap to clone.
#[derive(Clone)]
pub struct Rendered {
    entry: Arc<Entry>,
    revision: Revision,
    /// The `apiVersion` to write instead of the stored one.
    api_version: Option<Str>,
    /// The event that it is the object of; its watch frames are kept there.
    event: Option<Arc<Event<Entry>>>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.bytes()))
    }
}

impl Rendered {
    pub(crate) fn new(entry: Arc<Entry>, revision: Revision, api_version: Option<Str>) -> Self {
        Self { entry, revision, api_version, event: None }
    }

    /// An object that is computed, as a Scale is.
    pub(crate) fn computed(object: Map, revision: Revision) -> Self {
        Self::new(Arc::new(Entry::new(object, Bytes::new())), revision, None)
    }

    /// An answer that is not stored, with its managed fields.
    pub(crate) fn computed_of(object: Map, managed: Bytes) -> Self {
        Self::new(Arc::new(Entry::new(object, managed)), Revision(0), None)
    }

    /// Says which event this is the object of, so that its frames are encoded once for all watchers.
    pub(crate) fn with_event(mut self, event: &Arc<Event<Entry>>) -> Self {
        // An object converted on its way out is not the stored one: another version may differ from it.
        let stored = event.object().is_some_and(|record| Arc::ptr_eq(record, &self.entry));
        self.event = stored.then(|| Arc::clone(event));
        self
    }

    /// The frame of the event that this is the object of: encoded by `encode` once for all watchers.
    pub(crate) fn shared(&self, kind: &'static str, encode: impl FnOnce() -> Bytes) -> Bytes {
        match &self.event {
            Some(event) => event.cache.get(&(kind, self.api_version.clone()), encode),
            None => encode(),
        }
    }

    /// The object's JSON in the version that was asked for, with resourceVersion and managedFields.
    pub fn bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.length());
        self.write(&mut out);
        Bytes::from(out)
    }

    /// Appends the same to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (body, at) = (&self.entry.body, self.entry.metadata_at as usize);
        let from = self.write_version(out);
        if at == 0 {
            out.extend_from_slice(&body[from..]);
            return;
        }
        out.extend_from_slice(&body[from..at]);
        self.write_apart(body[at] != b'}', out);
        out.extend_from_slice(&body[at..]);
    }

    /// Appends the same without `apiVersion` and `kind`, as Go writes built-in objects within lists.
    pub(crate) fn write_bare(&self, out: &mut Vec<u8>) {
        let (body, at) = (&self.entry.body, self.entry.metadata_at as usize);
        let place = |value: &[u8]| value.as_ptr() as usize - body.as_ptr() as usize;
        let found = (scan::find(body, &["apiVersion"]), scan::find(body, &["kind"]));
        let (Some(version), Some(kind)) = found else { return self.write(out) };
        // Keys are sorted: few come before `apiVersion`, and after `kind` comes `metadata`.
        let head = place(version) - b"\"apiVersion\":".len();
        let (first, kind_at) = (place(version) + version.len() + 1, place(kind));
        let before = kind_at - b"\"kind\":".len();
        if at == 0 || before < first {
            return self.write(out);
        }
        out.extend_from_slice(&body[..head]);
        out.extend_from_slice(&body[first..before]);
        out.extend_from_slice(&body[kind_at + kind.len() + 1..at]);
        self.write_apart(body[at] != b'}', out);
        out.extend_from_slice(&body[at..]);
    }

    /// About how many bytes [`Rendered::write`] will append.
    pub fn length(&self) -> usize {
        self.entry.body.len() + self.entry.managed.len() + 96
    }

    /// `metadata` alone, as `PartialObjectMetadata` (`meta.k8s.io/v1`).
    pub fn partial(&self) -> Bytes {
        let (body, at) = (&self.entry.body, self.entry.metadata_at as usize);
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(
            br#"{"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata","metadata":{"#,
        );
        if at == 0 {
            out.extend_from_slice(b"}}");
        } else {
            self.write_apart(body[at] != b'}', &mut out);
            out.extend_from_slice(&body[at..scan::end(body, at - 1)]);
            out.push(b'}');
        }
        Bytes::from(out)
    }

    /// The document, parsed: for Table cells.
    pub fn value(&self) -> Value {
        json::parse(&self.bytes()).expect("what is written here is JSON")
    }

    /// Its revision; 0 for what is computed and has none.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// What is known without parsing.
    pub fn index(&self) -> &Index {
        &self.entry.index
    }

    /// The string at a path of keys, found without parsing.
    pub fn text_at(&self, path: &[&str]) -> Option<String> {
        scan::text(&self.entry.body, path)
    }

    /// The name.
    pub fn name(&self) -> String {
        self.text_at(&["metadata", "name"]).unwrap_or_default()
    }

    /// The namespace, or empty.
    pub fn namespace(&self) -> String {
        self.text_at(&["metadata", "namespace"]).unwrap_or_default()
    }

    /// Writes the head with another `apiVersion`; gives where the body goes on.
    fn write_version(&self, out: &mut Vec<u8>) -> usize {
        let Some(api_version) = &self.api_version else { return 0 };
        let body = &self.entry.body;
        let Some(stored) = scan::find(body, &["apiVersion"]) else { return 0 };
        let at = stored.as_ptr() as usize - body.as_ptr() as usize;
        out.extend_from_slice(&body[..at]);
        json::write_string(api_version, out);
        at + stored.len()
    }

    fn write_apart(&self, more: bool, out: &mut Vec<u8>) {
        let managed = !self.entry.managed.is_empty();
        if managed {
            out.extend_from_slice(b"\"managedFields\":");
            out.extend_from_slice(&self.entry.managed);
        }
        let versioned = self.revision.0 > 0;
        if versioned {
            if managed {
                out.push(b',');
            }
            write!(out, "\"resourceVersion\":\"{}\"", self.revision)
                .expect("writing to memory does not fail");
        }
        if more && (managed || versioned) {
            out.push(b',');
        }
    }
}
