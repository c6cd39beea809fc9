//! `time.ParseInLocation` in local time.

use super::calendar::{MONTHS, WEEKDAYS, days_in, days_of, is_leap};
use super::chunk::{Chunk, Form, next};
use super::value::Time;
use super::zone::Zone;

/// Quotes as the `time` package does: what is not ASCII byte by byte.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Why a chunk does not fit: the value is not of its shape, or is out of range.
enum Misfit {
    Shape,
    Range(&'static str),
}

type Fit<T = ()> = Result<T, Misfit>;

#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    /// Whether it is afternoon, when it is told.
    pm: Option<bool>,
    is_utc: bool,
    offset: Option<i64>,
    zone: String,
}

/// Reads a time by its layout, with Go's texts of errors.
pub(crate) fn parse(layout: &str, text: &str) -> Result<Time, String> {
    let mut parts = Parts::default();
    let (mut rest, mut layout_rest) = (text, layout);
    let fault = |wanted: &str, at: &str| {
        let (text, layout, at) = (quote(text), quote(layout), quote(at));
        format!("parsing time {text} as {layout}: cannot parse {at} as {}", quote(wanted))
    };
    let broken = |why: &str| format!("parsing time {}: {why}", quote(text));
    loop {
        let (before, chunk, after) = next(layout_rest);
        rest = skip(rest, before).map_err(|at| fault(before, at))?;
        let Some((chunk, chunk_text)) = chunk else {
            if !rest.is_empty() {
                return Err(broken(&format!("extra text: {}", quote(rest))));
            }
            return parts.time().map_err(|why| broken(&why));
        };
        let hold = rest;
        match parts.read(chunk, &mut rest, after) {
            Ok(()) => layout_rest = after,
            Err(Misfit::Range(what)) => return Err(broken(&format!("{what} out of range"))),
            Err(Misfit::Shape) => return Err(fault(chunk_text, hold)),
        }
    }
}

/// Passes over what stands between chunks; spaces match any number of spaces.
fn skip<'a>(mut value: &'a str, mut prefix: &str) -> Result<&'a str, &'a str> {
    while let Some(first) = prefix.bytes().next() {
        if first == b' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(value);
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        let rune = prefix.chars().next().map_or(0, char::len_utf8);
        value = value.strip_prefix(&prefix[..rune]).ok_or(value)?;
        prefix = &prefix[rune..];
    }
    Ok(value)
}

fn digit(text: &str, at: usize) -> Option<i64> {
    text.as_bytes().get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0'))
}

/// One digit or two; just two when `is_fixed`.
fn number(text: &mut &str, is_fixed: bool) -> Fit<i64> {
    let first = digit(text, 0).ok_or(Misfit::Shape)?;
    match digit(text, 1) {
        Some(second) => {
            *text = &text[2..];
            Ok(first * 10 + second)
        }
        None if is_fixed => Err(Misfit::Shape),
        None => {
            *text = &text[1..];
            Ok(first)
        }
    }
}

fn take<'a>(text: &mut &'a str, length: usize) -> Fit<&'a str> {
    let taken = text.get(..length).ok_or(Misfit::Shape)?;
    *text = &text[length..];
    Ok(taken)
}

fn name(text: &mut &str, names: &[&str], length: Option<usize>) -> Fit<i64> {
    for (index, name) in names.iter().enumerate() {
        let name = &name[..length.unwrap_or(name.len())];
        if text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            *text = &text[name.len()..];
            return Ok(index as i64);
        }
    }
    Err(Misfit::Shape)
}

/// A point or comma and digits; nanoseconds, at most nine digits of them.
fn fraction(text: &mut &str, digits: usize) -> Fit<i64> {
    let taken = take(text, digits + 1)?;
    let shown = taken.strip_prefix(['.', ',']).ok_or(Misfit::Shape)?;
    if shown.is_empty() || !shown.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Misfit::Shape);
    }
    format!("{shown:0<9.9}").parse().map_err(|_| Misfit::Shape)
}

fn fraction_digits(text: &str) -> usize {
    if text.starts_with(['.', ',']) { text.bytes().skip(1).take_while(u8::is_ascii_digit).count() } else { 0 }
}

impl Parts {
    fn read(&mut self, chunk: Chunk, text: &mut &str, layout_after: &str) -> Fit {
        let in_range = |value: i64, range: std::ops::Range<i64>, what| {
            if range.contains(&value) { Ok(value) } else { Err(Misfit::Range(what)) }
        };
        match chunk {
            Chunk::Year => {
                let year: i64 = take(text, 2)?.parse().map_err(|_| Misfit::Shape)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Chunk::LongYear => {
                digit(text, 0).ok_or(Misfit::Shape)?;
                self.year = take(text, 4)?.parse().map_err(|_| Misfit::Shape)?;
            }
            Chunk::Month => self.month = Some(name(text, &MONTHS, Some(3))? + 1),
            Chunk::LongMonth => self.month = Some(name(text, &MONTHS, None)? + 1),
            Chunk::NumMonth | Chunk::ZeroMonth => {
                self.month = Some(in_range(number(text, chunk == Chunk::ZeroMonth)?, 1..13, "month")?);
            }
            Chunk::WeekDay => drop(name(text, &WEEKDAYS, Some(3))?),
            Chunk::LongWeekDay => drop(name(text, &WEEKDAYS, None)?),
            Chunk::Day | Chunk::UnderDay | Chunk::ZeroDay => {
                if chunk == Chunk::UnderDay {
                    *text = text.strip_prefix(' ').unwrap_or(text);
                }
                self.day = Some(number(text, chunk == Chunk::ZeroDay)?);
            }
            Chunk::UnderYearDay | Chunk::ZeroYearDay => {
                if chunk == Chunk::UnderYearDay {
                    *text = text.strip_prefix("  ").or(text.strip_prefix(' ')).unwrap_or(text);
                }
                let count = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
                if count == 0 || chunk == Chunk::ZeroYearDay && count != 3 {
                    return Err(Misfit::Shape);
                }
                self.year_day = take(text, count)?.parse().ok();
            }
            Chunk::Hour => self.hour = in_range(number(text, false)?, 0..24, "hour")?,
            Chunk::Hour12 | Chunk::ZeroHour12 => {
                self.hour = in_range(number(text, chunk == Chunk::ZeroHour12)?, 0..13, "hour")?;
            }
            Chunk::Minute | Chunk::ZeroMinute => {
                self.minute = in_range(number(text, chunk == Chunk::ZeroMinute)?, 0..60, "minute")?;
            }
            Chunk::Second | Chunk::ZeroSecond => {
                self.second = in_range(number(text, chunk == Chunk::ZeroSecond)?, 0..60, "second")?;
                // A fraction may follow that the layout does not tell of.
                let told =
                    matches!(next(layout_after).1, Some((Chunk::Fraction0(_) | Chunk::Fraction9(_), _)));
                let digits = fraction_digits(text);
                if !told && digits > 0 {
                    self.nanosecond = fraction(text, digits)?;
                }
            }
            Chunk::UpperPm | Chunk::LowerPm => {
                self.pm = Some(match (take(text, 2)?, chunk) {
                    ("PM", Chunk::UpperPm) | ("pm", Chunk::LowerPm) => true,
                    ("AM", Chunk::UpperPm) | ("am", Chunk::LowerPm) => false,
                    _ => return Err(Misfit::Shape),
                });
            }
            Chunk::Offset { z, form } => {
                if z && text.starts_with('Z') {
                    *text = &text[1..];
                    self.is_utc = true;
                } else {
                    self.offset = Some(offset(text, form)?);
                }
            }
            Chunk::Zone => {
                if let Some(after) = text.strip_prefix("UTC") {
                    *text = after;
                    self.is_utc = true;
                } else {
                    let length = zone_length(text).ok_or(Misfit::Shape)?;
                    take(text, length)?.clone_into(&mut self.zone);
                }
            }
            Chunk::Fraction0(digits) => self.nanosecond = fraction(text, digits)?,
            Chunk::Fraction9(_) => {
                let digits = fraction_digits(text);
                if digits > 0 {
                    self.nanosecond = fraction(text, digits)?;
                }
            }
        }
        Ok(())
    }

    fn time(mut self) -> Result<Time, String> {
        match self.pm {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            self.settle_year_day(year_day)?;
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range".to_owned());
        }
        let seconds = self.hour * 3600 + self.minute * 60 + self.second;
        let unix = days_of(self.year, month, day) * 86_400 + seconds;
        let (unix, zone) = match self.offset {
            _ if self.is_utc => (unix, Zone::Utc),
            Some(0) | None if self.zone.is_empty() => (unix, Zone::Local),
            Some(offset) => (unix - offset, Zone::Fixed { name: self.zone, offset }),
            None => {
                let hours = self.zone.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok());
                (unix, Zone::Fixed { offset: hours.unwrap_or_default() * 3600, name: self.zone })
            }
        };
        Ok(Time::new(unix, self.nanosecond as u32, zone))
    }

    fn settle_year_day(&mut self, year_day: i64) -> Result<(), String> {
        let last = if is_leap(self.year) { 366 } else { 365 };
        if year_day < 1 || year_day > last {
            return Err("day-of-year out of range".to_owned());
        }
        let day = super::calendar::day_of(days_of(self.year, 1, 1) + year_day - 1);
        if self.month.is_some_and(|month| month != day.month) {
            return Err("day-of-year does not match month".to_owned());
        }
        if self.day.is_some_and(|known| known != day.date) {
            return Err("day-of-year does not match day".to_owned());
        }
        (self.month, self.day) = (Some(day.month), Some(day.date));
        Ok(())
    }
}

fn offset(text: &mut &str, form: Form) -> Fit<i64> {
    let length = match form {
        Form::Plain => 5,
        Form::Colon => 6,
        Form::Short => 3,
        Form::Seconds => 7,
        Form::ColonSeconds => 9,
    };
    let taken = take(text, length)?;
    let has_colons = match form {
        Form::Colon => taken.as_bytes()[3] == b':',
        Form::ColonSeconds => taken.as_bytes()[3] == b':' && taken.as_bytes()[6] == b':',
        _ => true,
    };
    if !has_colons {
        return Err(Misfit::Shape);
    }
    let digits: String = taken.chars().skip(1).filter(|rune| *rune != ':').collect();
    let mut digits = digits.as_str();
    let mut part = |what| {
        if digits.is_empty() {
            return Ok(0);
        }
        match number(&mut digits, true)? {
            value if value > what_max(what) => Err(Misfit::Range(what)),
            value => Ok(value),
        }
    };
    let (hour, minute) = (part("time zone offset hour")?, part("time zone offset minute")?);
    let size = (hour * 60 + minute) * 60 + part("time zone offset second")?;
    match taken.as_bytes()[0] {
        b'+' => Ok(size),
        b'-' => Ok(-size),
        _ => Err(Misfit::Shape),
    }
}

fn what_max(what: &str) -> i64 {
    if what.ends_with("hour") { 24 } else { 60 }
}

/// How long the abbreviation of a zone is that the text begins with.
fn zone_length(text: &str) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix("GMT") {
        return Some(3 + signed_offset(after));
    }
    if text.starts_with(['+', '-']) {
        return Some(signed_offset(text)).filter(|length| *length > 0);
    }
    let upper = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match upper {
        3 => Some(3),
        4 if text.as_bytes()[3] == b'T' || text.starts_with("WITA") => Some(4),
        5 if text.as_bytes()[4] == b'T' => Some(5),
        _ => None,
    }
}

fn signed_offset(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return 0 };
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    match digits[..count].parse::<u64>() {
        Ok(hours) if hours <= 23 => count + 1,
        _ => 0,
    }
}
