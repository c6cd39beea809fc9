//! From claims to a user.

use std::collections::BTreeMap;

use amethyst_object::{Map, Value};

use super::OidcIssuer;
use crate::user::User;

const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";

/// The user that verified claims are of.
pub(super) fn user(config: &OidcIssuer, claims: &Map) -> Result<User, String> {
    let name = user_name(config, claims)?;
    let groups = groups(config, claims)?;
    let uid = match &config.uid_claim {
        Some(claim) => {
            text(claims, claim).map_err(|why| format!("oidc: parse uid claim {claim:?}: {why}"))?
        }
        None => String::new(),
    };
    for (claim, wanted) in &config.required {
        if !claims.contains_key(claim) {
            return Err(format!("oidc: required claim {claim} not present in ID token"));
        }
        let found = text(claims, claim).map_err(|why| format!("oidc: parse claim {claim}: {why}"))?;
        if found != *wanted {
            return Err(format!(
                "oidc: required claim {claim} value does not match. Got = {found}, want = {wanted}"
            ));
        }
    }
    let id = claims.str("jti").filter(|id| !id.is_empty());
    let extra: BTreeMap<_, _> =
        id.map(|id| (CREDENTIAL.to_owned(), vec![format!("JTI={id}")])).into_iter().collect();
    Ok(User { name, uid, groups, extra })
}

fn user_name(config: &OidcIssuer, claims: &Map) -> Result<String, String> {
    let claim = &config.username.claim;
    let name = text(claims, claim).map_err(|why| format!("oidc: parse username claims {claim:?}: {why}"))?;
    if claim == "email" {
        match claims.get("email_verified") {
            None | Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => return Err("oidc: email not verified".to_owned()),
            Some(_) => return Err("oidc: parse 'email_verified' claim: it is no boolean".to_owned()),
        }
    }
    Ok(format!("{}{name}", config.username.prefix))
}

/// One group or a list of them.
fn groups(config: &OidcIssuer, claims: &Map) -> Result<Vec<String>, String> {
    let Some(mapping) = &config.groups else { return Ok(Vec::new()) };
    let unreadable =
        || format!("oidc: parse groups claim {:?}: it is neither a string nor a list of them", mapping.claim);
    let names: Vec<&str> = match claims.get(&mapping.claim) {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => {
            many.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(unreadable)?
        }
        Some(_) => return Err(unreadable()),
    };
    Ok(names.into_iter().map(|name| format!("{}{name}", mapping.prefix)).collect())
}

fn text(claims: &Map, claim: &str) -> Result<String, &'static str> {
    match claims.get(claim) {
        None => Err("claim not present"),
        Some(value) => value.as_str().map(str::to_owned).ok_or("it is no string"),
    }
}
