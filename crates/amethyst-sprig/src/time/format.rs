//! `Time.Format`.

use std::fmt::Write;

use super::calendar::{Day, MONTHS, WEEKDAYS, day_of_year};
use super::chunk::{Chunk, Form, next};
use super::value::Time;

impl Time {
    /// The time laid out as Go's `Format` does.
    pub fn format(&self, layout: &str) -> String {
        let mut out = String::with_capacity(layout.len() + 10);
        let (day, second) = self.civil();
        let mut rest = layout;
        loop {
            let (before, chunk, after) = next(rest);
            out.push_str(before);
            let Some((chunk, text)) = chunk else { return out };
            self.write(chunk, text, day, second, &mut out);
            rest = after;
        }
    }

    fn write(&self, chunk: Chunk, text: &str, day: Day, second: i64, out: &mut String) {
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        let month = MONTHS[(day.month - 1) as usize % 12];
        let weekday = WEEKDAYS[self.weekday() as usize % 7];
        // Writing into a string cannot fail.
        let _ = match chunk {
            Chunk::LongMonth => out.write_str(month),
            Chunk::Month => out.write_str(&month[..3]),
            Chunk::NumMonth => write!(out, "{}", day.month),
            Chunk::ZeroMonth => write!(out, "{:02}", day.month),
            Chunk::LongWeekDay => out.write_str(weekday),
            Chunk::WeekDay => out.write_str(&weekday[..3]),
            Chunk::Day => write!(out, "{}", day.date),
            Chunk::UnderDay => write!(out, "{:2}", day.date),
            Chunk::ZeroDay => write!(out, "{:02}", day.date),
            Chunk::UnderYearDay => write!(out, "{:3}", day_of_year(day)),
            Chunk::ZeroYearDay => write!(out, "{:03}", day_of_year(day)),
            Chunk::Hour => write!(out, "{hour:02}"),
            Chunk::Hour12 => write!(out, "{hour12}"),
            Chunk::ZeroHour12 => write!(out, "{hour12:02}"),
            Chunk::Minute => write!(out, "{minute}"),
            Chunk::ZeroMinute => write!(out, "{minute:02}"),
            Chunk::Second => write!(out, "{second}"),
            Chunk::ZeroSecond => write!(out, "{second:02}"),
            Chunk::LongYear if day.year < 0 => write!(out, "-{:04}", -day.year),
            Chunk::LongYear => write!(out, "{:04}", day.year),
            Chunk::Year => write!(out, "{:02}", day.year.max(0) % 100),
            Chunk::UpperPm => out.write_str(if hour >= 12 { "PM" } else { "AM" }),
            Chunk::LowerPm => out.write_str(if hour >= 12 { "pm" } else { "am" }),
            Chunk::Zone => {
                let (offset, name) = self.zone();
                if name.is_empty() { write_offset(offset, Form::Plain, out) } else { out.write_str(&name) }
            }
            Chunk::Offset { z, form } => match self.zone().0 {
                0 if z => out.write_str("Z"),
                offset => write_offset(offset, form, out),
            },
            Chunk::Fraction0(digits) => {
                let all = format!("{:09}", self.nanosecond());
                write!(out, "{}{}", &text[..1], &all[..digits.min(9)])
            }
            Chunk::Fraction9(digits) => {
                let all = format!("{:09}", self.nanosecond());
                let kept = all[..digits.min(9)].trim_end_matches('0');
                if kept.is_empty() { Ok(()) } else { write!(out, "{}{kept}", &text[..1]) }
            }
        };
    }
}

fn write_offset(offset: i64, form: Form, out: &mut String) -> std::fmt::Result {
    let sign = if offset < 0 { '-' } else { '+' };
    let size = offset.abs();
    let (hour, minute, second) = (size / 3600, size / 60 % 60, size % 60);
    match form {
        Form::Plain => write!(out, "{sign}{hour:02}{minute:02}"),
        Form::Colon => write!(out, "{sign}{hour:02}:{minute:02}"),
        Form::Short => write!(out, "{sign}{hour:02}"),
        Form::Seconds => write!(out, "{sign}{hour:02}{minute:02}{second:02}"),
        Form::ColonSeconds => write!(out, "{sign}{hour:02}:{minute:02}:{second:02}"),
    }
}
