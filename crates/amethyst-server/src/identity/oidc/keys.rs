//! The keys of an issuer: fetched from where its discovery document says, and kept for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amethyst_http::{Endpoint, Gate, Request, Target, Trust};
use amethyst_object::{Map, Value, json};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use jiff::{SignedDuration, Timestamp};

use super::OidcIssuer;
use crate::identity::jwt::Unverified;
use crate::identity::keys::VerifyingKey;

const TIME_MAX: Duration = Duration::from_secs(10);
const BYTES_MAX: usize = 1 << 20;
/// Keys in one set; real ones have two or three.
const KEYS_MAX: usize = 64;
/// Keys older than this are fetched anew with the next token.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// However many tokens with unknown keys come: the issuer is asked no more often than this.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keys {
    config: OidcIssuer,
    gate: Arc<dyn Gate>,
    known: Mutex<Known>,
    /// Held while the issuer is asked, so that all who wait share one answer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    keys: Arc<[VerifyingKey]>,
    fetched: Option<Timestamp>,
    asked: Option<Timestamp>,
    /// Why the last fetch failed, if it did.
    failure: Option<String>,
}

impl Keys {
    pub(super) fn new(config: OidcIssuer, gate: Arc<dyn Gate>) -> Self {
        Self { config, gate, known: Mutex::default(), asking: tokio::sync::Mutex::new(()) }
    }

    /// Checks the signature of a token; fetches keys when those known do not verify it.
    pub(super) async fn verify(&self, token: &Unverified<'_>, now: Timestamp) -> Result<(), String> {
        let known = self.known();
        let fresh = known.fetched.is_some_and(|at| now.duration_since(at) < KEPT);
        if fresh && verifies(&known.keys, token) {
            return Ok(());
        }
        self.refresh(known.asked, now).await;
        let known = self.known();
        if verifies(&known.keys, token) {
            return Ok(());
        }
        match known.failure {
            Some(why) if known.keys.is_empty() => {
                Err(format!("failed to verify signature: fetching keys {why}"))
            }
            _ => Err("failed to verify signature: failed to verify id token signature".to_owned()),
        }
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys, unless somebody has done so since `before`, or just now.
    async fn refresh(&self, before: Option<Timestamp>, now: Timestamp) {
        let _asking = self.asking.lock().await;
        let known = self.known();
        let just_now = known.asked.is_some_and(|at| now.duration_since(at) < PAUSE);
        if known.asked != before || just_now {
            return;
        }
        let fetched = self.fetch().await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.asked = Some(now);
        match fetched {
            Ok(keys) => {
                (known.keys, known.fetched, known.failure) = (keys.into(), Some(now), None);
            }
            // Keys that were good go on to be: an issuer that is down for a while locks nobody out.
            Err(why) => {
                tracing::warn!(issuer = self.config.url, why, "failed to fetch the keys of an OIDC issuer");
                known.failure = Some(why);
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<VerifyingKey>, String> {
        let issuer = &self.config.url;
        let usual = || format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = self.get(&self.config.discovery_url.clone().unwrap_or_else(usual)).await?;
        let named = document.str("issuer").unwrap_or_default();
        if named != issuer {
            return Err(format!(
                "oidc: issuer did not match the issuer returned by provider, expected {issuer:?} got {named:?}"
            ));
        }
        let place = document.str("jwks_uri").ok_or("oidc: the discovery document names no jwks_uri")?;
        let set = self.get(place).await?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("oidc: the key set has no keys")?;
        let keys = keys.iter().take(KEYS_MAX).filter_map(Value::as_object);
        Ok(keys.filter_map(VerifyingKey::of_jwk).collect())
    }

    async fn get(&self, url: &str) -> Result<Map, String> {
        let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
        if uri.scheme_str() != Some("https") {
            return Err(format!("`{url}` is not reached over TLS"));
        }
        let mut target = Target::new("oidc", url).map_err(|error| error.to_string())?;
        if let Some(pem) = &self.config.authority_pem {
            target.trust = Trust::Authorities(pem.clone());
        }
        let endpoint = Endpoint::new(target, Arc::clone(&self.gate)).map_err(|error| error.to_string())?;
        let request = Request {
            method: Method::GET,
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: TIME_MAX,
            response_bytes_max: BYTES_MAX,
        };
        let response = endpoint.send(request).await.map_err(|error| format!("Get {url:?}: {error}"))?;
        if response.status != http::StatusCode::OK {
            return Err(format!("Get {url:?}: {}", response.status));
        }
        match json::parse(&response.body) {
            Ok(Value::Object(map)) => Ok(map),
            _ => Err(format!("Get {url:?}: the answer is no JSON object")),
        }
    }
}

fn verifies(keys: &[VerifyingKey], token: &Unverified<'_>) -> bool {
    // A key without a name may be any.
    let named = |key: &&VerifyingKey| token.key_id.is_empty() || key.id.is_empty() || key.id == token.key_id;
    let message = token.signed.as_bytes();
    keys.iter().filter(named).any(|key| key.verifies(&token.algorithm, message, &token.signature))
}
