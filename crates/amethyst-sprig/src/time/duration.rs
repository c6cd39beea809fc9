//! `time.Duration`.

use std::borrow::Cow;
use std::rc::Rc;

use amethyst_gotemplate::{CallError, Engine, Native, Value};

use super::parse::quote;
use super::value::wrong_type;

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub i64);

const MICROSECOND: i64 = 1000;
const MILLISECOND: i64 = 1000 * MICROSECOND;
const SECOND: i64 = 1000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Duration {
    /// As Go prints it: `1h15m30.918s`.
    pub fn text(self) -> String {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if size == 0 {
            return "0s".to_owned();
        }
        if size < SECOND as u64 {
            let (unit, digits, name) = match size {
                0..1000 => (1, 0, "ns"),
                1000..1_000_000 => (1000, 3, "µs"),
                _ => (1_000_000, 6, "ms"),
            };
            return format!("{sign}{}{name}", with_fraction(size / unit, size % unit, digits));
        }
        let seconds = size / SECOND as u64;
        let fraction = with_fraction(seconds % 60, size % SECOND as u64, 9);
        let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
        if hours > 0 {
            format!("{sign}{hours}h{minutes}m{fraction}s")
        } else if minutes > 0 {
            format!("{sign}{minutes}m{fraction}s")
        } else {
            format!("{sign}{fraction}s")
        }
    }

    /// sprig's `durationRound`: the largest unit alone.
    pub(super) fn rounded_text(self) -> String {
        let size = self.0.unsigned_abs();
        let day = 24 * HOUR as u64;
        let units = [
            (365 * day, "y"),
            (30 * day, "mo"),
            (day, "d"),
            (HOUR as u64, "h"),
            (MINUTE as u64, "m"),
            (SECOND as u64, "s"),
        ];
        match units.iter().find(|(unit, _)| size > *unit) {
            Some((unit, name)) => format!("{}{name}", size / unit),
            None => "0s".to_owned(),
        }
    }

    /// To the nearest multiple, halves away from zero.
    #[must_use]
    pub fn round(self, multiple: Self) -> Self {
        let (duration, multiple) = (i128::from(self.0), i128::from(multiple.0));
        if multiple <= 0 {
            return self;
        }
        let rest = duration.abs() % multiple;
        let down = duration.abs() - rest;
        let size = if rest * 2 < multiple { down } else { down + multiple };
        let rounded = if duration < 0 { -size } else { size };
        Self(rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// To a multiple, toward zero.
    #[must_use]
    pub fn truncate(self, multiple: Self) -> Self {
        if multiple.0 <= 0 { self } else { Self(self.0 - self.0 % multiple.0) }
    }

    fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    /// Its seconds.
    pub fn seconds(self) -> f64 {
        self.in_units(SECOND)
    }

    /// Its minutes.
    pub fn minutes(self) -> f64 {
        self.in_units(MINUTE)
    }

    /// Its hours.
    pub fn hours(self) -> f64 {
        self.in_units(HOUR)
    }
}

fn with_fraction(whole: u64, fraction: u64, digits: usize) -> String {
    let text = format!("{fraction:0digits$}");
    let text = text.trim_end_matches('0');
    if digits == 0 || text.is_empty() { whole.to_string() } else { format!("{whole}.{text}") }
}

/// Reads `1h30m`, with Go's texts of errors.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let fault = |what: &str| format!("time: {what} {}", quote(text));
    let invalid = || fault("invalid duration");
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_length =
            after.find(|rune: char| rune == '.' || rune.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let size = match unit {
            "" => return Err(fault("missing unit in duration")),
            "ns" => 1,
            "us" | "µs" | "μs" => MICROSECOND,
            "ms" => MILLISECOND,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            _ => return Err(fault(&format!("unknown unit {} in duration", quote(unit)))),
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        // Digits beyond the nineteenth do not count.
        let fraction = &fraction[..fraction.len().min(18)];
        let scale = 10f64.powi(fraction.len() as i32);
        let part: u64 = fraction.parse().unwrap_or_default();
        let amount =
            u128::from(whole) * size as u128 + u128::from((part as f64 * (size as f64 / scale)) as u64);
        let sum = u128::from(total) + amount;
        total = u64::try_from(sum).ok().filter(|sum| *sum <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    if negative { Ok((total as i64).wrapping_neg()) } else { i64::try_from(total).map_err(|_| invalid()) }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Native(Rc::new(duration))
    }
}

impl Native for Duration {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("time.Duration")
    }

    fn kind_name(&self) -> &'static str {
        "int64"
    }

    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        _engine: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        let other = || {
            let value = arguments.first().cloned().unwrap_or_default();
            let duration = value.as_native::<Self>().copied();
            // A constant of a template takes the type that is wanted.
            let constant = if let Value::Int(_, number) = &value { Some(Self(*number)) } else { None };
            duration.or(constant).ok_or_else(|| wrong_type("time.Duration", &value))
        };
        Some(match name {
            "Seconds" => Ok(Value::Float(self.seconds())),
            "Minutes" => Ok(Value::Float(self.minutes())),
            "Hours" => Ok(Value::Float(self.hours())),
            "Milliseconds" => Ok(Value::int64(self.0 / MILLISECOND)),
            "Microseconds" => Ok(Value::int64(self.0 / MICROSECOND)),
            "Nanoseconds" => Ok(Value::int64(self.0)),
            "String" => Ok(Value::from(self.text())),
            "Abs" => Ok(Self(self.0.checked_abs().unwrap_or(i64::MAX)).into()),
            "Round" => other().map(|multiple| self.round(multiple).into()),
            "Truncate" => other().map(|multiple| self.truncate(multiple).into()),
            _ => return None,
        })
    }

    fn is_true(&self) -> bool {
        self.0 != 0
    }

    fn as_int(&self) -> Option<i64> {
        Some(self.0)
    }

    fn print(&self) -> String {
        self.text()
    }

    fn to_document(&self) -> amethyst_object::Value {
        amethyst_object::Value::from(self.0)
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn std::any::Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}
