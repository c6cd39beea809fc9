//! Helm's way to part documents: at every line that begins with `---`, whatever follows on it.

/// The documents of a file, without the white space before them; those of nothing else are left out.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let text = text.trim_start();
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("---") {
            documents.push(&text[start..at]);
            let rest = text[at + 3..].trim_start_matches([' ', '\t']);
            start = text.len() - rest.len();
            at = start;
        }
        at = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
    }
    documents.push(&text[start..]);
    documents.into_iter().map(str::trim_start).filter(|document| !document.is_empty()).collect()
}
