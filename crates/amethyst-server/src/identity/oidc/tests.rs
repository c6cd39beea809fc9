//! Tokens of an issuer on loopback, whose document and keys are served over TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use amethyst_clock::Clock;
use amethyst_http::LoopbackOnly;
use amethyst_object::{Map, Value, json, value};
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ClaimMapping, Issuers, OidcIssuer};
use crate::edge::tls::{Pki, PkiHome};
use crate::identity::jwt;
use crate::identity::keys::SigningKey;

const RSA: &str = include_str!("../keys/testdata/rsa-pkcs1.pem");
const EC: &str = include_str!("../keys/testdata/ec-sec1.pem");

/// An issuer: what it serves under which path.
struct Provider {
    url: String,
    authority_pem: String,
    served: Arc<std::sync::Mutex<Vec<(String, String)>>>,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    async fn start() -> Self {
        let pki = Pki::open(PkiHome::Memory, &[], Clock::system()).unwrap();
        let leaf = pki.serving_leaf();
        let chain = vec![CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let served = Arc::new(std::sync::Mutex::new(Vec::<(String, String)>::new()));
        let asked = Arc::new(AtomicUsize::new(0));
        let (pages, count) = (Arc::clone(&served), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = vec![0; 4096];
                let length = stream.read(&mut head).await.unwrap();
                let path =
                    String::from_utf8_lossy(&head[..length]).split(' ').nth(1).unwrap_or_default().to_owned();
                count.fetch_add(1, Ordering::SeqCst);
                let page =
                    pages.lock().unwrap().iter().find(|(at, _)| *at == path).map(|(_, page)| page.clone());
                let (status, body) = page.map_or(("404 Not Found", String::new()), |page| ("200 OK", page));
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, authority_pem: pki.authority_pem().to_owned(), served, asked, task }
    }

    fn serve(&self, keys: &[&SigningKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.verifying.to_jwk()).collect();
        let jwks = format!("{}/keys", self.url);
        let url = self.url.as_str();
        *self.served.lock().unwrap() = vec![
            (
                "/.well-known/openid-configuration".to_owned(),
                json::to_string(&value!({"issuer": url, "jwks_uri": jwks})),
            ),
            ("/keys".to_owned(), json::to_string(&value!({"keys": keys}))),
        ];
    }

    fn config(&self) -> OidcIssuer {
        OidcIssuer {
            url: self.url.clone(),
            authority_pem: Some(self.authority_pem.clone()),
            audiences: vec!["amethyst".to_owned()],
            username: ClaimMapping { claim: "email".to_owned(), prefix: "oidc:".to_owned() },
            groups: Some(ClaimMapping { claim: "groups".to_owned(), prefix: "oidc:".to_owned() }),
            required: vec![("tenant".to_owned(), "home".to_owned())],
            ..OidcIssuer::default()
        }
    }

    fn claims(&self, more: &str) -> Map {
        let text = format!(
            r#"{{"iss":"{}","aud":["amethyst"],"exp":2000,"email":"jane@example.com","email_verified":true,"groups":["dev","ops"],"tenant":"home","jti":"7"}}"#,
            self.url
        );
        let Value::Object(mut claims) = json::parse(text.as_bytes()).unwrap() else { panic!() };
        let Value::Object(more) = json::parse(more.as_bytes()).unwrap() else { panic!() };
        for (key, value) in more.iter() {
            if value.is_null() {
                claims.remove(key);
            } else {
                claims.insert(key.clone(), value.clone());
            }
        }
        claims
    }
}

fn token(key: &SigningKey, claims: Map) -> String {
    let signed = jwt::to_sign(key.verifying.algorithm(), &key.verifying.id, &Value::Object(claims));
    let signature = key.sign(signed.as_bytes()).unwrap();
    jwt::finish(&signed, &signature)
}

fn issuers(config: OidcIssuer) -> Issuers {
    let gate: Arc<dyn amethyst_http::Gate> = Arc::new(LoopbackOnly);
    Issuers::new(&[config], &gate)
}

async fn who(issuers: &Issuers, token: &str, seconds: i64) -> Result<Option<crate::user::User>, String> {
    let own = ["api".to_owned()];
    let found = issuers.authenticate(token, Timestamp::from_second(seconds).unwrap(), &own, &own).await;
    found.map(|found| found.map(|found| found.user))
}

#[tokio::test]
async fn claims_make_a_user() {
    let provider = Provider::start().await;
    let key = SigningKey::of_pem(RSA).unwrap();
    provider.serve(&[&key]);
    let issuers = issuers(provider.config());
    let user = who(&issuers, &token(&key, provider.claims("{}")), 1000).await.unwrap().unwrap();
    assert_eq!(user.name, "oidc:jane@example.com");
    assert_eq!(user.groups, ["oidc:dev", "oidc:ops"]);
    assert_eq!(user.extra["authentication.kubernetes.io/credential-id"], ["JTI=7"]);
    let one = token(&key, provider.claims(r#"{"groups":"dev"}"#));
    assert_eq!(who(&issuers, &one, 1000).await.unwrap().unwrap().groups, ["oidc:dev"]);
    for (more, expect) in [
        (r#"{"email_verified":false}"#, "oidc: email not verified"),
        (r#"{"email":null}"#, r#"oidc: parse username claims "email": claim not present"#),
        (r#"{"tenant":"x"}"#, "oidc: required claim tenant value does not match. Got = x, want = home"),
        (r#"{"tenant":null}"#, "oidc: required claim tenant not present in ID token"),
        (
            r#"{"aud":"other"}"#,
            r#"oidc: verify token: oidc: expected audience in ["amethyst"] got ["other"]"#,
        ),
        (r#"{"exp":999}"#, "oidc: verify token: oidc: token is expired (Token Expiry: 1970-01-01T00:16:39Z)"),
        (
            r#"{"exp":null}"#,
            "oidc: verify token: oidc: token is expired (Token Expiry: 1970-01-01T00:00:00Z)",
        ),
    ] {
        let refused = who(&issuers, &token(&key, provider.claims(more)), 1000).await.unwrap_err();
        assert_eq!(refused, expect, "{more}");
    }
    let elsewhere = token(&key, provider.claims(r#"{"iss":"https://elsewhere"}"#));
    assert_eq!(who(&issuers, &elsewhere, 1000).await, Ok(None));
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2, "document and keys were fetched once");
}

#[tokio::test]
async fn a_new_key_is_fetched_and_an_unknown_one_not_too_often() {
    let provider = Provider::start().await;
    let (first, second) = (SigningKey::of_pem(RSA).unwrap(), SigningKey::of_pem(EC).unwrap());
    provider.serve(&[&first]);
    let issuers = issuers(provider.config());
    assert!(who(&issuers, &token(&first, provider.claims("{}")), 1000).await.is_ok());
    let unknown = token(&second, provider.claims("{}"));
    for _ in 0..5 {
        let refused = who(&issuers, &unknown, 1001).await.unwrap_err();
        assert!(refused.contains("failed to verify id token signature"), "{refused}");
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2, "it was asked a moment ago");
    provider.serve(&[&first, &second]);
    assert!(who(&issuers, &unknown, 1011).await.is_ok());
    assert!(who(&issuers, &token(&first, provider.claims("{}")), 1012).await.is_ok());
    assert_eq!(provider.asked.load(Ordering::SeqCst), 4);
    // The issuer is gone: keys that are known serve on, even when they are due.
    provider.served.lock().unwrap().clear();
    let later = token(&first, provider.claims(r#"{"exp":9000}"#));
    assert!(who(&issuers, &later, 5000).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_not_what_it_says_is_not_believed() {
    let provider = Provider::start().await;
    let key = SigningKey::of_pem(RSA).unwrap();
    let good = token(&key, provider.claims("{}"));
    let refused = who(&issuers(provider.config()), &good, 1000).await.unwrap_err();
    assert!(refused.contains("404 Not Found"), "{refused}");
    provider.serve(&[&key]);
    let stranger = OidcIssuer { authority_pem: None, ..provider.config() };
    let refused = who(&issuers(stranger), &good, 1000).await.unwrap_err();
    assert!(refused.contains("fetching keys"), "{refused}");
    provider.served.lock().unwrap()[0].1 =
        r#"{"issuer":"https://other","jwks_uri":"https://other/keys"}"#.to_owned();
    let refused = who(&issuers(provider.config()), &good, 1000).await.unwrap_err();
    assert!(refused.contains("issuer did not match the issuer returned by provider"), "{refused}");
    provider.served.lock().unwrap()[0].1 =
        format!(r#"{{"issuer":"{}","jwks_uri":"http://127.0.0.1/keys"}}"#, provider.url);
    let refused = who(&issuers(provider.config()), &good, 1000).await.unwrap_err();
    assert!(refused.contains("is not reached over TLS"), "{refused}");
}
