//! Which files of a tree a pattern means: Go's `filepath.Glob` with `**` for any number of folders.

use amethyst_tree::Tree;

/// The files below `folder` that match the patterns, in the order of the patterns and then of their names.
pub(crate) fn matching(tree: &Tree, folder: &str, patterns: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut last: Option<&String> = None;
    for pattern in patterns {
        // Upstream drops a pattern that is given twice in a row.
        if last == Some(pattern) {
            continue;
        }
        last = Some(pattern);
        let Some(pattern) = amethyst_tree::normalize(folder, pattern) else { continue };
        let segments: Vec<&str> = pattern.split('/').collect();
        let mut names: Vec<&str> =
            tree.walk("").map(|(name, _)| name).filter(|name| matches(&segments, name)).collect();
        if segments.contains(&"**") {
            // Folder by folder: the files of a folder come before those of its folders.
            names.sort_by_cached_key(|name| {
                let mut folder: Vec<&str> = name.split('/').collect();
                let file = folder.pop();
                (folder, file)
            });
        }
        found.extend(names.into_iter().map(str::to_owned));
    }
    found
}

fn matches(pattern: &[&str], name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    parts_match(pattern, &parts)
}

fn parts_match(pattern: &[&str], parts: &[&str]) -> bool {
    // The rows of the usual table: whether the first `i` patterns match the first `j` parts.
    let mut row: Vec<bool> = std::iter::once(true).chain(parts.iter().map(|_| false)).collect();
    for segment in pattern {
        let mut next = vec![false; row.len()];
        if *segment == "**" {
            let mut any = false;
            for (next, before) in next.iter_mut().zip(&row) {
                any |= before;
                *next = any;
            }
        } else {
            for (at, part) in parts.iter().enumerate() {
                next[at + 1] = row[at] && segment_matches(segment.as_bytes(), part.as_bytes());
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// `*`, `?`, `[a-z]`, `[^a]` and `\`, within one name.
fn segment_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if let Some(b'*') = pattern.get(at) {
            star = Some((at + 1, from));
            at += 1;
            continue;
        }
        let step = match (pattern.get(at), text.get(from)) {
            (None, None) => return true,
            (Some(b'?'), Some(_)) => Some(at + 1),
            (Some(b'['), Some(byte)) => class(&pattern[at..], *byte).map(|length| at + length),
            (Some(b'\\'), Some(byte)) => (pattern.get(at + 1) == Some(byte)).then_some(at + 2),
            (Some(wanted), Some(byte)) => (wanted == byte).then_some(at + 1),
            _ => None,
        };
        match (step, star) {
            (Some(next), _) => {
                at = next;
                from += 1;
            }
            (None, Some((behind, start))) if start < text.len() => {
                star = Some((behind, start + 1));
                at = behind;
                from = start + 1;
            }
            _ => return false,
        }
    }
}

/// The length of the class at the beginning of `pattern`, if it holds the byte.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'^'));
    let mut at = if negated { 2 } else { 1 };
    let (mut found, mut first) = (false, true);
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && !first {
            break;
        }
        first = false;
        let mut high = low;
        if pattern.get(at + 1) == Some(&b'-') && pattern.get(at + 2).is_some_and(|byte| *byte != b']') {
            high = *pattern.get(at + 2)?;
            at += 2;
        }
        found |= (low..=high).contains(&byte);
        at += 1;
    }
    (found != negated).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use amethyst_tree::Tree;

    use super::matching;

    #[test]
    fn patterns_find_suites() {
        let names = ["c/tests/a_test.yaml", "c/tests/b/b_test.yaml", "c/tests/x.yaml", "c/tests/z_test.yaml"];
        let tree = Tree::from_files(names.map(|name| (name, "")));
        let find = |pattern: &str| matching(&tree, "c", &[pattern.to_owned()]);
        assert_eq!(find("tests/*_test.yaml"), ["c/tests/a_test.yaml", "c/tests/z_test.yaml"]);
        assert_eq!(
            find("tests/**/*_test.yaml"),
            ["c/tests/a_test.yaml", "c/tests/z_test.yaml", "c/tests/b/b_test.yaml"]
        );
        assert_eq!(find("tests/[w-y].yaml"), ["c/tests/x.yaml"]);
        assert_eq!(find("../c/tests/?.yaml"), ["c/tests/x.yaml"]);
    }
}
