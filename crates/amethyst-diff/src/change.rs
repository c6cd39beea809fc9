//! What a comparison tells: the changes of fields and of objects.

use std::fmt;

use amethyst_object::{ObjectId, Str, Value};

use crate::lines::TextDiff;
use crate::noise::Noise;
use crate::path::Path;
use crate::side::{Origin, Producer};

/// The change of one field. Values of secrets are never in here.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Which field.
    pub path: Path,
    /// What happened to it.
    pub change: Change,
    /// Why a reader may skip it.
    pub noise: Option<Noise>,
    /// The definition of its kind says that the field never changes (`self == oldSelf`).
    pub immutable: bool,
}

/// What happened to a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is new.
    Added(Value),
    /// It is gone.
    Removed(Value),
    /// It has another value.
    Changed {
        /// What it was.
        before: Value,
        /// What it is.
        after: Value,
    },
    /// It is written in another way but says the same: the quantities `500m` and `0.5`.
    SameValue {
        /// How it was written.
        before: Value,
        /// How it is written.
        after: Value,
    },
    /// It is a text of several lines.
    Text(TextDiff),
    /// A list has the same elements in another order.
    Reordered {
        /// The elements that both sides have, by their names, as they were.
        before: Vec<String>,
        /// The same, as they are.
        after: Vec<String>,
    },
    /// Its value is not shown.
    Opaque {
        /// What it was.
        before: Option<Digest>,
        /// What it is.
        after: Option<Digest>,
        /// Secret, or only unreadable.
        secret: bool,
    },
}

/// What is told of a value that is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The beginning of its hash, in hexadecimal; empty when there was no key.
    pub hash: String,
    /// Its size.
    pub size_bytes: usize,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.size_bytes == 1 { "byte" } else { "bytes" };
        if self.hash.is_empty() {
            write!(f, "{} {unit}", self.size_bytes)
        } else {
            write!(f, "hash {}, {} {unit}", self.hash, self.size_bytes)
        }
    }
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Some of its fields, its name or who applies it changed.
    Changed,
}

impl ChangeKind {
    /// The mark in front of an object.
    pub fn mark(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// The change of one object.
#[derive(Clone, Debug)]
pub struct ObjectChange {
    /// Which object; the one after, if it is there.
    pub id: ObjectId,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Its name before, when it was renamed.
    pub renamed_from: Option<Str>,
    /// Who applied it before, when another producer does now.
    pub moved_from: Option<Producer>,
    /// Who applies it; for an object that is gone, who did.
    pub producer: Producer,
    /// Where it was written.
    pub before: Option<Origin>,
    /// Where it is written.
    pub after: Option<Origin>,
    /// What changes in it.
    pub fields: Vec<FieldChange>,
    /// The whole of an object that is new or gone, without its secrets.
    pub body: Option<Value>,
    /// Its pods are replaced, because their template changes.
    pub restarts: bool,
    /// The places of the object in the two sides.
    pub(crate) places: (Option<usize>, Option<usize>),
}

impl ObjectChange {
    /// Whether a reader may skip it: all that changes is noise.
    pub fn is_noise(&self) -> bool {
        self.kind == ChangeKind::Changed
            && self.renamed_from.is_none()
            && self.moved_from.is_none()
            && !self.fields.is_empty()
            && self.fields.iter().all(|field| field.noise.is_some())
    }

    /// Where it is written, or was.
    pub fn origin(&self) -> Option<&Origin> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// `Kind namespace/name`.
pub(crate) fn title(id: &ObjectId) -> String {
    if id.namespace.is_empty() {
        format!("{} {}", id.kind, id.name)
    } else {
        format!("{} {}/{}", id.kind, id.namespace, id.name)
    }
}
