//! Versions and ranges in Masterminds' sense, as Helm and Flux choose by them.

use semver::VersionReq;

/// A version that was read leniently: `v1.2` is `1.2.0`.
pub(crate) type Version = semver::Version;

/// A range of versions.
pub(crate) struct Range(Vec<VersionReq>);

impl Range {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split("||").map(|part| {
            let part = part.trim();
            let part = if part.is_empty() || matches!(part, "x" | "X") { "*" } else { part };
            let part = part.replace([' ', ','], ",");
            let words: Vec<&str> = part.split(',').filter(|word| !word.is_empty()).collect();
            let bare = |word: &str| {
                word.starts_with(|first: char| first.is_ascii_digit())
                    && !word.contains(['x', 'X', '*'])
                    && word.matches('.').count() >= 2
            };
            let words: Vec<String> = words
                .iter()
                .map(|word| {
                    let word = word.trim_start_matches('v');
                    if bare(word) { format!("={word}") } else { word.to_owned() }
                })
                .collect();
            VersionReq::parse(&words.join(",")).map_err(|error| error.to_string())
        });
        parts.collect::<Result<Vec<_>, _>>().map(Self)
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|part| part.matches(version))
    }
}

/// A version as Flux reads one (`pkg/version`): all three numbers, with or without a leading `v`.
pub(crate) fn flux_version(text: &str) -> Option<Version> {
    strict_version(text.strip_prefix('v').unwrap_or(text))
}

/// A version as `semver.StrictNewVersion` reads one: all three numbers, no leading `v`.
pub(crate) fn strict_version(text: &str) -> Option<Version> {
    Version::parse(text).ok()
}

/// Of some names, the one of the newest version in the range; none of them is in it otherwise. Among equal
/// versions (they differ in what follows `+`) the last one wins.
pub(crate) fn newest<'a>(
    range: &Range,
    names: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Option<Version>,
) -> Option<&'a str> {
    let matching = names.filter_map(|name| Some((read(name)?, name)));
    let newest = matching
        .filter(|(version, _)| range.contains(version))
        .max_by(|(left, _), (right, _)| left.cmp_precedence(right));
    newest.map(|(_, name)| name)
}
