//! Signed tokens as text: compact JWS with JSON claims (RFC 7515, RFC 7519).
//!
//! Reading believes nothing: who signed a token is another question, asked of `keys`. Nothing here knows
//! issuers, users or the time.

use amethyst_object::json::{self, Limits};
use amethyst_object::{Map, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Longer tokens are refused unread. Those of real issuers stay below 8 KiB.
const BYTES_MAX: usize = 64 << 10;
/// How deep claims may nest.
const DEPTH_MAX: usize = 32;

/// A token that is well formed; nothing in it is to be believed before its signature is checked.
#[derive(Clone, Debug)]
pub(crate) struct Unverified<'a> {
    /// What is signed: header and claims as they were written.
    pub(crate) signed: &'a str,
    /// The `alg` of the header.
    pub(crate) algorithm: String,
    /// The `kid` of the header; empty when there is none.
    pub(crate) key_id: String,
    /// The claims.
    pub(crate) claims: Map,
    /// The signature.
    pub(crate) signature: Vec<u8>,
}

/// Reads a token; nothing when it is none.
pub(crate) fn parse(text: &str) -> Option<Unverified<'_>> {
    if text.len() > BYTES_MAX {
        return None;
    }
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if claims.contains('.') {
        return None;
    }
    let header = object(header)?;
    // Whoever marks an extension as critical wants tokens refused by who does not know it; we know none.
    if header.contains_key("crit") {
        return None;
    }
    Some(Unverified {
        signed,
        algorithm: header.str("alg")?.to_owned(),
        key_id: header.str("kid").unwrap_or_default().to_owned(),
        claims: object(claims)?,
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
    })
}

/// A part of a token that is a JSON object, each key in it once: readers must not differ about which counts.
fn object(part: &str) -> Option<Map> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    let parsed = json::parse_with(&bytes, Limits { depth_max: DEPTH_MAX }).ok()?;
    match parsed.value {
        Value::Object(map) if parsed.duplicates.is_empty() => Some(map),
        _ => None,
    }
}

/// What is to be signed for a header and claims.
pub(crate) fn to_sign(algorithm: &str, key_id: &str, claims: &Value) -> String {
    let header = amethyst_object::value!({"alg": algorithm, "kid": key_id});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(json::to_vec(value));
    format!("{}.{}", part(&header), part(claims))
}

/// The token of what was signed.
pub(crate) fn finish(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A `NumericDate`: seconds since 1970, fractions cut off.
pub(crate) fn date(claims: &Map, name: &str) -> Result<Option<i64>, InvalidDate> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => {
            let seconds = number.as_i64().unwrap_or_else(|| number.as_f64() as i64);
            Ok(Some(seconds))
        }
        Some(_) => Err(InvalidDate),
    }
}

/// A date is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidDate;

/// The audiences: one text or a list of texts; nothing when they are neither.
pub(crate) fn audiences(claims: &Map) -> Option<Vec<String>> {
    match claims.get("aud") {
        None => Some(Vec::new()),
        Some(Value::String(one)) => Some(vec![one.to_string()]),
        Some(Value::Array(many)) => many.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
