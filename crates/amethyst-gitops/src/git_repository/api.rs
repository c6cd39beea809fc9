//! The GitRepository of Flux as this version understands it.

use std::collections::BTreeMap;

use amethyst_controller::Conditions;
use amethyst_source::GitReference;
use serde::{Deserialize, Serialize};

use crate::artifacts::Artifact;
use crate::duration::GoDuration;
use crate::meta::Meta;

/// A GitRepository.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct GitRepository {
    /// Its metadata, as far as it matters here.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: Spec,
    /// What was found.
    pub status: Status,
}

/// `spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Spec {
    /// Where the repository is.
    pub url: String,
    /// How often to look, beside watching.
    pub interval: GoDuration,
    /// Which revision.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// What to leave out, in place of the defaults.
    pub ignore: Option<String>,
    /// Leaves everything as it is.
    pub suspend: bool,
    /// All other fields.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// `spec.ref`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    /// A branch.
    pub branch: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// A range of versions.
    pub semver: Option<String>,
    /// A full ref name.
    pub name: Option<String>,
    /// A commit.
    pub commit: Option<String>,
}

/// `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    /// The generation that was carried through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The conditions.
    pub conditions: Conditions,
    /// The files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// The `ignore` that the artifact was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_ignore: Option<String>,
    /// The last request for a pass that was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

/// Fields that matter only when a repository is fetched: harmless on one that is at hand.
const FOR_FETCHING: [&str; 5] = ["secretRef", "proxySecretRef", "provider", "serviceAccountName", "timeout"];

impl Spec {
    /// Which revision is wanted.
    pub(crate) fn reference(&self) -> GitReference {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let Reference { branch, tag, semver, name, commit } = &self.reference;
        GitReference {
            branch: text(branch),
            tag: text(tag),
            semver: text(semver),
            name: text(name),
            commit: text(commit),
        }
    }

    /// Fields that this version cannot honour, one sentence each.
    pub(crate) fn unsupported(&self) -> Vec<String> {
        let set = |value: &serde_json::Value| match value {
            serde_json::Value::Null | serde_json::Value::Bool(false) => false,
            serde_json::Value::Array(items) => !items.is_empty(),
            serde_json::Value::String(text) => !text.is_empty(),
            _ => true,
        };
        let fields =
            self.other.iter().filter(|(name, value)| set(value) && !FOR_FETCHING.contains(&name.as_str()));
        fields
            .map(|(name, _)| {
                format!("`spec.{name}` is not supported by this version of Amethyst; hint: remove it")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Spec;

    #[test]
    fn fields_for_fetching_are_harmless_and_others_are_refused() {
        let spec = |json| serde_json::from_value::<Spec>(json).unwrap();
        let fine = serde_json::json!({"url": "ssh://git@example.org/a", "interval": "1m", "timeout": "60s",
            "secretRef": {"name": "x"}, "recurseSubmodules": false, "ref": {"branch": "main", "tag": ""}});
        assert!(spec(fine.clone()).unsupported().is_empty());
        assert_eq!(spec(fine).reference().tag, None);
        let bad = serde_json::json!({"verify": {"secretRef": {"name": "x"}}, "recurseSubmodules": true, "include": [1]});
        assert_eq!(spec(bad).unsupported().len(), 3);
    }
}
