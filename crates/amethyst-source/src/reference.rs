//! Which revision of a repository is wanted, and which one was found.

use amethyst_tree::Tree;

/// A `spec.ref` of a GitRepository; the first that is set counts, in the order of Flux: commit (with
/// branch), name, semver, tag, branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitReference {
    /// A branch: `main`.
    pub branch: Option<String>,
    /// A tag: `v1.0.0`.
    pub tag: Option<String>,
    /// A range of versions that tags are chosen by: `>=1.0.0 <2.0.0`.
    pub semver: Option<String>,
    /// A full ref name: `refs/heads/main`, `refs/pull/1/head`.
    pub name: Option<String>,
    /// A commit's full id.
    pub commit: Option<String>,
}

/// A revision and its files.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// As Flux writes it: `main@sha1:<commit>`, or `sha1:<commit>` without a name.
    pub revision: String,
    /// The commit's id in hex.
    pub commit: String,
    /// The commit's time, in seconds since 1970.
    pub time_seconds: i64,
    /// The first line of its message.
    pub summary: String,
    /// All files of the commit.
    pub tree: Tree,
}
