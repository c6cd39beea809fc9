//! The HTTP edge: from a request to a call of the registry, and from its outcome to an answer.
//!
//! Who asks is known before anything is read (`authenticate`, or the user of an in-process service); what
//! may be done is one question to the roles and bindings of the registry. Requests for objects go to `objects`, everything else
//! (health, discovery, OpenAPI, version, metrics) to `paths`. The edge holds no object and no kind's rules.

mod answer;
mod authenticate;
mod authorize;
mod body;
mod compress;
mod connection;
mod decode;
mod discovery;
mod health;
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

use std::sync::Arc;

use amethyst_clock::Clock;
use bytes::Bytes;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;

use authorize::Question;
pub use body::ResponseBody;
pub use connection::ServeError;
pub use service::InProcess;

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
}

impl ServerOptions {
    /// Options with `clock`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            build: concat!("amethyst.", env!("CARGO_PKG_VERSION")).to_owned(),
            address: "127.0.0.1:6443".to_owned(),
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

impl Inner {
    /// Answers one request. Failures are answers too.
    async fn answer<B>(&self, request: Request<B>, user: Result<Arc<User>, Status>) -> Response<ResponseBody>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let pretty = answer::Pretty::of(&query, &parts.headers);
        let path = parts.uri.path();
        let answered = async {
            let user = authenticate::impersonated(user?, &parts.headers)?;
            let asked = Asked::read(&parts.method, path, &query);
            // Everybody may read how our tokens are verified: whoever has to is often no user of the cluster.
            if openid::serves(self, path) {
                return openid::handle(self, path, &parts.method).await;
            }
            let question = Question::new(&parts.method, path, &query, &asked);
            if let (_, Some(refusal)) = authorize::check(&self.registry, &user, &question.attributes()) {
                return Err(refusal);
            }
            match asked {
                Asked::Objects(info) => objects::handle(self, user, &info, &query, &parts, body).await,
                Asked::Other(segments) => paths::handle(self, &segments, &query, &parts, pretty),
            }
        };
        let mut answer = answered.await.unwrap_or_else(|status| answer::status(&status, pretty));
        // HTTP/2 takes a body after HEAD for an error of the protocol.
        if parts.method == http::Method::HEAD {
            *answer.body_mut() = ResponseBody::full(Bytes::new());
        }
        answer
    }
}
