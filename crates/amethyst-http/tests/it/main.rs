//! Endpoints against servers on loopback, good ones and bad ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod client;
mod servers;
#[expect(dead_code, reason = "some of it is for the tests of `amethyst-source`")]
mod web;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amethyst_http::{Addresses, Endpoint, HttpError, LoopbackOnly, Open, Request, Resolve, Target, Trust};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use servers::{Authority, Behaviour, Server};

#[derive(Debug)]
struct At(SocketAddr);

impl Resolve for At {
    fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        Ok(vec![self.0])
    }
}

fn request(body: &str) -> Request {
    Request {
        method: Method::POST,
        path: "/echo?timeout=5s".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_owned()),
        timeout: Duration::from_secs(5),
        response_bytes_max: 1024,
    }
}

fn target(server: &Server, name: &str, authority: &Authority) -> Target {
    let mut target = Target::new("test", &format!("https://{name}:{}", server.address.port())).unwrap();
    target.addresses = Addresses::From(Arc::new(At(server.address)));
    target.trust = Trust::Authorities(authority.pem());
    target
}

async fn fails(target: Target, request: Request) -> String {
    let endpoint = Endpoint::new(target, Arc::new(LoopbackOnly)).unwrap();
    endpoint.send(request).await.unwrap_err().to_string()
}

#[tokio::test]
async fn answers_come_back_over_one_connection() {
    let authority = Authority::new();
    let server = Server::start(&authority, "hook.ns.svc", Behaviour::Echo).await;
    for http2 in [false, true] {
        let mut target = target(&server, "hook.ns.svc", &authority);
        target.http2 = http2;
        let before = server.connections();
        let endpoint = Endpoint::new(target, Arc::new(LoopbackOnly)).unwrap();
        for turn in 0..5 {
            let response = endpoint.send(request(&format!("turn {turn}"))).await.unwrap();
            assert_eq!(response.status, StatusCode::OK);
            let expect =
                format!("POST /echo?timeout=5s {} turn {turn}", if http2 { "HTTP/2.0" } else { "HTTP/1.1" });
            assert_eq!(String::from_utf8(response.body.to_vec()).unwrap(), expect);
        }
        assert_eq!(server.connections() - before, 1);
    }
}

#[tokio::test]
async fn a_server_must_prove_itself() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::start(&authority, "hook.ns.svc", Behaviour::Echo).await;
    assert_eq!(
        fails(target(&server, "hook.ns.svc", &other), request("")).await,
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    );
    assert_eq!(
        fails(target(&server, "other.ns.svc", &authority), request("")).await,
        "tls: failed to verify certificate: x509: certificate is valid for hook.ns.svc, not other.ns.svc"
    );
    let mut named = target(&server, "other.ns.svc", &authority);
    named.server_name = Some("hook.ns.svc".to_owned());
    let endpoint = Endpoint::new(named, Arc::new(LoopbackOnly)).unwrap();
    assert_eq!(endpoint.send(request("")).await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn bad_servers_cost_an_error_and_no_more() {
    let authority = Authority::new();
    let cases = [
        (Behaviour::Hang, "context deadline exceeded"),
        (Behaviour::Drip, "context deadline exceeded"),
        (Behaviour::Endless, "the response is longer than 1024 bytes"),
        (Behaviour::HangUp, "EOF"),
    ];
    for (behaviour, expect) in cases {
        let server = Server::start(&authority, "hook.ns.svc", behaviour).await;
        let mut request = request("x");
        request.timeout = Duration::from_millis(300);
        assert_eq!(fails(target(&server, "hook.ns.svc", &authority), request).await, expect, "{behaviour:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_gos_words() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target::new("test", &format!("http://{free}")).unwrap();
    assert_eq!(fails(target, request("")).await, format!("dial tcp {free}: connect: connection refused"));
}

#[tokio::test]
async fn nothing_passes_a_closed_gate() {
    let target = Target::new("test", "http://192.0.2.1:81").unwrap();
    let endpoint = Endpoint::new(target, Arc::new(LoopbackOnly)).unwrap();
    let error = endpoint.send(request("")).await.unwrap_err();
    assert!(matches!(error, HttpError::Gated { .. }), "{error:?}");
    assert!(error.to_string().contains("only loopback may be dialed"), "{error}");
}

#[test]
fn targets_are_checked_when_they_are_made() {
    assert!(Target::new("test", "ftp://x").is_err());
    assert!(Target::new("test", "/only/a/path").is_err());
    let mut target = Target::new("test", "https://[::1]").unwrap();
    assert_eq!((target.host(), target.port()), ("::1", 443));
    target.trust = Trust::Authorities("no certificate".to_owned());
    let error = Endpoint::new(target, Arc::new(Open)).unwrap_err();
    assert_eq!(error.to_string(), "unable to load root certificates: unable to parse bytes as PEM block");
}
