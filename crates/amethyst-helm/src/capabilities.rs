//! What a cluster can do, as templates ask for it.

mod asked;
mod defaults;

use std::sync::Arc;

use amethyst_object::Str;

pub use asked::{Answers, Asked};
pub use defaults::{DEFAULT_API_VERSIONS, DEFAULT_KUBE_VERSION};

/// Which Helm is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HelmVersion {
    /// Helm 3.21.
    V3,
    /// Helm 4.3.
    #[default]
    V4,
}

impl HelmVersion {
    /// The version in full: `.Capabilities.HelmVersion.Version`.
    pub fn version(self) -> &'static str {
        match self {
            Self::V3 => "v3.21.4",
            Self::V4 => "v4.3.1",
        }
    }

    /// The version of Go that it is built with.
    pub fn go_version(self) -> &'static str {
        match self {
            Self::V3 => "go1.26.1",
            Self::V4 => "go1.26.8",
        }
    }
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As it was given, with a `v`: `v1.33.4-gke.1245000`.
    pub version: Str,
    /// Without what follows the numbers: `v1.33.4`. Constraints are checked against it.
    pub normalized: Str,
    /// `1`.
    pub major: Str,
    /// `33`.
    pub minor: Str,
}

impl KubeVersion {
    /// Reads a version as `--kube-version` does; the error is Helm's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim_start().trim_end();
        let bare = bare.strip_prefix('v').unwrap_or(bare);
        let end = bare.find(|character: char| !character.is_ascii_digit() && character != '.');
        let numbers = bare[..end.unwrap_or(bare.len())].trim_end_matches('.');
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && (part.len() == 1 || !part.starts_with('0'));
        if parts.len() < 2 || !parts.iter().all(|part| is_number(part) && part.parse::<u32>().is_ok()) {
            return Err(format!("could not parse {text:?} as version"));
        }
        let with_v = if text.starts_with('v') { Str::from(text) } else { format!("v{text}").into() };
        Ok(Self {
            version: with_v,
            normalized: format!("v{numbers}").into(),
            major: parts[0].into(),
            minor: parts[1].into(),
        })
    }
}

impl Default for KubeVersion {
    fn default() -> Self {
        Self::parse(DEFAULT_KUBE_VERSION).expect("the default is a version")
    }
}

/// What a cluster can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// What it serves: `apps/v1`, and `apps/v1/Deployment` where a cluster was asked.
    pub api_versions: Arc<[Str]>,
    /// Which Helm templates see.
    pub helm_version: HelmVersion,
}

impl Capabilities {
    /// What `helm template` takes a cluster to be.
    pub fn new(helm_version: HelmVersion) -> Self {
        Self {
            kube_version: KubeVersion::default(),
            api_versions: DEFAULT_API_VERSIONS.iter().map(|version| Str::from(*version)).collect(),
            helm_version,
        }
    }

    /// Adds API versions to those that are there.
    #[must_use]
    pub fn with_api_versions<T: Into<Str>>(mut self, versions: impl IntoIterator<Item = T>) -> Self {
        let added = versions.into_iter().map(Into::into);
        self.api_versions = self.api_versions.iter().cloned().chain(added).collect();
        self
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::new(HelmVersion::default())
    }
}

#[cfg(test)]
mod tests {
    use super::KubeVersion;

    #[test]
    fn versions_are_read_as_helm_reads_them() {
        let read = |text: &str| KubeVersion::parse(text).map(|version| (version.version, version.normalized));
        assert_eq!(read("1.16.0").unwrap(), ("v1.16.0".into(), "v1.16.0".into()));
        assert_eq!(read("v1.33.4-gke.1245000").unwrap(), ("v1.33.4-gke.1245000".into(), "v1.33.4".into()));
        assert_eq!(read("1.30").unwrap(), ("v1.30".into(), "v1.30".into()));
        assert_eq!(read("x").unwrap_err(), "could not parse \"x\" as version");
    }
}
