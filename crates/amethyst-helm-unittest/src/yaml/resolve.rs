//! What a plain scalar means to go-yaml v3.

use amethyst_object::Str;

use crate::value::{Key, KeyKind, Value};

/// What a scalar resolved to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// The time as RFC 3339 writes it.
    Time(Str),
    Merge,
    String,
}

impl Scalar {
    /// go-yaml's short name of the tag.
    pub(crate) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Time(_) => "!!timestamp",
            Self::Merge => "!!merge",
            Self::String => "!!str",
        }
    }

    pub(crate) fn to_value(&self, text: &str) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Time(time) => Value::Time(time.clone()),
            Self::Merge | Self::String => Value::String(text.into()),
        }
    }

    /// The scalar as a key; `text` is how it was written.
    pub(crate) fn to_key(&self, text: &str) -> Key {
        let (text, kind) = match self {
            Self::Null => ("null".into(), KeyKind::Other),
            Self::Bool(value) => (value.to_string().into(), KeyKind::Bool),
            Self::Int(value) => (value.to_string().into(), KeyKind::Number),
            Self::Uint(value) => (value.to_string().into(), KeyKind::Number),
            Self::Float(value) => (crate::value::go_float(*value).into(), KeyKind::Number),
            Self::Time(time) => (time.clone(), KeyKind::Other),
            Self::Merge | Self::String => (text.into(), KeyKind::String),
        };
        Key { text, kind }
    }
}

/// Resolves a plain scalar without a tag.
pub(crate) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        "<<" => return Scalar::Merge,
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => dotted(text).map_or(Scalar::String, Scalar::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        _ => Scalar::String,
    }
}

/// What begins with a dot goes through Go's `ParseFloat`, which takes digits, exponents and underscores not.
fn dotted(text: &str) -> Option<f64> {
    is_float(text).then(|| text.parse().ok()).flatten()
}

fn number(text: &str) -> Scalar {
    if let Some(time) = timestamp(text) {
        return Scalar::Time(time.into());
    }
    let plain = text.replace('_', "");
    if let Some(value) = integer(&plain) {
        return value;
    }
    if is_float(&plain)
        && let Ok(value) = plain.parse::<f64>()
        && value.is_finite()
    {
        return Scalar::Float(value);
    }
    Scalar::String
}

/// Go's `ParseInt` with base 0, and YAML 1.2's octals.
fn integer(plain: &str) -> Option<Scalar> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()?;
    let value = if negative { -value } else { value };
    match i64::try_from(value) {
        Ok(value) => Some(Scalar::Int(value)),
        // Go's `ParseUint` takes no sign.
        Err(_) if plain.starts_with(['+', '-']) => None,
        Err(_) => u64::try_from(value).ok().map(Scalar::Uint),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && (fraction.is_empty() || !mantissa.starts_with('.')));
    let is_exponent = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    is_mantissa && is_exponent
}

/// A timestamp in one of go-yaml's four formats, as RFC 3339.
fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((bytes[at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year: u32 = parts.next()?.parse().ok()?;
    let (month, day) = (short(parts.next()?)?, short(parts.next()?)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || day == 0 || day > days(year, month) {
        return None;
    }
    let Some((separator, time)) = time else {
        return Some(format!("{year:04}-{month:02}-{day:02}T00:00:00Z"));
    };
    let (clock, zone) = if separator == b' ' { (time, "Z") } else { split_zone(time)? };
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (short(parts.next()?)?, short(parts.next()?)?, short(parts.next()?)?);
    let has_fraction_text = time.contains(['.', ',']);
    if parts.next().is_some()
        || hour > 23
        || minute > 59
        || second > 59
        || has_fraction_text && fraction.is_empty()
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(9)];
    let fraction = fraction.trim_end_matches('0');
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    let zone = if zone == "+00:00" { "Z" } else { zone };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

fn split_zone(time: &str) -> Option<(&str, &str)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, "Z"));
    }
    let at = time.rfind(['+', '-'])?;
    let zone = &time[at..];
    let bytes = zone.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    (bytes.len() == 6 && bytes[3] == b':' && digits(1..3) && digits(4..6)).then(|| (&time[..at], zone))
}

/// One or two digits.
fn short(text: &str) -> Option<u32> {
    let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_short.then(|| text.parse().ok()).flatten()
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}
