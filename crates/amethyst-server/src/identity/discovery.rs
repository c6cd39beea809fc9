//! The documents by which others verify our tokens (kubernetes `pkg/serviceaccount/openidmetadata.go`).

use amethyst_object::{Map, Value, json, value};

use super::{Identity, IdentityError};

/// Where an issuer says who it is.
pub(crate) const CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";
/// Where the keys are, when nobody else publishes them.
pub(crate) const JWKS_PATH: &str = "/openid/v1/jwks";
/// How long readers may keep the documents.
pub(crate) const MAX_AGE_SECONDS: u32 = 3600;

impl Identity {
    /// Whether the issuer is one that others can verify: upstream serves no documents for another.
    pub(crate) fn is_discoverable(&self) -> bool {
        let issuer = &self.issuers()[0];
        issuer.starts_with("https://") && !issuer.contains(['?', '#'])
    }

    /// The discovery document; `address` is where this server is reached.
    pub(crate) async fn configuration(&self, address: &str) -> Result<String, IdentityError> {
        self.signing().await?;
        let mut algorithms: Vec<&str> =
            self.0.keys.load().verifying.iter().map(super::keys::VerifyingKey::algorithm).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let algorithms: Vec<Value> = algorithms.into_iter().map(Value::from).collect();
        let keys = self.0.options.jwks_uri.clone().unwrap_or_else(|| format!("https://{address}{JWKS_PATH}"));
        let mut document = Map::new();
        document.insert("issuer", self.issuers()[0].as_str());
        document.insert("jwks_uri", keys);
        document.insert("response_types_supported", value!(["id_token"]));
        document.insert("subject_types_supported", value!(["public"]));
        document.insert("id_token_signing_alg_values_supported", algorithms);
        Ok(json::to_string_in_order(&Value::Object(document)))
    }

    /// The key set.
    pub(crate) async fn key_set(&self) -> Result<String, IdentityError> {
        self.signing().await?;
        let keys: Vec<Value> =
            self.0.keys.load().verifying.iter().map(super::keys::VerifyingKey::to_jwk).collect();
        Ok(json::to_string_in_order(&value!({"keys": keys})))
    }
}
