//! Decimal numbers of any size, with just the arithmetic that quantities need.

use std::cmp::Ordering;

/// `digits` (least significant first) times ten to the `exponent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    /// The number `whole.fraction`; both are digits only.
    pub(super) fn of(whole: &str, fraction: &str) -> Self {
        let digits = whole.bytes().chain(fraction.bytes()).rev().map(|byte| byte - b'0').collect();
        let mut decimal = Self { negative: false, digits, exponent: -(fraction.len() as i32) };
        decimal.normalize();
        decimal
    }

    /// No zeros at either end, and one zero only.
    fn normalize(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.exponent = if self.digits.is_empty() { 0 } else { self.exponent + zeros as i32 };
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    pub(super) fn set_negative(&mut self, negative: bool) {
        self.negative = negative && !self.is_zero();
    }

    pub(super) fn multiply(&mut self, factor: u32) {
        let mut carry = 0;
        for digit in &mut self.digits {
            carry += u32::from(*digit) * factor;
            *digit = (carry % 10) as u8;
            carry /= 10;
        }
        while carry > 0 {
            self.digits.push((carry % 10) as u8);
            carry /= 10;
        }
        self.normalize();
    }

    pub(super) fn shift(&mut self, exponent: i32) {
        if !self.is_zero() {
            self.exponent += exponent;
        }
    }

    /// Away from zero, to a multiple of ten to the `exponent`.
    pub(super) fn round_up(&mut self, exponent: i32) {
        let Ok(surplus) = usize::try_from(exponent - self.exponent) else { return };
        if surplus == 0 || self.is_zero() {
            return;
        }
        self.digits.drain(..surplus.min(self.digits.len()));
        self.exponent = exponent;
        // What was dropped had no zeros at its end, so it was not nothing.
        let mut at = 0;
        loop {
            match self.digits.get_mut(at) {
                Some(digit) if *digit == 9 => *digit = 0,
                Some(digit) => {
                    *digit += 1;
                    break;
                }
                None => {
                    self.digits.push(1);
                    break;
                }
            }
            at += 1;
        }
        self.normalize();
    }

    /// The number of a whole one.
    pub(super) fn from_whole(whole: i64) -> Self {
        let mut decimal = Self::of(&whole.unsigned_abs().to_string(), "");
        decimal.set_negative(whole < 0);
        decimal
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn add(&mut self, other: &Self) {
        let exponent = match (self.is_zero(), other.is_zero()) {
            (_, true) => return,
            (true, false) => {
                self.clone_from(other);
                return;
            }
            (false, false) => self.exponent.min(other.exponent),
        };
        let (mine, theirs) = (self.digits_at(exponent), other.digits_at(exponent));
        if self.negative == other.negative {
            self.digits = sum(&mine, &theirs);
        } else if compare(&mine, &theirs) == Ordering::Less {
            (self.digits, self.negative) = (difference(&theirs, &mine), other.negative);
        } else {
            self.digits = difference(&mine, &theirs);
        }
        self.exponent = exponent;
        self.normalize();
        self.set_negative(self.negative);
    }

    pub(super) fn negate(&mut self) {
        self.set_negative(!self.negative);
    }

    /// The digits when the number is written with a smaller exponent.
    fn digits_at(&self, exponent: i32) -> Vec<u8> {
        let zeros = usize::try_from(self.exponent - exponent).unwrap_or_default();
        std::iter::repeat_n(0, zeros).chain(self.digits.iter().copied()).collect()
    }

    /// The magnitude, where it is whole and fits.
    fn magnitude(&self) -> Option<u128> {
        let exponent = u32::try_from(self.exponent).ok()?;
        let digits = self
            .digits
            .iter()
            .rev()
            .try_fold(0_u128, |value, digit| value.checked_mul(10)?.checked_add(u128::from(*digit)))?;
        digits.checked_mul(10_u128.checked_pow(exponent)?)
    }

    /// The number of digits before the point; zero or less for fractions.
    fn width(&self) -> i32 {
        self.digits.len() as i32 + self.exponent
    }

    pub(super) fn cap_at_i64(&mut self) {
        const MAX: &str = "9223372036854775807";
        let too_wide = self.width() > MAX.len() as i32;
        let whole = self.truncated().magnitude();
        if too_wide || whole.is_some_and(|whole| whole > i64::MAX as u128) {
            *self = Self::of(MAX, "");
        }
    }

    /// Without the fraction.
    fn truncated(&self) -> Self {
        let mut out = self.clone();
        if let Ok(surplus) = usize::try_from(-self.exponent) {
            out.digits.drain(..surplus.min(out.digits.len()));
            out.exponent = 0;
        }
        out
    }

    /// Whether the magnitude is below `limit`.
    pub(super) fn is_below(&self, limit: u32) -> bool {
        self.width() <= 4 && self.truncated().magnitude().is_some_and(|whole| whole < u128::from(limit))
    }

    /// The number, where it is whole.
    pub(super) fn whole(&self) -> Option<i64> {
        let whole = i64::try_from(self.magnitude()?).ok()?;
        Some(if self.negative { -whole } else { whole })
    }

    /// Digits, and an exponent that is a multiple of three.
    pub(super) fn thousands(&self) -> (String, i32) {
        let zeros = self.exponent.rem_euclid(3);
        let mut text = String::with_capacity(self.digits.len() + 3);
        if self.negative {
            text.push('-');
        }
        text.extend(self.digits.iter().rev().map(|digit| char::from(b'0' + digit)));
        (0..zeros).for_each(|_| text.push('0'));
        (text, self.exponent - zeros)
    }

    pub(super) fn nanos(&self) -> i128 {
        let mut scaled = self.clone();
        scaled.shift(9);
        let whole = scaled.magnitude().and_then(|whole| i128::try_from(whole).ok()).unwrap_or(i128::MAX);
        if self.negative { -whole } else { whole }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (negative, _) => {
                let order = compare_magnitudes(self, other);
                if negative { order.reverse() } else { order }
            }
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_magnitudes(a: &Decimal, b: &Decimal) -> Ordering {
    match (a.is_zero(), b.is_zero()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => {
            let exponent = a.exponent.min(b.exponent);
            a.width().cmp(&b.width()).then_with(|| compare(&a.digits_at(exponent), &b.digits_at(exponent)))
        }
    }
}

/// Compares digits without zeros at their upper end.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut out, mut carry) = (Vec::with_capacity(a.len().max(b.len()) + 1), 0);
    for at in 0..a.len().max(b.len()) {
        carry += a.get(at).copied().unwrap_or_default() + b.get(at).copied().unwrap_or_default();
        out.push(carry % 10);
        carry /= 10;
    }
    if carry > 0 {
        out.push(carry);
    }
    out
}

/// `a - b`, of an `a` that is not less.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let digits = a.iter().enumerate().map(|(at, digit)| {
        let minus = b.get(at).copied().unwrap_or_default() + borrow;
        borrow = u8::from(*digit < minus);
        digit + borrow * 10 - minus
    });
    digits.collect()
}
