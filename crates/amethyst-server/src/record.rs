//! What the store keeps of an object: canonical bytes, its managed fields apart, and a small index.
//!
//! The body holds neither `metadata.resourceVersion` (the store knows it) nor `metadata.managedFields`
//! (kept apart, so that a watch without them and a repeated apply never parse them); both are spliced in
//! when an object goes out. Bodies are canonical JSON: equal objects are equal bytes.

mod codec;

use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::{Map, Str, Value, json};
use amethyst_store::Record;
use bytes::Bytes;

/// One stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Canonical JSON, without resourceVersion and managedFields.
    pub body: Bytes,
    /// `metadata.managedFields` as canonical JSON; empty when there are none.
    pub managed: Bytes,
    /// What selectors and garbage collection read, extracted once.
    pub index: Index,
    /// Where the inside of `metadata` begins in the body: there, what is kept apart is spliced in.
    pub metadata_at: u32,
}

/// What is read of an object without parsing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// `metadata.uid`.
    pub uid: Str,
    /// `metadata.labels`.
    pub labels: Arc<[(Str, Str)]>,
    /// `metadata.ownerReferences`.
    pub owners: Arc<[Owner]>,
    /// `metadata.finalizers`.
    pub finalizers: Arc<[Str]>,
    /// Whether `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    /// `metadata.generation`.
    pub generation: i64,
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub struct Owner {
    pub api_version: Str,
    pub kind: Str,
    pub name: Str,
    pub uid: Str,
    pub controller: bool,
    pub block_owner_deletion: bool,
}

/// Watch frames of one event, encoded once for all watchers: by the event's type and the version.
#[derive(Debug, Default)]
pub struct Frames(Mutex<Vec<(FrameKey, Bytes)>>);

/// Which frame: its type (`ADDED`, ...) and the `apiVersion` it is written in, if that is not the stored one.
pub(crate) type FrameKey = (&'static str, Option<Str>);

impl Frames {
    /// The frame under `key`, encoded by `encode` the first time.
    pub(crate) fn get(&self, key: &FrameKey, encode: impl FnOnce() -> Bytes) -> Bytes {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, frame)) = frames.iter().find(|(found, _)| found == key) {
            return frame.clone();
        }
        let frame = encode();
        frames.push((key.clone(), frame.clone()));
        frame
    }
}

impl Entry {
    /// An entry of an object; `metadata.resourceVersion` and `metadata.managedFields` are left out.
    pub fn new(mut object: Map, managed: Bytes) -> Self {
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.remove("resourceVersion");
            metadata.remove("managedFields");
        }
        let index = Index::of(&object);
        let (body, metadata_at) = canonical(&object);
        Self { body, managed, index, metadata_at }
    }

    /// The object, parsed, as it is stored.
    pub fn object(&self) -> Map {
        match json::parse(&self.body) {
            Ok(Value::Object(map)) => map,
            _ => unreachable!("a body is written by `canonical`, and the store keeps checksums"),
        }
    }
}

/// Canonical JSON of an object, and where the inside of its `metadata` begins.
fn canonical(object: &Map) -> (Bytes, u32) {
    let mut keys: Vec<(&Str, &Value)> = object.iter().collect();
    keys.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let (mut out, mut metadata_at) = (Vec::with_capacity(1024), 0);
    out.push(b'{');
    for (position, (key, value)) in keys.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        json::write_string(key, &mut out);
        out.push(b':');
        if key == "metadata" {
            metadata_at = out.len() + 1;
        }
        json::write_canonical(value, &mut out);
    }
    out.push(b'}');
    out.shrink_to_fit();
    (Bytes::from(out), u32::try_from(metadata_at).unwrap_or_default())
}

impl Index {
    /// Reads the index of an object.
    pub fn of(object: &Map) -> Self {
        let Some(metadata) = object.get("metadata").and_then(Value::as_object) else {
            return Self::default();
        };
        let list = |key: &str| metadata.get(key).and_then(Value::as_array).unwrap_or_default();
        let labels = metadata.get("labels").and_then(Value::as_object);
        let labels = labels.into_iter().flat_map(Map::iter);
        Self {
            uid: metadata.str("uid").unwrap_or_default().into(),
            labels: labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.into()))).collect(),
            owners: list("ownerReferences").iter().map(Owner::of).collect(),
            finalizers: list("finalizers").iter().filter_map(|name| Some(name.as_str()?.into())).collect(),
            deleting: metadata.get("deletionTimestamp").is_some_and(|at| !at.is_null()),
            generation: metadata.get("generation").and_then(Value::as_i64).unwrap_or_default(),
        }
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }
}

impl Owner {
    fn of(reference: &Value) -> Self {
        let text = |key: &str| reference.get(key).and_then(Value::as_str).unwrap_or_default().into();
        let flag = |key: &str| reference.get(key).and_then(Value::as_bool).unwrap_or_default();
        Self {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: text("name"),
            uid: text("uid"),
            controller: flag("controller"),
            block_owner_deletion: flag("blockOwnerDeletion"),
        }
    }
}

impl Record for Entry {
    type Cache = Frames;

    fn encode(&self, out: &mut Vec<u8>) {
        codec::encode(self, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        codec::decode(bytes).ok_or_else(|| "the record is not one of this version".to_owned())
    }

    fn weight(&self) -> usize {
        let index = self.index.labels.iter().map(|(key, value)| key.len() + value.len() + 48).sum::<usize>()
            + self.index.owners.len() * size_of::<Owner>();
        size_of::<Self>() + self.body.len() + self.managed.len() + index
    }
}

#[cfg(test)]
mod tests;
