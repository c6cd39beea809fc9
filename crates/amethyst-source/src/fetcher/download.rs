//! From a server into the cache.

use amethyst_http::{Fetch, Resume, Sink};
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};

use super::{Fetcher, Outcome, Reporter};
use crate::cache::{Lock, Origin, Partial};
use crate::digest::Digest;
use crate::fault::ChartFault;
use crate::oci::Registry;

impl Fetcher {
    /// A blob of a registry, verified; from the cache when it is there.
    pub(super) async fn blob(
        &self,
        registry: &Registry<'_>,
        digest: Digest,
        size: u64,
        what: &str,
        reporter: &Reporter,
    ) -> Result<Origin, ChartFault> {
        let key = digest.to_string();
        let Some((lock, mut partial)) = self.begin(&digest, size, &key).await? else {
            return Ok(Origin::Confirmed);
        };
        let resumed = !partial.is_empty();
        registry.blob(&digest, size, &mut partial, &mut reporter.sink()).await?;
        match self.inner.cache.finish(partial, what, Some(digest)) {
            // What was left of an earlier try was wrong, or became so: once more from the beginning.
            Err(ChartFault::Digest { .. }) if resumed => {
                let mut partial = self.inner.cache.partial(&lock, &key)?;
                registry.blob(&digest, size, &mut partial, &mut reporter.sink()).await?;
                self.inner.cache.finish(partial, what, Some(digest))?;
            }
            done => drop(done?),
        }
        Ok(Origin::Network)
    }

    /// The right to download a content, and what of it is there; none when all of it is.
    async fn begin(
        &self,
        digest: &Digest,
        size: u64,
        key: &str,
    ) -> Result<Option<(Lock, Partial)>, ChartFault> {
        let complete =
            || std::fs::metadata(self.inner.cache.blob_path(digest)).is_ok_and(|found| found.len() == size);
        if complete() {
            return Ok(None);
        }
        let lock = self.inner.cache.lock(key).await?;
        if complete() {
            return Ok(None);
        }
        let mut partial = self.inner.cache.partial(&lock, key)?;
        if partial.len() >= size && size > 0 {
            partial.restart().map_err(|error| ChartFault::cache(self.inner.cache.path(), error))?;
        }
        Ok(Some((lock, partial)))
    }

    /// A file at a URL, verified when somebody promised a digest.
    pub(super) async fn file(
        &self,
        fetch: &Fetch,
        expected: Option<Digest>,
        reporter: &Reporter,
    ) -> Result<(Digest, u64, Origin, HeaderMap), ChartFault> {
        if let Some(expected) = expected
            && let Some(found) = self.inner.cache.blob(&expected)
        {
            let size = std::fs::metadata(&found).map(|found| found.len());
            let size = size.map_err(|error| ChartFault::cache(&found, error))?;
            return Ok((expected, size, Origin::Confirmed, HeaderMap::new()));
        }
        let key = expected.map_or_else(|| format!("url {}", fetch.url.whole()), |digest| digest.to_string());
        let lock = self.inner.cache.lock(&key).await?;
        let what = format!("`{}`", fetch.url);
        let resume = if expected.is_some() { Resume::Same } else { Resume::IfUnchanged };
        let mut partial = self.inner.cache.partial(&lock, &key)?;
        let resumed = !partial.is_empty() && expected.is_some();
        let mut done = self.inner.client.download(fetch, resume, &mut partial, &mut reporter.sink()).await?;
        let (digest, size) = match self.inner.cache.finish(partial, &what, expected) {
            Err(ChartFault::Digest { .. }) if resumed => {
                let mut partial = self.inner.cache.partial(&lock, &key)?;
                done = self.inner.client.download(fetch, resume, &mut partial, &mut reporter.sink()).await?;
                self.inner.cache.finish(partial, &what, expected)?
            }
            finished => finished?,
        };
        Ok((digest, size, Origin::Network, done.headers))
    }

    /// A file at a URL, unless it is still what the cache has under a key.
    pub(super) async fn conditional(
        &self,
        fetch: Fetch,
        key: &str,
        reporter: &Reporter,
    ) -> Result<Outcome, ChartFault> {
        let known = self.inner.cache.entry(key);
        let known = known.filter(|entry| self.inner.cache.fetched(entry, Origin::Cache).is_some());
        let mut asked = fetch.clone();
        if let Some(known) = &known {
            let validators = [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.modified)];
            // The first that is there: the second is the weaker one.
            for (name, validator) in validators {
                if let Some(value) = validator.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
                    asked.headers.insert(name, value);
                    break;
                }
            }
        }
        let lock = self.inner.cache.lock(key).await?;
        let mut partial = self.inner.cache.partial(&lock, key)?;
        let sink = &mut reporter.sink();
        let done = self.inner.client.download(&asked, Resume::IfUnchanged, &mut partial, sink).await?;
        if let (false, Some(known)) = (done.changed, known) {
            return Ok(Outcome {
                digest: known.digest,
                size: known.size,
                version: known.version,
                revision: known.revision,
                etag: known.etag,
                modified: known.modified,
                origin: Origin::Confirmed,
                also: Vec::new(),
            });
        }
        let (digest, size) = self.inner.cache.finish(partial, &format!("`{}`", fetch.url), None)?;
        let header = |name| done.headers.get(name).and_then(|value| value.to_str().ok().map(str::to_owned));
        Ok(Outcome {
            digest,
            size,
            version: String::new(),
            revision: digest.to_string(),
            etag: header(ETAG),
            modified: header(LAST_MODIFIED),
            origin: Origin::Network,
            also: Vec::new(),
        })
    }
}
