//! Paths as kustomize splits them.

use amethyst_object::Str;

/// Splits at `delimiter` where no backslash stands before it.
pub(crate) fn split(path: &str, delimiter: char) -> Vec<Str> {
    let mut parts: Vec<Str> = Vec::new();
    let path = if path.len() > 1 { path.strip_prefix(delimiter).unwrap_or(path) } else { path };
    for part in path.split(delimiter) {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            None => parts.push(part.into()),
        }
    }
    parts
}

/// As [`split`], but keeps what stands in brackets together: `[name=a.b]` stays, `[a.b]` loses its brackets.
pub(crate) fn split_bracketed(path: &str) -> Vec<Str> {
    let mut result = Vec::new();
    let mut parts = split(path, '.').into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        let mut whole = part;
        for next in parts.by_ref() {
            whole.push('.');
            whole.push_str(&next);
            if next.ends_with(']') {
                break;
            }
        }
        result.push(if whole.contains('=') { whole } else { whole.trim_matches(['[', ']']).into() });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{split, split_bracketed};

    #[test]
    fn paths_split_where_nothing_escapes() {
        assert_eq!(split("metadata/annotations/a.b\\/c", '/'), ["metadata", "annotations", "a.b/c"]);
        assert_eq!(split("/a/b", '/'), ["a", "b"]);
        assert_eq!(split_bracketed("spec.c.[name=x.y].image"), ["spec", "c", "[name=x.y]", "image"]);
        assert_eq!(split_bracketed("metadata.annotations.[a.b/c]"), ["metadata", "annotations", "a.b/c"]);
    }
}
