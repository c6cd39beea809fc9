//! Dates and durations, laid out and read as Go's `time` does. Local time is UTC.

mod calendar;
mod chunk;
mod duration;
mod format;
mod parse;
mod value;
mod zone;

use amethyst_gotemplate::{Engine, Function, IntKind, Type, Value};

use crate::arguments::{ANY, STRING, any, fixed, text};

pub use duration::Duration;
pub(crate) use duration::parse_duration;
pub(crate) use parse::parse as parse_time;
pub use value::Time;
pub(crate) use value::is_counted;
use zone::Zone;

const TIME: Type = Type::Native("time.Time");
const SECOND: i64 = 1_000_000_000;
const HTML: &str = "2006-01-02";

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("now", &[], |e, _| Ok(now(e, "now").into())),
    fixed("date", &[STRING, ANY], |e, a| Ok(in_zone(e, "date", &text(a, 0), any(a, 1), "Local"))),
    fixed("dateInZone", &[STRING, ANY, STRING], |e, a| {
        Ok(in_zone(e, "dateInZone", &text(a, 0), any(a, 1), &text(a, 2)))
    }),
    fixed("date_in_zone", &[STRING, ANY, STRING], |e, a| {
        Ok(in_zone(e, "date_in_zone", &text(a, 0), any(a, 1), &text(a, 2)))
    }),
    fixed("htmlDate", &[ANY], |e, a| Ok(in_zone(e, "htmlDate", HTML, any(a, 0), "Local"))),
    fixed("htmlDateInZone", &[ANY, STRING], |e, a| {
        Ok(in_zone(e, "htmlDateInZone", HTML, any(a, 0), &text(a, 1)))
    }),
    fixed("dateModify", &[STRING, TIME], |_, a| Ok(modify(a).unwrap_or_else(|_| any(a, 1).clone()))),
    fixed("date_modify", &[STRING, TIME], |_, a| Ok(modify(a).unwrap_or_else(|_| any(a, 1).clone()))),
    fixed("mustDateModify", &[STRING, TIME], |_, a| Ok(modify(a)?)),
    fixed("must_date_modify", &[STRING, TIME], |_, a| Ok(modify(a)?)),
    fixed("toDate", &[STRING, STRING], |_, a| {
        Ok(parse::parse(&text(a, 0), &text(a, 1)).unwrap_or_default().into())
    }),
    fixed("mustToDate", &[STRING, STRING], |_, a| Ok(parse::parse(&text(a, 0), &text(a, 1))?.into())),
    fixed("unixEpoch", &[TIME], |_, a| {
        let time = any(a, 0).as_native::<Time>().cloned().unwrap_or_default();
        Ok(Value::from(time.unix().to_string()))
    }),
    fixed("ago", &[ANY], |e, a| {
        let now = now(e, "ago");
        let then = match any(a, 0) {
            Value::Int(IntKind::Int | IntKind::Int64, seconds) => Time::from_unix(*seconds),
            other => other.as_native::<Time>().cloned().unwrap_or_else(|| now.clone()),
        };
        Ok(Value::from(now.since(&then).round(Duration(SECOND)).text()))
    }),
    fixed("duration", &[ANY], |_, a| {
        let seconds = match any(a, 0) {
            Value::Int(IntKind::Int64, seconds) => *seconds,
            Value::String(text) => parse_or_nearest(text),
            _ => 0,
        };
        Ok(Value::from(Duration(seconds.wrapping_mul(SECOND)).text()))
    }),
    fixed("durationRound", &[ANY], |e, a| {
        let duration = match any(a, 0) {
            Value::Int(IntKind::Int64, nanoseconds) => Duration(*nanoseconds),
            Value::String(text) => Duration(parse_duration(text).unwrap_or_default()),
            other => match other.as_native::<Time>() {
                Some(then) => now(e, "durationRound").since(then),
                None => Duration(0),
            },
        };
        Ok(Value::from(duration.rounded_text()))
    }),
];

/// `strconv.ParseInt` with its error dropped: what is out of range is the nearest number.
fn parse_or_nearest(text: &str) -> i64 {
    crate::cast::parse_int_radix(text, 10).unwrap_or_else(|| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            0
        } else if text.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        }
    })
}

fn now(engine: &mut Engine<'_>, function: &'static str) -> Time {
    let host = engine.host();
    host.not_reproducible(function);
    Time::from_nanoseconds(host.now())
}

/// Of what is no time and no integer, the time is now.
fn in_zone(engine: &mut Engine<'_>, function: &'static str, layout: &str, date: &Value, zone: &str) -> Value {
    let time = match date {
        Value::Int(IntKind::Int | IntKind::Int32 | IntKind::Int64, seconds) => Time::from_unix(*seconds),
        other => other.as_native::<Time>().cloned().unwrap_or_else(|| now(engine, function)),
    };
    let zone = Zone::load(zone).unwrap_or(Zone::Utc);
    Value::from(time.within(zone).format(layout))
}

fn modify(arguments: &[Value]) -> Result<Value, String> {
    let by = parse_duration(&text(arguments, 0))?;
    let time = any(arguments, 1).as_native::<Time>().cloned().unwrap_or_default();
    Ok(time.plus(by).into())
}
