//! `format` of strings (cel-go `ext/formatting.go`, in the locale `en-US`).

use super::no_overload;
use super::numbers::{float_text, quote_go};
use crate::error::EvalError;
use crate::types::Type;
use crate::value::Value;

/// How many digits behind the point a float has by default.
const PRECISION: usize = 6;
/// How many digits it may have; Go prints no more.
const PRECISION_MAX: usize = 1_000;
const RANGE: &str = "out of range";

/// One piece of a format string.
enum Piece<'a> {
    Text(&'a str),
    Clause { kind: char, precision: Option<usize> },
}

/// The pieces of a format string, up to where it breaks.
fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, String>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(at) = rest.find('%') else {
            return Some(Ok(Piece::Text(std::mem::take(&mut rest))));
        };
        if at > 0 {
            let (before, from) = rest.split_at(at);
            rest = from;
            return Some(Ok(Piece::Text(before)));
        }
        if let Some(tail) = rest.strip_prefix("%%") {
            let percent = &rest[..1];
            rest = tail;
            return Some(Ok(Piece::Text(percent)));
        }
        let clause = read_clause(&rest[1..]);
        Some(match clause {
            Ok((kind, precision, tail)) => {
                rest = tail;
                Ok(Piece::Clause { kind, precision })
            }
            Err(error) => {
                rest = "";
                Err(error)
            }
        })
    })
}

fn read_clause(text: &str) -> Result<(char, Option<usize>, &str), String> {
    let fail = |why: &str| Err(format!("could not parse formatting clause: {why}"));
    let (mut rest, mut precision) = (text, None);
    if let Some(tail) = text.strip_prefix('.') {
        let end = tail.find(|c: char| !c.is_ascii_digit());
        let Some(end) = end else {
            return fail("error while parsing precision: could not find end of precision specifier");
        };
        match tail[..end].parse::<usize>() {
            Ok(value) => precision = Some(value.min(PRECISION_MAX)),
            Err(_) => {
                let number = quote_go(&tail[..end]);
                return fail(&format!(
                    "error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing {number}: invalid syntax"
                ));
            }
        }
        rest = &tail[end..];
    }
    let Some(kind) = rest.chars().next() else { return Err("unexpected end of string".to_owned()) };
    if !matches!(kind, 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o') {
        return fail(&format!("unrecognized formatting clause \"{kind}\""));
    }
    Ok((kind, precision, &rest[1..]))
}

/// What a clause takes, and what it says of anything else.
fn complaint(kind: char, given: &str) -> String {
    let wants = match kind {
        'd' => "decimal clause can only be used on integers",
        'f' => "fixed-point clause can only be used on doubles",
        'e' => "scientific clause can only be used on doubles",
        'b' => "only integers and bools can be formatted as binary",
        'x' | 'X' => "only integers, byte buffers, and strings can be formatted as hex",
        'o' => "octal clause can only be used on integers",
        _ => {
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
        }
    };
    format!("error during formatting: {wants}, was given {given}")
}

/// Checks a literal format string against the types of its arguments: which one is wrong, if one is, and why.
pub(crate) fn check_format(text: &str, types: &[&Type]) -> Result<(), (Option<usize>, String)> {
    let mut next = 0;
    for piece in pieces(text) {
        let kind = match piece {
            Ok(Piece::Text(_)) => continue,
            Ok(Piece::Clause { kind, .. }) => kind,
            Err(_) if next >= types.len() => return Err((None, format!("index {next} {RANGE}"))),
            Err(error) => return Err((None, error)),
        };
        let Some(ty) = types.get(next) else { return Err((None, format!("index {next} {RANGE}"))) };
        let fits = match (kind, ty) {
            (_, Type::Dyn)
            | ('d' | 'o', Type::Int | Type::Uint)
            | ('f' | 'e', Type::Double | Type::String)
            | ('b', Type::Int | Type::Uint | Type::Bool)
            | ('x' | 'X', Type::Int | Type::Uint | Type::String | Type::Bytes) => true,
            ('s', ty) => !matches!(ty, Type::Object(_) | Type::Opaque(..) | Type::Error),
            _ => false,
        };
        if !fits {
            return Err((Some(next), complaint(kind, ty.name())));
        }
        next += 1;
    }
    if types.len() > next {
        let message =
            format!("too many arguments supplied to string.format (expected {next}, got {})", types.len());
        return Err((None, message));
    }
    Ok(())
}

/// `'..'.format([..])`.
pub(super) fn format<'v>(args: &[Value<'v>]) -> Result<Value<'v>, EvalError> {
    let [Value::String(text), Value::List(list)] = args else { return no_overload("format", args) };
    let mut out = String::new();
    let mut next = 0;
    for piece in pieces(text) {
        let piece = match piece {
            Ok(Piece::Text(text)) => {
                out.push_str(text);
                continue;
            }
            other => other,
        };
        let value = list.get(next).transpose()?;
        let value = value.ok_or_else(|| EvalError::new(format!("index {next} {RANGE}")))?;
        let Piece::Clause { kind, precision } = piece.map_err(EvalError::new)? else { continue };
        let shown = clause(kind, precision.unwrap_or(PRECISION), &value)
            .map_err(|()| EvalError::new(complaint(kind, value.ty().name())))?;
        out.push_str(&shown);
        next += 1;
    }
    Ok(Value::from(out))
}

/// A float, or the words for those that are none.
fn float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Double(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn clause(kind: char, precision: usize, value: &Value<'_>) -> Result<String, ()> {
    match (kind, value) {
        ('s', value) => string(value),
        ('d', Value::Int(value)) => Ok(value.to_string()),
        ('d', Value::Uint(value)) => Ok(value.to_string()),
        ('f', value) => float(value).map(|value| fixed(value, precision)).ok_or(()),
        ('e', value) => float(value).map(|value| scientific(value, precision)).ok_or(()),
        ('b', Value::Bool(value)) => Ok(if *value { "1" } else { "0" }.to_owned()),
        ('b' | 'o' | 'x' | 'X', Value::Int(value)) => {
            let sign = if *value < 0 { "-" } else { "" };
            Ok(format!("{sign}{}", radix(kind, value.unsigned_abs())))
        }
        ('b' | 'o' | 'x' | 'X', Value::Uint(value)) => Ok(radix(kind, *value)),
        ('x' | 'X', Value::String(text)) => Ok(hex(kind, text.as_bytes())),
        ('x' | 'X', Value::Bytes(bytes)) => Ok(hex(kind, bytes)),
        _ => Err(()),
    }
}

fn radix(kind: char, value: u64) -> String {
    match kind {
        'b' => format!("{value:b}"),
        'o' => format!("{value:o}"),
        'x' => format!("{value:x}"),
        _ => format!("{value:X}"),
    }
}

fn hex(kind: char, bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if kind == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") }).collect()
}

fn special(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("∞"),
        f64::NEG_INFINITY => Some("-∞"),
        _ => None,
    }
}

/// With commas between thousands.
fn fixed(value: f64, precision: usize) -> String {
    if let Some(word) = special(value) {
        return word.to_owned();
    }
    let plain = format!("{value:.precision$}");
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

/// With the exponent as a power of ten.
fn scientific(value: f64, precision: usize) -> String {
    if let Some(word) = special(value) {
        return word.to_owned();
    }
    let plain = format!("{value:.precision$e}");
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(("", exponent), |digits| ("⁻", digits));
    let raised: String = format!("{digits:0>2}")
        .chars()
        .map(|digit| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize - '0' as usize])
        .collect();
    format!("{mantissa}\u{202f}×\u{202f}10{sign}{raised}")
}

fn string(value: &Value<'_>) -> Result<String, ()> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => float_text(*value),
        Value::String(text) => text.to_string(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| ())?.to_owned(),
        Value::Timestamp(moment) => moment.to_string(),
        Value::Duration(span) => span.seconds_text(),
        Value::Type(ty) => ty.name().to_owned(),
        Value::List(_) | Value::Map(_) => return inner(value),
        _ => return Err(()),
    })
}

/// A value inside a list or map.
fn inner(value: &Value<'_>) -> Result<String, ()> {
    Ok(match value {
        Value::String(text) => quote_go(text),
        Value::Bytes(_) => format!("b{}", quote_go(&string(value)?)),
        Value::Double(value) => match special(*value) {
            Some(_) => quote_go(&float_text(*value)),
            None => format!("{value:.PRECISION$}"),
        },
        Value::Timestamp(_) => format!("timestamp({})", quote_go(&string(value)?)),
        Value::Duration(_) => format!("duration({})", quote_go(&string(value)?)),
        Value::List(list) => {
            let mut parts = Vec::with_capacity(list.len());
            for element in list.iter() {
                parts.push(inner(&element.map_err(|_| ())?)?);
            }
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let mut parts = Vec::with_capacity(map.len());
            for key in map.keys() {
                let value = map.find(&key).ok_or(())?.map_err(|_| ())?;
                parts.push((inner(&key)?, inner(&value)?));
            }
            parts.sort();
            let parts: Vec<String> = parts.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => string(other)?,
    })
}
