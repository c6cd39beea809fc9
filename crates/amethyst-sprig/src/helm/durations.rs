//! Durations of Helm 4: numbers count seconds, strings are Go's durations or seconds.

use amethyst_gotemplate::{Function, Value};

use crate::arguments::{ANY, any, fixed};
use crate::cast::parse_float;
use crate::print::{float, quote, quoted};
use crate::time::{Duration, parse_duration};

const SECOND: i64 = 1_000_000_000;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("mustToDuration", &[ANY], |_, a| Ok(Duration(duration_of(any(a, 0))?).into())),
    fixed("durationSeconds", &[ANY], |_, a| Ok(Value::Float(Duration(or_zero(any(a, 0))).seconds()))),
    fixed("durationMilliseconds", &[ANY], |_, a| Ok(Value::int64(or_zero(any(a, 0)) / 1_000_000))),
    fixed("durationMicroseconds", &[ANY], |_, a| Ok(Value::int64(or_zero(any(a, 0)) / 1000))),
    fixed("durationNanoseconds", &[ANY], |_, a| Ok(Value::int64(or_zero(any(a, 0))))),
    fixed("durationMinutes", &[ANY], |_, a| Ok(Value::Float(Duration(or_zero(any(a, 0))).minutes()))),
    fixed("durationHours", &[ANY], |_, a| Ok(Value::Float(Duration(or_zero(any(a, 0))).hours()))),
    fixed("durationDays", &[ANY], |_, a| Ok(Value::Float(Duration(or_zero(any(a, 0))).hours() / 24.0))),
    fixed("durationWeeks", &[ANY], |_, a| {
        Ok(Value::Float(Duration(or_zero(any(a, 0))).hours() / 24.0 / 7.0))
    }),
    fixed("durationRoundTo", &[ANY, ANY], |_, a| Ok(to_multiple(a, Duration::round))),
    fixed("durationTruncateTo", &[ANY, ANY], |_, a| Ok(to_multiple(a, Duration::truncate))),
];

fn or_zero(value: &Value) -> i64 {
    duration_of(value).unwrap_or_default()
}

fn to_multiple(arguments: &[Value], operation: fn(Duration, Duration) -> Duration) -> Value {
    let Ok(duration) = duration_of(any(arguments, 0)) else { return Duration(0).into() };
    match duration_of(any(arguments, 1)) {
        Ok(multiple) => operation(Duration(duration), Duration(multiple)).into(),
        Err(_) => Duration(duration).into(),
    }
}

/// Nanoseconds out of anything.
fn duration_of(value: &Value) -> Result<i64, String> {
    if let Some(duration) = value.as_native::<Duration>() {
        return Ok(duration.0);
    }
    match value {
        Value::Nil => Err("invalid duration".to_owned()),
        Value::String(text) => of_text(text),
        Value::Binary(bytes) => {
            let mut shown = String::new();
            quote(bytes, &mut shown);
            Err(format!("could not parse duration {shown}"))
        }
        Value::Int(_, seconds) => of_seconds(*seconds),
        Value::Uint(_, seconds) => i64::try_from(*seconds)
            .map_err(|_| format!("duration seconds overflow: {seconds}"))
            .and_then(of_seconds),
        Value::Float(seconds) => of_float(*seconds),
        Value::Native(native) if native.as_int().is_some() => of_seconds(native.as_int().unwrap_or_default()),
        other => Err(format!("unsupported duration type {}", other.type_name())),
    }
}

fn of_text(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("empty duration".to_owned());
    }
    if let Ok(duration) = parse_duration(trimmed) {
        return Ok(duration);
    }
    match parse_float(trimmed) {
        Some(seconds) => of_float(seconds),
        None => Err(format!("could not parse duration {}", quoted(text))),
    }
}

fn of_seconds(seconds: i64) -> Result<i64, String> {
    seconds.checked_mul(SECOND).ok_or_else(|| format!("duration seconds overflow: {seconds}"))
}

fn of_float(seconds: f64) -> Result<i64, String> {
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", float(seconds)));
    }
    let nanoseconds = seconds * 1e9;
    if nanoseconds.abs() > 9_223_372_036_854_775_807.0 {
        return Err(format!("duration seconds overflow: {}", float(seconds)));
    }
    Ok(crate::cast::truncate(nanoseconds))
}
