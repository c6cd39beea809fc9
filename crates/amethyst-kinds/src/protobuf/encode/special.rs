//! The types whose JSON is not that of their fields, the other way round.

use super::{integer, json, string};
use crate::messages::Form;
use crate::time;

/// Appends what Go writes of such a value that is zero.
pub(super) fn zero(form: Form, out: &mut Vec<u8>) {
    match form {
        Form::Quantity => string(1, b"0", out),
        Form::IntOrString => int_or_string(0, &[], out),
        Form::Duration | Form::OneOrBool => integer(1, 0, out),
        _ => {}
    }
}

/// Appends the message of a value; nothing comes back when the value is of another type.
pub(super) fn write(form: Form, value: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match form {
        Form::Quantity => match json::text(value) {
            Some(text) => string(1, &text, out),
            None => string(1, value, out),
        },
        Form::IntOrString => match json::text(value) {
            Some(text) => {
                integer(1, 1, out);
                integer(2, 0, out);
                string(3, &text, out);
            }
            None => int_or_string(json::integer(value)?, &[], out),
        },
        Form::Embedded => string(1, value, out),
        Form::Time => timestamp(value, false, out)?,
        Form::MicroTime => timestamp(value, true, out)?,
        Form::Duration => integer(1, duration(std::str::from_utf8(&json::text(value)?).ok()?)?, out),
        _ => return None,
    }
    Some(())
}

/// What such a value looks like, for an error.
pub(super) fn expected(form: Form) -> &'static str {
    match form {
        Form::Quantity => "a quantity",
        Form::IntOrString => "an integer or a string",
        Form::Time | Form::MicroTime => "a time in RFC 3339",
        Form::Duration => "a duration",
        _ => "a value",
    }
}

fn int_or_string(number: i64, text: &[u8], out: &mut Vec<u8>) {
    integer(1, 0, out);
    integer(2, number, out);
    string(3, text, out);
}

fn timestamp(value: &[u8], micro: bool, out: &mut Vec<u8>) -> Option<()> {
    let text = json::text(value)?;
    let text = std::str::from_utf8(&text).ok()?;
    let seconds = time::parse(text)?;
    integer(1, seconds, out);
    integer(2, if micro { nanoseconds(text) } else { 0 }, out);
    Some(())
}

/// The fraction of a second, to the microsecond.
fn nanoseconds(text: &str) -> i64 {
    let Some((_, fraction)) = text.split_once('.') else { return 0 };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).take(6);
    let (value, count) = digits
        .fold((0_i64, 0_u32), |(value, count), digit| (value * 10 + i64::from(digit - b'0'), count + 1));
    value * 10_i64.pow(6 - count) * 1000
}

/// Nanoseconds of a duration as Go's `time.Duration` writes itself: `1h0m0.5s`.
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|char: char| char != '.' && !char.is_ascii_digit())?;
        let (number, after) = rest.split_at(end);
        let units = [
            ("ns", 1),
            ("µs", 1_000),
            ("us", 1_000),
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("m", 60_000_000_000),
            ("h", 3_600_000_000_000_i128),
        ];
        let (unit, size) = units.into_iter().find(|(unit, _)| {
            // `m` begins `ms` too.
            after.strip_prefix(unit).is_some_and(|rest| !rest.starts_with('s') || *unit != "m")
        })?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        total += whole.parse::<i128>().ok()? * size;
        if !fraction.is_empty() {
            let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            total += fraction.parse::<i128>().ok()? * size / scale;
        }
        rest = &after[unit.len()..];
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

#[cfg(test)]
mod tests {
    use super::{duration, nanoseconds};

    #[test]
    fn durations_are_gos() {
        let cases = [
            ("0s", Some(0)),
            ("1.5ms", Some(1_500_000)),
            ("1h0m0.5s", Some(3_600_500_000_000)),
            ("-3µs", Some(-3_000)),
            ("2m", Some(120_000_000_000)),
            ("1x", None),
        ];
        for (text, expect) in cases {
            assert_eq!(duration(text), expect, "{text}");
        }
    }

    #[test]
    fn fractions_end_at_the_microsecond() {
        let cases = [("03:00:00.123456789Z", 123_456_000), ("03:00:00.5Z", 500_000_000), ("03:00:00Z", 0)];
        for (text, expect) in cases {
            assert_eq!(nanoseconds(text), expect, "{text}");
        }
    }
}
