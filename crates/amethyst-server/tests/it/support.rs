//! A server in memory, and requests written by hand.

use amethyst_clock::{Clock, Entropy};
use amethyst_object::{Value, json};
use amethyst_server::identity::Identity;
use amethyst_server::record::Entry;
use amethyst_server::registry::{Registry, RegistryOptions};
use amethyst_server::user::User;
use amethyst_server::{Server, ServerOptions};
use amethyst_store::{Options, Store};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        json::parse(self.text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A server whose time stands still but for tokio's.
pub(crate) async fn server() -> Server {
    let clock = Clock::at("2026-11-24T03:00:00Z".parse().unwrap());
    Server::start(registry().await, ServerOptions::new(clock))
}

/// A registry over an empty store.
pub(crate) async fn registry() -> Registry {
    registry_over(Store::memory(Options::default())).await
}

/// A registry over a store.
pub(crate) async fn registry_over(store: Store<Entry>) -> Registry {
    let clock = Clock::at("2026-11-24T03:00:00Z".parse().unwrap());
    let options = RegistryOptions {
        clock: clock.clone(),
        entropy: Entropy::seeded(7),
        identity: Identity::in_memory(clock.clone(), Entropy::seeded(8)),
        service_cidr: ([10, 96, 0, 0].into(), 16),
        node_ports: 30000..=32767,
        root_ca_pem: String::new(),
        advertise: None,
        plugins: Vec::new(),
        outbound: std::sync::Arc::new(amethyst_http::LoopbackOnly),
    };
    Registry::start(store, options).await.unwrap()
}

/// Sends `METHOD path`, then lines of `header: value`; asks as a user who may do everything.
pub(crate) async fn ask(server: &Server, request: &str, body: &str) -> Answer {
    let mut lines = request.lines().map(str::trim);
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut builder = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    let request = builder.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let answer = server.service(User::in_process("test")).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        code: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    }
}
