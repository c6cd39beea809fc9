//! How failures are worded.

/// The format of a failure: whether it has a path, what there was and the differences, and what was expected.
pub(super) fn format(not: bool, [path, actual, diff]: [bool; 3], what: &str) -> String {
    let head = if path { "Path:%s\n" } else { "" };
    let not = if not { " NOT" } else { "" };
    let actual = if actual { "Actual:\n%s\n" } else { "" };
    let diff = if diff { "Diff:\n%s\n" } else { "" };
    format!("{head}Expected{not}{what}:\n%s\n{actual}{diff}")
}

/// The lines of a failure: the format with the texts put in, indented.
pub(super) fn info(
    format: &str,
    document: Option<usize>,
    value: Option<usize>,
    texts: &[String],
) -> Vec<String> {
    let format = format.trim_matches(['\t', '\n', ' ']);
    let mut filled = String::new();
    let mut texts = texts.iter();
    let mut rest = format;
    while let Some(at) = rest.find("%s") {
        filled.push_str(&rest[..at]);
        match texts.next() {
            Some(text) => {
                filled.push('\t');
                filled.push_str(text.replace('\n', "\n\t").trim_matches(['\n', '\t', ' ']));
            }
            None => filled.push_str("%!s(MISSING)"),
        }
        rest = &rest[at + 2..];
    }
    filled.push_str(rest);
    let mut lines = Vec::new();
    if let Some(document) = document {
        lines.push(format!("DocumentIndex:\t{document}"));
    }
    if let Some(value) = value {
        lines.push(format!("ValuesIndex:\t{value}"));
    }
    lines.extend(filled.split('\n').map(str::to_owned));
    lines
}

/// The lines of an error.
pub(super) fn error(document: Option<usize>, value: Option<usize>, message: &str) -> Vec<String> {
    info("\nError:\n%s\n", document, value, &[message.to_owned()])
}
