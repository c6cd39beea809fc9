//! Versions and constraints as other crates use them.

use crate::semver::{Constraints, SemverError, Version};

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

#[test]
fn versions_sort_as_upstream_sorts_them() {
    let sorted =
        ["0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-2", "v1.0", "1.0.1+b", "1.10.0"];
    let mut versions: Vec<Version> = sorted.iter().rev().map(|text| version(text)).collect();
    versions.sort_by(Version::compare);
    let found: Vec<&str> = versions.iter().map(Version::original).collect();
    // A number stands before words.
    assert_eq!(
        found,
        ["0.9", "1.0.0-2", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "v1.0", "1.0.1+b", "1.10.0"]
    );
}

#[test]
fn strict_versions_have_three_numbers() {
    assert!(Version::parse_strict("1.2.3-rc.1+meta").is_ok());
    assert_eq!(Version::parse_strict("").unwrap_err(), SemverError::Empty);
    assert_eq!(Version::parse_strict("1.2").unwrap_err(), SemverError::Invalid);
    assert_eq!(Version::parse_strict("v1.2.3").unwrap_err(), SemverError::Characters);
    assert_eq!(Version::parse_strict("1.02.3").unwrap_err(), SemverError::StartsWithZero);
    assert_eq!(Version::parse_strict("1.2.3-01").unwrap_err(), SemverError::StartsWithZero);
    assert_eq!(Version::parse_strict("1.2.3+a_b").unwrap_err(), SemverError::Metadata);
}

#[test]
fn faults_are_told_in_upstreams_words() {
    let faults = |constraint: &str, text: &str| {
        Constraints::parse(constraint).unwrap().validate(&version(text)).unwrap_err().join("; ")
    };
    assert_eq!(faults(">=1.27.0-0", "1.26.3"), r#""1.26.3" is less than "1.27.0-0""#);
    assert_eq!(
        faults("^0.2.3 || ~1.4", "2.0.0"),
        r#""2.0.0" does not have same major version as "0.2.3"; "2.0.0" does not have same major version as "1.4""#
    );
    assert_eq!(
        faults(">=1.20", "1.30.0-rc.1"),
        r#""1.30.0-rc.1" is a prerelease version and the constraint is only looking for release versions"#
    );
    assert!(Constraints::parse(">=1.20").unwrap().including_prereleases().check(&version("1.30.0-rc.1")));
}

#[test]
fn constraints_print_as_they_were_read() {
    let constraints = Constraints::parse(">=1.2, <2||~> 3.1.x").unwrap();
    assert_eq!(constraints.to_string(), ">=1.2 <2 || ~>3.1.x");
    assert_eq!(Constraints::parse("oops").unwrap_err().to_string(), r#"improper constraint: "oops""#);
    assert_eq!(Constraints::parse(&"1 || ".repeat(40)).unwrap_err(), SemverError::ConstraintGroups);
    assert_eq!(Constraints::parse(&"1".repeat(513)).unwrap_err(), SemverError::ConstraintTooLong);
}
