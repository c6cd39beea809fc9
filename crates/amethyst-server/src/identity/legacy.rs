//! Tokens that Secrets of the type `kubernetes.io/service-account-token` hold: they never end, and count as
//! long as the Secret holds them (kubernetes `pkg/serviceaccount/legacy.go`).

use amethyst_object::{Map, Value};
use amethyst_store::Snapshot;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::service_account::{find, user_name};
use super::{Identity, IdentityError, Object};
use crate::record::Entry;
use crate::registry::scan;
use crate::user::{User, service_account_groups};

/// The issuer of such tokens.
pub(super) const ISSUER: &str = "kubernetes/serviceaccount";

const NAMESPACE: &str = "kubernetes.io/serviceaccount/namespace";
const SECRET: &str = "kubernetes.io/serviceaccount/secret.name";
const ACCOUNT: &str = "kubernetes.io/serviceaccount/service-account.name";
const ACCOUNT_UID: &str = "kubernetes.io/serviceaccount/service-account.uid";
/// Whose Secret has this label must ask for another token.
const INVALID_SINCE: &str = "kubernetes.io/legacy-token-invalid-since";

impl Identity {
    /// Makes the token of a Secret.
    pub(crate) async fn issue_legacy(
        &self,
        namespace: &str,
        account: &Object,
        secret: &str,
    ) -> Result<String, IdentityError> {
        let mut claims = Map::new();
        claims.insert("iss", ISSUER);
        claims.insert(NAMESPACE, namespace);
        claims.insert(SECRET, secret);
        claims.insert(ACCOUNT, account.name.as_str());
        claims.insert(ACCOUNT_UID, account.uid.as_str());
        claims.insert("sub", user_name(namespace, &account.name));
        self.sign(&Value::Object(claims)).await
    }
}

/// Whom the token of a Secret is of.
pub(super) fn user(token: &str, claims: &Map, snapshot: &Snapshot<Entry>) -> Result<User, String> {
    let claim = |key: &str, name: &str| {
        let found = claims.str(key).filter(|text| !text.is_empty());
        found.ok_or_else(|| format!("{name} claim is missing"))
    };
    let subject = claim("sub", "sub")?;
    let namespace = claim(NAMESPACE, "namespace")?;
    let secret_name = claim(SECRET, "secretName")?;
    let name = claim(ACCOUNT, "serviceAccountName")?;
    let uid = claim(ACCOUNT_UID, "serviceAccountUID")?;
    if subject != user_name(namespace, name) {
        return Err("sub claim is invalid".to_owned());
    }
    let secret = find(snapshot, "secrets", namespace, secret_name)
        .filter(|secret| !secret.index.deleting)
        .ok_or_else(|| "Token has been invalidated".to_owned())?;
    let kept = scan::text(&secret.body, &["data", "token"]).and_then(|kept| STANDARD.decode(kept).ok());
    // Hashes are compared, so that how long it takes tells nothing about the token.
    if Sha256::digest(kept.unwrap_or_default()) != Sha256::digest(token.trim()) {
        return Err("Token does not match server's copy".to_owned());
    }
    let account = find(snapshot, "serviceaccounts", namespace, name)
        .ok_or_else(|| format!("serviceaccounts \"{name}\" not found"))?;
    if account.index.deleting {
        return Err(format!("ServiceAccount {namespace}/{name} has been deleted"));
    }
    if account.index.uid != uid {
        return Err(format!("ServiceAccount UID ({}) does not match claim ({uid})", account.index.uid));
    }
    if secret.index.label(INVALID_SINCE).is_some_and(|since| !since.is_empty()) {
        return Err(format!(
            "the token in secret {namespace}/{secret_name} for service account {namespace}/{name} has been marked \
             invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the \
             '{INVALID_SINCE}' label from the secret to temporarily allow use of this token"
        ));
    }
    Ok(User {
        name: subject.to_owned(),
        uid: uid.to_owned(),
        groups: service_account_groups(namespace),
        ..User::default()
    })
}
