//! PEM as `encoding/pem` writes and reads it.

use crate::encode::{base64_of, decode_base64};

const LINE: usize = 64;

pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let text = base64_of(bytes);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The label and the bytes of the first block; headers are passed over.
pub(super) fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|line| line.strip_suffix("-----")) else {
            continue;
        };
        let end = format!("-----END {label}-----");
        let body: Vec<&str> = lines.clone().take_while(|line| *line != end).collect();
        if body.len() == lines.clone().count() {
            continue;
        }
        let body: String = body.into_iter().filter(|line| !line.contains(':')).collect();
        if let Ok(bytes) = decode_base64(body.trim().as_bytes()) {
            return Some((label.to_owned(), bytes));
        }
    }
    None
}
