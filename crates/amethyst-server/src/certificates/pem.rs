//! PEM as Go's `encoding/pem` reads it: what is no block is passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// `CERTIFICATE`, `CERTIFICATE REQUEST`, ...
    pub(crate) label: String,
    /// Whether there were headers in it.
    pub(crate) has_headers: bool,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
}

/// The blocks of a text, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES)) else {
            continue;
        };
        let rest = lines.clone();
        match block(label, &mut lines) {
            Some(block) => found.push(block),
            // As Go: what began like a block and is none may hold one further on.
            None => lines = rest,
        }
    }
    found
}

fn block<'a>(label: &str, lines: &mut impl Iterator<Item = &'a str>) -> Option<Block> {
    let (mut body, mut has_headers) = (String::new(), false);
    for line in lines {
        if let Some(end) = line.strip_prefix(END) {
            let same = end.strip_suffix(DASHES) == Some(label);
            let bytes = STANDARD.decode(&body).ok().filter(|_| same)?;
            return Some(Block { label: label.to_owned(), has_headers, bytes });
        }
        if body.is_empty() && line.contains(':') {
            has_headers = true;
        } else {
            body.extend(line.chars().filter(|char| !char.is_whitespace()));
        }
    }
    None
}

/// A block as text.
pub(crate) fn encode(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("{END}{label}{DASHES}\n"));
    out
}
