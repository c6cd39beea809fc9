//! Which version of a chart, and where it lies.

use amethyst_http::{Url, UrlError};
use jiff::Timestamp;

use super::ChartVersion;
use crate::fault::ChartFault;
use crate::versions::{Range, flux_version};

/// The version that is meant: the very one when it is there, else the newest in the range, and of several
/// that differ only in what follows `+`, the one made last.
pub(crate) fn choose<'a>(versions: &'a [ChartVersion], wanted: &str) -> Result<&'a ChartVersion, ChartFault> {
    if let Some(found) = versions.iter().find(|found| found.version == wanted) {
        return Ok(found);
    }
    let text = if wanted.is_empty() { "*" } else { wanted };
    let range = Range::parse(text).map_err(|reason| ChartFault::Range { range: text.to_owned(), reason })?;
    let mut best: Option<(crate::versions::Version, Option<Timestamp>, &ChartVersion)> = None;
    for found in versions {
        let Some(version) = flux_version(&found.version) else { continue };
        if !range.contains(&version) {
            continue;
        }
        let created: Option<Timestamp> = found.created.parse().ok();
        let newer = best
            .as_ref()
            .is_none_or(|(known, made, _)| version.compare(known).then(created.cmp(made)).is_gt());
        if newer {
            best = Some((version, created, found));
        }
    }
    best.map(|(_, _, found)| found).ok_or_else(|| ChartFault::Version {
        range: text.to_owned(),
        known: versions.iter().take(5).map(|found| found.version.clone()).collect(),
    })
}

/// Where a chart lies: its URL in the index, below the repository's when it is relative. The repository's query
/// goes with it, as in Helm.
pub(crate) fn resolve_url(repository: &Url, reference: &str) -> Result<Url, UrlError> {
    if reference.contains("://") {
        return Url::parse(reference);
    }
    let folder = format!("{}/", repository.path().trim_end_matches('/'));
    let joined = repository.with(&folder, None)?.join(reference)?;
    joined.with(joined.path(), repository.query())
}

#[cfg(test)]
mod tests {
    use amethyst_http::Url;

    use super::{choose, resolve_url};
    use crate::helm_repository::ChartVersion;

    fn version(version: &str, created: &str) -> ChartVersion {
        let (version, created) = (version.to_owned(), created.to_owned());
        ChartVersion { version, created, ..ChartVersion::default() }
    }

    #[test]
    fn the_newest_in_the_range_is_chosen() {
        let versions = [
            version("1.2.0", ""),
            version("2.0.0-rc.1", ""),
            version("v1.10.0", ""),
            version("not-a-version", ""),
            version("1.1.0+b", "2026-01-02T00:00:00Z"),
            version("1.1.0+a", "2026-01-03T00:00:00.5+01:00"),
        ];
        let cases = [
            ("", "v1.10.0"),
            ("*", "v1.10.0"),
            ("1.2.0", "1.2.0"),
            ("~1.1.0", "1.1.0+a"),
            ("1.1.0+b", "1.1.0+b"),
            (">=1.0.0 <1.3.0", "1.2.0"),
            ("1.x", "v1.10.0"),
            (">=2.0.0-0", "2.0.0-rc.1"),
            ("not-a-version", "not-a-version"),
        ];
        for (range, expect) in cases {
            assert_eq!(choose(&versions, range).unwrap().version, expect, "{range}");
        }
        let error = choose(&versions, ">=2.0.0").unwrap_err().to_string();
        assert!(error.starts_with("no version matches `>=2.0.0`; there is `1.2.0`"), "{error}");
        assert!(choose(&versions, "one.two").unwrap_err().to_string().contains("is no range of versions"));
    }

    #[test]
    fn charts_lie_below_their_repository_or_elsewhere() {
        let cases = [
            ("https://h/charts", "x-1.tgz", "https://h/charts/x-1.tgz"),
            ("https://h/charts/", "sub/x-1.tgz", "https://h/charts/sub/x-1.tgz"),
            ("https://h/charts", "/x-1.tgz", "https://h/x-1.tgz"),
            ("https://h/charts?t=1", "x-1.tgz", "https://h/charts/x-1.tgz?t=1"),
            ("https://h", "https://o/x-1.tgz?y", "https://o/x-1.tgz?y"),
            ("https://h/a/b", "../x-1.tgz", "https://h/a/x-1.tgz"),
        ];
        for (repository, reference, expect) in cases {
            let found = resolve_url(&Url::parse(repository).unwrap(), reference).unwrap();
            assert_eq!(found.whole(), expect, "{repository} {reference}");
        }
        assert!(resolve_url(&Url::parse("https://h").unwrap(), "file:///etc/passwd").is_err());
    }
}
