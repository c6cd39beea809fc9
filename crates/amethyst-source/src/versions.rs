//! Which version: Masterminds' versions and ranges, as Helm and Flux choose by them.

use std::cmp::Ordering;

use amethyst_sprig::semver::Constraints;
pub(crate) use amethyst_sprig::semver::Version;

/// A range of versions.
pub(crate) struct Range(Constraints);

impl Range {
    /// Reads a range as `semver.NewConstraint` does.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Constraints::parse(text).map(Self).map_err(|error| error.to_string())
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.0.check(version)
    }
}

/// A version as Flux reads one (`pkg/version`): all three numbers, with or without a leading `v`.
pub(crate) fn flux_version(text: &str) -> Option<Version> {
    Version::parse_strict(text.strip_prefix('v').unwrap_or(text)).ok()?;
    Version::parse(text).ok()
}

/// A version as `semver.StrictNewVersion` reads one: all three numbers, no leading `v`.
pub(crate) fn strict_version(text: &str) -> Option<Version> {
    Version::parse_strict(text).ok()
}

/// Of some names, the one of the newest version in the range; none when none is in it. Among equal versions
/// (they differ in what follows `+`) the last one wins.
pub(crate) fn newest<'a>(
    range: &Range,
    names: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Option<Version>,
) -> Option<&'a str> {
    let matching = names.filter_map(|name| Some((read(name)?, name)));
    let newest = matching.filter(|(version, _)| range.contains(version)).max_by(order);
    newest.map(|(_, name)| name)
}

fn order(left: &(Version, &str), right: &(Version, &str)) -> Ordering {
    left.0.compare(&right.0)
}
