//! Parts of moments and spans (cel-go `common/stdlib/standard.go`).

use jiff::tz::TimeZone;

use super::{Native, no_overload};
use crate::error::EvalError;
use crate::moment::{Civil, Timestamp};
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "getFullYear" => |args| part("getFullYear", args, |civil| civil.year),
        "getMonth" => |args| part("getMonth", args, |civil| civil.month - 1),
        "getDayOfYear" => |args| part("getDayOfYear", args, |civil| civil.day_of_year),
        "getDayOfMonth" => |args| part("getDayOfMonth", args, |civil| civil.day - 1),
        "getDate" => |args| part("getDate", args, |civil| civil.day),
        "getDayOfWeek" => |args| part("getDayOfWeek", args, |civil| civil.weekday),
        "getHours" => |args| part_or_span("getHours", args, |civil| civil.hour, 3_600_000_000_000),
        "getMinutes" => |args| part_or_span("getMinutes", args, |civil| civil.minute, 60_000_000_000),
        "getSeconds" => |args| part_or_span("getSeconds", args, |civil| civil.second, 1_000_000_000),
        "getMilliseconds" => milliseconds,
        _ => return None,
    })
}

/// Seconds east of UTC: of a named zone at that moment, or as `+01:00` says.
fn offset(moment: Timestamp, zone: &str) -> std::result::Result<i64, EvalError> {
    let unknown = || EvalError::new(format!("unknown time zone {zone}"));
    if let Some((hours, minutes)) = zone.split_once(':') {
        let number = |text: &str| {
            text.parse::<i64>()
                .map_err(|_| EvalError::new(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")))
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        if hours.abs() > 99 || minutes.abs() > 99 {
            return Err(unknown());
        }
        let total = if zone.starts_with('-') { hours * 60 - minutes } else { hours * 60 + minutes };
        return Ok(total * 60);
    }
    if matches!(zone, "" | "UTC") {
        return Ok(0);
    }
    let zone = TimeZone::get(zone).map_err(|_| unknown())?;
    // The very last day lies outside of what the zones know; their rules do not change there.
    let seconds = moment.seconds().min(jiff::Timestamp::MAX.as_second());
    let at = jiff::Timestamp::from_second(seconds).map_err(|_| unknown())?;
    Ok(i64::from(zone.to_offset(at).seconds()))
}

fn civil<'v>(name: &str, args: &[Value<'v>]) -> std::result::Result<Civil, EvalError> {
    match args {
        [Value::Timestamp(moment)] => Ok(moment.civil(0)),
        [Value::Timestamp(moment), Value::String(zone)] => Ok(moment.civil(offset(*moment, zone)?)),
        _ => no_overload(name, args).map(|_| unreachable!("it is an error")),
    }
}

fn part<'v>(name: &str, args: &[Value<'v>], part: fn(&Civil) -> i64) -> Result<'v> {
    Ok(Value::Int(part(&civil(name, args)?)))
}

fn part_or_span<'v>(name: &str, args: &[Value<'v>], read: fn(&Civil) -> i64, unit: i64) -> Result<'v> {
    match args {
        [Value::Duration(span)] => Ok(Value::Int(span.0 / unit)),
        _ => part(name, args, read),
    }
}

fn milliseconds<'v>(args: &[Value<'v>]) -> Result<'v> {
    match args {
        [Value::Duration(span)] => Ok(Value::Int(span.0 / 1_000_000)),
        [Value::Timestamp(moment), ..] => {
            civil("getMilliseconds", args)?;
            Ok(Value::Int(i64::from(moment.nanos() / 1_000_000)))
        }
        _ => no_overload("getMilliseconds", args),
    }
}
