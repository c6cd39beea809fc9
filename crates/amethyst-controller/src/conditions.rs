//! Conditions, set as fluxcd/pkg `runtime/conditions` sets them: the time of transition moves only when
//! something did, the observed generation always follows, and the ones people look for come first.

use serde::{Deserialize, Serialize};

/// The condition that sums up an object.
pub const READY: &str = "Ready";
/// There is work in flight.
pub const RECONCILING: &str = "Reconciling";
/// No progress without a change from outside.
pub const STALLED: &str = "Stalled";

/// The longest message that a condition may carry.
const MESSAGE_BYTES_MAX: usize = 32_768;

/// One condition, as `metav1.Condition`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The generation it was said about.
    #[serde(skip_serializing_if = "is_zero")]
    pub observed_generation: i64,
    /// When `status`, `reason` or `message` last changed.
    pub last_transition_time: String,
    /// One word.
    pub reason: String,
    /// For people.
    pub message: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What is said when a condition is set: by whom it is read, not when.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// `metadata.generation` of the object that carries the conditions.
    pub generation: i64,
    /// The time as `metav1.Time` spells it.
    pub now: &'a str,
}

/// The conditions of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(pub Vec<Condition>);

impl Conditions {
    /// The condition of a type.
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.0.iter().find(|condition| condition.kind == kind)
    }

    /// Whether the condition of a type is `True`.
    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.status == "True")
    }

    /// Whether the condition of a type is `False`.
    pub fn is_false(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.status == "False")
    }

    /// Sets a condition.
    pub fn set(&mut self, stamp: Stamp<'_>, kind: &str, status: &str, reason: &str, message: &str) {
        let mut condition = Condition {
            kind: kind.to_owned(),
            status: status.to_owned(),
            observed_generation: stamp.generation,
            last_transition_time: stamp.now.to_owned(),
            reason: reason.to_owned(),
            message: trimmed(message),
        };
        match self.0.iter_mut().find(|found| found.kind == kind) {
            Some(found) => {
                let same = found.status == condition.status
                    && found.reason == condition.reason
                    && found.message == condition.message;
                if same {
                    condition.last_transition_time.clone_from(&found.last_transition_time);
                }
                *found = condition;
            }
            None => self.0.push(condition),
        }
        self.0.sort_by(|a, b| order(a).cmp(&order(b)));
    }

    /// Takes a condition out.
    pub fn remove(&mut self, kind: &str) {
        self.0.retain(|condition| condition.kind != kind);
    }

    /// Says that work is in flight, and not stalled.
    pub fn reconciling(&mut self, stamp: Stamp<'_>, reason: &str, message: &str) {
        self.remove(STALLED);
        self.set(stamp, RECONCILING, "True", reason, message);
    }

    /// Says that nothing moves without a change from outside.
    pub fn stalled(&mut self, stamp: Stamp<'_>, reason: &str, message: &str) {
        self.remove(RECONCILING);
        self.set(stamp, STALLED, "True", reason, message);
    }
}

/// `Stalled`, `Reconciling`, `Ready`, then the rest: newest generation first, then by name.
fn order(condition: &Condition) -> (u8, i64, &str) {
    match condition.kind.as_str() {
        STALLED => (0, 0, ""),
        RECONCILING => (1, 0, ""),
        READY => (2, 0, ""),
        other => (3, -condition.observed_generation, other),
    }
}

fn trimmed(message: &str) -> String {
    if message.len() <= MESSAGE_BYTES_MAX {
        return message.to_owned();
    }
    let end = message.floor_char_boundary(MESSAGE_BYTES_MAX - 3);
    format!("{}...", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::{Conditions, READY, RECONCILING, STALLED, Stamp};

    fn at(generation: i64, now: &str) -> Stamp<'_> {
        Stamp { generation, now }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_state() {
        let mut conditions = Conditions::default();
        conditions.set(at(1, "t1"), READY, "False", "Failed", "no");
        conditions.set(at(2, "t2"), READY, "False", "Failed", "no");
        let ready = conditions.get(READY).unwrap();
        assert_eq!((ready.last_transition_time.as_str(), ready.observed_generation), ("t1", 2));
        conditions.set(at(2, "t3"), READY, "False", "Failed", "still no");
        assert_eq!(conditions.get(READY).unwrap().last_transition_time, "t3");
    }

    #[test]
    fn people_find_the_important_ones_first() {
        let mut conditions = Conditions::default();
        for kind in ["Healthy", "Ready", "Reconciling", "ArtifactInStorage"] {
            conditions.set(at(1, "t"), kind, "True", "Yes", "");
        }
        let kinds: Vec<_> = conditions.0.iter().map(|condition| condition.kind.as_str()).collect();
        assert_eq!(kinds, [RECONCILING, READY, "ArtifactInStorage", "Healthy"]);
        conditions.stalled(at(1, "t"), "Stuck", "");
        assert!(conditions.get(RECONCILING).is_none() && conditions.is_true(STALLED));
    }

    #[test]
    fn a_long_message_is_cut() {
        let mut conditions = Conditions::default();
        conditions.set(at(1, "t"), READY, "False", "Failed", &"é".repeat(20_000));
        let message = &conditions.get(READY).unwrap().message;
        assert!(message.len() <= super::MESSAGE_BYTES_MAX && message.ends_with("..."));
    }
}
