//! Asking one repository of a registry: who we are, tags, manifests, blobs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use amethyst_http::{Authorization, Client, Fetch, Progress, Resume, Sink, Url};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, LINK};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::Manifest;
use super::manifest::{self, Node, candidates};
use super::reference::{Repository, Selector};
use crate::digest::Digest;
use crate::docker_config::{DockerConfig, Known};
use crate::fault::ChartFault;
use crate::request::{Credentials, Layer};

/// A manifest may be this long, as the specification advises.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How many tags of a repository are read.
const TAGS_MAX: usize = 200_000;
/// How many pages they come in.
const PAGES_MAX: usize = 1000;

/// What authorization servers gave, by registry, repository and who asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens(pub(super) Arc<Mutex<HashMap<String, Authorization>>>);

/// One repository of a registry, and who asks it.
pub(crate) struct Registry<'a> {
    pub(super) client: &'a Client,
    pub(super) tokens: &'a Tokens,
    pub(super) repository: Repository,
    pub(super) base: Url,
    pub(super) known: Known,
}

/// A manifest that was found, and what it is called.
pub(crate) struct Found {
    /// The digest of what the reference points at: of the index, when it is one.
    pub(crate) digest: Digest,
    pub(crate) manifest: Manifest,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl<'a> Registry<'a> {
    pub(crate) fn new(
        client: &'a Client,
        tokens: &'a Tokens,
        docker: &DockerConfig,
        repository: Repository,
        credentials: Option<&Credentials>,
    ) -> Result<Self, ChartFault> {
        let known = match credentials {
            Some(credentials) => Known::Credentials(credentials.clone()),
            None => docker.find(&repository.registry, &repository.path),
        };
        let base = repository.base()?;
        Ok(Self { client, tokens, repository, base, known })
    }

    /// All tags, in the registry's order.
    pub(crate) async fn tags(&self) -> Result<Vec<String>, ChartFault> {
        let mut url = self.url("tags/list", Some("n=1000"))?;
        let mut tags: Vec<String> = Vec::new();
        for _ in 0..PAGES_MAX {
            let (headers, body) = self.get(&Fetch::get(url.clone())).await?;
            let page: Page = serde_json::from_slice(&body)
                .map_err(|error| self.broken(&format!("the list of its tags is none: {error}")))?;
            tags.extend(page.tags.unwrap_or_default());
            if tags.len() > TAGS_MAX {
                return Err(self.broken(&format!("it has more than {TAGS_MAX} tags")));
            }
            let Some(next) = next_page(&headers) else { return Ok(tags) };
            let next = url.join(&next)?;
            if next.origin() != url.origin() {
                return Err(self.broken(&format!("its next page of tags is on another server, `{next}`")));
            }
            url = next;
        }
        Err(self.broken(&format!("its tags come in more than {PAGES_MAX} pages")))
    }

    /// The artifact under a tag or digest; of an index, the one that is meant.
    pub(crate) async fn artifact(&self, selector: &Selector, layer: &Layer) -> Result<Found, ChartFault> {
        let (digest, node) = self.node(selector).await?;
        let index = match node {
            Node::Artifact(manifest) => return Ok(Found { digest, manifest }),
            Node::Index(index) => index,
        };
        for found in candidates(&index) {
            let selector = Selector::Digest(found.digest.clone());
            if let (_, Node::Artifact(manifest)) = self.node(&selector).await?
                && (*layer != Layer::HelmChart || manifest.is_chart())
            {
                return Ok(Found { digest, manifest });
            }
        }
        Err(self.broken("its index has no artifact for no platform, nor for linux/amd64"))
    }

    async fn node(&self, selector: &Selector) -> Result<(Digest, Node), ChartFault> {
        let (name, expected) = match selector {
            Selector::Tag(tag) => (tag.clone(), None),
            Selector::Digest(text) => {
                let place = format!("the reference to `{}`", self.repository);
                let digest: Digest =
                    text.parse().map_err(|source| ChartFault::DigestSyntax { place, source })?;
                (digest.to_string(), Some(digest))
            }
        };
        let mut fetch = Fetch::get(self.url(&format!("manifests/{name}"), None)?);
        fetch.headers.insert(ACCEPT, HeaderValue::from_static(manifest::ACCEPT));
        fetch.bytes_max = MANIFEST_BYTES_MAX;
        let (headers, body) = self.get(&fetch).await?;
        let got = Digest::of(&body);
        let told = headers.get("docker-content-digest").and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(expected) = expected.or(told)
            && expected != got
        {
            let what = format!("the manifest of `{}{selector}`", self.repository);
            return Err(ChartFault::Digest { what, expected, got });
        }
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let node = Node::parse(&body, content_type).map_err(|why| self.broken(&why))?;
        Ok((got, node))
    }

    /// Writes a blob to a sink. What the sink holds already is gone on with, for whoever wrote it verifies it.
    pub(crate) async fn blob(
        &self,
        digest: &Digest,
        size: u64,
        sink: &mut dyn Sink,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ChartFault> {
        let mut fetch = Fetch::get(self.url(&format!("blobs/{digest}"), None)?);
        fetch.bytes_max = size;
        fetch.authorization = self.known_token();
        match self.client.download(&fetch, Resume::Same, sink, progress).await {
            Err(error) if error.status().is_some_and(|status| status == 401) => {
                fetch.authorization = Some(self.authorize(error).await?);
                self.client.download(&fetch, Resume::Same, sink, progress).await?;
            }
            done => drop(done?),
        }
        Ok(())
    }

    async fn get(&self, fetch: &Fetch) -> Result<(HeaderMap, Bytes), ChartFault> {
        let mut fetch = fetch.clone();
        fetch.authorization = self.known_token();
        match self.client.fetch(&fetch).await {
            Err(error) if error.status().is_some_and(|status| status == 401) => {
                fetch.authorization = Some(self.authorize(error).await?);
                Ok(self.client.fetch(&fetch).await.map_err(|error| self.named(error))?)
            }
            done => Ok(done.map_err(|error| self.named(error))?),
        }
    }

    fn broken(&self, why: &str) -> ChartFault {
        ChartFault::Artifact { reference: self.repository.to_string(), reason: why.to_owned() }
    }

    fn url(&self, what: &str, query: Option<&str>) -> Result<Url, ChartFault> {
        Ok(self.base.with(&format!("/v2/{}/{what}", self.repository.path), query)?)
    }
}

/// `Link: </v2/x/tags/list?last=b>; rel="next"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let mut links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.find_map(|link| {
        let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        (next && !target.is_empty()).then(|| target.to_owned())
    })
}
