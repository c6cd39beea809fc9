//! `format`, as far as it is asserted: up to draft 7, of the names that are known here.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::quote;

/// A format that is asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Regex,
    Uuid,
    Ipv4,
    Ipv6,
    Hostname,
    Email,
    Date,
    DateTime,
    Uri,
    UriReference,
}

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "regex" => Self::Regex,
            "uuid" => Self::Uuid,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "hostname" => Self::Hostname,
            "email" => Self::Email,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "uri" | "iri" => Self::Uri,
            "uri-reference" | "iri-reference" => Self::UriReference,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Regex => "regex",
            Self::Uuid => "uuid",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Hostname => "hostname",
            Self::Email => "email",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Uri => "uri",
            Self::UriReference => "uri-reference",
        }
    }

    /// Why a text is not of this format.
    pub(super) fn fault(self, text: &str) -> Option<String> {
        let why = self.why(text)?;
        Some(format!("{} is not valid {}: {why}", quote(text), self.name()))
    }

    fn why(self, text: &str) -> Option<&'static str> {
        match self {
            Self::Regex => regex::Regex::new(text).err().map(|_| "error parsing regexp"),
            Self::Uuid => uuid(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().err().map(|_| "invalid ipv4"),
            Self::Ipv6 => {
                (!text.contains(':') || text.parse::<Ipv6Addr>().is_err()).then_some("invalid ipv6")
            }
            Self::Hostname => hostname(text),
            Self::Email => {
                let Some((local, domain)) = text.rsplit_once('@') else { return Some("missing @") };
                if local.is_empty() || local.len() > 64 {
                    return Some("local part has more than 64 characters");
                }
                hostname(domain)
            }
            Self::Date => date(text),
            Self::DateTime => date_time(text),
            Self::Uri => uri(text, true),
            Self::UriReference => uri(text, false),
        }
    }
}

fn uuid(text: &str) -> Option<&'static str> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    let holds = groups.len() == lengths.len()
        && groups.iter().zip(lengths).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
    (!holds).then_some("must be groups of 8-4-4-4-12 hexadecimal digits")
}

fn hostname(text: &str) -> Option<&'static str> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return Some("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Some("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return Some("label starts with hyphen");
        }
        if label.ends_with('-') {
            return Some("label ends with hyphen");
        }
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some("invalid character");
        }
    }
    None
}

fn number(text: Option<&str>, length: usize) -> Option<u32> {
    text.filter(|text| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn date(text: &str) -> Option<&'static str> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Some("invalid date") };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (day == 0 || day > days).then_some("invalid date")
}

fn date_time(text: &str) -> Option<&'static str> {
    if text.len() < 20 || !text.is_ascii() {
        return Some("less than 20 characters long");
    }
    let (day, time) = text.split_at(10);
    if date(day).is_some() || !time.starts_with(['T', 't']) {
        return Some("11th character must be t or T");
    }
    let mut clock = time[1..9].splitn(3, ':');
    let (hour, minute, second) = (number(clock.next(), 2), number(clock.next(), 2), number(clock.next(), 2));
    let (Some(0..=23), Some(0..=59), Some(0..=60)) = (hour, minute, second) else {
        return Some("invalid time");
    };
    let rest = &time[9..];
    let zone = rest
        .strip_prefix('.')
        .map_or(rest, |rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    let offset = |zone: &str| {
        let mut parts = zone.splitn(2, ':');
        matches!((number(parts.next(), 2), number(parts.next(), 2)), (Some(0..=23), Some(0..=59)))
    };
    let holds = matches!(zone, "Z" | "z") || zone.strip_prefix(['+', '-']).is_some_and(offset);
    (!holds).then_some("offset must begin with plus/minus")
}

fn uri(text: &str, absolute: bool) -> Option<&'static str> {
    if text.contains('\\') || text.bytes().any(|byte| byte < 0x20 || byte == 0x7F) {
        return Some("contains backslash \\");
    }
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    });
    (absolute && !has_scheme).then_some("relative url")
}
