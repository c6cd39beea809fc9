//! Moments and spans of time, with the ranges and spellings of cel-go (`common/types/{timestamp,duration}.go`).

use std::fmt;

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;
/// `0001-01-01T00:00:00Z`.
const SECONDS_MIN: i64 = -62_135_596_800;
/// `9999-12-31T23:59:59Z`.
const SECONDS_MAX: i64 = 253_402_300_799;

/// A moment between the years 1 and 9999, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

/// A moment as calendar and clock show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) day_of_year: i64,
    pub(crate) weekday: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

/// Days since 1970-01-01; years begin in March here, so that the odd day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

impl Timestamp {
    /// A moment; nothing outside of the range.
    pub fn new(seconds: i64, nanos: u32) -> Option<Self> {
        let is_valid = (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) && i64::from(nanos) < NANOS;
        is_valid.then_some(Self { seconds, nanos })
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        let days = Self::days(text.get(..10)?)?;
        let clock = text.get(10..19)?.strip_prefix('T')?;
        let mut fields = clock.splitn(3, ':');
        let mut field = |max| fields.next().and_then(|text| digits(text, 2)).filter(|value| *value <= max);
        let seconds = field(23)? * 3600 + field(59)? * 60 + field(59)?;
        let rest = &text[19..];
        let (nanos, zone) = match rest.strip_prefix(['.', ',']) {
            Some(rest) => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
                let kept = &rest[..end.min(9)];
                (format!("{kept:0<9}").parse().ok()?, &rest[end..])
            }
            None => (0, rest),
        };
        Self::new(days * SECONDS_PER_DAY + seconds - Self::offset(zone)?, nanos)
    }

    /// Reads a date: its midnight in UTC.
    pub fn parse_date(text: &str) -> Option<Self> {
        Self::new(Self::days(text)? * SECONDS_PER_DAY, 0)
    }

    fn days(text: &str) -> Option<i64> {
        let mut parts = text.splitn(3, '-');
        let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
        let day = digits(parts.next()?, 2)?;
        let is_valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        is_valid.then(|| days_from_civil(year, month, day))
    }

    fn offset(zone: &str) -> Option<i64> {
        if zone == "Z" {
            return Some(0);
        }
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        (hours <= 24 && minutes <= 60).then_some(sign * (hours * 3600 + minutes * 60))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The part of a second.
    pub fn nanos(self) -> u32 {
        self.nanos
    }

    /// Later by a span; nothing outside of the range.
    pub fn plus(self, span: Duration) -> Option<Self> {
        let nanos =
            i128::from(self.seconds) * i128::from(NANOS) + i128::from(self.nanos) + i128::from(span.0);
        let seconds = i64::try_from(nanos.div_euclid(i128::from(NANOS))).ok()?;
        Self::new(seconds, nanos.rem_euclid(i128::from(NANOS)) as u32)
    }

    /// The span since another moment; nothing when it does not fit.
    pub fn since(self, other: Self) -> Option<Duration> {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let nanos = seconds * i128::from(NANOS) + i128::from(self.nanos) - i128::from(other.nanos);
        i64::try_from(nanos).ok().map(Duration)
    }

    /// What calendar and clock show, `offset` seconds east of UTC.
    pub(crate) fn civil(self, offset: i64) -> Civil {
        let local = self.seconds + offset;
        let (days, of_day) = (local.div_euclid(SECONDS_PER_DAY), local.rem_euclid(SECONDS_PER_DAY));
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            day_of_year: days - days_from_civil(year, 1, 1),
            weekday: (days + 4).rem_euclid(7),
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, .. } = self.civil(0);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanos > 0 {
            let fraction = format!("{:09}", self.nanos);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Duration {
    /// Reads a duration as Go writes it (`1h30m`, `-1.5s`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("time: invalid duration {}", crate::library::quote_go(text));
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, tail) = rest.split_at(end);
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
                return Err(invalid());
            }
            let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            if unit.is_empty() {
                return Err(format!("time: missing unit in duration {}", crate::library::quote_go(text)));
            }
            let scale: u64 = match unit {
                "ns" => 1,
                "us" | "µs" | "μs" => 1_000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "m" => 60_000_000_000,
                "h" => 3_600_000_000_000,
                _ => {
                    let (unit, text) = (crate::library::quote_go(unit), crate::library::quote_go(text));
                    return Err(format!("time: unknown unit {unit} in duration {text}"));
                }
            };
            let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let mut span = whole.checked_mul(scale).ok_or_else(invalid)?;
            if !fraction.is_empty() {
                let part: f64 = format!("0.{fraction}").parse().map_err(|_| invalid())?;
                span = span.checked_add((part * scale as f64) as u64).ok_or_else(invalid)?;
            }
            total = total.checked_add(span).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
            rest = tail;
        }
        let nanos = if negative { -i128::from(total) } else { i128::from(total) };
        i64::try_from(nanos).map(Self).map_err(|_| invalid())
    }

    /// In seconds, as the function `string` prints them: `5400s`, `1.5s`.
    pub(crate) fn seconds_text(self) -> String {
        let seconds = self.0 as f64 / NANOS as f64;
        format!("{seconds}s")
    }
}
