//! Charts of Helm repositories.

use std::path::PathBuf;
use std::time::Duration;

use amethyst_http::{Authorization, Fetch, Url, without_secrets};
use jiff::Timestamp;

use super::oci::LAYER_BYTES_MAX;
use super::{Fetcher, Outcome, Reporter};
use crate::digest::Digest;
use crate::fault::ChartFault;
use crate::helm_repository::{INDEX_BYTES_MAX, choose, resolve_url, scan};
use crate::oci::{Repository, Selector};
use crate::request::{ChartSource, Credentials, Layer, RepositorySource};

impl Fetcher {
    pub(super) async fn repository(
        &self,
        source: &RepositorySource,
        credentials: Option<&Credentials>,
        max_age: Duration,
        begun: Timestamp,
        reporter: &Reporter,
    ) -> Result<Outcome, ChartFault> {
        let base = Url::parse(&source.url)?;
        let authorization = basic(credentials);
        let index = self.index(&base, authorization.as_ref(), max_age, begun, reporter).await?;
        let (chart, shown) = (source.chart.clone(), without_secrets(&source.url));
        let scanned = tokio::task::spawn_blocking(move || scan(&index, &chart)).await;
        let scanned = scanned.map_err(|_| ChartFault::Stopped)?;
        let scanned = scanned.map_err(|reason| ChartFault::Index { url: shown.clone(), reason })?;
        let versions = scanned.versions.ok_or_else(|| ChartFault::NoChart {
            url: shown.clone(),
            chart: source.chart.clone(),
            near: scanned.near,
        })?;
        let found = choose(&versions, &source.version)?;
        let broken = |reason: String| ChartFault::Index { url: shown.clone(), reason };
        let first = found.urls.first().ok_or_else(|| {
            broken(format!("chart `{}` version `{}` has no downloadable URLs", source.chart, found.version))
        })?;
        let mut outcome = if first.starts_with("oci://") {
            self.elsewhere(first, source, credentials, reporter).await?
        } else {
            let url = resolve_url(&base, first)?;
            let place =
                || format!("the index of `{shown}`, chart `{}` version `{}`", source.chart, found.version);
            let expected: Option<Digest> = match found.digest.as_str() {
                "" => None,
                text => Some(
                    text.parse()
                        .map_err(|error| ChartFault::DigestSyntax { place: place(), source: error })?,
                ),
            };
            let mut fetch = Fetch::get(url);
            fetch.bytes_max = LAYER_BYTES_MAX;
            if source.pass_credentials || fetch.url.origin() == base.origin() {
                let own = base.user().map(|(name, password)| Authorization::Basic { name, password });
                fetch.authorization = authorization.or(own);
            }
            let (digest, size, origin, _) = self.file(&fetch, expected, reporter).await?;
            Outcome {
                digest,
                size,
                version: String::new(),
                revision: String::new(),
                etag: None,
                modified: None,
                origin,
                also: Vec::new(),
            }
        };
        outcome.version.clone_from(&found.version);
        outcome.revision.clone_from(&found.version);
        if source.version != found.version {
            let exact = RepositorySource { version: found.version.clone(), ..source.clone() };
            outcome.also.push(ChartSource::Repository(exact).key());
        }
        Ok(outcome)
    }

    /// The index of a repository, on disk.
    async fn index(
        &self,
        base: &Url,
        authorization: Option<&Authorization>,
        max_age: Duration,
        begun: Timestamp,
        reporter: &Reporter,
    ) -> Result<PathBuf, ChartFault> {
        let url = base.with(&format!("{}/index.yaml", base.path().trim_end_matches('/')), base.query())?;
        let key = format!("index {}", url.whole());
        let working = self.working(&key);
        let _turn = working.lock().await;
        if let Some(found) = self.fresh(&key, false, max_age, begun) {
            return Ok(found.path);
        }
        let mut fetch = Fetch::get(url);
        fetch.bytes_max = INDEX_BYTES_MAX;
        fetch.gzip = true;
        fetch.authorization = authorization.cloned();
        let outcome = self.conditional(fetch, &key, reporter).await?;
        Ok(self.note(&key, &outcome)?.path)
    }

    /// A chart that an index says lies in a registry.
    async fn elsewhere(
        &self,
        url: &str,
        source: &RepositorySource,
        credentials: Option<&Credentials>,
        reporter: &Reporter,
    ) -> Result<Outcome, ChartFault> {
        let (repository, selector) = Repository::parse_reference(url, false)?;
        let selector = selector.unwrap_or(Selector::Tag("latest".to_owned()));
        let credentials = credentials.filter(|_| source.pass_credentials);
        let registry = self.registry(repository.clone(), credentials)?;
        self.artifact(&registry, &repository, &selector, &Layer::HelmChart, reporter).await
    }
}

/// Who asks a Helm repository; it takes names and passwords only.
fn basic(credentials: Option<&Credentials>) -> Option<Authorization> {
    match credentials? {
        Credentials::Basic { username, password } => {
            Some(Authorization::Basic { name: username.clone(), password: password.clone() })
        }
        Credentials::RegistryToken(token) => Some(Authorization::Bearer(token.clone())),
        Credentials::IdentityToken(_) => None,
    }
}
