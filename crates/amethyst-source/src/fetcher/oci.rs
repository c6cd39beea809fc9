//! Artifacts of registries: which tag, which layer.

use regex::Regex;

use super::{Fetcher, Outcome, Reporter};
use crate::fault::ChartFault;
use crate::oci::{Found, Registry, Repository, Selector};
use crate::request::{ChartSource, Credentials, Layer, OciSource, OciVersion};
use crate::versions::{Range, flux_version, newest, strict_version};

/// How long a layer may be.
pub(super) const LAYER_BYTES_MAX: u64 = 256 * 1024 * 1024;
const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// How long a pattern of tags may be.
const FILTER_BYTES_MAX: usize = 4096;

impl Fetcher {
    pub(super) async fn oci(
        &self,
        source: &OciSource,
        credentials: Option<&Credentials>,
        reporter: &Reporter,
    ) -> Result<Outcome, ChartFault> {
        let repository = Repository::parse(&source.url, source.insecure)?;
        let registry = self.registry(repository.clone(), credentials)?;
        let selector = select(&registry, source).await?;
        let mut outcome = self.artifact(&registry, &repository, &selector, &source.layer, reporter).await?;
        if let (OciVersion::Chart(range), Selector::Tag(tag)) = (&source.version, &selector) {
            outcome.version = tag.replace('_', "+");
            if *range != outcome.version {
                let exact =
                    OciSource { version: OciVersion::Chart(outcome.version.clone()), ..source.clone() };
                outcome.also.push(ChartSource::Oci(exact).key());
            }
        }
        if let (OciVersion::Semver { .. }, Selector::Tag(tag)) = (&source.version, &selector) {
            let exact = OciSource { version: OciVersion::Tag(tag.clone()), ..source.clone() };
            outcome.also.push(ChartSource::Oci(exact).key());
        }
        Ok(outcome)
    }

    pub(super) fn registry(
        &self,
        repository: Repository,
        credentials: Option<&Credentials>,
    ) -> Result<Registry<'_>, ChartFault> {
        Registry::new(&self.inner.client, &self.inner.tokens, &self.inner.docker, repository, credentials)
    }

    pub(super) async fn artifact(
        &self,
        registry: &Registry<'_>,
        repository: &Repository,
        selector: &Selector,
        layer: &Layer,
        reporter: &Reporter,
    ) -> Result<Outcome, ChartFault> {
        let reference = format!("{repository}{selector}");
        let Found { digest: revision, manifest } = registry.artifact(selector, layer).await?;
        let broken = |reason: String| ChartFault::Artifact { reference: reference.clone(), reason };
        let layer = manifest.layer(layer).map_err(broken)?;
        if layer.size > LAYER_BYTES_MAX {
            return Err(broken(format!("its layer has {} bytes, {LAYER_BYTES_MAX} are allowed", layer.size)));
        }
        let digest = layer.digest(&reference)?;
        let what = format!("the layer of `{reference}`");
        let origin = self.blob(registry, digest, layer.size, &what, reporter).await?;
        let (version, revision) = match selector {
            Selector::Tag(tag) => (tag.clone(), format!("{tag}@{revision}")),
            Selector::Digest(digest) => (digest.clone(), revision.to_string()),
        };
        Ok(Outcome {
            digest,
            size: layer.size,
            version,
            revision,
            etag: None,
            modified: None,
            origin,
            also: Vec::new(),
        })
    }
}

async fn select(registry: &Registry<'_>, source: &OciSource) -> Result<Selector, ChartFault> {
    match &source.version {
        OciVersion::Digest(digest) => Ok(Selector::Digest(digest.clone())),
        OciVersion::Tag(tag) => Ok(Selector::Tag(checked(tag)?)),
        OciVersion::Semver { range, filter } => {
            let wanted = parsed(range)?;
            let filter = filter.as_deref().filter(|filter| !filter.is_empty()).map(pattern).transpose()?;
            let tags = registry.tags().await?;
            // A chart's version may hold a `+`, which its tag cannot.
            let is_chart = matches!(&source.layer, Layer::MediaType(media_type) if media_type == CHART_LAYER);
            let names: Vec<String> = tags
                .iter()
                .filter(|tag| filter.as_ref().is_none_or(|filter| filter.is_match(tag)))
                .map(|tag| if is_chart { tag.replace('_', "+") } else { tag.clone() })
                .collect();
            let found = newest(&wanted, names.iter().map(String::as_str), flux_version);
            let found = found.ok_or_else(|| no_version(range, &names))?;
            Ok(Selector::Tag(if is_chart { found.replace('+', "_") } else { found.to_owned() }))
        }
        OciVersion::Chart(range) => {
            if flux_version(range).is_some() {
                return Ok(Selector::Tag(checked(&range.replace('+', "_"))?));
            }
            let wanted = parsed(if range.is_empty() { "*" } else { range })?;
            // As Helm's own list of tags: only full versions count.
            let names: Vec<String> = registry.tags().await?.iter().map(|tag| tag.replace('_', "+")).collect();
            let found = newest(&wanted, names.iter().map(String::as_str), strict_version);
            let found = found.ok_or_else(|| no_version(range, &names))?;
            Ok(Selector::Tag(found.replace('+', "_")))
        }
    }
}

fn checked(tag: &str) -> Result<String, ChartFault> {
    if crate::oci::is_tag(tag) {
        return Ok(tag.to_owned());
    }
    Err(ChartFault::Url(format!(
        "`{}` is no tag: letters, digits, `_`, `.` and `-`, at most 128",
        tag.escape_debug()
    )))
}

fn parsed(range: &str) -> Result<Range, ChartFault> {
    Range::parse(range).map_err(|reason| ChartFault::Range { range: range.to_owned(), reason })
}

fn pattern(filter: &str) -> Result<Regex, ChartFault> {
    let wrong = |why: String| ChartFault::Refused {
        what: format!("`semverFilter` is no regular expression: {why}"),
        hint: "write it as Go's regexp reads one".to_owned(),
    };
    if filter.len() > FILTER_BYTES_MAX {
        return Err(wrong(format!("it is longer than {FILTER_BYTES_MAX} bytes")));
    }
    regex::RegexBuilder::new(filter).size_limit(1 << 20).build().map_err(|error| wrong(error.to_string()))
}

fn no_version(range: &str, names: &[String]) -> ChartFault {
    let mut known: Vec<_> = names.iter().filter_map(|name| Some((flux_version(name)?, name))).collect();
    known.sort_by(|(left, _), (right, _)| right.compare(left));
    let known = known.into_iter().take(5).map(|(_, name)| name.clone()).collect();
    ChartFault::Version { range: range.to_owned(), known }
}
