//! Durations as Go writes and reads them: `1h30m0s`, `500ms`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration with Go's text form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoDuration(pub Duration);

/// A text that is no duration of Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration like `10m` or `1h30m`")]
pub struct DurationError(String);

impl std::str::FromStr for GoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let bad = || DurationError(text.to_owned());
        if text == "0" {
            return Ok(Self::default());
        }
        let (mut rest, mut nanos) = (text, 0.0_f64);
        while !rest.is_empty() {
            let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.').ok_or_else(bad)?;
            let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
            rest = &rest[digits..];
            let end = rest.find(|char: char| char.is_ascii_digit()).unwrap_or(rest.len());
            nanos += number
                * match &rest[..end] {
                    "h" => 3600e9,
                    "m" => 60e9,
                    "s" => 1e9,
                    "ms" => 1e6,
                    "us" | "µs" => 1e3,
                    "ns" => 1.0,
                    _ => return Err(bad()),
                };
            rest = &rest[end..];
        }
        if text.is_empty() || nanos >= u64::MAX as f64 {
            return Err(bad());
        }
        Ok(Self(Duration::from_nanos(nanos.round() as u64)))
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        match nanos {
            0 => return f.write_str("0s"),
            1..1_000 => return write!(f, "{nanos}ns"),
            1_000..1_000_000 => return write!(f, "{}µs", decimals(nanos, 1_000)),
            1_000_000..1_000_000_000 => return write!(f, "{}ms", decimals(nanos, 1_000_000)),
            _ => {}
        }
        let seconds = self.0.as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if seconds >= 60 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}s", decimals(nanos % 60_000_000_000, 1_000_000_000))
    }
}

/// `nanos` in a unit, without trailing zeros.
fn decimals(nanos: u128, unit: u128) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", nanos % unit);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}", nanos / unit)
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::GoDuration;

    fn check(text: &str, millis: u64, printed: &str) {
        let duration: GoDuration = text.parse().unwrap();
        assert_eq!((duration.0, duration.to_string().as_str()), (Duration::from_millis(millis), printed));
    }

    #[test]
    fn durations_read_and_print_as_go_does() {
        check("10m", 600_000, "10m0s");
        check("1h30m", 5_400_000, "1h30m0s");
        check("1.5h", 5_400_000, "1h30m0s");
        check("1h", 3_600_000, "1h0m0s");
        check("90s", 90_000, "1m30s");
        check("1500ms", 1500, "1.5s");
        check("12ms", 12, "12ms");
        check("0", 0, "0s");
        for bad in ["", "10", "m", "10x", "1h-3m", " 1s"] {
            assert!(bad.parse::<GoDuration>().is_err(), "{bad}");
        }
    }

    #[test]
    fn small_durations_have_small_units() {
        assert_eq!(GoDuration(Duration::from_nanos(1_234_567)).to_string(), "1.234567ms");
        assert_eq!(GoDuration(Duration::from_micros(7)).to_string(), "7µs");
    }
}
