//! Query strings, decoded once.

use crate::status::Status;

/// The parameters of a query string, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the `?`. Pairs that are no UTF-8 after decoding are read lossily.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        });
        Self(pairs.collect())
    }

    /// The first value of `key`.
    pub fn first(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// All values of `key`.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether `key` is there, even without a value.
    pub fn has(&self, key: &str) -> bool {
        self.first(key).is_some()
    }

    /// The value of `key`, or empty.
    pub fn text(&self, key: &str) -> String {
        self.first(key).unwrap_or_default().to_owned()
    }

    /// A boolean as upstream reads it: there and neither `false` nor `0`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.first(key).map(|value| !matches!(value.to_ascii_lowercase().as_str(), "false" | "0"))
    }

    /// An integer; what is none is refused in upstream's words.
    pub fn integer(&self, key: &str) -> Result<Option<i64>, Status> {
        let Some(text) = self.first(key).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: std::num::ParseIntError| {
            let why = match error.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                    "value out of range"
                }
                _ => "invalid syntax",
            };
            Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: {why}"))
        })
    }
}

/// A path without escapes.
pub(crate) fn decoded(path: &str) -> String {
    decode(path, false)
}

/// Decodes `%41` and, in queries, `+`. What is no escape stays as it is.
pub(super) fn decode(text: &str, plus_is_space: bool) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(hex_pair);
        match (escape, bytes[at]) {
            (Some(byte), _) => {
                out.push(byte);
                at += 2;
            }
            (None, b'+') if plus_is_space => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}
