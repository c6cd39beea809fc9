//! One version. Parts that are missing are 0, a leading `v` and leading zeros are allowed.

use std::cmp::Ordering;

/// A version; `0.0.0` by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

/// Text that is no version or no constraint; upstream's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SemverError {
    /// Not of a version's shape.
    #[error("invalid semantic version")]
    Invalid,
    /// Nothing at all, where a strict version is wanted.
    #[error("version string empty")]
    Empty,
    /// Longer than any version.
    #[error("version string is too long (max {LENGTH_MAX} bytes)")]
    TooLong,
    /// A number that is no digits.
    #[error("invalid characters in version")]
    Characters,
    /// A number with a zero before it.
    #[error("version segment starts with 0")]
    StartsWithZero,
    /// Build metadata that is empty or of other characters than letters, digits and hyphens.
    #[error("invalid metadata string")]
    Metadata,
    /// The same of a pre-release.
    #[error("invalid prerelease string")]
    Prerelease,
    /// A number that is too large.
    #[error("{prefix}strconv.ParseUint: parsing \"{segment}\": value out of range")]
    Segment {
        /// What stands before Go's words.
        prefix: &'static str,
        /// The number.
        segment: String,
    },
    /// Not a constraint.
    #[error("improper constraint: {0}")]
    Constraint(String),
    /// A constraint of unreasonable length.
    #[error("constraint string is too long (max 512 bytes)")]
    ConstraintTooLong,
    /// A constraint of too many alternatives.
    #[error("too many constraint groups (max 32)")]
    ConstraintGroups,
    /// A part of a constraint that no version can be made of.
    #[error("constraint parser error")]
    ConstraintVersion,
}

/// Which part of a version is changed.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Prerelease,
    Metadata,
}

const LENGTH_MAX: usize = 256;

impl Version {
    /// Reads a version as `semver.NewVersion` does.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        if text.len() > LENGTH_MAX {
            return Err(SemverError::TooLong);
        }
        let mut scan = Scan { rest: text.strip_prefix('v').unwrap_or(text) };
        let major = scan.digits().ok_or(SemverError::Invalid)?;
        let minor = scan.dotted_digits();
        let patch = if minor.is_some() { scan.dotted_digits() } else { None };
        let prerelease = scan.identifiers('-');
        let metadata = scan.identifiers('+');
        if !scan.rest.is_empty() {
            return Err(SemverError::Invalid);
        }
        let number = |segment: Option<&str>| {
            let Some(segment) = segment else { return Ok(0) };
            let prefix = "error parsing version segment: ";
            segment.parse().map_err(|_| SemverError::Segment { prefix, segment: segment.to_owned() })
        };
        let version = Self {
            major: number(Some(major))?,
            minor: number(minor)?,
            patch: number(patch)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        };
        if prerelease.is_some() {
            check_prerelease(&version.prerelease)?;
        }
        Ok(version)
    }

    /// Reads a version as `semver.StrictNewVersion` does: three numbers, no `v`, no leading zeros.
    pub fn parse_strict(text: &str) -> Result<Self, SemverError> {
        if text.is_empty() {
            return Err(SemverError::Empty);
        }
        if text.len() > LENGTH_MAX {
            return Err(SemverError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SemverError::Invalid);
        };
        let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, data)| (rest, Some(data)));
        if let Some(metadata) = metadata
            && !metadata.split('.').all(is_identifier)
        {
            return Err(SemverError::Metadata);
        }
        let (patch, prerelease) = rest.split_once('-').map_or((rest, None), |(rest, pre)| (rest, Some(pre)));
        if let Some(prerelease) = prerelease {
            check_prerelease(prerelease)?;
        }
        for part in [major, minor, patch] {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(SemverError::Characters);
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(SemverError::StartsWithZero);
            }
        }
        let number = |segment: &str| {
            segment.parse().map_err(|_| SemverError::Segment { prefix: "", segment: segment.to_owned() })
        };
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// What stands behind the hyphen; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What stands behind the plus.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text it was read from.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The order of versions: a pre-release before its release, metadata left out. Two that differ only in
    /// metadata are equal here, though not to `==`.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
            }
        })
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Self {
        let mut next = Self {
            major,
            minor,
            patch,
            prerelease: String::new(),
            metadata: String::new(),
            original: String::new(),
        };
        next.retitle(self);
        next
    }

    /// Gives it the text of itself, with the `v` that the other one had.
    fn retitle(&mut self, other: &Self) {
        let prefix = if other.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
    }

    /// The same version with another pre-release or other metadata.
    pub(super) fn with(&self, change: Change, text: &str) -> Result<Self, SemverError> {
        let mut changed = self.clone();
        match change {
            Change::Prerelease => {
                if !text.is_empty() {
                    check_prerelease(text)?;
                }
                text.clone_into(&mut changed.prerelease);
            }
            Change::Metadata => {
                if !text.is_empty() && !text.split('.').all(is_identifier) {
                    return Err(SemverError::Metadata);
                }
                text.clone_into(&mut changed.metadata);
            }
        }
        changed.retitle(self);
        Ok(changed)
    }

    /// The next patch; of a pre-release its release.
    #[must_use]
    pub fn next_patch(&self) -> Self {
        let step = u64::from(self.prerelease.is_empty());
        self.next(self.major, self.minor, self.patch.saturating_add(step))
    }

    /// The next minor version.
    #[must_use]
    pub fn next_minor(&self) -> Self {
        self.next(self.major, self.minor.saturating_add(1), 0)
    }

    /// The next major version.
    #[must_use]
    pub fn next_major(&self) -> Self {
        self.next(self.major.saturating_add(1), 0, 0)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn digits(&mut self) -> Option<&'a str> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        (length > 0).then(|| self.take(length))
    }

    fn dotted_digits(&mut self) -> Option<&'a str> {
        let after = self.rest.strip_prefix('.')?;
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        (length > 0).then(|| &self.take(length + 1)[1..])
    }

    /// Identifiers with dots between, behind a sign.
    fn identifiers(&mut self, sign: char) -> Option<&'a str> {
        let after = self.rest.strip_prefix(sign)?;
        let mut length = 0;
        for part in after.split('.') {
            let part_length = part.bytes().take_while(|byte| is_identifier_byte(*byte)).count();
            if part_length == 0 {
                break;
            }
            length += part_length + usize::from(length > 0);
            if part_length < part.len() {
                break;
            }
        }
        (length > 0).then(|| &self.take(length + 1)[1..])
    }
}

fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(is_identifier_byte)
}

fn check_prerelease(text: &str) -> Result<(), SemverError> {
    for part in text.split('.') {
        if !is_identifier(part) {
            return Err(SemverError::Prerelease);
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SemverError::StartsWithZero);
        }
    }
    Ok(())
}

/// Part by part: numbers by size and before words, words by their bytes, fewer parts first.
pub(super) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) if left == right => Ordering::Equal,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) if left > right => Ordering::Greater,
                (Ok(_), _) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
