//! Who asks, out of a Secret.

use amethyst_diag::Redacted;
use amethyst_object::{Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::docker_of;
use crate::docker_config::Known;
use crate::oci::Repository;
use crate::request::Credentials;

/// The credentials in a Secret for a source's URL: `username` and `password`, or Docker's config.
pub(super) fn credentials(secret: &Object, url: &str) -> Result<Option<Credentials>, String> {
    if let Some(config) = value(secret, ".dockerconfigjson")? {
        let config = docker_of(&config)?;
        let Ok(repository) = Repository::parse(url, false) else { return Ok(None) };
        return match config.find(&repository.registry, &repository.path) {
            Known::Credentials(credentials) => Ok(Some(credentials)),
            Known::Nothing => Ok(None),
            Known::Helper(helper) => Err(format!("only `{helper}` knows who asks, and that is not run")),
        };
    }
    let text = |key: &str| -> Result<Option<String>, String> {
        let bytes = value(secret, key)?;
        bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| format!("`{key}` is no text"))).transpose()
    };
    match (text("username")?, text("password")?) {
        (Some(username), Some(password)) => {
            Ok(Some(Credentials::Basic { username, password: Redacted::new(password) }))
        }
        (None, None) => Err("it holds neither `username` and `password` nor `.dockerconfigjson`".to_owned()),
        _ => Err("it must hold both `username` and `password`".to_owned()),
    }
}

fn value(secret: &Object, key: &str) -> Result<Option<Vec<u8>>, String> {
    let encrypted = || Err(format!("`{key}` is encrypted"));
    if let Some(text) = secret.at(&["stringData", key]).and_then(Value::as_str) {
        return if text.starts_with("ENC[") { encrypted() } else { Ok(Some(text.as_bytes().to_vec())) };
    }
    let Some(text) = secret.at(&["data", key]).and_then(Value::as_str) else { return Ok(None) };
    if text.starts_with("ENC[") {
        return encrypted();
    }
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).map(Some).map_err(|_| format!("`{key}` is no base64"))
}
