//! What a scalar with a tag means, and what it is as a key.

use amethyst_object::Str;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use crate::Dialect;
use crate::number::general_float_of_32_bits;
use crate::resolve::{Scalar, resolve, resolve_as};

/// What a scalar holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Resolved(Scalar),
    Binary(String),
    /// A string because of a tag that go-yaml does not know.
    Tagged,
}

const CORE: &str = "tag:yaml.org,2002:";

/// go-yaml's `isMerge`, for a scalar `<<`.
pub(crate) fn is_merge(plain: bool, tag: Option<&str>, dialect: Dialect) -> bool {
    match tag {
        None => plain,
        Some("!") => plain || dialect == Dialect::GoV2,
        Some(tag) => tag.strip_prefix(CORE) == Some("merge"),
    }
}

/// JSON has no other floats.
pub(super) fn check_finite(value: f64) -> Result<(), String> {
    if value.is_nan() {
        return Err("json: unsupported value: NaN".to_owned());
    }
    if value.is_infinite() {
        let sign = if value > 0.0 { '+' } else { '-' };
        return Err(format!("json: unsupported value: {sign}Inf"));
    }
    Ok(())
}

/// What a scalar means.
pub(crate) fn resolve_tagged(
    text: &str,
    plain: bool,
    tag: Option<&str>,
    dialect: Dialect,
) -> Result<Content, String> {
    let Some(tag) = tag else {
        return Ok(Content::Resolved(if plain { resolve(text, dialect) } else { Scalar::String }));
    };
    if tag == "!" {
        return Ok(match dialect {
            Dialect::GoV3 if plain => Content::Resolved(resolve(text, dialect)),
            Dialect::GoV3 => Content::Resolved(Scalar::String),
            Dialect::GoV2 => Content::Tagged,
        });
    }
    let name = tag.strip_prefix(CORE).unwrap_or_default();
    match name {
        "str" => Ok(Content::Resolved(Scalar::String)),
        "binary" => base_64(text).map(Content::Binary),
        "bool" | "int" | "float" | "null" | "timestamp" => {
            match resolve_as(text, dialect, name == "timestamp") {
                // What needs 64 bits without a sign is not turned into a float.
                Scalar::Int(value) if name == "float" && i64::try_from(value).is_ok() => {
                    Ok(Content::Resolved(Scalar::Float(value as f64)))
                }
                found if found.tag().strip_prefix("!!") == Some(name) => Ok(Content::Resolved(found)),
                found => Err(format!("cannot decode {} `{text}` as a !!{name}", found.tag())),
            }
        }
        _ => Ok(Content::Tagged),
    }
}

/// Decodes base64; bytes that are no UTF-8 become U+FFFD each, as in Go's JSON.
fn base_64(text: &str) -> Result<String, String> {
    let engine =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let bytes = engine.decode(text.replace(['\r', '\n'], ""));
    let bytes = bytes.map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    Ok(decoded)
}

pub(super) const NOT_ONLY_STRINGS: &str = "json: unsupported type: map[interface {}]interface {}";

/// A key as text.
#[derive(Clone, Debug)]
pub(super) struct KeyText {
    pub(super) text: Str,
    /// To Go it is no string.
    pub(super) is_odd: bool,
}

/// Keys become strings as `sigs.k8s.io/yaml` makes them; after go-yaml v3 JSON takes strings only.
pub(super) fn key_of(content: &Content, text: &str, dialect: Dialect) -> Result<KeyText, String> {
    let string = |text: &str| Ok(KeyText { text: text.into(), is_odd: false });
    let odd = |text: Str| Ok(KeyText { text, is_odd: true });
    let scalar = match content {
        Content::Resolved(Scalar::String) => return string(text),
        _ if dialect == Dialect::GoV3 => return Err(NOT_ONLY_STRINGS.to_owned()),
        Content::Binary(text) => return string(text),
        Content::Tagged => return string(text),
        Content::Resolved(scalar) => scalar,
    };
    let unsupported = |kind: &str| Err(format!("unsupported map key of type: {kind}"));
    match scalar {
        Scalar::Null => unsupported("null"),
        Scalar::Int(value) if i64::try_from(*value).is_err() => unsupported("uint64"),
        Scalar::Bool(value) => odd(if *value { "true".into() } else { "false".into() }),
        Scalar::Int(value) => odd(value.to_string().into()),
        Scalar::Float(value) => odd(general_float_of_32_bits(*value).into()),
        Scalar::Timestamp | Scalar::String => string(text),
    }
}
