//! Number literals: Go's ideal constants, by every type that can hold them.

use super::chars::unquote_char;
use super::lexer::Kind;
use crate::print::quote;
use crate::tree::Number;

/// Reads a number literal.
pub(super) fn number(text: &str, kind: Kind) -> Result<Number, String> {
    let mut number = Number { text: text.into(), int: None, uint: None, float: None };
    if kind == Kind::CharConstant {
        let code = unquote_char(text)?;
        number.int = Some(i64::from(code));
        number.uint = Some(u64::from(code));
        number.float = Some(f64::from(code));
        return Ok(number);
    }
    let hexadecimal = text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x");
    if kind == Kind::Complex || (text.ends_with('i') && !hexadecimal) {
        return Err(format!("complex constants are not supported: {}", quote(text)));
    }
    number.uint = parse_uint(text);
    number.int = parse_int(text);
    if number.int == Some(0) && number.uint.is_none() {
        number.uint = Some(0);
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Some(float) = parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text)));
        }
        number.float = Some(float);
        if float.fract() == 0.0 {
            // The bounds are the powers of two themselves: the largest integers have no float.
            let two_63 = 9_223_372_036_854_775_808.0;
            number.int = (-two_63..two_63).contains(&float).then_some(float as i64);
            number.uint = (0.0..two_63 * 2.0).contains(&float).then_some(float as u64);
        }
    }
    if number.float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(text)));
    }
    Ok(number)
}

/// `strconv.ParseInt` with base 0.
fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// `strconv.ParseUint` with base 0.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.starts_with(['+', '-']) || !underscores_are_fine(&lower) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// `strconv.ParseFloat`.
fn parse_float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    if !underscores_are_fine(&lower) {
        return None;
    }
    let plain = lower.replace('_', "");
    let (negative, magnitude) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain.as_str()),
    };
    let float = if let Some(digits) = magnitude.strip_prefix("0x") {
        hexadecimal_float(digits)?
    } else if magnitude.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        magnitude.parse().ok()?
    } else {
        return None;
    };
    float.is_finite().then_some(if negative { -float } else { float })
}

fn hexadecimal_float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.saturating_sub(4 * i32::try_from(fraction.len()).ok()?);
    Some(value * 2_f64.powi(shift))
}

/// Whether underscores stand between digits, or between a prefix and digits.
fn underscores_are_fine(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let text = text.trim_start_matches(['+', '-']);
    let prefixed = ["0x", "0b", "0o"].iter().any(|prefix| text.starts_with(prefix));
    let hexadecimal = text.starts_with("0x");
    // `^`: nothing yet, `0`: a digit or the prefix, `_`: an underscore, `!`: something else.
    let mut last = if prefixed { '0' } else { '^' };
    for char in text[if prefixed { 2 } else { 0 }..].chars() {
        if char.is_ascii_digit() || (hexadecimal && char.is_ascii_hexdigit()) {
            last = '0';
        } else if char == '_' {
            if last != '0' {
                return false;
            }
            last = '_';
        } else {
            if last == '_' {
                return false;
            }
            last = '!';
        }
    }
    last != '_'
}
