//! Decimals of any size, as far as shopspring/decimal is used: from the shortest digits of a float and back.

use rsa::BigUint;

use crate::print::float;

/// `sign * digits * 10^exponent`.
#[derive(Clone)]
pub(super) struct Decimal {
    negative: bool,
    digits: BigUint,
    exponent: i64,
}

/// Digits behind the point of a quotient.
const DIVISION_PRECISION: i64 = 16;

impl Decimal {
    pub(super) fn from_float(value: f64) -> Result<Self, String> {
        if !value.is_finite() {
            return Err(format!("Cannot create a Decimal from {}", float(value)));
        }
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().unwrap_or_default();
        let digits: u64 = format!("{whole}{fraction}").parse().unwrap_or_default();
        Ok(Self {
            negative: value < 0.0,
            digits: BigUint::from(digits),
            exponent: exponent - fraction.len() as i64,
        })
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        let sign = if self.negative && !is_zero(&self.digits) { "-" } else { "" };
        let text = format!("{sign}{}e{}", self.digits.to_str_radix(10), self.exponent);
        text.parse().unwrap_or_default()
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(exponent), other.scaled(exponent));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, left + right)
        } else if left >= right {
            (self.negative, left - right)
        } else {
            (other.negative, right - left)
        };
        Self { negative, digits, exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        self.add(&Self { negative: !other.negative, ..other.clone() })
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            digits: &self.digits * &other.digits,
            exponent: self.exponent + other.exponent,
        }
    }

    /// The quotient to 16 places, halves away from zero.
    pub(super) fn div(&self, other: &Self) -> Result<Self, String> {
        if is_zero(&other.digits) {
            return Err("decimal division by 0".to_owned());
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let (mut upper, mut lower) = (self.digits.clone(), other.digits.clone());
        if shift >= 0 {
            upper *= power_of_ten(shift);
        } else {
            lower *= power_of_ten(-shift);
        }
        let quotient = &upper / &lower;
        let twice_rest = (upper - &quotient * &lower) * BigUint::from(2u8);
        let digits = if twice_rest >= lower { quotient + BigUint::from(1u8) } else { quotient };
        Ok(Self { negative: self.negative != other.negative, digits, exponent: -DIVISION_PRECISION })
    }

    fn scaled(&self, exponent: i64) -> BigUint {
        &self.digits * power_of_ten(self.exponent - exponent)
    }
}

fn is_zero(digits: &BigUint) -> bool {
    *digits == BigUint::from(0u8)
}

/// Exponents of floats lie within a thousand of each other, so powers stay small; products of many large
/// ones are bounded by the number of arguments a template can write.
fn power_of_ten(exponent: i64) -> BigUint {
    let mut power = BigUint::from(1u8);
    let (mut base, mut exponent) = (BigUint::from(10u8), exponent.max(0));
    while exponent > 0 {
        if exponent & 1 == 1 {
            power *= &base;
        }
        base = &base * &base;
        exponent >>= 1;
    }
    power
}
