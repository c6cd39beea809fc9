//! Quantities (`resource.Quantity`): their syntax, their worth and the spelling that Kubernetes stores.

mod decimal;

use std::cmp::Ordering;
use std::fmt;

use amethyst_object::Str;

use decimal::Decimal;

#[cfg(test)]
mod tests;

/// Why a text is no quantity; spelled as upstream's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number with a suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// A number that cannot be read.
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// A suffix that is none, or an exponent far out of range.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// How a quantity was written, and is written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    /// `12e6`.
    Exponent,
    /// `12Mi`.
    Binary,
    /// `12M`.
    Decimal,
}

/// A quantity.
#[derive(Clone, Debug)]
pub struct Quantity {
    value: Decimal,
    notation: Notation,
    /// The text, where upstream keeps it as it was.
    kept: Option<Str>,
}

/// Exponents beyond this are refused: nobody means them, and they would cost memory.
const EXPONENT_MAX: i32 = 4096;
/// How many digits upstream reckons in 64 bits.
const FAST_DIGITS_MAX: i32 = 18;
const NANO: i32 = -9;
const DECIMAL_SUFFIXES: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY_SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The parts of a quantity's text.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = unsigned.trim_start_matches('0');
    let end = |text: &str, is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    let is_digit: fn(char) -> bool = |c| c.is_ascii_digit();
    let (whole, rest) = rest.split_at(end(rest, is_digit));
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(end(rest, is_digit)),
        None => ("", rest),
    };
    let tail = &suffix[end(suffix, |c| "eEinumkKMGTP".contains(c))..];
    let tail = tail.strip_prefix(['+', '-']).unwrap_or(tail);
    if text.is_empty() || !tail.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::Format);
    }
    Ok(Parts { negative: text.starts_with('-'), whole, fraction, suffix })
}

/// What a suffix multiplies by: a power of ten, or of 1024.
fn interpret(suffix: &str) -> Result<(Notation, i32), QuantityError> {
    if let Some((_, exponent)) = DECIMAL_SUFFIXES.iter().find(|(known, _)| *known == suffix) {
        return Ok((Notation::Decimal, *exponent));
    }
    if let Some(power) = BINARY_SUFFIXES.iter().position(|known| *known == suffix) {
        return Ok((Notation::Binary, i32::try_from(power).map_err(|_| QuantityError::Suffix)?));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).and_then(|digits| digits.parse::<i32>().ok());
    let exponent = exponent.filter(|exponent| exponent.abs() <= EXPONENT_MAX).ok_or(QuantityError::Suffix)?;
    Ok((Notation::Exponent, exponent))
}

/// Whether upstream reckons in 64 bits.
fn is_fast(parts: &Parts<'_>, notation: Notation, exponent: i32) -> bool {
    let digits = (parts.whole.len().max(1) + parts.fraction.len()) as i32;
    if notation == Notation::Binary {
        return parts.fraction.is_empty() && digits + exponent * 3 < 15;
    }
    digits <= FAST_DIGITS_MAX && exponent - parts.fraction.len() as i32 >= NANO
}

/// Whether upstream keeps the text as it is: it takes it for canonical when it ends well.
fn is_kept(parts: &Parts<'_>, notation: Notation, exponent: i32) -> bool {
    let whole = if parts.whole.is_empty() { "0" } else { parts.whole };
    let shifted = format!("{whole}{}", parts.fraction);
    is_fast(parts, notation, exponent)
        && if notation == Notation::Binary {
            shifted.parse::<i64>().is_ok_and(|value| value & 7 != 0)
        } else {
            let scale = exponent - parts.fraction.len() as i32;
            scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0')
        }
}

impl Quantity {
    /// Reads a quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = split(text)?;
        let (mut notation, exponent) = interpret(parts.suffix)?;
        let number = &text[..text.len() - parts.suffix.len()];
        if !number.contains(|c: char| c.is_ascii_digit()) && !is_fast(&parts, notation, exponent) {
            return Err(QuantityError::Numeric);
        }
        let kept = is_kept(&parts, notation, exponent).then(|| Str::from(text));
        let mut value = Decimal::of(parts.whole, parts.fraction);
        if notation == Notation::Binary {
            (0..exponent).for_each(|_| value.multiply(1024));
            value.cap_at_i64();
        } else {
            value.shift(exponent);
        }
        value.round_up(NANO);
        if notation == Notation::Binary && value.is_below(1) {
            notation = Notation::Decimal;
        }
        value.set_negative(parts.negative);
        Ok(Self { value, notation, kept })
    }

    /// A whole number, written in decimal notation.
    pub fn of(whole: i64) -> Self {
        Self { value: Decimal::from_whole(whole), notation: Notation::Decimal, kept: None }
    }

    /// The worth in thousand-millionths, saturating.
    pub fn nanos(&self) -> i128 {
        self.value.nanos()
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.value.is_zero()
    }

    /// Whether it is less than nothing.
    pub fn is_negative(&self) -> bool {
        self.value.is_negative()
    }

    /// Adds another one; nothing takes over the notation of what is added to it (`Quantity.Add`).
    pub fn add(&mut self, other: &Self) {
        if self.is_zero() {
            self.notation = other.notation;
        }
        self.kept = None;
        self.value.add(&other.value);
    }

    /// Takes another one away, by the same rule.
    pub fn subtract(&mut self, other: &Self) {
        let mut other = other.clone();
        other.value.negate();
        self.add(&other);
    }

    /// Rounds away from zero to a whole number.
    pub fn round_up(&mut self) {
        let before = self.value.clone();
        self.value.round_up(0);
        if self.value != before {
            self.kept = None;
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By worth, whatever the notation.
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kept) = &self.kept {
            return f.write_str(kept);
        }
        if self.value.is_zero() {
            return f.write_str("0");
        }
        if self.notation == Notation::Binary
            && !self.value.is_below(1024)
            && let Some(whole) = self.value.whole()
        {
            let mut whole = whole;
            let mut power = 0;
            while whole % 1024 == 0 && power + 1 < BINARY_SUFFIXES.len() {
                whole /= 1024;
                power += 1;
            }
            return write!(f, "{whole}{}", BINARY_SUFFIXES[power]);
        }
        let (digits, exponent) = self.value.thousands();
        let suffix = DECIMAL_SUFFIXES.iter().find(|(_, known)| *known == exponent);
        match suffix {
            _ if exponent == 0 => f.write_str(&digits),
            Some((suffix, _)) if self.notation != Notation::Exponent => write!(f, "{digits}{suffix}"),
            _ => write!(f, "{digits}e{exponent}"),
        }
    }
}

/// The spelling that Kubernetes stores: `1000m` becomes `1`, `1024Mi` `1Gi`, `0.5` `500m`.
pub fn canonical_quantity(text: &str) -> Result<Str, QuantityError> {
    Ok(Quantity::parse(text)?.to_string().into())
}
