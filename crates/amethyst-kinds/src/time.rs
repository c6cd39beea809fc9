//! Points in time as Kubernetes writes them, and seconds since 1970.

const DAY: i64 = 86_400;

/// `2006-01-02T15:04:05` of a number of seconds since 1970, in UTC.
pub(crate) fn format(seconds: i64) -> String {
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Seconds since 1970 of a time in RFC 3339; fractions are dropped.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let separators = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if separators.iter().any(|(at, wanted)| text.get(*at..at + 1) != Some(*wanted)) {
        return None;
    }
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = days * DAY + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let zone = text.get(19..)?.trim_start_matches(|char: char| char == '.' || char.is_ascii_digit());
    if zone == "Z" {
        return Some(seconds);
    }
    let offset = text.len() - zone.len();
    let minutes = number(offset + 1, offset + 3)? * 60 + number(offset + 4, offset + 6)?;
    match zone.as_bytes().first()? {
        b'+' => Some(seconds - minutes * 60),
        b'-' => Some(seconds + minutes * 60),
        _ => None,
    }
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms"): years that begin in March, eras of 400 years.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way round.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn times_read_as_they_are_written() {
        let check = |text: &str, seconds| assert_eq!(parse(text), seconds, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2026-11-24T03:00:00Z", Some(1_795_489_200));
        check("2026-11-24T04:00:00.123456+01:00", Some(1_795_489_200));
        check("0001-01-01T00:00:00Z", Some(-62_135_596_800));
        check("2026-11-24", None);
        check("2026-11-24T03:00:00", None);
        check("né26-11-24T03:00:00Z", None);
        for seconds in [0, -1, 951_782_400, 1_795_489_200, 253_402_300_799] {
            assert_eq!(parse(&(format(seconds) + "Z")), Some(seconds));
        }
    }
}
