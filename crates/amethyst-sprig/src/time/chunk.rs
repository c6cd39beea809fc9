//! The pieces of a Go layout: `2006`, `Jan`, `.000`, `Z07:00`, and what stands between them.

/// A piece of a layout that stands for a part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    /// The abbreviation of the zone.
    Zone,
    /// An offset; `z` if zero is shown as `Z`.
    Offset {
        z: bool,
        form: Form,
    },
    /// `.000`: so many digits.
    Fraction0(usize),
    /// `.999`: at most so many digits, without zeros at the end.
    Fraction9(usize),
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `-0700`
    Plain,
    /// `-07:00`
    Colon,
    /// `-07`
    Short,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

const OFFSETS: [(&str, Form); 5] = [
    ("070000", Form::Seconds),
    ("07:00:00", Form::ColonSeconds),
    ("0700", Form::Plain),
    ("07:00", Form::Colon),
    ("07", Form::Short),
];

/// The text before the next piece, the piece with its text, and the text after it.
pub(super) fn next(layout: &str) -> (&str, Option<(Chunk, &str)>, &str) {
    for at in 0..layout.len() {
        if !layout.is_char_boundary(at) {
            continue;
        }
        if let Some((skip, chunk, length)) = chunk_at(&layout[at..]) {
            let start = at + skip;
            let end = start + length;
            return (&layout[..start], Some((chunk, &layout[start..end])), &layout[end..]);
        }
    }
    (layout, None, "")
}

/// The piece that the text begins with: how much stands before it, what it is, how long it is.
fn chunk_at(text: &str) -> Option<(usize, Chunk, usize)> {
    let bytes = text.as_bytes();
    let here = |chunk, length| Some((0, chunk, length));
    let lower_follows = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    match bytes[0] {
        b'J' if text.starts_with("January") => here(Chunk::LongMonth, 7),
        b'J' if text.starts_with("Jan") && !lower_follows(3) => here(Chunk::Month, 3),
        b'M' if text.starts_with("Monday") => here(Chunk::LongWeekDay, 6),
        b'M' if text.starts_with("Mon") && !lower_follows(3) => here(Chunk::WeekDay, 3),
        b'M' if text.starts_with("MST") => here(Chunk::Zone, 3),
        b'0' => match bytes.get(1)? {
            b'1' => here(Chunk::ZeroMonth, 2),
            b'2' => here(Chunk::ZeroDay, 2),
            b'3' => here(Chunk::ZeroHour12, 2),
            b'4' => here(Chunk::ZeroMinute, 2),
            b'5' => here(Chunk::ZeroSecond, 2),
            b'6' => here(Chunk::Year, 2),
            b'0' if bytes.get(2) == Some(&b'2') => here(Chunk::ZeroYearDay, 3),
            _ => None,
        },
        b'1' if bytes.get(1) == Some(&b'5') => here(Chunk::Hour, 2),
        b'1' => here(Chunk::NumMonth, 1),
        b'2' if text.starts_with("2006") => here(Chunk::LongYear, 4),
        b'2' => here(Chunk::Day, 1),
        b'_' if text.starts_with("_2006") => Some((1, Chunk::LongYear, 4)),
        b'_' if text.starts_with("_2") => here(Chunk::UnderDay, 2),
        b'_' if text.starts_with("__2") => here(Chunk::UnderYearDay, 3),
        b'3' => here(Chunk::Hour12, 1),
        b'4' => here(Chunk::Minute, 1),
        b'5' => here(Chunk::Second, 1),
        b'P' if bytes.get(1) == Some(&b'M') => here(Chunk::UpperPm, 2),
        b'p' if bytes.get(1) == Some(&b'm') => here(Chunk::LowerPm, 2),
        sign @ (b'-' | b'Z') => {
            let (form, length) = OFFSETS
                .iter()
                .find(|(form, _)| text[1..].starts_with(form))
                .map(|(text, form)| (*form, text.len()))?;
            here(Chunk::Offset { z: sign == b'Z', form }, length + 1)
        }
        b'.' | b',' => {
            let digit = *bytes.get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
            let digits = bytes[1..].iter().take_while(|byte| **byte == digit).count();
            if bytes.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let chunk = if digit == b'0' { Chunk::Fraction0(digits) } else { Chunk::Fraction9(digits) };
            here(chunk, 1 + digits)
        }
        _ => None,
    }
}
