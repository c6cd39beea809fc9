//! Where helm-unittest cuts texts into documents: at every `---` that begins a line, with the white space
//! around it.

/// White space to Go's `\s`.
const SPACE: [char; 5] = ['\t', '\n', '\u{c}', '\r', ' '];

/// The parts between the cuts, each with the number of lines before it.
pub(crate) fn parts(text: &str) -> Vec<(u32, &str)> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut line = 0;
    for (start, end) in cuts(text) {
        parts.push((line, &text[from..start]));
        line += text[from..end].matches('\n').count() as u32;
        from = end;
    }
    parts.push((line, &text[from..]));
    parts
}

/// The text with every cut written as a separator of YAML documents.
pub(crate) fn separated(text: &str) -> String {
    let parts: Vec<&str> = parts(text).into_iter().map(|(_, part)| part).collect();
    parts.join("\n---\n")
}

/// `(?:^|\s*\n)---\s*`: where each match begins and ends.
fn cuts(text: &str) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("---") {
        let at = from + found;
        let before = &text[from..at];
        let start = if at == 0 {
            Some(0)
        } else if before.ends_with('\n') {
            Some(from + before.trim_end_matches(SPACE).len())
        } else {
            None
        };
        let Some(start) = start else {
            // Only the first of some dashes may follow a line break.
            from = at + 1;
            from = from + text[from..].len() - text[from..].trim_start_matches('-').len();
            continue;
        };
        let behind = &text[at + 3..];
        let end = text.len() - behind.trim_start_matches(SPACE).len();
        cuts.push((start, end));
        from = end;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::{parts, separated};

    #[test]
    fn texts_are_cut_as_upstream_cuts_them() {
        assert_eq!(parts("a: 1\n"), [(0, "a: 1\n")]);
        assert_eq!(parts("---\na: 1\n---\n\nb: 1\n"), [(0, ""), (1, "a: 1"), (4, "b: 1\n")]);
        assert_eq!(parts("a: 1\n \n--- # x\nb: 1"), [(0, "a: 1"), (2, "# x\nb: 1")]);
        assert_eq!(parts("a: --- b\nc: |\n  ---\n"), [(0, "a: --- b\nc: |\n  ---\n")]);
        assert_eq!(separated("---\na: 1"), "\n---\na: 1");
        assert_eq!(separated("a\n-----\nb"), "a\n---\n--\nb");
    }
}
