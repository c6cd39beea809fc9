//! Getting what is asked for: from the cache, or from the network into the cache.

mod all;
mod download;
mod oci;
mod repository;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use amethyst_http::{Client, Fetch, Url};
use jiff::Timestamp;

use crate::cache::{Cache, Entry, Fetched, Origin};
use crate::digest::Digest;
use crate::docker_config::DockerConfig;
use crate::fault::{ChartError, ChartFault};
use crate::oci::Tokens;
use crate::request::{ChartRequest, ChartSource};

pub use all::FetchProgress;
pub(crate) use all::Reporter;

/// How long a document may be.
const DOCUMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What may be asked of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nobody is asked; what was never fetched is an error.
    Offline,
    /// The network is asked about what is not in the cache, or was last looked for longer ago than this.
    /// [`Duration::ZERO`] asks always, [`Duration::MAX`] only for what is missing.
    Online {
        /// How old an answer may be.
        max_age: Duration,
    },
}

/// Fetches into a cache. Cheap to clone; clones share connections, tokens and work: what two ask for at the
/// same time is fetched once.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    cache: Cache,
    client: Client,
    docker: DockerConfig,
    tokens: Tokens,
    /// Who is at work on which key.
    working: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// What a request came to.
struct Outcome {
    digest: Digest,
    size: u64,
    version: String,
    revision: String,
    etag: Option<String>,
    modified: Option<String>,
    origin: Origin,
    /// Keys of other requests that mean the same: the exact version that a range came to.
    also: Vec<String>,
}

impl Fetcher {
    /// A fetcher. Nothing is dialed before it is asked for something.
    pub fn new(cache: Cache, client: Client, docker: DockerConfig) -> Self {
        let inner = Inner { cache, client, docker, tokens: Tokens::default(), working: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The cache it fills.
    pub fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    /// Gets one thing.
    pub async fn get(&self, request: &ChartRequest, mode: Mode) -> Result<Fetched, ChartError> {
        self.get_reporting(request, mode, &Reporter::silent()).await
    }

    async fn get_reporting(
        &self,
        request: &ChartRequest,
        mode: Mode,
        reporter: &Reporter,
    ) -> Result<Fetched, ChartError> {
        let Mode::Online { max_age } = mode else { return self.inner.cache.get(request) };
        let begun = self.now();
        let key = request.source.key();
        let working = self.working(&key);
        let _turn = working.lock().await;
        if let Some(found) = self.fresh(&key, request.source.is_pinned(), max_age, begun) {
            return Ok(found);
        }
        let outcome = match &request.source {
            ChartSource::Oci(source) => self.oci(source, request.credentials.as_ref(), reporter).await,
            ChartSource::Repository(source) => {
                self.repository(source, request.credentials.as_ref(), max_age, begun, reporter).await
            }
            ChartSource::Document { url } => self.document(url, &key, reporter).await,
        };
        let fetched = outcome.and_then(|outcome| self.note(&key, &outcome));
        fetched.map_err(|fault| ChartError::new(request, fault))
    }

    /// What is in the cache, when it may still count.
    fn fresh(&self, key: &str, pinned: bool, max_age: Duration, begun: Timestamp) -> Option<Fetched> {
        let entry = self.inner.cache.entry(key)?;
        let age = Duration::try_from(begun.duration_since(entry.resolved)).unwrap_or_default();
        // What came while we waited for our turn is what we would have fetched.
        let counts = pinned || entry.resolved >= begun || (max_age > Duration::ZERO && age <= max_age);
        if counts { self.inner.cache.fetched(&entry, Origin::Cache) } else { None }
    }

    fn note(&self, key: &str, outcome: &Outcome) -> Result<Fetched, ChartFault> {
        let entry = Entry {
            digest: outcome.digest,
            size: outcome.size,
            version: outcome.version.clone(),
            revision: outcome.revision.clone(),
            resolved: self.now(),
            etag: outcome.etag.clone(),
            modified: outcome.modified.clone(),
        };
        for key in outcome.also.iter().map(String::as_str).chain([key]) {
            self.inner.cache.set_entry(key, &entry)?;
        }
        let gone = || {
            let path = self.inner.cache.blob_path(&outcome.digest);
            ChartFault::cache(&path, std::io::ErrorKind::NotFound.into())
        };
        self.inner.cache.fetched(&entry, outcome.origin).ok_or_else(gone)
    }

    async fn document(&self, url: &str, key: &str, reporter: &Reporter) -> Result<Outcome, ChartFault> {
        let mut fetch = Fetch::get(Url::parse(url)?);
        fetch.bytes_max = DOCUMENT_BYTES_MAX;
        fetch.gzip = true;
        self.conditional(fetch, key, reporter).await
    }

    fn now(&self) -> Timestamp {
        self.inner.cache.clock().now()
    }

    fn working(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut working = self.inner.working.lock().unwrap_or_else(PoisonError::into_inner);
        working.retain(|_, work| work.strong_count() > 0);
        if let Some(work) = working.get(key).and_then(Weak::upgrade) {
            return work;
        }
        let work = Arc::new(tokio::sync::Mutex::new(()));
        working.insert(key.to_owned(), Arc::downgrade(&work));
        work
    }
}
