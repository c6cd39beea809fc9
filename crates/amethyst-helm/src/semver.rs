//! Versions and constraints in Masterminds' sense, as charts need them.

use amethyst_sprig::semver::{Constraints, Version};

/// Whether a text is a version, loosely: `v1.2` is one.
pub(crate) fn is_version(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// Helm's `IsCompatibleRange`: whether a version satisfies a constraint; a broken one satisfies nothing.
pub(crate) fn is_compatible_range(constraint: &str, version: &str) -> bool {
    match (Constraints::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}
