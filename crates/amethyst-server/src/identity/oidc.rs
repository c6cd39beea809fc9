//! Tokens of OpenID Connect issuers: whose they are by the claims in them (kubernetes/apiserver
//! `plugin/pkg/authenticator/token/oidc`).
//!
//! An issuer is configured as in upstream's `AuthenticationConfiguration`, without CEL expressions. Its keys are
//! fetched when a token of it first comes, and again when a token is signed with an unknown key or the keys are
//! old; nothing is dialed for tokens of others.

mod claims;
mod keys;

use std::sync::Arc;

use amethyst_http::Gate;
use amethyst_object::Map;
use jiff::Timestamp;

use super::{Authenticated, jwt};
use keys::Keys;

/// An issuer whose tokens count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcIssuer {
    /// `issuer.url`: what the tokens' `iss` must be, to the letter.
    pub url: String,
    /// `issuer.discoveryURL`: where its document is, if not below the URL.
    pub discovery_url: Option<String>,
    /// `issuer.certificateAuthority`: who vouches for it, as PEM; otherwise the system's authorities.
    pub authority_pem: Option<String>,
    /// `issuer.audiences`: one of them must be in the token.
    pub audiences: Vec<String>,
    /// `claimMappings.username`.
    pub username: ClaimMapping,
    /// `claimMappings.groups`.
    pub groups: Option<ClaimMapping>,
    /// `claimMappings.uid.claim`.
    pub uid_claim: Option<String>,
    /// `claimValidationRules`: claims and the values they must have.
    pub required: Vec<(String, String)>,
}

/// Where a name is found in a token, and what is put before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimMapping {
    /// The claim.
    pub claim: String,
    /// Keeps names of an issuer apart from others: `oidc:`.
    pub prefix: String,
}

/// The issuers of a server.
#[derive(Debug)]
pub(super) struct Issuers(Vec<Issuer>);

#[derive(Debug)]
struct Issuer {
    config: OidcIssuer,
    keys: Keys,
}

impl Issuers {
    pub(super) fn new(configured: &[OidcIssuer], gate: &Arc<dyn Gate>) -> Self {
        let issuer = |config: &OidcIssuer| Issuer {
            config: config.clone(),
            keys: Keys::new(config.clone(), Arc::clone(gate)),
        };
        Self(configured.iter().map(issuer).collect())
    }

    /// Whom a token is of: nothing when it is of no issuer here. `own` are this server's audiences, `wanted`
    /// those asked about: such tokens are for the whole server.
    pub(super) async fn authenticate(
        &self,
        token: &str,
        now: Timestamp,
        own: &[String],
        wanted: &[String],
    ) -> Result<Option<Authenticated>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let audiences: Vec<String> = own.iter().filter(|one| wanted.contains(one)).cloned().collect();
        let Some(unverified) = jwt::parse(token.trim()) else { return Ok(None) };
        let issued_by = unverified.claims.str("iss").unwrap_or_default();
        let Some(issuer) = self.0.iter().find(|issuer| issuer.config.url == issued_by) else {
            return Ok(None);
        };
        if audiences.is_empty() {
            return Ok(None);
        }
        issuer.check(&unverified, now).await?;
        let user = claims::user(&issuer.config, &unverified.claims)?;
        Ok(Some(Authenticated { user, audiences }))
    }
}

impl Issuer {
    async fn check(&self, token: &jwt::Unverified<'_>, now: Timestamp) -> Result<(), String> {
        let refused = |why: String| format!("oidc: verify token: {why}");
        self.keys.verify(token, now).await.map_err(refused)?;
        check_times(&token.claims, now).map_err(refused)?;
        let audiences = jwt::audiences(&token.claims).unwrap_or_default();
        if audiences.iter().any(|audience| self.config.audiences.contains(audience)) {
            return Ok(());
        }
        let mut expected = self.config.audiences.clone();
        expected.sort_unstable();
        Err(refused(format!("oidc: expected audience in {} got {}", quoted(&expected), quoted(&audiences))))
    }
}

fn check_times(claims: &Map, now: Timestamp) -> Result<(), String> {
    let at = |name: &str| {
        let seconds = jwt::date(claims, name);
        seconds.map_err(|_| "oidc: failed to unmarshal claims: a date is no number".to_owned())
    };
    // A token without an end has ended.
    let end = at("exp")?.unwrap_or_default();
    if now.as_second() > end || (now.as_second() == end && now.subsec_nanosecond() > 0) {
        let shown = Timestamp::from_second(end).unwrap_or(Timestamp::MIN);
        return Err(format!("oidc: token is expired (Token Expiry: {shown})"));
    }
    if at("nbf")?.is_some_and(|start| now.as_second().saturating_add(60) < start) {
        return Err(format!("oidc: current time {now} before the nbf (not before) time"));
    }
    Ok(())
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

#[cfg(test)]
mod tests;
