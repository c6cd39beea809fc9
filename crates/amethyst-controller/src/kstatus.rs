//! Is an object what its author asked for? The rules of kubernetes-sigs/cli-utils `pkg/kstatus`, as Flux
//! asks them: pure, over one object and the time.
//!
//! The generic rules come first (deletion, an unobserved generation, the conditions `Reconciling` and
//! `Stalled`), then those of a built-in kind, then a `Ready` condition; an object that says nothing about
//! itself is current. Messages are spelled as upstream's: Flux puts them into its own conditions.

mod builtin;
#[cfg(test)]
mod tests;

use std::fmt;

use amethyst_object::{Object, Value};
use jiff::Timestamp;

/// How far an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Its controller still works on it.
    InProgress,
    /// Its controller gave up on it.
    Failed,
    /// It is as its author asked.
    Current,
    /// It is being deleted.
    Terminating,
    /// There is no such object.
    NotFound,
    /// It could not be determined.
    Unknown,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Current => "Current",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        })
    }
}

/// A status and what upstream says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How far it is.
    pub status: Status,
    /// One word, as in a condition; empty when upstream has none.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

impl Verdict {
    fn current(message: impl Into<String>) -> Self {
        Self { status: Status::Current, reason: String::new(), message: message.into() }
    }

    fn in_progress(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: Status::InProgress, reason: reason.into(), message: message.into() }
    }

    fn failed(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: Status::Failed, reason: reason.into(), message: message.into() }
    }

    /// What is said of an object that is not there.
    pub fn not_found() -> Self {
        Self { status: Status::NotFound, reason: String::new(), message: "Resource not found".to_owned() }
    }

    fn unknown(message: impl Into<String>) -> Self {
        Self { status: Status::Unknown, reason: String::new(), message: message.into() }
    }
}

/// How far `object` is at `now`.
pub fn compute(object: &Object, now: Timestamp) -> Verdict {
    if object.str_at(&["metadata", "deletionTimestamp"]).is_some_and(|at| !at.is_empty()) {
        return Verdict {
            status: Status::Terminating,
            reason: String::new(),
            message: "Resource scheduled for deletion".to_owned(),
        };
    }
    unobserved_generation(object)
        .or_else(|| standard_conditions(object))
        .or_else(|| builtin::compute(object, now))
        .or_else(|| ready_condition(object))
        .unwrap_or_else(|| Verdict::current("Resource is current"))
}

/// An older generation was observed than the one that stands; nothing observed says nothing.
fn unobserved_generation(object: &Object) -> Option<Verdict> {
    let generation = object.at(&["metadata", "generation"]).and_then(Value::as_i64)?;
    let observed = object.at(&["status", "observedGeneration"]).and_then(Value::as_i64)?;
    (generation != observed).then(|| {
        let kind = object.kind();
        Verdict::in_progress(
            "LatestGenerationNotObserved",
            format!("{kind} generation is {generation}, but latest observed generation is {observed}"),
        )
    })
}

/// `Reconciling` and `Stalled`, the conditions that kstatus proposes to every controller.
fn standard_conditions(object: &Object) -> Option<Verdict> {
    conditions(object).filter(|condition| condition.status == "True").find_map(|condition| {
        match condition.kind {
            "Reconciling" => Some(Verdict::in_progress(condition.reason, condition.message)),
            "Stalled" => Some(Verdict::failed(condition.reason, condition.message)),
            _ => None,
        }
    })
}

fn ready_condition(object: &Object) -> Option<Verdict> {
    conditions(object).filter(|condition| condition.kind == "Ready").find_map(|condition| {
        match condition.status {
            "True" => Some(Verdict::current("Resource is Ready")),
            "False" | "Unknown" => Some(Verdict::in_progress(condition.reason, condition.message)),
            _ => None,
        }
    })
}

/// One condition as it stands in an object; what is missing is empty.
struct Seen<'a> {
    kind: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

fn conditions(object: &Object) -> impl Iterator<Item = Seen<'_>> {
    let list = object.at(&["status", "conditions"]).and_then(Value::as_array).unwrap_or_default();
    list.iter().map(|condition| {
        let text = |key| condition.get(key).and_then(Value::as_str).unwrap_or_default();
        Seen { kind: text("type"), status: text("status"), reason: text("reason"), message: text("message") }
    })
}
