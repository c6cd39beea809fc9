//! How to compare.

use amethyst_diag::Redacted;
use amethyst_object::Str;

/// How to compare, and what not to show.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// What the side before is called: a revision, a branch.
    pub before: Str,
    /// What the side after is called.
    pub after: Str,
    /// The key of the hashes that stand for secret values. Without one no hash is shown at all: a hash that
    /// anyone can compute is a way to guess the value.
    pub secret_key: Option<Redacted<Vec<u8>>>,
    /// Fields whose values are secret, in every object.
    pub secret_fields: Vec<FieldPattern>,
    /// Texts that are secret wherever they stand, such as values that were decrypted and substituted into
    /// objects. Texts shorter than [`SECRET_TEXT_BYTES_MIN`] are not looked for.
    pub secret_texts: Vec<Redacted<String>>,
    /// More labels and annotations whose changes are noise; a `*` at the end stands for any rest.
    pub noise: Vec<Str>,
    /// Compare YAML and JSON inside strings by structure, not by line.
    pub embedded: bool,
}

/// Shorter secret texts would redact half of every page, and are no secrets.
pub const SECRET_TEXT_BYTES_MIN: usize = 4;

/// Fields of some objects: `Kind:path`, or a path alone. In the path `*` stands for one step, `**` for any
/// number of steps; steps are separated by dots: `HelmRelease:spec.values.**.password`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPattern {
    kind: Option<Str>,
    steps: Vec<Str>,
}

impl FieldPattern {
    /// Reads a pattern. Every text is one.
    pub fn new(text: &str) -> Self {
        let (kind, path) = match text.split_once(':') {
            Some((kind, path)) => (Some(kind.into()), path),
            None => (None, text),
        };
        let steps = path.split('.').filter(|step| !step.is_empty()).map(Str::from).collect();
        Self { kind, steps }
    }

    /// Whether the field at `keys` of an object of `kind`, or one above it, is meant.
    pub(crate) fn matches(&self, kind: &str, keys: &[&str]) -> bool {
        self.kind.as_ref().is_none_or(|wanted| wanted == kind) && covers(&self.steps, keys)
    }
}

/// Whether the pattern matches `keys` or the beginning of them. A row of the usual table at a time, so that
/// many `**` cost no more than pattern times path.
fn covers(pattern: &[Str], keys: &[&str]) -> bool {
    let mut row = vec![false; pattern.len() + 1];
    row[0] = true;
    skip_globs(pattern, &mut row);
    for key in keys {
        if row[pattern.len()] {
            break;
        }
        let mut next = vec![false; pattern.len() + 1];
        for (at, step) in pattern.iter().enumerate() {
            if row[at] && step == "**" {
                next[at] = true;
            } else if row[at] && (step == "*" || step == key) {
                next[at + 1] = true;
            }
        }
        skip_globs(pattern, &mut next);
        row = next;
    }
    !pattern.is_empty() && row[pattern.len()]
}

fn skip_globs(pattern: &[Str], row: &mut [bool]) {
    for at in 0..pattern.len() {
        if row[at] && pattern[at] == "**" {
            row[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldPattern;

    #[test]
    fn a_pattern_covers_what_lies_below_it() {
        let check = |pattern: &str, keys: &[&str], expect: bool| {
            assert_eq!(FieldPattern::new(pattern).matches("HelmRelease", keys), expect, "{pattern} {keys:?}");
        };
        check("HelmRelease:spec.values.**.password", &["spec", "values", "db", "password"], true);
        check("HelmRelease:spec.values.**.password", &["spec", "values", "password", "x"], true);
        check("Secret:spec", &["spec"], false);
        check("spec.*.token", &["spec", "a", "token"], true);
        check("spec.*.token", &["spec", "token"], false);
        check("spec", &[], false);
        check("", &["spec"], false);
    }
}
