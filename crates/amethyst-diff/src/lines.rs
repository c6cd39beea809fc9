//! Texts of several lines, compared line by line.

use std::collections::HashMap;

use crate::myers::{Edit, edits};

/// How many equal lines stand around a change.
const CONTEXT_LINES: usize = 3;

/// The difference of two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextDiff {
    /// The changes with the lines around them.
    pub hunks: Vec<Hunk>,
    /// How many lines are new.
    pub added: usize,
    /// How many lines are gone.
    pub removed: usize,
}

/// A change with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Its first line before, from 1.
    pub before_line: usize,
    /// How many lines before it spans.
    pub before_lines: usize,
    /// Its first line after, from 1.
    pub after_line: usize,
    /// How many lines after it spans.
    pub after_lines: usize,
    /// The lines in order.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it is new, gone, or context.
    pub mark: Mark,
    /// The line, without its end.
    pub text: String,
}

/// Whether a line is new, gone, or context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// On both sides.
    Context,
    /// Gone.
    Removed,
    /// New.
    Added,
}

impl Mark {
    /// As in a unified diff.
    pub fn as_char(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// The head of a hunk as in a unified diff.
impl std::fmt::Display for Hunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (before, after) = (self.before_line, self.after_line);
        write!(f, "@@ -{before},{} +{after},{} @@", self.before_lines, self.after_lines)
    }
}

/// Compares two texts.
pub(crate) fn diff_lines(before: &str, after: &str) -> TextDiff {
    // The end of the last line is only told when one of the two has none.
    let (before, after) = match (before.strip_suffix('\n'), after.strip_suffix('\n')) {
        (Some(before), Some(after)) => (before, after),
        _ => (before, after),
    };
    let (before, after): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut number = |line| {
        let next = known.len() as u32;
        *known.entry(line).or_insert(next)
    };
    let before_ids: Vec<u32> = before.iter().map(|line| number(line)).collect();
    let after_ids: Vec<u32> = after.iter().map(|line| number(line)).collect();
    let edits = edits(&before_ids, &after_ids);

    let mut diff = TextDiff::default();
    let changed: Vec<usize> = (0..edits.len()).filter(|at| !matches!(edits[*at], Edit::Keep(..))).collect();
    let near = |left: &usize, right: &usize| right - left <= 2 * CONTEXT_LINES;
    for run in changed.chunk_by(near) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let from = first.saturating_sub(CONTEXT_LINES);
        let to = (last + CONTEXT_LINES + 1).min(edits.len());
        diff.hunks.push(hunk(&edits, from, to, &before, &after));
    }
    diff.removed = edits.iter().filter(|edit| matches!(edit, Edit::Delete(_))).count();
    diff.added = edits.iter().filter(|edit| matches!(edit, Edit::Insert(_))).count();
    diff
}

fn hunk(edits: &[Edit], from: usize, to: usize, before: &[&str], after: &[&str]) -> Hunk {
    let old = |edit: &&Edit| !matches!(edit, Edit::Insert(_));
    let new = |edit: &&Edit| !matches!(edit, Edit::Delete(_));
    let line = |edit: &Edit| {
        let (mark, text) = match *edit {
            Edit::Keep(at, _) => (Mark::Context, before[at]),
            Edit::Delete(at) => (Mark::Removed, before[at]),
            Edit::Insert(at) => (Mark::Added, after[at]),
        };
        Line { mark, text: text.into() }
    };
    Hunk {
        before_line: edits[..from].iter().filter(old).count() + 1,
        before_lines: edits[from..to].iter().filter(old).count(),
        after_line: edits[..from].iter().filter(new).count() + 1,
        after_lines: edits[from..to].iter().filter(new).count(),
        lines: edits[from..to].iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::diff_lines;

    #[test]
    fn hunks_carry_three_lines_of_context() {
        let before: String = (1..=20).fold(String::new(), |text, line| format!("{text}line {line}\n"));
        let after = before.replace("line 4\n", "line four\n").replace("line 18\n", "");
        let diff = diff_lines(&before, &after);
        let heads: Vec<String> = diff.hunks.iter().map(ToString::to_string).collect();
        assert_eq!(heads, ["@@ -1,7 +1,7 @@", "@@ -15,6 +15,5 @@"]);
        assert_eq!((diff.added, diff.removed), (1, 2));
        assert_eq!(diff.hunks[0].lines[3].text, "line 4");
    }
}
