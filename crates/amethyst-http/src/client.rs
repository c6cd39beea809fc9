//! Fetching by URL: redirects, proxies, retries, large bodies.

mod body;
mod download;
mod fault;
mod gunzip;
mod retry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amethyst_clock::Clock;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE, LOCATION, USER_AGENT, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::authorization::Authorization;
use crate::endpoint::{Endpoint, Request};
use crate::error::HttpError;
use crate::gate::Gate;
use crate::proxy::Proxies;
use crate::target::{Target, Trust};
use crate::url::Url;

pub use body::Body;
pub use download::{Downloaded, Progress, Resume, Sink};
pub use fault::{FetchError, FetchFault};
pub use retry::Retry;

/// How many redirects are followed, as in Go.
const REDIRECTS_MAX: usize = 10;
/// How many servers a client keeps connections to; beyond that it starts over.
const ENDPOINTS_MAX: usize = 128;

/// What a client is made from.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// What the connections are for; the gate is told.
    pub purpose: &'static str,
    /// Asked before every connection, those of redirects too.
    pub gate: Arc<dyn Gate>,
    /// Whose time dates and waits are in.
    pub clock: Clock,
    /// Which URLs go through a proxy.
    pub proxies: Proxies,
    /// Authorities that are believed beside the system's, as PEM.
    pub authorities_pem: Option<String>,
    /// How we call ourselves.
    pub user_agent: &'static str,
    /// How often, and how patiently, a request is made again.
    pub retry: Retry,
}

/// Fetches by URL. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: ClientSettings,
    endpoints: Mutex<HashMap<String, Endpoint>>,
}

/// What is fetched.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// Headers besides `Host`, `User-Agent`, `Authorization` and `Accept-Encoding`.
    pub headers: HeaderMap,
    /// Who asks; told to the server of `url` only, not to those it redirects to.
    pub authorization: Option<Authorization>,
    /// The body.
    pub body: Bytes,
    /// How long the body of the answer may be, unpacked.
    pub bytes_max: u64,
    /// Whether gzip is offered, and taken off.
    pub gzip: bool,
    /// How long each try may take until the head of an answer is there.
    pub head_timeout: Duration,
    /// How long nothing may come while the body does.
    pub idle_timeout: Duration,
    /// How long all of one try may take.
    pub timeout: Duration,
}

/// The head of an answer, and its body to come.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What answered, after all redirects.
    pub url: Url,
    /// The body.
    pub body: Body,
}

impl Fetch {
    /// A `GET` with the usual limits: 16 MiB, 30 s until the head, 15 minutes in all.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            authorization: None,
            body: Bytes::new(),
            bytes_max: 16 * 1024 * 1024,
            gzip: false,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            timeout: Duration::from_mins(15),
        }
    }

    /// Only wanted when it is no longer what the server called `etag`; else 304 is answered.
    #[must_use]
    pub fn if_none_match(mut self, etag: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(etag) {
            self.headers.insert(http::header::IF_NONE_MATCH, value);
        }
        self
    }

    fn is_idempotent(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE)
    }
}

impl Client {
    /// A client; nothing is dialed before the first request.
    pub fn new(settings: ClientSettings) -> Self {
        Self { inner: Arc::new(Inner { settings, endpoints: Mutex::default() }) }
    }

    /// The time this client lives in.
    pub fn clock(&self) -> &Clock {
        &self.inner.settings.clock
    }

    /// Sends a request and waits for the head of the answer, whatever its status; follows redirects, and
    /// tries again where that may help.
    pub async fn open(&self, fetch: &Fetch) -> Result<Answer, FetchError> {
        let retry = &self.inner.settings.retry;
        for turn in 0.. {
            let last = turn + 1 >= retry.tries_max || !fetch.is_idempotent();
            let pause = match self.follow(fetch).await {
                Ok(answer) => match retry.after_answer(turn, answer.status, &answer.headers, self.clock()) {
                    Some(pause) if !last => pause,
                    _ => return Ok(answer),
                },
                Err(error) if last || !error.is_transient() => return Err(error),
                Err(_) => retry.pause(turn),
            };
            self.clock().sleep(pause).await;
        }
        Err(FetchError::new(&fetch.url, FetchFault::Transport(HttpError::Deadline)))
    }

    /// As [`Client::open`], and waits for the whole body; a status that is no success is an error.
    pub async fn fetch(&self, fetch: &Fetch) -> Result<(HeaderMap, Bytes), FetchError> {
        let mut answer = self.open(fetch).await?.success().await?;
        let body = answer.body.whole().await?;
        Ok((answer.headers, body))
    }

    async fn follow(&self, fetch: &Fetch) -> Result<Answer, FetchError> {
        let deadline = self.clock().instant() + fetch.timeout;
        let (mut fetch, mut trusted) = (fetch.clone(), true);
        for _ in 0..=REDIRECTS_MAX {
            let (head, incoming) = self.once(&fetch, trusted).await?.into_parts();
            let Some(to) = redirect(head.status, &head.headers) else {
                let body = Body::new(incoming, &head.headers, &fetch, deadline, self.clock().clone())?;
                return Ok(Answer { status: head.status, headers: head.headers, url: fetch.url, body });
            };
            let next = to.to_str().ok().map(|to| fetch.url.join(to));
            let next = match next {
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    return Err(FetchError::new(&fetch.url, FetchFault::Redirect(error.to_string())));
                }
                None => {
                    let why = "the server redirects to what is no URL".to_owned();
                    return Err(FetchError::new(&fetch.url, FetchFault::Redirect(why)));
                }
            };
            if fetch.url.is_tls() && !next.is_tls() {
                let why = format!("the server redirects from https to `{next}`, which is not encrypted");
                return Err(FetchError::new(&fetch.url, FetchFault::Redirect(why)));
            }
            trusted = trusted && same_server(&fetch.url, &next);
            if !trusted {
                fetch.headers.remove(AUTHORIZATION);
                fetch.headers.remove(COOKIE);
            }
            if !matches!(head.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
                && fetch.method != Method::HEAD
            {
                (fetch.method, fetch.body) = (Method::GET, Bytes::new());
            }
            fetch.url = next;
        }
        Err(FetchError::new(&fetch.url, FetchFault::Redirects(REDIRECTS_MAX)))
    }

    async fn once(
        &self,
        fetch: &Fetch,
        trusted: bool,
    ) -> Result<http::Response<hyper::body::Incoming>, FetchError> {
        let failed = |fault| FetchError::new(&fetch.url, fault);
        let endpoint = self.endpoint(&fetch.url).map_err(failed)?;
        let mut headers = fetch.headers.clone();
        headers.insert(USER_AGENT, HeaderValue::from_static(self.inner.settings.user_agent));
        let encoding = if fetch.gzip { "gzip" } else { "identity" };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        if trusted {
            // What stands in the URL itself belongs to its server.
            let own = fetch.url.user().map(|(name, password)| Authorization::Basic { name, password });
            let authorization = fetch.authorization.as_ref().or(own.as_ref());
            if let Some(value) = authorization.and_then(Authorization::header) {
                headers.insert(AUTHORIZATION, value);
            }
        }
        let request = Request {
            method: fetch.method.clone(),
            path: fetch.url.request_path().to_owned(),
            headers,
            body: fetch.body.clone(),
            timeout: fetch.head_timeout,
            response_bytes_max: 0,
        };
        let opened = tokio::time::timeout(fetch.head_timeout, endpoint.open(request)).await;
        opened.unwrap_or(Err(HttpError::Deadline)).map_err(|error| failed(FetchFault::Transport(error)))
    }

    fn endpoint(&self, url: &Url) -> Result<Endpoint, FetchFault> {
        let settings = &self.inner.settings;
        let origin = url.origin();
        let mut endpoints = self.inner.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = endpoints.get(&origin) {
            return Ok(known.clone());
        }
        let unusable = |error: crate::TargetError| FetchFault::Target(error.to_string());
        let mut target = Target::new(settings.purpose, &format!("{}://{}", url.scheme(), url.authority()))
            .map_err(unusable)?;
        if let Some(pem) = &settings.authorities_pem {
            target.trust = Trust::SystemAnd(pem.clone());
        }
        let proxy = settings.proxies.for_url(url).cloned();
        let endpoint = Endpoint::through(target, Arc::clone(&settings.gate), proxy).map_err(unusable)?;
        if endpoints.len() >= ENDPOINTS_MAX {
            endpoints.clear();
        }
        endpoints.insert(origin, endpoint.clone());
        Ok(endpoint)
    }
}

impl Answer {
    /// Itself when the status is a success, else an error with the beginning of what the server said.
    pub async fn success(self) -> Result<Self, FetchError> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure().await) }
    }

    /// The error that this answer is.
    pub async fn failure(mut self) -> FetchError {
        let said = self.body.beginning().await;
        let asked = self.headers.get_all(WWW_AUTHENTICATE).iter();
        let challenges = asked.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
        FetchError::new(&self.url, FetchFault::Status { status: self.status, said, challenges })
    }
}

fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<&HeaderValue> {
    let redirects = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    if redirects { headers.get(LOCATION) } else { None }
}

/// Whether credentials for one URL are for the other one too. A server that sends from `http` to its own
/// `https` has seen them already.
fn same_server(from: &Url, to: &Url) -> bool {
    let upgraded = from.port() == 80 && to.port() == 443 && to.is_tls() && !from.is_tls();
    from.host() == to.host() && (from.origin() == to.origin() || upgraded)
}
