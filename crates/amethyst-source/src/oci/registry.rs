//! Asking one repository of a registry: who we are, tags, manifests, blobs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use amethyst_diag::Redacted;
use amethyst_http::{Authorization, Client, Fetch, FetchError, FetchFault, Progress, Resume, Sink, Url};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, LINK};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;

use super::Manifest;
use super::challenge::Challenge;
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
pub(crate) struct Tokens(Arc<Mutex<HashMap<String, Authorization>>>);

/// One repository of a registry, and who asks it.
pub(crate) struct Registry<'a> {
    client: &'a Client,
    tokens: &'a Tokens,
    repository: Repository,
    base: Url,
    known: Known,
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

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
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

    /// Answers the challenge of a refusal.
    async fn authorize(&self, refusal: FetchError) -> Result<Authorization, ChartFault> {
        let FetchFault::Status { challenges, .. } = &refusal.fault else { return Err(refusal.into()) };
        let challenges = Challenge::parse(challenges);
        let authorization = if let Some(bearer) = challenges.iter().find(|one| one.scheme == "bearer") {
            match &self.known {
                Known::Credentials(Credentials::RegistryToken(token)) => Authorization::Bearer(token.clone()),
                _ => self.token(bearer).await?,
            }
        } else if challenges.iter().any(|one| one.scheme == "basic") {
            match &self.known {
                Known::Credentials(Credentials::Basic { username, password }) => {
                    Authorization::Basic { name: username.clone(), password: password.clone() }
                }
                Known::Helper(helper) => return Err(self.helper(helper)),
                _ => return Err(refusal.into()),
            }
        } else {
            return Err(refusal.into());
        };
        let mut tokens = self.tokens.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(self.token_key(), authorization.clone());
        Ok(authorization)
    }

    /// Asks the authorization server that the registry names.
    async fn token(&self, challenge: &Challenge) -> Result<Authorization, ChartFault> {
        let refused = |reason: String| ChartFault::Authentication {
            registry: self.repository.registry.clone(),
            reason,
        };
        let realm = challenge.get("realm").ok_or_else(|| refused("it names no realm to ask".to_owned()))?;
        let realm = Url::parse(realm).map_err(|error| refused(format!("its realm: {error}")))?;
        if self.base.is_tls() && !realm.is_tls() {
            return Err(refused(format!("its realm `{realm}` is not encrypted, though the registry is")));
        }
        let default_scope = format!("repository:{}:pull", self.repository.path);
        let scope = challenge.get("scope").unwrap_or(&default_scope);
        let service = challenge.get("service").unwrap_or_default();
        let mut form = format!("service={}&scope={}", form_escaped(service), form_escaped(scope));
        let mut fetch = Fetch::get(realm.clone());
        match &self.known {
            Known::Credentials(Credentials::IdentityToken(token)) => {
                let token = form_escaped(token.expose());
                form = format!("grant_type=refresh_token&client_id=amethyst&{form}&refresh_token={token}");
                (fetch.method, fetch.body) = (Method::POST, Bytes::from(form));
                let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
                fetch.headers.insert(CONTENT_TYPE, form_type);
            }
            known => {
                if let Known::Credentials(Credentials::Basic { username, password }) = known {
                    let (name, password) = (username.clone(), password.clone());
                    fetch.authorization = Some(Authorization::Basic { name, password });
                }
                let query = realm.query().map_or(form.clone(), |query| format!("{query}&{form}"));
                fetch.url = realm.with(realm.path(), Some(&query))?;
            }
        }
        let (_, body) = self.client.fetch(&fetch).await.map_err(|error| self.named(error))?;
        let token: Token = serde_json::from_slice(&body)
            .map_err(|_| refused(format!("`{realm}` does not answer with a token")))?;
        let token = if token.token.is_empty() { token.access_token } else { token.token };
        if token.is_empty() {
            return Err(refused(format!("`{realm}` answers with no token")));
        }
        Ok(Authorization::Bearer(Redacted::new(token)))
    }

    fn known_token(&self) -> Option<Authorization> {
        let tokens = self.tokens.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&self.token_key()).cloned()
    }

    fn token_key(&self) -> String {
        let who = match &self.known {
            Known::Credentials(Credentials::Basic { username, password }) => {
                format!("{username} {}", Digest::of(password.expose().as_bytes()))
            }
            Known::Credentials(Credentials::IdentityToken(token) | Credentials::RegistryToken(token)) => {
                Digest::of(token.expose().as_bytes()).to_string()
            }
            Known::Helper(_) | Known::Nothing => String::new(),
        };
        format!("{} {} {who}", self.base.origin(), self.repository.path)
    }

    /// A refusal, with the program that might have known more.
    fn named(&self, error: FetchError) -> ChartFault {
        match (&self.known, error.status().map(|status| status.as_u16())) {
            (Known::Helper(helper), Some(401 | 403 | 404)) => self.helper(helper),
            _ => error.into(),
        }
    }

    fn helper(&self, helper: &str) -> ChartFault {
        let registry = &self.repository.registry;
        ChartFault::Refused {
            what: format!(
                "the registry `{registry}` asks who we are, which only `{helper}` of Docker's config.json knows, and that is not run"
            ),
            hint: format!(
                "put an entry with `auth` for `{registry}` into the `auths` of a config.json, as `helm registry login` writes it"
            ),
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

fn form_escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
