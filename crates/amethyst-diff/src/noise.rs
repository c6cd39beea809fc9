//! Changes that every chart bump brings along and that say nothing of their own.

use std::collections::HashMap;

use amethyst_object::{Str, Value};

use crate::change::Change;
use crate::options::DiffOptions;
use crate::path::{Path, Step};

/// Why a change may be skipped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noise {
    /// The label that names the chart and its version: `helm.sh/chart`, `chart`.
    ChartLabel,
    /// The label `app.kubernetes.io/version`.
    VersionLabel,
    /// An annotation with a checksum of configuration, which rolls pods.
    Checksum,
    /// The annotation that says which generator wrote a definition.
    GeneratorVersion,
    /// The name of a ConfigMap or Secret that has a hash of its content at its end.
    GeneratedName,
    /// A label or annotation that the options name.
    Chosen(Str),
}

impl Noise {
    /// What a group of such changes is called.
    pub fn label(&self) -> String {
        match self {
            Self::ChartLabel => "helm.sh/chart label".into(),
            Self::VersionLabel => "app.kubernetes.io/version label".into(),
            Self::Checksum => "checksum annotations".into(),
            Self::GeneratorVersion => "generator version annotation".into(),
            Self::GeneratedName => "generated names".into(),
            Self::Chosen(key) => key.to_string(),
        }
    }
}

/// Names of generated objects that changed: the old one, and the new one.
pub(crate) type Renames<'a> = HashMap<&'a str, &'a str>;

/// Why the change of a field may be skipped.
pub(crate) fn classify(
    path: &Path,
    change: &Change,
    renames: &Renames<'_>,
    options: &DiffOptions,
) -> Option<Noise> {
    if let Change::Changed { before: Value::String(before), after: Value::String(after) } = change
        && renames.get(before.as_str()) == Some(&after.as_str())
    {
        return Some(Noise::GeneratedName);
    }
    let [.., Step::Key(place), Step::Key(key)] = path.steps() else { return None };
    let in_labels = place == "labels" || place == "commonLabels";
    if !in_labels && place != "annotations" {
        return None;
    }
    if options.noise.iter().any(|pattern| covers(pattern, key)) {
        return Some(Noise::Chosen(key.clone()));
    }
    match key.as_str() {
        "helm.sh/chart" | "chart" => Some(Noise::ChartLabel),
        "app.kubernetes.io/version" => Some(Noise::VersionLabel),
        "controller-gen.kubebuilder.io/version" => Some(Noise::GeneratorVersion),
        key if !in_labels && is_checksum(key) => Some(Noise::Checksum),
        _ => None,
    }
}

fn covers(pattern: &str, key: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == key, |start| key.starts_with(start))
}

fn is_checksum(key: &str) -> bool {
    key == "rollme" || key.contains("checksum") || key.ends_with("config-hash") || key.ends_with("configHash")
}
