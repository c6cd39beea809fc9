//! Semantic versions (apiserver `pkg/cel/library/semverlib.go`, `blang/semver`).

use std::cmp::Ordering;
use std::sync::Arc;

use super::numbers::quote_go;
use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

/// A version; what was built from what does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    /// Parts of the pre-release: numbers, and words.
    pre: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Version {
    /// The order of two versions: a pre-release comes before its release.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let by_pre = match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre.cmp(&other.pre),
        };
        self.numbers.cmp(&other.numbers).then(by_pre)
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        if text.is_empty() {
            return Err("Version string empty".to_owned());
        }
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let [major, minor, rest] = parts.as_slice() else {
            return Err("No Major.Minor.Patch elements found".to_owned());
        };
        let (rest, build) = rest.split_once('+').map_or((*rest, None), |(rest, build)| (rest, Some(build)));
        let (patch, pre) = rest.split_once('-').map_or((rest, None), |(patch, pre)| (patch, Some(pre)));
        let numbers = [number("Major", major)?, number("Minor", minor)?, number("Patch", patch)?];
        let pre = pre.map_or(Ok(Vec::new()), |pre| pre.split('.').map(part).collect())?;
        for word in build.into_iter().flat_map(|build| build.split('.')) {
            if word.is_empty() {
                return Err("Build meta data is empty".to_owned());
            }
            if !word.bytes().all(is_word) {
                return Err(format!("Invalid character(s) found in build meta data {}", quote_go(word)));
            }
        }
        Ok(Self { numbers, pre })
    }

    /// Reads a version with a `v` before it, too few numbers, or leading zeros.
    fn parse_normalized(text: &str) -> std::result::Result<Self, String> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text.splitn(3, '.').map(str::to_owned).collect();
        for part in parts.iter_mut().filter(|part| part.len() > 1) {
            let trimmed = part.trim_start_matches('0');
            let begins = trimmed.starts_with(|c: char| c.is_ascii_digit());
            *part = if begins { trimmed.to_owned() } else { format!("0{trimmed}") };
        }
        if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return Err("short version cannot contain PreRelease/Build meta data".to_owned());
        }
        parts.resize(3, "0".to_owned());
        Self::parse(&parts.join("."))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn number(which: &str, text: &str) -> std::result::Result<u64, String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "Invalid character(s) found in {} number {}",
            which.to_lowercase(),
            quote_go(text)
        ));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("{which} number must not contain leading zeroes {}", quote_go(text)));
    }
    text.parse().map_err(|_| {
        let why = if text.is_empty() { "invalid syntax" } else { "value out of range" };
        format!("strconv.ParseUint: parsing {}: {why}", quote_go(text))
    })
}

fn part(text: &str) -> std::result::Result<Part, String> {
    if text.is_empty() {
        return Err("Prerelease is empty".to_owned());
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        if text.len() > 1 && text.starts_with('0') {
            let quoted = quote_go(text);
            return Err(format!("Numeric PreRelease version must not contain leading zeroes {quoted}"));
        }
        return text
            .parse()
            .map(Part::Number)
            .map_err(|_| format!("strconv.ParseUint: parsing {}: value out of range", quote_go(text)));
    }
    if text.bytes().all(is_word) {
        return Ok(Part::Word(text.to_owned()));
    }
    Err(format!("Invalid character(s) found in prerelease {}", quote_go(text)))
}

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "semver" => |args| match read(args) {
            Some(version) => Ok(Value::Semver(Arc::new(version.map_err(EvalError::new)?))),
            None => no_overload("semver", args),
        },
        "isSemver" => |args| match read(args) {
            Some(version) => Ok(Value::Bool(version.is_ok())),
            None => no_overload("isSemver", args),
        },
        "major" => |args| part_of("major", args, 0),
        "minor" => |args| part_of("minor", args, 1),
        "patch" => |args| part_of("patch", args, 2),
        _ => return None,
    })
}

fn read(args: &[Value<'_>]) -> Option<std::result::Result<Version, String>> {
    match args {
        [Value::String(text)] | [Value::String(text), Value::Bool(false)] => Some(Version::parse(text)),
        [Value::String(text), Value::Bool(true)] => Some(Version::parse_normalized(text)),
        _ => None,
    }
}

fn part_of<'v>(name: &str, args: &[Value<'v>], at: usize) -> Result<'v> {
    match args {
        [Value::Semver(version)] => Ok(Value::Int(version.numbers[at] as i64)),
        _ => no_overload(name, args),
    }
}

/// Compares two quantities, or two versions.
pub(super) fn ordered<'v>(name: &str, args: &[Value<'v>], show: fn(Ordering) -> Value<'v>) -> Result<'v> {
    match args {
        [Value::Quantity(left), Value::Quantity(right)] => Ok(show(left.order(right))),
        [Value::Semver(left), Value::Semver(right)] => Ok(show(left.order(right))),
        _ => no_overload(name, args),
    }
}
