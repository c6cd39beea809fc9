//! Dates and times: what RFC 3339 allows, and the one spelling that Kubernetes stores.

/// A moment, in the calendar of its own offset.
struct Moment {
    /// Days since 1970-01-01.
    days: i64,
    /// Seconds of the day.
    seconds: i64,
    /// The digits behind the point.
    fraction: String,
    /// Seconds east of UTC.
    offset: i64,
}

fn digits(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since 1970-01-01 of `2006-01-02`.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the odd day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn date_text(days: i64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Whether it is a date, as `2006-01-02`.
pub(crate) fn is_date(text: &str) -> bool {
    days(text).is_some()
}

/// Whether kube-openapi takes it for a `date-time`: lower case, a space for the point and more pass.
pub(crate) fn is_date_time(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    if !is_date(date) {
        return false;
    }
    let (Some(clock), Some(rest)) = (time.get(..8), time.get(8..)) else { return false };
    let mut fields = clock.splitn(3, ':');
    let mut field = |max| fields.next().and_then(|text| digits(text, 2)).is_some_and(|value| value <= max);
    if !(field(23) && field(59) && field(59)) {
        return false;
    }
    let is_zone = |zone: &str| {
        zone == "z"
            || zone
                .strip_prefix(['+', '-'])
                .and_then(|zone| zone.split_once(':'))
                .is_some_and(|(hours, minutes)| digits(hours, 2).is_some() && digits(minutes, 2).is_some())
    };
    if is_zone(rest) {
        return true;
    }
    let mut chars = rest.chars();
    let _ = chars.next();
    let fraction = chars.as_str();
    let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
    end > 0 && is_zone(&fraction[end..])
}

/// Reads RFC 3339 as Go's `time.Parse` does.
fn parse(text: &str) -> Option<Moment> {
    let date = days(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix('T')?;
    let mut fields = rest.get(..8)?.splitn(3, ':');
    let mut field = |max| fields.next().and_then(|text| digits(text, 2)).filter(|value| *value <= max);
    let seconds = field(23)? * 3600 + field(59)? * 60 + field(59)?;
    let rest = rest.get(8..)?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
            rest.split_at(end)
        }
        None => ("", rest),
    };
    let offset = if zone == "Z" {
        0
    } else {
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 24 || minutes > 60 {
            return None;
        }
        sign * (hours * 3600 + minutes * 60)
    };
    Some(Moment { days: date, seconds, fraction: fraction.to_owned(), offset })
}

fn utc(moment: &Moment) -> (String, i64) {
    let total = moment.days * 86_400 + moment.seconds - moment.offset;
    (date_text(total.div_euclid(86_400)), total.rem_euclid(86_400))
}

/// The spelling of `metav1.Time`: UTC, whole seconds.
pub fn canonical_time(text: &str) -> Option<String> {
    let (date, seconds) = utc(&parse(text)?);
    Some(format!("{date}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

/// The spelling of `metav1.MicroTime`: UTC, six digits; it is read with exactly six.
pub fn canonical_micro_time(text: &str) -> Option<String> {
    let moment = parse(text).filter(|moment| moment.fraction.len() == 6)?;
    let (date, seconds) = utc(&moment);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!("{date}T{hours:02}:{minutes:02}:{seconds:02}.{}Z", moment.fraction))
}

/// Go's complaint about a text that is no time of its layout.
pub(crate) fn time_error(text: &str, micro: bool) -> String {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let shown = crate::golang::quote(text);
    let say = |rest: &str, element: &str| {
        format!(
            "parsing time {shown} as \"{layout}\": cannot parse {} as \"{element}\"",
            crate::golang::quote(rest)
        )
    };
    let mut rest = text;
    let mut range = None;
    for (element, max) in [
        ("2006", 9999),
        ("-", 0),
        ("01", 12),
        ("-", 0),
        ("02", 31),
        ("T", 0),
        ("15", 23),
        (":", 0),
        ("04", 59),
        (":", 0),
        ("05", 59),
    ] {
        if element.len() == 1 {
            let Some(tail) = rest.strip_prefix(element) else { return say(rest, element) };
            rest = tail;
            continue;
        }
        let Some(value) = rest.get(..element.len()).and_then(|text| digits(text, element.len())) else {
            return say(rest, element);
        };
        rest = &rest[element.len()..];
        if value > max || (max < 32 && element != "15" && value == 0) {
            range = range.or(Some(match element {
                "01" => "month",
                "02" => "day",
                "15" => "hour",
                "04" => "minute",
                _ => "second",
            }));
        }
    }
    if let Some(range) = range {
        return format!("parsing time {shown}: {range} out of range");
    }
    if !micro && days(text.get(..10).unwrap_or_default()).is_none() {
        return format!("parsing time {shown}: day out of range");
    }
    let fraction = rest.strip_prefix('.').map(|tail| tail.trim_start_matches(|c: char| c.is_ascii_digit()));
    if micro && fraction.is_none_or(|tail| rest.len() - tail.len() != 7) {
        return say(rest, ".000000");
    }
    say(fraction.unwrap_or(rest), "Z07:00")
}
