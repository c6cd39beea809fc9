//! `metav1.DeleteOptions`, from a body or from the query.

use amethyst_object::{Str, Value};

use super::Query;
use super::options::{dry_run, refuse, unsupported};
use crate::registry::{DeleteOptions, Preconditions, Propagation};
use crate::status::{Cause, Status};

const KIND: &str = "DeleteOptions";
const POLICIES: [&str; 4] = ["Foreground", "Background", "Orphan", "nil"];

impl DeleteOptions {
    /// Reads them from the query; a request without a body has them there.
    pub fn from_query(query: &Query) -> Result<Self, Status> {
        let mut causes = Vec::new();
        let orphan_dependents = query.flag("orphanDependents");
        let options = Self {
            grace_period_seconds: query.integer("gracePeriodSeconds")?,
            propagation: propagation(query.first("propagationPolicy"), orphan_dependents, &mut causes),
            orphan_dependents,
            preconditions: Preconditions::default(),
            dry_run: dry_run(&query.all("dryRun").collect::<Vec<_>>(), &mut causes),
        };
        unbreaking(query.flag(IGNORE_STORE_ERRORS), &mut causes);
        refuse(KIND, causes)?;
        Ok(options)
    }

    /// Reads them from a decoded body, which then stands alone: upstream ignores the query beside it.
    pub fn from_value(value: &Value) -> Result<Self, Status> {
        let mut causes = Vec::new();
        let orphan_dependents = value.get("orphanDependents").and_then(Value::as_bool);
        let text = |keys: &[&str]| value.str_at(keys).map(Str::from);
        let dry_runs: Vec<&str> = value
            .get("dryRun")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let options = Self {
            grace_period_seconds: value.get("gracePeriodSeconds").and_then(Value::as_i64),
            propagation: propagation(value.str_at(&["propagationPolicy"]), orphan_dependents, &mut causes),
            orphan_dependents,
            preconditions: Preconditions {
                uid: text(&["preconditions", "uid"]),
                resource_version: text(&["preconditions", "resourceVersion"]),
            },
            dry_run: dry_run(&dry_runs, &mut causes),
        };
        unbreaking(value.get(IGNORE_STORE_ERRORS).and_then(Value::as_bool), &mut causes);
        refuse(KIND, causes)?;
        Ok(options)
    }
}

const IGNORE_STORE_ERRORS: &str = "ignoreStoreReadErrorWithClusterBreakingPotential";

/// Refused by name: deleting what cannot be read is not supported.
fn unbreaking(ignore: Option<bool>, causes: &mut Vec<Cause>) {
    if ignore == Some(true) {
        let message = "Invalid value: true: is not supported by this server".to_owned();
        causes.push(Cause { reason: "FieldValueInvalid", message, field: IGNORE_STORE_ERRORS.to_owned() });
    }
}

fn propagation(
    policy: Option<&str>,
    orphan_dependents: Option<bool>,
    causes: &mut Vec<Cause>,
) -> Option<Propagation> {
    let policy = policy.filter(|policy| !policy.is_empty())?;
    if orphan_dependents.is_some() {
        let message =
            format!("Invalid value: {policy:?}: orphanDependents and deletionPropagation cannot be both set");
        causes.push(Cause { reason: "FieldValueInvalid", message, field: "propagationPolicy".into() });
    }
    match policy {
        "Foreground" => Some(Propagation::Foreground),
        "Background" => Some(Propagation::Background),
        "Orphan" => Some(Propagation::Orphan),
        other => {
            causes.push(unsupported("propagationPolicy", &format!("{other:?}"), &POLICIES));
            None
        }
    }
}
