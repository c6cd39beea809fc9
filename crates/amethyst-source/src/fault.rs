//! Why a chart could not be had.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_http::{FetchError, UrlError};

use crate::digest::{Digest, DigestError};
use crate::request::ChartRequest;

/// A chart, artifact or document could not be had.
#[derive(Clone, Debug, thiserror::Error)]
#[error("failed to get {what}, which `{wanted_by}` wants")]
pub struct ChartError {
    /// Who wants it.
    pub wanted_by: String,
    /// What it is: the source in words.
    pub what: String,
    /// Why.
    #[source]
    pub fault: Box<ChartFault>,
}

/// Why a chart, artifact or document could not be had. Texts end with a `hint:` line where one helps.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChartFault {
    /// Nothing may be fetched, and it was not fetched before.
    #[error("it is not in the cache, and nothing is fetched here\nhint: run `amethyst fetch`")]
    Offline,
    /// The URL of the source cannot be used.
    #[error("{0}\nhint: a source's `url` reads `https://host/path` or `oci://host/path`")]
    Url(String),
    /// Something is not supported.
    #[error("{what}\nhint: {hint}")]
    Refused {
        /// What.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// The server did not give it.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Something is not what its name says.
    #[error(
        "{what} has the digest `{got}`, but should have `{expected}`\nhint: somebody changed it on its way or at its source; do not use it before you know who"
    )]
    Digest {
        /// What.
        what: String,
        /// What was promised.
        expected: Digest,
        /// What came.
        got: Digest,
    },
    /// A digest in a manifest or an index is none.
    #[error("{place}: {source}")]
    DigestSyntax {
        /// Where it stands.
        place: String,
        /// Why.
        source: DigestError,
    },
    /// No version is in the range.
    #[error("no version matches `{range}`{}\nhint: {}", known_words(known), range_hint(known))]
    Version {
        /// The range.
        range: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// The range is none.
    #[error(
        "`{range}` is no range of versions: {reason}\nhint: write it as `1.2.3`, `1.x`, `>=1.2.0 <2.0.0` or `~1.2`"
    )]
    Range {
        /// The range.
        range: String,
        /// Why.
        reason: String,
    },
    /// The repository has no such chart.
    #[error("the index of `{url}` has no chart `{chart}`{}", near_words(near))]
    NoChart {
        /// The repository.
        url: String,
        /// The chart.
        chart: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// The index of a Helm repository makes no sense.
    #[error("the index of `{url}` cannot be read: {reason}")]
    Index {
        /// The repository.
        url: String,
        /// Why.
        reason: String,
    },
    /// The artifact makes no sense.
    #[error("the artifact `{reference}` cannot be used: {reason}")]
    Artifact {
        /// Its reference.
        reference: String,
        /// Why.
        reason: String,
    },
    /// The registry wants to know who asks in a way that we cannot answer.
    #[error("the registry `{registry}` lets nobody in: {reason}")]
    Authentication {
        /// The registry.
        registry: String,
        /// Why.
        reason: String,
    },
    /// Only a program that is not run here knows who asks.
    #[error(
        "the registry `{registry}` asks who we are, which only `{helper}` of Docker's config.json knows, and that is not run\nhint: put an entry with `auth` for `{registry}` into the `auths` of a config.json, as `helm registry login` writes it"
    )]
    Helper {
        /// The registry.
        registry: String,
        /// The program.
        helper: String,
    },
    /// The cache's folder cannot be used.
    #[error("failed to use the cache at `{path}`: {source}")]
    Cache {
        /// The file or folder.
        path: String,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The folder is no cache of ours.
    #[error("`{path}` is no cache of this version: {reason}\nhint: name an empty folder, or delete this one")]
    Format {
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// It ended before it was done.
    #[error("the fetch was stopped")]
    Stopped,
}

impl ChartError {
    pub(crate) fn new(request: &ChartRequest, fault: ChartFault) -> Self {
        Self {
            wanted_by: request.wanted_by.clone(),
            what: request.source.to_string(),
            fault: Box::new(fault),
        }
    }

    /// The error as a diagnostic about the object that wants the chart.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let mut text = self.to_string();
        let mut next: Option<&dyn std::error::Error> = Some(self.fault.as_ref());
        while let Some(error) = next {
            let _ = write!(text, ": {error}");
            next = error.source();
        }
        let mut hint = None;
        while let Some(at) = text.find("\nhint: ") {
            let end = text[at + 7..].find('\n').map_or(text.len(), |end| at + 7 + end);
            hint = hint.or_else(|| Some(text[at + 7..end].to_owned()));
            text.replace_range(at..end, "");
        }
        let said = Diagnostic::error(self.fault.code(), text).about(&self.wanted_by);
        if let Some(hint) = hint { said.hint(hint) } else { said }
    }
}

impl ChartFault {
    /// The stable code of this kind of fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Offline => "chart-not-fetched",
            Self::Url(_) => "chart-source-url",
            Self::Refused { .. } => "chart-source-unsupported",
            Self::Fetch(_) | Self::Authentication { .. } | Self::Helper { .. } | Self::Stopped => {
                "chart-fetch"
            }
            Self::Digest { .. } | Self::DigestSyntax { .. } => "chart-digest",
            Self::Version { .. } | Self::Range { .. } => "chart-version",
            Self::NoChart { .. } => "chart-missing",
            Self::Index { .. } => "chart-index",
            Self::Artifact { .. } => "chart-artifact",
            Self::Cache { .. } | Self::Format { .. } => "chart-cache",
        }
    }

    pub(crate) fn cache(path: &std::path::Path, source: io::Error) -> Self {
        Self::Cache { path: path.display().to_string(), source: Arc::new(source) }
    }
}

impl From<UrlError> for ChartFault {
    fn from(error: UrlError) -> Self {
        Self::Url(error.to_string())
    }
}

fn known_words(known: &[String]) -> String {
    if known.is_empty() {
        "; there is none at all".to_owned()
    } else {
        format!("; there is {}", quoted(known))
    }
}

fn range_hint(known: &[String]) -> &'static str {
    if known.iter().all(|version| version.contains('-')) && !known.is_empty() {
        "only pre-releases are there; a range takes them in when it ends in `-0`, as `>=1.0.0-0`"
    } else {
        "is the version right, and the source up to date?"
    }
}

fn near_words(near: &[String]) -> String {
    if near.is_empty() {
        "\nhint: is the name right, and the repository?".to_owned()
    } else {
        format!("\nhint: did you mean {}?", quoted(near))
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
