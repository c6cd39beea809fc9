//! The wire: TLS, certificates, HTTP/1.1 as bytes.

use std::sync::Arc;

use amethyst_server::edge::tls::{Leaf, Pki, PkiHome};
use amethyst_testkit::{Env, Served};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::PostParams;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

async fn connect(served: &Served, env: &Env, client: Option<&Leaf>) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(env.pki().authority_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        Some(leaf) => {
            let chain = vec![CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let stream = TcpStream::connect(served.address()).await.unwrap();
    let name = ServerName::try_from("kubernetes.default.svc").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

async fn ask(served: &Served, env: &Env, client: Option<&Leaf>, request: &str) -> String {
    let mut stream = connect(served, env, client).await;
    let text = request.replacen("\r\n", " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", 1);
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without TLS's goodbye has still said all.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn only_certificates_of_our_authority_count() {
    let mut env = Env::start().await;
    let served = env.serve().await;
    let foreign = Pki::open(PkiHome::Memory, &[], env.clock().clone()).unwrap();
    let jane = env.pki().client("jane", Some("dev")).unwrap();
    let list = "GET /api/v1/namespaces/default/configmaps\r\n\r\n";
    let cases: [(Option<&Leaf>, &str, &str); 11] = [
        (Some(env.pki().admin()), list, "200"),
        (Some(&jane), list, "403"),
        (Some(foreign.admin()), list, "401"),
        (None, list, "403"),
        (None, "GET /readyz\r\n\r\n", "200"),
        (None, "GET /version\r\n\r\n", "200"),
        (None, "GET /apis\r\n\r\n", "403"),
        (None, "GET /openid/v1/jwks\r\n\r\n", "200"),
        (None, "GET /readyz\r\nauthorization: Bearer x\r\n\r\n", "401"),
        (Some(&jane), "GET /apis\r\n\r\n", "200"),
        (Some(env.pki().admin()), "GET /readyz\r\nauthorization: Bearer x\r\n\r\n", "200"),
    ];
    for (client, request, code) in cases {
        let answer = ask(&served, &env, client, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{request}: {answer}");
    }
    let refused = ask(&served, &env, Some(foreign.admin()), list).await;
    assert!(refused.contains(r#""message":"Unauthorized","reason":"Unauthorized""#), "{refused}");
    env.stop().await;
}

#[tokio::test]
async fn a_watch_is_a_line_for_each_event() {
    let mut env = Env::start().await;
    let served = env.serve().await;
    let admin = env.pki().admin().clone();
    let mut stream = connect(&served, &env, Some(&admin)).await;
    let request = "GET /api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name%3Da HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let api: Api<ConfigMap> = Api::namespaced(env.client.clone(), "default");
    let object = serde_json::from_value(serde_json::json!({"metadata": {"name": "a"}})).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
    let mut text = String::new();
    while !text.contains("}\n") {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert_ne!(count, 0, "{text}");
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    assert!(text.contains("transfer-encoding: chunked"), "{text}");
    assert!(text.contains(r#"{"type":"ADDED","object":{"#), "{text}");
    env.stop().await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.ends_with(b"0\r\n\r\n"), "the watch ended in good order");
}

#[tokio::test]
async fn requests_have_limits() {
    let mut env = Env::start().await;
    let served = env.serve().await;
    let admin = env.pki().admin().clone();
    let request = "POST /api/v1/namespaces/default/configmaps\r\ncontent-type: application/json\r\ncontent-length: 4000000\r\n\r\n";
    let answer = ask(&served, &env, Some(&admin), request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("Request entity too large: limit is 3145728"), "{answer}");
    let long = format!("GET /version?x={}\r\n\r\n", "x".repeat(300 << 10));
    let answer = ask(&served, &env, Some(&admin), &long).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    env.stop().await;
}
