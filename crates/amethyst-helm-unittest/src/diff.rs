//! Unified diffs as Go's difflib writes them, which is Python's difflib.

use std::collections::HashMap;
use std::fmt::Write;

/// Lines beyond which a diff is not computed: all of one against all of the other.
const LINES_MAX: usize = 20_000;

/// Lines of context around a change.
const CONTEXT: usize = 1;

/// The differences from `expected` to `actual`; empty when there are none.
pub(crate) fn unified(expected: &str, actual: &str) -> String {
    let (a, b) = (lines(expected), lines(actual));
    let codes = if a.len() > LINES_MAX || b.len() > LINES_MAX {
        vec![Code { tag: Tag::Replace, a: (0, a.len()), b: (0, b.len()) }]
    } else {
        codes(&a, &b)
    };
    let mut out = String::new();
    for group in groups(codes) {
        if out.is_empty() {
            out.push_str("--- Expected\n+++ Actual\n");
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (from, to) = (range(first.a.0, last.a.1), range(first.b.0, last.b.1));
        let _ = writeln!(out, "@@ -{from} +{to} @@");
        for code in &group {
            let (before, after) = (&a[code.a.0..code.a.1], &b[code.b.0..code.b.1]);
            if code.tag == Tag::Equal {
                put(&mut out, ' ', before);
                continue;
            }
            put(&mut out, '-', before);
            put(&mut out, '+', after);
        }
    }
    out
}

fn put(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        out.push('\n');
    }
}

/// The lines; a text that ends in a line break has an empty last one, as in Go.
fn lines(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

/// A range of lines as a hunk's head writes it.
fn range(start: usize, stop: usize) -> String {
    match stop - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Equal,
    Replace,
}

#[derive(Clone, Copy, Debug)]
struct Code {
    tag: Tag,
    a: (usize, usize),
    b: (usize, usize),
}

/// A run of equal lines: where it begins in both, and how long it is.
type Match = (usize, usize, usize);

fn codes(a: &[&str], b: &[&str]) -> Vec<Code> {
    let (mut codes, mut i, mut j) = (Vec::new(), 0, 0);
    for (a_at, b_at, size) in matches(a, b) {
        if i < a_at || j < b_at {
            codes.push(Code { tag: Tag::Replace, a: (i, a_at), b: (j, b_at) });
        }
        (i, j) = (a_at + size, b_at + size);
        if size > 0 {
            codes.push(Code { tag: Tag::Equal, a: (a_at, i), b: (b_at, j) });
        }
    }
    codes
}

fn matches(a: &[&str], b: &[&str]) -> Vec<Match> {
    let places = places(b);
    let mut found: Vec<Match> = Vec::new();
    let mut queue = vec![(0, a.len(), 0, b.len())];
    while let Some((a_low, a_high, b_low, b_high)) = queue.pop() {
        let (i, j, size) = longest(a, b, &places, (a_low, a_high), (b_low, b_high));
        if size == 0 {
            continue;
        }
        if a_low < i && b_low < j {
            queue.push((a_low, i, b_low, j));
        }
        if i + size < a_high && j + size < b_high {
            queue.push((i + size, a_high, j + size, b_high));
        }
        found.push((i, j, size));
    }
    found.sort_unstable();
    let mut joined: Vec<Match> = Vec::new();
    for (i, j, size) in found {
        match joined.last_mut() {
            Some(last) if last.0 + last.2 == i && last.1 + last.2 == j => last.2 += size,
            _ => joined.push((i, j, size)),
        }
    }
    joined.push((a.len(), b.len(), 0));
    joined
}

/// Where each line stands in `b`; of long texts without the lines that are everywhere.
fn places<'a>(b: &[&'a str]) -> HashMap<&'a str, Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, line) in b.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    if b.len() >= 200 {
        let most = b.len() / 100 + 1;
        places.retain(|_, places| places.len() <= most);
    }
    places
}

fn longest(
    a: &[&str],
    b: &[&str],
    places: &HashMap<&str, Vec<usize>>,
    (a_low, a_high): (usize, usize),
    (b_low, b_high): (usize, usize),
) -> Match {
    let (mut best_i, mut best_j, mut best_size) = (a_low, b_low, 0);
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for (i, line) in a.iter().enumerate().take(a_high).skip(a_low) {
        let mut next = HashMap::new();
        for j in places.get(line).into_iter().flatten().copied() {
            if j < b_low {
                continue;
            }
            if j >= b_high {
                break;
            }
            let length = j.checked_sub(1).and_then(|before| lengths.get(&before)).copied().unwrap_or(0) + 1;
            next.insert(j, length);
            if length > best_size {
                (best_i, best_j, best_size) = (i + 1 - length, j + 1 - length, length);
            }
        }
        lengths = next;
    }
    while best_i > a_low && best_j > b_low && a[best_i - 1] == b[best_j - 1] {
        (best_i, best_j, best_size) = (best_i - 1, best_j - 1, best_size + 1);
    }
    while best_i + best_size < a_high
        && best_j + best_size < b_high
        && a[best_i + best_size] == b[best_j + best_size]
    {
        best_size += 1;
    }
    (best_i, best_j, best_size)
}

fn groups(mut codes: Vec<Code>) -> Vec<Vec<Code>> {
    if let Some(first) = codes.first_mut()
        && first.tag == Tag::Equal
    {
        first.a.0 = first.a.0.max(first.a.1.saturating_sub(CONTEXT));
        first.b.0 = first.b.0.max(first.b.1.saturating_sub(CONTEXT));
    }
    if let Some(last) = codes.last_mut()
        && last.tag == Tag::Equal
    {
        last.a.1 = last.a.1.min(last.a.0 + CONTEXT);
        last.b.1 = last.b.1.min(last.b.0 + CONTEXT);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for code in codes {
        let (mut a, mut b) = (code.a, code.b);
        if code.tag == Tag::Equal && a.1 - a.0 > 2 * CONTEXT {
            let cut = ((a.0, a.1.min(a.0 + CONTEXT)), (b.0, b.1.min(b.0 + CONTEXT)));
            group.push(Code { tag: code.tag, a: cut.0, b: cut.1 });
            groups.push(std::mem::take(&mut group));
            a.0 = a.0.max(a.1.saturating_sub(CONTEXT));
            b.0 = b.0.max(b.1.saturating_sub(CONTEXT));
        }
        group.push(Code { tag: code.tag, a, b });
    }
    if group.iter().any(|code| code.tag != Tag::Equal) {
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn diffs_have_one_line_of_context() {
        assert_eq!(unified("a\n", "a\n"), "");
        assert_eq!(
            unified("a: 1\n", "a: 2\n"),
            "--- Expected\n+++ Actual\n@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n \n"
        );
        let diff = unified("a\nb\nc\nd\ne\nf\n", "a\nb\nx\nd\ne\ng\n");
        let head = "--- Expected\n+++ Actual\n";
        assert_eq!(diff, format!("{head}@@ -2,6 +2,6 @@\n b\n-c\n+x\n d\n e\n-f\n+g\n \n"));
    }
}
