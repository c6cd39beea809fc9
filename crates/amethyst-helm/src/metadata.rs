//! `Chart.yaml`: what a chart says of itself.

mod decode;
mod validate;

use std::collections::BTreeMap;

use amethyst_object::Value;

pub(crate) use decode::{float_text, scalar_text, string_map};

/// The version of charts that Helm 2 made, with dependencies in `requirements.yaml`.
pub(crate) const API_VERSION_V1: &str = "v1";

/// The contents of `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `name`.
    pub name: String,
    /// `home`.
    pub home: String,
    /// `sources`.
    pub sources: Vec<String>,
    /// `version`.
    pub version: String,
    /// `description`.
    pub description: String,
    /// `keywords`.
    pub keywords: Vec<String>,
    /// `maintainers`.
    pub maintainers: Vec<Maintainer>,
    /// `icon`.
    pub icon: String,
    /// `apiVersion`: `v1` or `v2`.
    pub api_version: String,
    /// `condition`.
    pub condition: String,
    /// `tags`.
    pub tags: String,
    /// `appVersion`.
    pub app_version: String,
    /// `deprecated`.
    pub deprecated: bool,
    /// `annotations`; `None` when there is no such key.
    pub annotations: Option<BTreeMap<String, String>>,
    /// `kubeVersion`: a constraint.
    pub kube_version: String,
    /// `dependencies`; `None` when there is no such key.
    pub dependencies: Option<Vec<Dependency>>,
    /// `type`: `application`, `library` or empty.
    pub chart_type: String,
}

/// Who maintains a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `url`.
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// `name`.
    pub name: String,
    /// `version`: a constraint.
    pub version: String,
    /// `repository`.
    pub repository: String,
    /// `condition`: paths of values, comma-separated.
    pub condition: String,
    /// `tags`; `None` when there is no such key.
    pub tags: Option<Vec<String>>,
    /// `enabled`; what is written is overruled when a release is rendered.
    pub enabled: bool,
    /// `import-values`; `None` when there is no such key.
    pub import_values: Option<Vec<Value>>,
    /// `alias`.
    pub alias: String,
}

impl Metadata {
    /// Whether its templates are only there for others.
    pub fn is_library(&self) -> bool {
        self.chart_type.eq_ignore_ascii_case("library")
    }
}

#[cfg(test)]
mod tests;
