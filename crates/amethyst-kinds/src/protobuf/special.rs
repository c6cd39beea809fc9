//! The types whose JSON is not that of their fields.

use amethyst_object::{Number, Value};

use super::ProtobufError;
use super::wire::{Raw, fields, malformed};
use crate::time;

/// The first second of the year 1, Go's zero time.
const ZERO_TIME: i64 = -62_135_596_800;
/// The last second of the year 9999.
const LAST_TIME: i64 = 253_402_300_799;

/// The numbers of the first two fields, which is all that these types have, and whether there was any.
fn numbers(bytes: &[u8]) -> Result<[i64; 2], ProtobufError> {
    let mut numbers = [0; 2];
    for field in fields(bytes) {
        if let (number @ 1..=2, Raw::Varint(value)) = field? {
            numbers[number as usize - 1] = value as i64;
        }
    }
    Ok(numbers)
}

/// `resource.Quantity`: its text, or zero.
pub(super) fn quantity(bytes: &[u8]) -> Result<Value, ProtobufError> {
    let mut text = String::from("0");
    for field in fields(bytes) {
        if let (1, Raw::Bytes(bytes)) = field? {
            text = String::from_utf8_lossy(bytes).into_owned();
        }
    }
    Ok(text.into())
}

/// `intstr.IntOrString`.
pub(super) fn int_or_string(bytes: &[u8]) -> Result<Value, ProtobufError> {
    let (mut ty, mut number, mut text) = (0, 0, String::new());
    for field in fields(bytes) {
        match field? {
            (1, Raw::Varint(value)) => ty = value,
            (2, Raw::Varint(value)) => number = value as i32,
            (3, Raw::Bytes(bytes)) => text = String::from_utf8_lossy(bytes).into_owned(),
            _ => {}
        }
    }
    match ty {
        0 => Ok(number.into()),
        1 => Ok(text.into()),
        _ => Err(malformed("impossible IntOrString.Type")),
    }
}

/// `metav1.Time`; nanoseconds are dropped, as upstream does.
pub(super) fn time(bytes: &[u8]) -> Result<Value, ProtobufError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let [seconds, _] = numbers(bytes)?;
    Ok(stamp(seconds)?.map_or(Value::Null, |stamp| format!("{stamp}Z").into()))
}

/// `metav1.MicroTime`.
pub(super) fn micro_time(bytes: &[u8]) -> Result<Value, ProtobufError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let [seconds, nanos] = numbers(bytes)?;
    if !(0..1_000_000_000).contains(&nanos) {
        return Err(malformed("nanoseconds of a time are out of range"));
    }
    let micros = nanos / 1000;
    Ok(stamp(seconds)?.map_or(Value::Null, |stamp| format!("{stamp}.{micros:06}Z").into()))
}

/// `2006-01-02T15:04:05`, or nothing for Go's zero time.
fn stamp(seconds: i64) -> Result<Option<String>, ProtobufError> {
    if !(ZERO_TIME..=LAST_TIME).contains(&seconds) {
        return Err(malformed("a time is out of range"));
    }
    Ok((seconds != ZERO_TIME).then(|| time::format(seconds)))
}

/// `metav1.Duration`, as Go's `time.Duration` writes itself: `1h0m0.5s`, `1.5ms`.
pub(super) fn duration(bytes: &[u8]) -> Result<Value, ProtobufError> {
    let [nanos, _] = numbers(bytes)?;
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let text = match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{nanos}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(nanos, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(nanos, 1_000_000)),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = fraction(nanos % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    Ok(text.into())
}

fn fraction(value: u64, unit: u64) -> String {
    let digits = unit.ilog10() as usize;
    let rest = format!("{:0digits$}", value % unit);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { (value / unit).to_string() } else { format!("{}.{rest}", value / unit) }
}

/// A float as Go's JSON writes it: an exponent below 1e-6 and from 1e21 on.
pub(super) fn double(value: f64) -> Result<Value, ProtobufError> {
    if !value.is_finite() {
        return Err(malformed("a number is not finite"));
    }
    let size = value.abs();
    let lexeme = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    } else {
        format!("{value}")
    };
    Ok(Value::Number(Number::from_lexeme(lexeme)))
}
