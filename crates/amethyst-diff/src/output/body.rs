//! The lines that show a change, before they are dressed for a terminal, for Markdown or for a page.

use crate::change::{Change, ChangeKind, FieldChange, ObjectChange};
use crate::lines::Mark;
use crate::output::scalar::{lines, scalar};

/// One line of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyLine {
    /// The head of a hunk in a text.
    Hunk(String),
    /// A line that is new, gone, or context.
    Marked(Mark, String),
}

/// What the change of a field shows.
pub(super) fn field_lines(field: &FieldChange) -> Vec<BodyLine> {
    let marked =
        |mark: Mark, lines: Vec<String>| lines.into_iter().map(move |line| BodyLine::Marked(mark, line));
    match &field.change {
        Change::Added(value) => marked(Mark::Added, lines(value)).collect(),
        Change::Removed(value) => marked(Mark::Removed, lines(value)).collect(),
        Change::Changed { before, after } | Change::SameValue { before, after } => {
            marked(Mark::Removed, lines(before)).chain(marked(Mark::Added, lines(after))).collect()
        }
        Change::Text(diff) => {
            let mut found = Vec::new();
            for hunk in &diff.hunks {
                if diff.hunks.len() > 1 || hunk.before_line > 1 {
                    found.push(BodyLine::Hunk(hunk.to_string()));
                }
                found.extend(hunk.lines.iter().map(|line| BodyLine::Marked(line.mark, line.text.clone())));
            }
            found
        }
        Change::Reordered { before, after } => vec![
            BodyLine::Marked(Mark::Removed, before.join(", ")),
            BodyLine::Marked(Mark::Added, after.join(", ")),
        ],
        Change::Opaque { before, after, secret } => {
            let name = if *secret { "secret" } else { "binary" };
            let line = |mark, digest: &Option<_>| {
                digest
                    .as_ref()
                    .map(|digest: &crate::Digest| BodyLine::Marked(mark, format!("({name}: {digest})")))
            };
            line(Mark::Removed, before).into_iter().chain(line(Mark::Added, after)).collect()
        }
    }
}

/// What is said beside the path of a field.
pub(super) fn field_note(field: &FieldChange) -> Option<&'static str> {
    match &field.change {
        Change::SameValue { .. } => Some("same value, written differently"),
        Change::Reordered { .. } => Some("order only"),
        Change::Opaque { before: Some(before), after: Some(after), .. }
            if before == after && !before.hash.is_empty() =>
        {
            Some("same value, written differently")
        }
        Change::Changed { before, after } if before.type_name() != after.type_name() => match (before, after)
        {
            (amethyst_object::Value::Null, _) | (_, amethyst_object::Value::Null) => None,
            _ => Some("type changes"),
        },
        _ => None,
    }
}

/// The old and new value on one line each, when both are short enough for `width` together.
pub(super) fn short_pair(field: &FieldChange, width: usize) -> Option<(String, String)> {
    let pair = match &field.change {
        Change::Changed { before, after } | Change::SameValue { before, after } => {
            (scalar(before), scalar(after))
        }
        Change::Opaque { before: Some(before), after: Some(after), .. } => {
            (before.to_string(), after.to_string())
        }
        _ => return None,
    };
    let fits = pair.0.chars().count() + pair.1.chars().count() <= width;
    (fits && !pair.0.contains('\n') && !pair.1.contains('\n')).then_some(pair)
}

/// The whole of an object that is new or gone.
pub(super) fn whole_lines(change: &ObjectChange) -> Vec<BodyLine> {
    let mark = if change.kind == ChangeKind::Removed { Mark::Removed } else { Mark::Added };
    let Some(body) = &change.body else { return Vec::new() };
    lines(body).into_iter().map(|line| BodyLine::Marked(mark, line)).collect()
}
