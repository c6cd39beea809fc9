//! When a CronJob runs: the five fields of cron, and a time zone (kubernetes `pkg/apis/batch/validation`; the words
//! are those of robfig/cron, which upstream reads schedules with).

use crate::at::At;
use crate::faults::Faults;

/// The time zones of the IANA data base, as Go knows them.
const ZONES: &str = include_str!("../data/zones.txt");
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One of the five fields: its bounds, and names that count from the lower one.
struct Field {
    low: u64,
    high: u64,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { low: 0, high: 59, names: &[] },
    Field { low: 0, high: 23, names: &[] },
    Field { low: 1, high: 31, names: &[] },
    Field { low: 1, high: 12, names: &MONTHS },
    Field { low: 0, high: 6, names: &DAYS },
];

pub(super) fn schedule(spec: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let at = spec.get("schedule");
    // That there is none is told by the declared rules.
    if at.str().is_empty() {
        return;
    }
    if let Err(why) = parse(at.str()) {
        faults.invalid(&at, why);
    }
    let allowed = before.text("schedule").contains("TZ");
    if at.str().contains("TZ") {
        if allowed && spec.has("timeZone") {
            faults.invalid(&at, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
        } else if !allowed {
            faults.invalid(&at, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
    }
}

pub(super) fn time_zone(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    let zone = at.str();
    if zone.is_empty() {
        return faults.invalid(at, "timeZone must be nil or non-empty string");
    }
    let legal = |part: &str| {
        (1..=14).contains(&part.len())
            && !matches!(part, "." | "..")
            && !part.starts_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
    };
    if !zone.split('/').all(legal) {
        return faults.invalid(at, format!("unknown time zone {zone}"));
    }
    if zone.eq_ignore_ascii_case("local") {
        let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        faults.invalid(at, why);
    }
    if !is_zone(zone) {
        faults.invalid(at, format!("unknown time zone {zone}"));
    }
}

fn is_zone(zone: &str) -> bool {
    matches!(zone, "UTC" | "Local") || ZONES.lines().any(|known| known == zone)
}

fn parse(schedule: &str) -> Result<(), String> {
    let mut rest = schedule;
    if let Some(zone) = schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ=")) {
        let Some((zone, behind)) = zone.split_once(' ') else {
            return Err(format!("cron schedule '{schedule}' is invalid"));
        };
        if !zone.is_empty() && !is_zone(zone) {
            return Err(format!("provided bad location {zone}: unknown time zone {zone}"));
        }
        rest = behind.trim();
    }
    if rest.starts_with('@') {
        return descriptor(rest);
    }
    let parts: Vec<&str> = rest.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
    }
    for (part, field) in parts.iter().zip(&FIELDS) {
        part.split(',').filter(|range| !range.is_empty()).try_for_each(|range| field.check(range))?;
    }
    Ok(())
}

fn descriptor(text: &str) -> Result<(), String> {
    match text {
        "@yearly" | "@annually" | "@monthly" | "@weekly" | "@daily" | "@midnight" | "@hourly" => Ok(()),
        _ => match text.strip_prefix("@every ") {
            Some(duration) if is_duration(duration) => Ok(()),
            Some(duration) => {
                Err(format!("failed to parse duration {text}: time: invalid duration {duration:?}"))
            }
            None => Err(format!("unrecognized descriptor: {text}")),
        },
    }
}

/// Whether Go reads this as a duration.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = rest[number..]
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .map_or(rest.len(), |at| number + at);
        let digits = &rest[..number];
        let known = ["ns", "us", "µs", "ms", "s", "m", "h"].contains(&&rest[number..unit]);
        if !digits.contains(|c: char| c.is_ascii_digit()) || digits.matches('.').count() > 1 || !known {
            return false;
        }
        rest = &rest[unit..];
    }
    !text.trim_start_matches(['+', '-']).is_empty()
}

impl Field {
    fn check(&self, range: &str) -> Result<(), String> {
        let parts: Vec<&str> = range.split('/').collect();
        let ends: Vec<&str> = parts[0].split('-').collect();
        let (start, mut end);
        if matches!(ends[0], "*" | "?") {
            (start, end) = (self.low, self.high);
        } else {
            start = self.number(ends[0])?;
            end = match ends.as_slice() {
                [_] => start,
                [_, end] => self.number(end)?,
                _ => return Err(format!("too many hyphens: {range}")),
            };
        }
        let step = match parts.as_slice() {
            [_] => 1,
            [_, step] => {
                let step = integer(step)?;
                if ends.len() == 1 {
                    end = self.high;
                }
                step
            }
            _ => return Err(format!("too many slashes: {range}")),
        };
        if start < self.low {
            return Err(format!("beginning of range ({start}) below minimum ({}): {range}", self.low));
        }
        if end > self.high {
            return Err(format!("end of range ({end}) above maximum ({}): {range}", self.high));
        }
        if start > end {
            return Err(format!("beginning of range ({start}) beyond end of range ({end}): {range}"));
        }
        if step == 0 {
            return Err(format!("step of range should be a positive number: {range}"));
        }
        Ok(())
    }

    fn number(&self, text: &str) -> Result<u64, String> {
        let name = text.to_lowercase();
        match self.names.iter().position(|known| *known == name) {
            Some(place) => Ok(self.low + place as u64),
            None => integer(text),
        }
    }
}

fn integer(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let syntax = digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<i64> = text.parse().ok();
    match number.filter(|_| !syntax) {
        Some(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Some(number) => Ok(number.unsigned_abs()),
        None => {
            let why = if syntax { "invalid syntax" } else { "value out of range" };
            Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(schedule: &str, expect: &str) {
        assert_eq!(parse(schedule).err().unwrap_or_default(), expect, "{schedule}");
    }

    #[test]
    fn schedules_are_read_as_upstream_reads_them() {
        check("*/5 0-4 1,15 jan MON-fri", "");
        check("@hourly", "");
        check("@every 1h30m", "");
        check("* * * *", "expected exactly 5 fields, found 4: [* * * *]");
        check("60 * * * *", "end of range (60) above maximum (59): 60");
        check("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
        check("* * 0 * *", "beginning of range (0) below minimum (1): 0");
        check("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3");
        check("*/0 * * * *", "step of range should be a positive number: */0");
        check("@never", "unrecognized descriptor: @never");
    }
}
