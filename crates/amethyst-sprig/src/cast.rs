//! Numbers out of anything, as spf13/cast makes them; what is no number is 0.

use amethyst_gotemplate::Value;

use crate::time::is_counted;

/// `cast.ToInt64` and `cast.ToInt`.
pub(crate) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(_, number) => *number,
        Value::Uint(_, number) => *number as i64,
        Value::Float(number) => truncate(*number),
        Value::Bool(value) => i64::from(*value),
        Value::String(text) => parse_int(trim_zero_decimal(text)).unwrap_or_default(),
        Value::Native(native) if is_counted(value) => native.as_int().unwrap_or_default(),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
pub(crate) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(_, number) => *number as f64,
        Value::Uint(_, number) => *number as f64,
        Value::Float(number) => *number,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::String(text) => parse_float(text).unwrap_or_default(),
        Value::Native(native) if is_counted(value) => native.as_int().unwrap_or_default() as f64,
        _ => 0.0,
    }
}

/// `int64(float)` on amd64: what does not fit is the smallest integer.
pub(crate) fn truncate(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// Takes `.0`, `.00`, ... off the end.
fn trim_zero_decimal(text: &str) -> &str {
    let zeros = text.trim_end_matches('0');
    match zeros.strip_suffix('.') {
        Some(whole) if zeros.len() < text.len() => whole,
        _ => text,
    }
}

/// `strconv.ParseInt(text, 0, 64)`: a prefix tells the base, underscores may part digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits, prefixed) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &unsigned[2..], true),
        [b'0', b'b' | b'B', _, ..] => (2, &unsigned[2..], true),
        [b'0', b'o' | b'O', _, ..] => (8, &unsigned[2..], true),
        [b'0', _, ..] => (8, &unsigned[1..], true),
        _ => (10, unsigned, false),
    };
    parse_digits(&underscores_out(digits, prefixed, radix)?, radix, negative)
}

/// `strconv.ParseInt(text, radix, 64)`.
pub(crate) fn parse_int_radix(text: &str, radix: u32) -> Option<i64> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    parse_digits(digits, radix, negative)
}

fn parse_digits(digits: &str, radix: u32, negative: bool) -> Option<i64> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let size = i128::from(u64::from_str_radix(digits, radix).ok()?);
    i64::try_from(if negative { -size } else { size }).ok()
}

/// Underscores must stand between digits, or between the prefix and a digit.
fn underscores_out(digits: &str, prefixed: bool, radix: u32) -> Option<std::borrow::Cow<'_, str>> {
    if !digits.contains('_') {
        return Some(digits.into());
    }
    let mut digit_before = prefixed;
    for digit in digits.chars() {
        if digit == '_' {
            if !digit_before {
                return None;
            }
            digit_before = false;
        } else {
            digit_before = digit.is_digit(radix);
        }
    }
    digit_before.then(|| digits.replace('_', "").into())
}

/// `strconv.ParseFloat(text, 64)`; out of range is no float.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x")) {
        return hexadecimal(&unsigned[2..]).map(|size| if text.starts_with('-') { -size } else { size });
    }
    if text.contains('_') {
        let bytes = text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let parts_digits = |at: usize| at > 0 && is_digit(at - 1) && is_digit(at + 1);
        let holds = text.match_indices('_').all(|(at, _)| parts_digits(at));
        return if holds { parse_float(&text.replace('_', "")) } else { None };
    }
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// `1.8p3`, the part after `0x`.
fn hexadecimal(text: &str) -> Option<f64> {
    let at = text.find(['p', 'P'])?;
    let exponent = text[at + 1..].strip_prefix('+').unwrap_or(&text[at + 1..]);
    let (whole, fraction) = text[..at].split_once('.').unwrap_or((&text[..at], ""));
    let whole = underscores_out(whole, true, 16)?;
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mantissa = u64::from_str_radix(&digits, 16).ok()? as f64;
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let value = mantissa * 2f64.powi(exponent);
    value.is_finite().then_some(value)
}
