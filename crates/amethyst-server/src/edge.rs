//! The HTTP edge: from a request to a call of the registry, and from its outcome to an answer.
//!
//! Who asks is known before anything is read (`authenticate`, or the user of an in-process service); for whom
//! (`impersonate`) and what may be done are questions to the roles and bindings of the registry. Requests for
//! objects go to `objects`, everything else (health, discovery, OpenAPI, version, metrics) to `paths`; the audit
//! log is told on the way. The edge holds no object and no kind's rules.

mod answer;
mod authenticate;
mod authorize;
mod body;
mod compress;
mod connection;
mod decode;
mod discovery;
mod health;
mod impersonate;
mod jsonpath;
mod limits;
mod metrics;
mod negotiate;
mod objects;
mod openapi;
mod openid;
mod paths;
mod render;
mod route;
mod service;
mod table;
pub mod tls;
mod watch;

use std::net::IpAddr;
use std::sync::Arc;

use amethyst_clock::Clock;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use tokio_util::sync::CancellationToken;

use authorize::Question;
pub use body::ResponseBody;
pub use connection::ServeError;
pub use service::InProcess;

use crate::audit::{Audit, Received, Trail};
use crate::rbac::{Attributes, decide, forbidden};
use crate::registry::Registry;
use crate::request::{Asked, Query};
use crate::status::Status;
use crate::user::User;

/// What a server needs besides its registry.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The time of ages, certificates and limits.
    pub clock: Clock,
    /// What `/version` says after `v1.37.2+`: `amethyst.0.1.0`.
    pub build: String,
    /// Where clients find the server, as legacy discovery tells them: `192.0.2.7:6443`.
    pub address: String,
    /// Where is told what is done; nowhere when `None`.
    pub audit: Option<Audit>,
}

impl ServerOptions {
    /// Options with `clock`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            build: concat!("amethyst.", env!("CARGO_PKG_VERSION")).to_owned(),
            address: "127.0.0.1:6443".to_owned(),
            audit: None,
        }
    }
}

/// The API server over a registry. Cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("options", &self.0.options).finish_non_exhaustive()
    }
}

struct Inner {
    registry: Registry,
    options: ServerOptions,
    clock: Clock,
    discovery: discovery::Discovery,
    openapi: openapi::OpenApi,
    metrics: metrics::Metrics,
    seats: limits::Seats,
    started_seconds: i64,
    impersonation: impersonate::Memory,
    shutdown: CancellationToken,
}

impl Server {
    /// A server over `registry`. It listens nowhere until [`Server::serve`].
    pub fn start(registry: Registry, options: ServerOptions) -> Self {
        Self(Arc::new(Inner {
            registry,
            clock: options.clock.clone(),
            started_seconds: options.clock.now().as_second(),
            options,
            discovery: discovery::Discovery::default(),
            openapi: openapi::OpenApi::default(),
            metrics: metrics::Metrics::default(),
            seats: limits::Seats::default(),
            impersonation: impersonate::Memory::default(),
            shutdown: CancellationToken::new(),
        }))
    }

    /// The server as a service for one user of this process: `kube::Client::new(service, "default")`.
    pub fn service(&self, user: User) -> InProcess {
        InProcess::new(Arc::clone(&self.0), user)
    }

    /// The registry below.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Ends all watches, in process and on connections, and makes `/readyz` fail. Listeners drain by the
    /// token they were given.
    pub fn shut_down(&self) {
        self.0.shutdown.cancel();
    }
}

/// Where a request comes from.
pub(crate) struct Origin {
    /// Who asks, or why that is not known.
    user: Result<Arc<User>, Status>,
    /// The address of the client's end, when there is a connection.
    address: Option<IpAddr>,
    /// What the answer carries as `Audit-Id`.
    audit_id: HeaderValue,
}

/// The header by which a request is found again in the audit log.
const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");

impl Inner {
    /// The client's own id for its request, or a new one.
    fn audit_id(&self, headers: &HeaderMap) -> HeaderValue {
        let own = headers.get(AUDIT_ID).filter(|id| !id.is_empty()).cloned();
        own.unwrap_or_else(|| {
            let id = self.registry.options().entropy.uuid();
            HeaderValue::try_from(id).expect("a uuid is written in hexadecimal digits")
        })
    }

    /// Answers one request. Failures are answers too.
    async fn answer<B>(&self, request: Request<B>, origin: Origin) -> Response<ResponseBody>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let pretty = answer::Pretty::of(&query, &parts.headers);
        let asked = Asked::read(&parts.method, parts.uri.path(), &query);
        let question = Question::new(&parts.method, parts.uri.path(), &query, &asked);
        let trail = self.trail(&parts, &origin, &question);
        let asking =
            Asking { asked: &asked, attributes: question.attributes(), query: &query, parts: &parts };
        let mut answer = match origin.user {
            Ok(user) => {
                trail.received();
                let end = trail.guard();
                let answered = self.allowed(asking, user, &trail, body, pretty).await;
                let mut answer = answered.unwrap_or_else(|status| answer::status(&status, pretty));
                trail.answered(answer.status().as_u16(), answer.body().bytes());
                if asked.is_watch() {
                    trail.started();
                    answer.body_mut().hold(end);
                }
                answer
            }
            Err(status) => {
                let answer = answer::status(&status, pretty);
                // Who is turned away at the door is told of once.
                trail.answered(answer.status().as_u16(), answer.body().bytes());
                trail.started();
                answer
            }
        };
        // HTTP/2 takes a body after HEAD for an error of the protocol.
        if parts.method == http::Method::HEAD {
            *answer.body_mut() = ResponseBody::full(Bytes::new());
        }
        answer.headers_mut().insert(AUDIT_ID, origin.audit_id);
        answer
    }

    /// Begins what the audit log tells of a request.
    fn trail(&self, parts: &Parts, origin: &Origin, question: &Question<'_>) -> Trail {
        let Some(audit) = &self.options.audit else { return Trail::default() };
        let received = Received {
            id: &String::from_utf8_lossy(origin.audit_id.as_bytes()),
            uri: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: &parts.headers,
            address: origin.address,
            attributes: &question.attributes(),
            info: question.info(),
        };
        Trail::begin(audit, &received, origin.user.as_ref().ok())
    }

    /// Lets the request through to what it is about, if its user may do that.
    async fn allowed<B>(
        &self,
        asking: Asking<'_>,
        mut user: Arc<User>,
        trail: &Trail,
        body: B,
        pretty: answer::Pretty,
    ) -> Result<Response<ResponseBody>, Status>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Asking { asked, attributes, query, parts } = asking;
        let index = self.registry.access();
        let spoken_for =
            impersonate::impersonated(&index, &self.impersonation, &user, &attributes, &parts.headers)?;
        if let Some(spoken_for) = spoken_for {
            trail.impersonated(&spoken_for.user, &spoken_for.constraint);
            user = spoken_for.user;
        }
        // Everybody may read how our tokens are verified: whoever has to is often no user of the cluster.
        if openid::serves(self, parts.uri.path()) {
            return openid::handle(self, parts.uri.path(), parts).await;
        }
        let decision = decide(&index, &user, &attributes);
        if trail.is_on() {
            let verdict = if decision.allowed { "allow" } else { "forbid" };
            trail.annotate("authorization.k8s.io/decision", verdict);
            trail.annotate("authorization.k8s.io/reason", &decision.reason);
        }
        if !decision.allowed {
            return Err(forbidden(&user, &attributes, &decision.reason));
        }
        match asked {
            Asked::Objects(info) => objects::handle(self, user, info, query, parts, trail, body).await,
            Asked::Other(segments) => paths::handle(self, segments, query, parts, pretty),
        }
    }
}

/// A request, read.
struct Asking<'a> {
    asked: &'a Asked,
    attributes: Attributes<'a>,
    query: &'a Query,
    parts: &'a Parts,
}
