//! Who we are to a registry: challenges answered, tokens kept.

use std::sync::PoisonError;

use amethyst_diag::Redacted;
use amethyst_http::{Authorization, Fetch, FetchError, FetchFault, Url};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde::Deserialize;

use super::challenge::Challenge;
use super::registry::Registry;
use crate::digest::Digest;
use crate::docker_config::Known;
use crate::fault::ChartFault;
use crate::request::Credentials;

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Registry<'_> {
    /// Answers the challenge of a refusal.
    pub(super) async fn authorize(&self, refusal: FetchError) -> Result<Authorization, ChartFault> {
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

    pub(super) fn known_token(&self) -> Option<Authorization> {
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
    pub(super) fn named(&self, error: FetchError) -> ChartFault {
        match (&self.known, error.status().map(|status| status.as_u16())) {
            (Known::Helper(helper), Some(401 | 403 | 404)) => self.helper(helper),
            _ => error.into(),
        }
    }

    fn helper(&self, helper: &str) -> ChartFault {
        ChartFault::Helper { registry: self.repository.registry.clone(), helper: helper.to_owned() }
    }
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
