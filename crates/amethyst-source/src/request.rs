//! What is asked for: plain data, whoever asks.

use std::fmt;

use amethyst_diag::Redacted;
use amethyst_http::without_secrets;

/// One chart, artifact or document that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRequest {
    /// Who wants it, for messages: `HelmRelease/media/plex`.
    pub wanted_by: String,
    /// What.
    pub source: ChartSource,
    /// Who asks; else Docker's config may know. Makes no difference to what is cached.
    pub credentials: Option<Credentials>,
}

/// Where something comes from, and which of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartSource {
    /// An artifact of an OCI registry.
    Oci(OciSource),
    /// A chart of a Helm repository, found by its `index.yaml`.
    Repository(RepositorySource),
    /// A document at a URL: a JSON schema that another one refers to.
    Document {
        /// The URL.
        url: String,
    },
}

/// An artifact of an OCI registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciSource {
    /// `oci://host/path`, without tag.
    pub url: String,
    /// Which of its tags.
    pub version: OciVersion,
    /// Which of its layers.
    pub layer: Layer,
    /// Whether the registry speaks plain HTTP; one on loopback may anyway.
    pub insecure: bool,
}

/// Which tag of an OCI repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OciVersion {
    /// This manifest: `sha256:...`.
    Digest(String),
    /// This tag.
    Tag(String),
    /// The newest tag in a range, as an OCIRepository's `ref.semver` means it.
    Semver {
        /// The range.
        range: String,
        /// A regular expression that tags must match first (`ref.semverFilter`).
        filter: Option<String>,
    },
    /// The newest chart in a range, as a HelmRepository of `type: oci` means it; an exact version is taken
    /// as it is, without a list of tags.
    Chart(String),
}

/// Which layer of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The first one, as an OCIRepository without a layer selector has it.
    First,
    /// The first one of a media type.
    MediaType(String),
    /// The chart of a Helm artifact, and of nothing else.
    HelmChart,
}

/// A chart of a Helm repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositorySource {
    /// The repository's URL, without `index.yaml`.
    pub url: String,
    /// The chart's name.
    pub chart: String,
    /// The range of versions; empty or `*` is the newest that is no pre-release.
    pub version: String,
    /// Whether credentials also go to other servers that the index names.
    pub pass_credentials: bool,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Redacted<String>,
    },
    /// A refresh token that the registry's authorization server takes (`identitytoken`).
    IdentityToken(Redacted<String>),
    /// A token that the registry itself takes (`registrytoken`).
    RegistryToken(Redacted<String>),
}

impl ChartSource {
    /// The same for all requests that mean the same. Not for people: it may hold what a URL's query hides.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Oci(source) => {
                let version = match &source.version {
                    OciVersion::Digest(digest) => format!("digest {digest}"),
                    OciVersion::Tag(tag) => format!("tag {tag}"),
                    OciVersion::Semver { range, filter } => {
                        format!("semver {range}\nfilter {}", filter.as_deref().unwrap_or_default())
                    }
                    OciVersion::Chart(range) => format!("chart {range}"),
                };
                let layer = match &source.layer {
                    Layer::First => "first",
                    Layer::HelmChart => "helm",
                    Layer::MediaType(media_type) => media_type,
                };
                format!("oci {}\n{version}\nlayer {layer}", trimmed(&source.url))
            }
            Self::Repository(source) => {
                format!("chart {}\nname {}\nversion {}", trimmed(&source.url), source.chart, source.version)
            }
            Self::Document { url } => format!("document {url}"),
        }
    }

    /// Whether it can never mean anything else.
    pub(crate) fn is_pinned(&self) -> bool {
        matches!(self, Self::Oci(OciSource { version: OciVersion::Digest(_), .. }))
    }
}

fn trimmed(url: &str) -> &str {
    url.trim().trim_end_matches('/')
}

impl fmt::Display for ChartSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oci(source) => {
                let url = without_secrets(trimmed(&source.url));
                match &source.version {
                    OciVersion::Digest(digest) => write!(f, "`{url}@{digest}`"),
                    OciVersion::Tag(tag) => write!(f, "`{url}:{tag}`"),
                    OciVersion::Semver { range, .. } => write!(f, "`{url}` in `{range}`"),
                    OciVersion::Chart(range) if range.is_empty() => write!(f, "`{url}`"),
                    OciVersion::Chart(range) => write!(f, "`{url}` version `{range}`"),
                }
            }
            Self::Repository(source) => {
                let version = if source.version.is_empty() { "*" } else { &source.version };
                write!(
                    f,
                    "chart `{}` version `{version}` of `{}`",
                    source.chart,
                    without_secrets(trimmed(&source.url))
                )
            }
            Self::Document { url } => write!(f, "`{}`", without_secrets(url)),
        }
    }
}
