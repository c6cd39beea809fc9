//! Requests to one server, over a bounded pool of connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::connect::{Connector, Plan};
use crate::error::HttpError;
use crate::gate::Gate;
use crate::proxy::Proxy;
use crate::target::{Target, TargetError};
use crate::tls;

/// Connections that are kept although nobody uses them, per endpoint.
const IDLE_MAX: usize = 8;
/// How long they are kept.
const IDLE: Duration = Duration::from_secs(90);
/// The head of an answer may be this long.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// One server and the connections to it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Endpoint {
    plan: Arc<Plan>,
    client: legacy::Client<Connector, Full<Bytes>>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query: `/validate?timeout=10s`.
    pub path: String,
    /// Headers besides `Host` and `Content-Length`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How long all of it may take: dialing, the request, the answer to its last byte.
    pub timeout: Duration,
    /// How long the body of the answer may be.
    pub response_bytes_max: usize,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

impl Endpoint {
    /// An endpoint; nothing is dialed before the first request.
    pub fn new(target: Target, gate: Arc<dyn Gate>) -> Result<Self, TargetError> {
        Self::through(target, gate, None)
    }

    /// An endpoint behind a proxy; the gate is asked about the proxy's address, under the target's host.
    pub fn through(target: Target, gate: Arc<dyn Gate>, proxy: Option<Proxy>) -> Result<Self, TargetError> {
        let tls =
            if target.is_tls() { Some((tls::config(&target)?, tls::server_name(&target)?)) } else { None };
        let plan = Arc::new(Plan { target, gate, tls, proxy });
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .http2_max_header_list_size(HEAD_BYTES_MAX as u32)
            .set_host(false)
            .build(Connector(Arc::clone(&plan)));
        Ok(Self { plan, client })
    }

    /// The server.
    pub fn target(&self) -> &Target {
        &self.plan.target
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let (timeout, limit) = (request.timeout, request.response_bytes_max);
        let exchange = self.exchange(request, limit);
        tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(HttpError::Deadline))
    }

    async fn exchange(&self, request: Request, limit: usize) -> Result<Response, HttpError> {
        let response = self.open(request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return HttpError::TooLong { limit };
            }
            HttpError::from_client(error.as_ref())
        })?;
        Ok(Response { status: head.status, headers: head.headers, body: body.to_bytes() })
    }

    /// Sends a request and waits for the head of the answer. Times and lengths are the caller's to bound.
    pub(crate) async fn open(&self, request: Request) -> Result<http::Response<Incoming>, HttpError> {
        let request = self.request(request)?;
        self.client.request(request).await.map_err(|error| HttpError::from_client(&error))
    }

    fn request(&self, request: Request) -> Result<http::Request<Full<Bytes>>, HttpError> {
        let unusable = |what: String| HttpError::Request(what);
        let path: PathAndQuery =
            request.path.parse().map_err(|_| unusable(format!("`{}` is no path of a URL", request.path)))?;
        let mut parts = self.plan.target.origin.clone().into_parts();
        parts.path_and_query = Some(path);
        let uri = Uri::from_parts(parts).map_err(|error| unusable(error.to_string()))?;
        let mut out = http::Request::new(Full::new(request.body));
        *out.method_mut() = request.method;
        *out.uri_mut() = uri;
        *out.headers_mut() = request.headers;
        if let Some(host) = self.plan.target.host_header() {
            out.headers_mut().insert(header::HOST, host);
        }
        if let Some(proxy) = &self.plan.proxy
            && self.plan.tls.is_none()
            && let Some(authorization) = proxy.authorization()
        {
            out.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
        Ok(out)
    }
}
