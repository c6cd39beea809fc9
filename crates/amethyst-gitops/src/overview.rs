//! Kustomizations at a glance: one row each, and who is to blame.
//!
//! Pure over the objects as the API gives them: `up` and `status` list or watch them and print.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use amethyst_controller::{ObjectKey, conditions};
use amethyst_object::{Object, Value, json};

use crate::kustomization::api::Kustomization;
use crate::names::reasons;

/// How far a Kustomization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Applied, and healthy if that was asked for.
    Ready,
    /// Work is in flight, or has not begun.
    Progressing,
    /// Others come first.
    Blocked,
    /// It failed by itself.
    Failed,
    /// Its author stopped it.
    Suspended,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Progressing => "progressing",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
        })
    }
}

/// One Kustomization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub key: ObjectKey,
    /// How far it is.
    pub state: State,
    /// The revision that is applied; empty when none is.
    pub revision: String,
    /// The reason of its condition `Ready`; empty when it has none.
    pub reason: String,
    /// What it says.
    pub message: String,
    /// The Kustomizations that hold it back in the end: those that are not ready by their own fault.
    /// Empty unless it is blocked.
    pub blamed: Vec<ObjectKey>,
}

/// Prints as `apps/web ready main@sha1:...`, `apps/web failed BuildFailed: ...`.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.state)?;
        match self.state {
            State::Ready => write!(f, " {}", self.revision),
            State::Suspended => Ok(()),
            State::Blocked if !self.blamed.is_empty() => {
                let names: Vec<String> = self.blamed.iter().map(ToString::to_string).collect();
                write!(f, " by {}", names.join(", "))
            }
            _ if self.message.is_empty() => Ok(()),
            _ => write!(f, " {}: {}", self.reason, self.message),
        }
    }
}

/// All Kustomizations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// In order of their names.
    pub rows: Vec<Row>,
}

impl Overview {
    /// Sees the Kustomizations among `objects`.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let found: BTreeMap<ObjectKey, Kustomization> = objects
            .into_iter()
            .filter_map(|object| {
                let text = json::to_vec(&Value::Object(object.0.clone()));
                let kustomization: Kustomization = serde_json::from_slice(&text).ok()?;
                Some((kustomization.key(), kustomization))
            })
            .collect();
        Self { rows: found.values().map(|kustomization| row(kustomization, &found)).collect() }
    }

    /// How many are in a state.
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    /// Whether nothing is left to wait for.
    pub fn is_ready(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.state, State::Ready | State::Suspended))
    }

    /// The rows that failed by themselves, each with how many others it holds back.
    pub fn roots(&self) -> impl Iterator<Item = (&Row, usize)> {
        self.rows.iter().filter(|row| row.state == State::Failed).map(|row| {
            let held = self.rows.iter().filter(|other| other.blamed.contains(&row.key)).count();
            (row, held)
        })
    }
}

fn state(kustomization: &Kustomization) -> State {
    let status = &kustomization.status;
    if kustomization.spec.suspend {
        return State::Suspended;
    }
    match status.conditions.get(conditions::READY) {
        Some(ready) if ready.observed_generation != kustomization.metadata.generation => State::Progressing,
        Some(ready) if ready.status == "True" => State::Ready,
        Some(ready) if ready.status == "False" && ready.reason == reasons::DEPENDENCY_NOT_READY => {
            State::Blocked
        }
        Some(ready) if ready.status == "False" => State::Failed,
        _ => State::Progressing,
    }
}

fn row(kustomization: &Kustomization, all: &BTreeMap<ObjectKey, Kustomization>) -> Row {
    let state = state(kustomization);
    let ready = kustomization.status.conditions.get(conditions::READY);
    let mut blamed = BTreeSet::new();
    if state == State::Blocked {
        blame(kustomization, all, &mut BTreeSet::new(), &mut blamed);
    }
    Row {
        key: kustomization.key(),
        state,
        revision: kustomization.status.last_applied_revision.clone().unwrap_or_default(),
        reason: ready.map(|ready| ready.reason.clone()).unwrap_or_default(),
        message: ready.map(|ready| ready.message.clone()).unwrap_or_default(),
        blamed: blamed.into_iter().collect(),
    }
}

/// Finds who is not ready by his own fault, behind all those that only wait.
fn blame(
    kustomization: &Kustomization,
    all: &BTreeMap<ObjectKey, Kustomization>,
    seen: &mut BTreeSet<ObjectKey>,
    blamed: &mut BTreeSet<ObjectKey>,
) {
    for name in kustomization.dependencies() {
        if !seen.insert(name.clone()) {
            continue;
        }
        match all.get(&name) {
            // One that is missing is to blame itself.
            None => {
                blamed.insert(name);
            }
            Some(dependency) => match state(dependency) {
                State::Ready => {}
                State::Blocked => blame(dependency, all, seen, blamed),
                State::Progressing | State::Failed | State::Suspended => {
                    blamed.insert(name);
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, Value, value};

    use super::{Overview, State};

    fn kustomization(name: &str, needs: &[&str], ready: &str, reason: &str) -> Object {
        let needs: Vec<Value> = needs.iter().map(|name| value!({"name": (*name)})).collect();
        let object = value!({
            "metadata": {"name": (name), "namespace": "ns", "generation": 1},
            "spec": {"interval": "1m", "dependsOn": (needs)},
            "status": {"lastAppliedRevision": "r1", "conditions": [{"type": "Ready", "status": (ready),
                "reason": (reason), "message": "because", "observedGeneration": 1}]},
        });
        Object::from_value(object).unwrap()
    }

    #[test]
    fn a_failure_is_blamed_once_and_its_dependents_are_counted() {
        let objects = [
            kustomization("crds", &[], "False", "BuildFailed"),
            kustomization("db", &["crds"], "False", "DependencyNotReady"),
            kustomization("web", &["db", "gone"], "False", "DependencyNotReady"),
            kustomization("dns", &[], "True", "ReconciliationSucceeded"),
            kustomization("late", &[], "Unknown", "Progressing"),
        ];
        let overview = Overview::of(&objects);
        let rows: Vec<String> = overview.rows.iter().map(ToString::to_string).collect();
        assert_eq!(
            rows,
            [
                "ns/crds failed BuildFailed: because",
                "ns/db blocked by ns/crds",
                "ns/dns ready r1",
                "ns/late progressing Progressing: because",
                "ns/web blocked by ns/crds, ns/gone",
            ]
        );
        let roots: Vec<_> = overview.roots().map(|(row, held)| (row.key.to_string(), held)).collect();
        assert_eq!(roots, [("ns/crds".to_owned(), 2)]);
        assert!(!overview.is_ready() && overview.count(State::Blocked) == 2);
    }

    #[test]
    fn a_changed_spec_makes_old_words_stale() {
        let mut object = kustomization("web", &[], "True", "ReconciliationSucceeded");
        object.metadata_mut().insert("generation", 2);
        assert_eq!(Overview::of([&object]).rows[0].state, State::Progressing);
        object.0.object_mut("spec").insert("suspend", true);
        assert!(Overview::of([&object]).is_ready());
    }
}
