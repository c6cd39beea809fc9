//! What a scalar with a tag means, and what it is as a key.

use amethyst_object::Str;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Dialect;
use crate::number::general_float_of_32_bits;
use crate::resolve::{Scalar, resolve};

/// What a scalar holds.
pub(super) enum Content {
    Resolved(Scalar),
    Binary(String),
}

const CORE: &str = "tag:yaml.org,2002:";

/// go-yaml's `isMerge`, for a scalar `<<`.
pub(super) fn is_merge(plain: bool, tag: Option<&str>) -> bool {
    match tag {
        None => plain,
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
pub(super) fn resolve_tagged(
    text: &str,
    plain: bool,
    tag: Option<&str>,
    dialect: Dialect,
) -> Result<Content, String> {
    let scalar = match tag.map(|tag| tag.strip_prefix(CORE).ok_or(tag)) {
        None if plain => resolve(text, dialect),
        Some(Err("!")) => resolve(text, dialect),
        Some(Ok("null")) => Scalar::Null,
        Some(Ok("binary")) => {
            let bytes = STANDARD.decode(text.split_whitespace().collect::<String>());
            let bytes = bytes.map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
            return Ok(Content::Binary(String::from_utf8_lossy(&bytes).into_owned()));
        }
        Some(Ok(tag @ ("bool" | "int" | "float" | "timestamp"))) => match resolve(text, dialect) {
            Scalar::Int(value) if tag == "float" => Scalar::Float(value as f64),
            found if found.tag().strip_prefix("!!") == Some(tag) => found,
            found => return Err(format!("cannot decode {} `{text}` as a !!{tag}", found.tag())),
        },
        // go-yaml leaves tags it does not know to the program, which sees a string.
        None | Some(_) => Scalar::String,
    };
    Ok(Content::Resolved(scalar))
}

/// Keys become strings as `sigs.k8s.io/yaml` makes them; kyaml has no such step.
pub(super) fn key_of(content: &Content, text: &str, dialect: Dialect) -> Result<Str, String> {
    let scalar = match content {
        Content::Binary(text) => return Ok(text.as_str().into()),
        Content::Resolved(scalar) => scalar,
    };
    match scalar {
        Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) if dialect == Dialect::GoV3 => {
            Err("json: unsupported type: map[interface {}]interface {}".to_owned())
        }
        Scalar::Null => Err("unsupported map key of type: null".to_owned()),
        Scalar::Bool(value) => Ok(if *value { "true".into() } else { "false".into() }),
        Scalar::Int(value) => Ok(value.to_string().into()),
        Scalar::Float(value) => Ok(general_float_of_32_bits(*value).into()),
        Scalar::Timestamp | Scalar::String => Ok(text.into()),
    }
}
