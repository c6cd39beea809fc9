//! What is dangerous about a change, each with a stable code.
//!
//! | code | level | said when |
//! |---|---|---|
//! | `immutable-field` | danger | the API server refuses the update of a field |
//! | `recreated` | danger, warning | such a field changes and the producer's force makes the object anew |
//! | `data-deleted` | danger | an object that holds data is deleted |
//! | `backup-stopped` | warning | an object that makes or restores backups is deleted |
//! | `left-behind` | info | an object leaves the repository but not the cluster |
//! | `namespace-deleted` | danger | a namespace is deleted with all that is in it |
//! | `crd-deleted` | danger | a definition is deleted with all its objects |
//! | `crd-version-removed` | danger, warning | a version is not served any more |
//! | `claim-shrunk` | danger | a claim asks for less than it has |
//! | `selector-matches-nothing` | danger, warning | a selector matched before and does not after |
//! | `selector-not-in-template` | danger | a workload's selector does not match its own pods |
//! | `reference-broken` | danger | a pod refers to what is deleted |
//! | `host-collision` | danger | two objects serve the same host and path |
//! | `host-moved` | info | another object serves a host now |
//! | `address-collision` | danger | two Services ask for the same address or node port |
//! | `applied-twice` | danger | two producers apply the same object |
//! | `privileges-raised` | warning | pods or roles may do more |
//! | `pod-security-loosened` | warning | a namespace admits more |
//! | `chart-major` | warning | a chart jumps a major version |
//! | `chart-downgraded` | warning | a chart gets older |
//! | `not-applied` | info | an annotation keeps the change from being applied |

mod crds;
mod data;
mod fate;
mod hosts;
mod immutable;
mod privileges;
mod references;
mod selectors;
mod text;

use std::fmt;

use amethyst_diag::{Diagnostic, Location, Severity};
use amethyst_object::ObjectId;

use crate::change::{ObjectChange, title};
use crate::secret::Redactor;
use crate::side::{Producer, Rendered, Side};
use crate::summary::ChartChange;
use crate::version::Jump;

/// How bad a danger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Data is lost, or something stops to work.
    Danger,
    /// Look at it before you merge.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something dangerous about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The object.
    pub object: ObjectId,
    /// The field, when one is the cause.
    pub field: Option<String>,
    /// What happens.
    pub message: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub hint: String,
    /// Who applies the object.
    pub producer: Producer,
    /// Where it is written, or was.
    pub location: Option<Location>,
}

impl Danger {
    /// The danger as a diagnostic of the code `diff-` and its own.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let message = match &self.field {
            Some(field) => format!("`{field}`: {}; {}", self.message, self.why),
            None => format!("{}; {}", self.message, self.why),
        };
        let mut said =
            Diagnostic::warning(self.code, message).about(title(&self.object)).hint(self.hint.clone());
        said.severity = match self.level {
            Level::Danger => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Info,
        };
        said.location.clone_from(&self.location);
        said
    }
}

/// What the checks look at.
pub(crate) struct Context<'a> {
    pub(crate) before: &'a Side,
    pub(crate) after: &'a Side,
    pub(crate) changes: &'a [ObjectChange],
    pub(crate) charts: &'a [ChartChange],
    pub(crate) redactor: &'a Redactor<'a>,
}

impl<'a> Context<'a> {
    fn before_of(&self, change: &ObjectChange) -> Option<&'a Rendered> {
        change.places.0.map(|at| &self.before.objects[at])
    }

    fn after_of(&self, change: &ObjectChange) -> Option<&'a Rendered> {
        change.places.1.map(|at| &self.after.objects[at])
    }

    /// A danger of an object that changes; its texts are completed by the caller.
    fn danger(&self, code: &'static str, level: Level, rendered: &Rendered) -> Danger {
        Danger {
            code,
            level,
            object: crate::diff::shown_id(rendered, self.redactor),
            field: None,
            message: String::new(),
            why: String::new(),
            hint: String::new(),
            producer: rendered.producer.clone(),
            location: rendered.origin.location(),
        }
    }
}

/// All dangers, the worst first.
pub(crate) fn find(context: &Context<'_>) -> Vec<Danger> {
    let mut found = Vec::new();
    if !context.changes.is_empty() {
        immutable::check(context, &mut found);
        data::check(context, &mut found);
        crds::check(context, &mut found);
        selectors::check(context, &mut found);
        references::check(context, &mut found);
        hosts::check(context, &mut found);
        privileges::check(context, &mut found);
        fate::check(context, &mut found);
    }
    chart_jumps(context, &mut found);
    found.sort_by(|left, right| order(left).cmp(&order(right)));
    found.dedup();
    found
}

fn order(danger: &Danger) -> impl Ord + use<'_> {
    let id = &danger.object;
    let object = (&id.namespace, &id.kind, &id.name, &id.group);
    (danger.level, danger.code, object, &danger.field, &danger.message)
}

fn chart_jumps(context: &Context<'_>, found: &mut Vec<Danger>) {
    for chart in context.charts {
        let (code, message, why, hint) = match chart.jump {
            Some(Jump::Major) => (
                "chart-major",
                format!("{} -> {}", chart.before, chart.after),
                "a major version may ask for other values or for steps by hand",
                "read the chart's release notes",
            ),
            Some(Jump::Downgrade) => (
                "chart-downgraded",
                format!("{} -> {}", chart.before, chart.after),
                "an older chart may not know what the newer one stored",
                "check that going back is meant",
            ),
            _ => continue,
        };
        found.push(Danger {
            code,
            level: Level::Warning,
            object: ObjectId {
                group: "helm.toolkit.fluxcd.io".into(),
                kind: "HelmRelease".into(),
                namespace: chart.producer.namespace.clone(),
                name: chart.producer.name.clone(),
            },
            field: None,
            message,
            why: why.into(),
            hint: hint.into(),
            producer: chart.producer.clone(),
            location: None,
        });
    }
}
