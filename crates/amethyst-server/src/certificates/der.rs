//! The few forms of DER that certificates are written in.

use jiff::Timestamp;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A value: its tag, its length, its parts one after another.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - zeros) as u8);
        out.extend_from_slice(&bytes[zeros..]);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A positive number of big-endian bytes.
pub(super) fn positive(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros..];
    match digits.first() {
        None => value(INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => value(INTEGER, &[&[0], digits]),
        Some(_) => value(INTEGER, &[digits]),
    }
}

/// Whole bytes as a bit string.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes])
}

/// A point in time: two digits of the year up to 2049, as RFC 5280 wants it.
pub(super) fn time(at: Timestamp) -> Vec<u8> {
    let format = |format: &str| jiff::fmt::strtime::format(format, at).unwrap_or_default();
    let year: i32 = format("%Y").parse().unwrap_or_default();
    if (1950..2050).contains(&year) {
        value(UTC_TIME, &[format("%y%m%d%H%M%SZ").as_bytes()])
    } else {
        value(GENERALIZED_TIME, &[format("%Y%m%d%H%M%SZ").as_bytes()])
    }
}
