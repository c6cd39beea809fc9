//! Go's quoted strings and characters.

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols, and the space.
pub fn is_print(char: char) -> bool {
    if char.is_ascii() {
        return matches!(char, ' '..='~');
    }
    // Behind another character, escaping for debugging leaves alone what can be printed, combining marks too.
    let mut text = [0; 5];
    text[0] = b'a';
    let length = char.encode_utf8(&mut text[1..]).len();
    let text = std::str::from_utf8(&text[..=length]).unwrap_or_default();
    text.escape_debug().nth(1) == Some(char)
}

/// `strconv.Quote`.
pub fn quote(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    quote_into(&mut out, text.as_bytes(), b'"', false);
    String::from_utf8(out).unwrap_or_default()
}

/// `%.NNq`: quotes the first `count` characters.
pub(crate) fn quote_start(text: &str, count: usize) -> String {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    quote(&text[..end])
}

/// Appends a quoted text; bytes that are no UTF-8 are escaped.
pub(super) fn quote_into(out: &mut Vec<u8>, text: &[u8], quote: u8, ascii: bool) {
    out.push(quote);
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            escape_into(out, char, quote, ascii);
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(quote);
}

fn escape_into(out: &mut Vec<u8>, char: char, quote: u8, ascii: bool) {
    let simple: &[u8] = match char {
        '\\' => b"\\\\",
        '\u{7}' => b"\\a",
        '\u{8}' => b"\\b",
        '\u{c}' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        '\u{b}' => b"\\v",
        _ => b"",
    };
    if !simple.is_empty() {
        out.extend_from_slice(simple);
    } else if char == quote as char {
        out.extend_from_slice(&[b'\\', quote]);
    } else if is_print(char) && (!ascii || char.is_ascii()) {
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let code = u32::from(char);
        let escaped = match code {
            0..0x20 | 0x7f => format!("\\x{code:02x}"),
            0..0x1_0000 => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        };
        out.extend_from_slice(escaped.as_bytes());
    }
}

/// Whether a text can stand in backquotes unchanged.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    !text.chars().any(|char| matches!(char, '\u{feff}' | '`' | '\u{7f}') || (char < ' ' && char != '\t'))
}
