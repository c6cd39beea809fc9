//! Which files of a source are left out: the rules of fluxcd/pkg `sourceignore`, in gitignore syntax.

use amethyst_tree::Tree;
use gix::bstr::ByteSlice;
use gix::glob::pattern::Case;

/// What Flux leaves out of every artifact unless `spec.ignore` says otherwise: files of the version
/// control and CI systems, pictures and archives.
pub const DEFAULT_EXCLUDES: &[&str] = &[
    ".git/",
    ".gitignore",
    ".gitmodules",
    ".gitattributes",
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The name of the ignore files that a source may carry.
const IGNORE_FILE: &str = ".sourceignore";

/// A list of patterns; the last that matches a file decides.
#[derive(Clone)]
pub struct Ignore {
    search: gix::ignore::Search,
}

impl Default for Ignore {
    fn default() -> Self {
        Self { search: gix::ignore::Search { patterns: Vec::new() } }
    }
}

impl Ignore {
    /// The patterns for a source: `rules` (`spec.ignore`) replace the default excludes, and the
    /// `.sourceignore` files of `tree` come on top of either.
    pub fn for_source(tree: &Tree, rules: Option<&str>) -> Self {
        let mut ignore = Self::default();
        match rules {
            Some(rules) => ignore.add(rules, ""),
            None => ignore.add(&DEFAULT_EXCLUDES.join("\n"), ""),
        }
        for (path, _) in tree.walk("") {
            let folder =
                path.strip_suffix(IGNORE_FILE).filter(|folder| folder.is_empty() || folder.ends_with('/'));
            if let Some(folder) = folder
                && let Ok(Some(text)) = tree.read(path)
            {
                ignore.add(&String::from_utf8_lossy(&text), folder.trim_end_matches('/'));
            }
        }
        ignore
    }

    /// Adds patterns that are relative to `folder`; later ones win.
    pub fn add(&mut self, patterns: &str, folder: &str) {
        let parse = gix::ignore::search::Ignore { support_precious: false };
        let source = if folder.is_empty() { IGNORE_FILE.into() } else { format!("{folder}/{IGNORE_FILE}") };
        // The root is only used to make the source relative; the buffer itself cannot fail to be read.
        let added = self.search.add_patterns_buffer(patterns.as_bytes(), source, Some("".as_ref()), parse);
        debug_assert!(added.is_ok(), "patterns in memory are always readable");
    }

    /// Whether the file at `path` is left out: itself, or because a folder above it is.
    pub fn is_ignored(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
        folders.chain([(path, false)]).any(|(path, is_dir)| self.names(path, is_dir))
    }

    /// Whether the patterns leave out what is at `path`, whatever they say of the folders above it.
    pub(crate) fn names(&self, path: &str, is_dir: bool) -> bool {
        let path = path.as_bytes().as_bstr();
        let found = self.search.pattern_matching_relative_path(path, Some(is_dir), Case::Sensitive);
        found.is_some_and(|found| !found.pattern.is_negative())
    }

    /// The tree without what is left out.
    pub fn apply(&self, tree: &Tree) -> Tree {
        tree.filtered(|path, _| !self.is_ignored(path))
    }
}

#[cfg(test)]
mod tests {
    use amethyst_tree::Tree;

    use super::Ignore;

    fn check(rules: Option<&str>, files: &[(&str, &str)], kept: &[&str]) {
        let tree = Tree::from_files(files.iter().copied());
        let left = Ignore::for_source(&tree, rules).apply(&tree);
        assert_eq!(left.walk("").map(|(path, _)| path).collect::<Vec<_>>(), kept);
    }

    #[test]
    fn default_excludes_are_those_of_flux() {
        let files = [
            ("a/x.png", ""),
            (".github/w.yaml", ""),
            ("k/a.yaml", ""),
            (".sops.yaml", ""),
            ("b/.sops.yaml", ""),
        ];
        check(None, &files, &["k/a.yaml"]);
    }

    #[test]
    fn rules_replace_the_defaults_and_the_last_match_decides() {
        check(Some("/*\n!/k\n"), &[("a/x.yaml", ""), ("k/a.yaml", ""), ("y", "")], &["k/a.yaml"]);
        check(Some("# none"), &[("x.png", "")], &["x.png"]);
    }

    #[test]
    fn sourceignore_files_count_from_their_folder() {
        let files = [("a/.sourceignore", "*.md\n"), ("a/b/x.md", ""), ("x.md", "")];
        check(None, &files, &["a/.sourceignore", "x.md"]);
    }
}
