//! The timestamps go-yaml knows: four layouts of Go's `time.Parse`.

/// A timestamp's parts, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    date: (u32, u32, u32),
    clock: (u32, u32, u32),
    fraction: String,
    offset_minutes: i32,
}

/// Reads a timestamp: a date, a date and a time with a zone after `T`, or one without after a space.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year: u32 = text.get(..4)?.parse().ok()?;
    let (month, rest) = one_or_two_digits(text.get(5..)?)?;
    let (day, rest) = one_or_two_digits(rest.strip_prefix('-')?)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let date = (year, month, day);
    if rest.is_empty() {
        return Some(Timestamp { date, clock: (0, 0, 0), fraction: String::new(), offset_minutes: 0 });
    }
    let zoned = match rest.as_bytes()[0] {
        b'T' | b't' => true,
        b' ' => false,
        _ => return None,
    };
    // Go takes any number of spaces for one.
    let clock = if zoned { &rest[1..] } else { rest.trim_start_matches(' ') };
    let (hour, rest) = one_or_two_digits(clock)?;
    let (minute, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    let (second, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, rest) = fraction(rest);
    let offset_minutes = if zoned {
        zone(rest)?
    } else if rest.is_empty() {
        0
    } else {
        return None;
    };
    Some(Timestamp { date, clock: (hour, minute, second), fraction, offset_minutes })
}

/// Rewrites a timestamp as `time.RFC3339Nano`: what comes out of go-yaml v3 through JSON.
pub(crate) fn rewrite(text: &str) -> Option<String> {
    let Timestamp { date: (year, month, day), clock: (hour, minute, second), fraction, offset_minutes } =
        parse(text)?;
    let fraction = fraction.get(..9).unwrap_or(&fraction).trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    let zone = if offset_minutes == 0 {
        "Z".to_owned()
    } else {
        let (sign, size) = (if offset_minutes < 0 { '-' } else { '+' }, offset_minutes.abs());
        format!("{sign}{:02}:{:02}", size / 60, size % 60)
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}"))
}

fn one_or_two_digits(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    Some((digits.parse().ok()?, rest))
}

fn fraction(text: &str) -> (String, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return (String::new(), text) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 { (String::new(), text) } else { (rest[..length].to_owned(), &rest[length..]) }
}

fn zone(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    two(hours).and(two(minutes))?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes <= 60).then_some(sign * (hours * 60 + minutes))
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
