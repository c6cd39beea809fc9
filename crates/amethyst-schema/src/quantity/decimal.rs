//! Decimal numbers of any size, with just the arithmetic that quantities need.

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
