//! What a plain scalar means: go-yaml's `resolve`, for both of its versions.

mod timestamp;

use amethyst_object::{Number, Str, Value};

use crate::Dialect;
use crate::number::{dotted_float, float, integer, json_float};

pub(crate) use timestamp::rewrite as rewrite_timestamp;

/// What a plain scalar resolved to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Timestamp,
    String,
}

impl Scalar {
    /// go-yaml's short name of the tag.
    pub(crate) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::String => "!!str",
        }
    }

    /// The value in a document, or why JSON cannot hold it.
    pub(crate) fn into_value(self, text: &str, dialect: Dialect) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Number(Number::from_lexeme(value.to_string())),
            Self::Float(value) if value.is_nan() => return Err("json: unsupported value: NaN".to_owned()),
            Self::Float(value) if value.is_infinite() => {
                let sign = if value > 0.0 { '+' } else { '-' };
                return Err(format!("json: unsupported value: {sign}Inf"));
            }
            Self::Float(value) => Value::Number(Number::from_lexeme(json_float(value))),
            Self::Timestamp if dialect == Dialect::GoV3 => {
                Value::String(rewrite_timestamp(text).map_or_else(|| text.into(), Str::from))
            }
            Self::Timestamp | Self::String => Value::String(text.into()),
        })
    }
}

/// Resolves a plain scalar without a tag.
pub(crate) fn resolve(text: &str, dialect: Dialect) -> Scalar {
    resolve_as(text, dialect, true)
}

/// As [`resolve`]; with a tag that is not a timestamp's, nothing is one.
pub(crate) fn resolve_as(text: &str, dialect: Dialect, timestamps: bool) -> Scalar {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text, dialect),
        b'.' => match special_float(text).or_else(|| dotted_float(text)) {
            Some(value) => Scalar::Float(value),
            None => Scalar::String,
        },
        b'0'..=b'9' | b'+' | b'-' => number(text, dialect, timestamps),
        _ => Scalar::String,
    }
}

fn word(text: &str, dialect: Dialect) -> Scalar {
    match text {
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if dialect == Dialect::GoV2 => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if dialect == Dialect::GoV2 => {
            Scalar::Bool(false)
        }
        _ => Scalar::String,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number(text: &str, dialect: Dialect, timestamps: bool) -> Scalar {
    if let Some(value) = special_float(text) {
        return Scalar::Float(value);
    }
    if timestamps && timestamp::parse(text).is_some() {
        return Scalar::Timestamp;
    }
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    if let Some(value) = integer(plain) {
        return Scalar::Int(value);
    }
    if let Some(value) = float(plain) {
        return Scalar::Float(value);
    }
    signed_behind_prefix(plain, dialect).map_or(Scalar::String, Scalar::Int)
}

/// `0b-1` and `0b+1`, and for go-yaml v3 `0o-7`: what stands behind the prefix is read as a number of its
/// own.
fn signed_behind_prefix(text: &str, dialect: Dialect) -> Option<i128> {
    let (digits, radix) = match (text.strip_prefix("0b"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 2),
        (_, Some(digits)) if dialect == Dialect::GoV3 => (digits, 8),
        _ => return None,
    };
    digits.starts_with(['-', '+']).then_some(())?;
    i64::from_str_radix(digits, radix).ok().map(i128::from)
}

#[cfg(test)]
mod tests;
