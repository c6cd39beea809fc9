//! How far one version is from another.

use std::cmp::Ordering;
use std::fmt;

/// How far a version jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jump {
    /// The first number grows.
    Major,
    /// The second number grows; of a version by date, the year.
    Minor,
    /// A later number or the pre-release grows.
    Patch,
    /// It gets older.
    Downgrade,
    /// The version is the same, what is behind it is not.
    Digest,
    /// The versions are no numbers that compare.
    Other,
}

impl Jump {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Downgrade => "downgrade",
            Self::Digest => "digest",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first number of a version by date is at least this.
const YEAR_MIN: u64 = 1990;

/// Compares two versions: `1.2.3`, `v4.0.0-rc.1`, `2026.10.2`, `17-bookworm`.
pub(crate) fn jump(before: &str, after: &str) -> Jump {
    let (Some((old, old_rest)), Some((new, new_rest))) = (numbers(before), numbers(after)) else {
        return Jump::Other;
    };
    let length = old.len().max(new.len());
    let at = |numbers: &[u64], place: usize| numbers.get(place).copied().unwrap_or_default();
    let differs = (0..length).find(|place| at(&old, *place) != at(&new, *place));
    let Some(place) = differs else {
        return match pre_release(old_rest, new_rest) {
            Ordering::Equal => Jump::Other,
            Ordering::Less => Jump::Patch,
            Ordering::Greater => Jump::Downgrade,
        };
    };
    if at(&new, place) < at(&old, place) {
        return Jump::Downgrade;
    }
    if at(&old, 0) >= YEAR_MIN {
        return if place == 0 { Jump::Minor } else { Jump::Patch };
    }
    match place {
        0 => Jump::Major,
        1 => Jump::Minor,
        _ => Jump::Patch,
    }
}

/// The dotted numbers at the beginning, and what follows them.
fn numbers(version: &str) -> Option<(Vec<u64>, &str)> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(version.len());
    let (head, rest) = version.split_at(end);
    let numbers: Option<Vec<u64>> =
        head.trim_end_matches('.').split('.').map(|number| number.parse().ok()).collect();
    // A long run of digits is a date or a commit, one without a dot a build number: neither promises anything.
    numbers.filter(|_| head.len() <= 40).map(|numbers| (numbers, rest))
}

/// A version without a pre-release comes after those with one.
fn pre_release(before: &str, after: &str) -> Ordering {
    let clean = |rest: &str| rest.split('+').next().unwrap_or_default().to_owned();
    let (before, after) = (clean(before), clean(after));
    match (before.starts_with('-'), after.starts_with('-')) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => before.cmp(&after),
    }
}

#[cfg(test)]
mod tests {
    use super::{Jump, jump};

    #[test]
    fn jumps_are_classified() {
        let check = |before, after, expect: Jump| assert_eq!(jump(before, after), expect, "{before} {after}");
        check("1.2.3", "2.0.0", Jump::Major);
        check("v1.2.3", "v1.3.0", Jump::Minor);
        check("1.2.3", "1.2.4", Jump::Patch);
        check("0.4.1", "0.5.0", Jump::Minor);
        check("0.4.1", "0.4.2", Jump::Patch);
        check("1.2.3", "1.2.2", Jump::Downgrade);
        check("16", "17", Jump::Major);
        check("17.2-bookworm", "17.4-bookworm", Jump::Minor);
        check("2026.9.4", "2026.10.0", Jump::Patch);
        check("2025.12.0", "2026.1.0", Jump::Minor);
        check("1.0.0-rc.1", "1.0.0", Jump::Patch);
        check("1.0.0", "1.0.0-rc.1", Jump::Downgrade);
        check("latest", "main", Jump::Other);
        check("1.2.3", "latest", Jump::Other);
    }
}
