//! What must not be shown, and what is told instead: a keyed hash and a size.

use amethyst_object::{Map, Object, Str, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::change::Digest;
use crate::options::{DiffOptions, SECRET_TEXT_BYTES_MIN};
use crate::path::{Path, Step};

/// How much of a hash is shown.
const HASH_DIGITS: usize = 8;
/// A copy of the object lies in this annotation when `kubectl apply` wrote it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Hides what the options call secret, and the values of Secrets.
#[derive(Debug)]
pub(crate) struct Redactor<'a> {
    options: &'a DiffOptions,
    /// The texts to look for, the longest first so that a part never uncovers the whole.
    texts: Vec<&'a str>,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(options: &'a DiffOptions) -> Self {
        let mut texts: Vec<&str> = options.secret_texts.iter().map(|text| text.expose().as_str()).collect();
        texts.retain(|text| text.len() >= SECRET_TEXT_BYTES_MIN);
        texts.sort_unstable_by_key(|text| (std::cmp::Reverse(text.len()), *text));
        texts.dedup();
        Self { options, texts }
    }

    /// Whether the value at `path` of an object is hidden, and whether because it is secret.
    pub(crate) fn hides(&self, object: Kind<'_>, path: &Path) -> Option<bool> {
        if path.is_empty() {
            return None;
        }
        let within = |keys: &[&str]| path.is_within(keys);
        if object.is_secret() {
            let secret = within(&["data"])
                || within(&["stringData"])
                || within(&["metadata", "annotations", LAST_APPLIED]);
            return secret.then_some(true);
        }
        if object.is_config_map() && within(&["binaryData"]) {
            return Some(false);
        }
        if self.options.secret_fields.is_empty() {
            return None;
        }
        let words = path.words();
        self.options.secret_fields.iter().any(|field| field.matches(object.name, &words)).then_some(true)
    }

    /// Whether something may be hidden below `path`, so that a value there needs a walk.
    fn may_hide(&self, object: Kind<'_>) -> bool {
        object.is_secret()
            || object.is_config_map()
            || !self.options.secret_fields.is_empty()
            || !self.texts.is_empty()
    }

    /// The text with the secret texts in it taken out.
    pub(crate) fn text(&self, text: &str) -> Str {
        let mut shown = std::borrow::Cow::Borrowed(text);
        for secret in &self.texts {
            if shown.contains(secret) {
                let digest = self.digest(secret.as_bytes(), true);
                shown = shown.replace(secret, &format!("<{digest}>")).into();
            }
        }
        shown.as_ref().into()
    }

    /// A copy of the value at `path` that may be shown.
    pub(crate) fn value(&self, object: Kind<'_>, path: &mut Path, value: &Value) -> Value {
        if !self.may_hide(object) {
            return value.clone();
        }
        if let Some(secret) = self.hides(object, path)
            && !is_container_of_data(object, path, value)
        {
            let digest = self.digest_value(object, path, value, secret);
            return Value::from(if secret {
                format!("<secret: {digest}>")
            } else {
                format!("<binary: {digest}>")
            });
        }
        match value {
            Value::Object(map) => {
                let mut shown = Map::new();
                for (key, value) in map.iter() {
                    path.push(Step::Key(key.clone()));
                    shown.insert(self.text(key), self.value(object, path, value));
                    path.pop();
                }
                Value::Object(shown)
            }
            Value::Array(items) => {
                let mut shown = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    path.push(Step::Index(at));
                    shown.push(self.value(object, path, item));
                    path.pop();
                }
                Value::Array(shown)
            }
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    /// What is told of a hidden value. Secrets' `data` is told as what it decodes to, so that a key that moves
    /// between `data` and `stringData` keeps its hash.
    pub(crate) fn digest_value(&self, object: Kind<'_>, path: &Path, value: &Value, secret: bool) -> Digest {
        let text = match value {
            Value::String(text) => text.clone(),
            other => amethyst_object::json::to_string(other).into(),
        };
        let encoded = object.is_secret() && path.is_within(&["data"])
            || object.is_config_map() && path.is_within(&["binaryData"]);
        match STANDARD.decode(text.trim()) {
            Ok(bytes) if encoded => self.digest(&bytes, secret),
            _ => self.digest(text.as_bytes(), secret),
        }
    }

    fn digest(&self, bytes: &[u8], secret: bool) -> Digest {
        let hash = match &self.options.secret_key {
            _ if !secret => hex(&Sha256::digest(bytes)),
            Some(key) => hex(&hmac(key.expose(), bytes)),
            None => String::new(),
        };
        Digest { hash, size_bytes: bytes.len() }
    }
}

/// `data` itself is walked into when it is the map it should be.
pub(crate) fn is_container_of_data(object: Kind<'_>, path: &Path, value: &Value) -> bool {
    (object.is_secret() || object.is_config_map()) && path.len() == 1 && value.as_object().is_some()
}

/// What kind of object a value lies in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind<'a> {
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Kind<'a> {
    pub(crate) fn of(object: &'a Object) -> Self {
        let (group, version) = split_api_version(object.api_version());
        Self { group, version, name: object.kind() }
    }

    pub(crate) fn is(self, group: &str, kind: &str) -> bool {
        self.group == group && self.name == kind
    }

    fn is_secret(self) -> bool {
        self.is("", "Secret")
    }

    fn is_config_map(self) -> bool {
        self.is("", "ConfigMap")
    }
}

/// Group and version.
pub(crate) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).take(HASH_DIGITS).collect()
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::hmac;

    #[test]
    fn the_hash_is_hmac_sha256() {
        // RFC 4231, test cases 2 and 6.
        let hex =
            |bytes: [u8; 32]| bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(
            hex(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
