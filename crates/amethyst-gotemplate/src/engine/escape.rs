//! `html`, `js` and `urlquery`.

use std::borrow::Cow;

use crate::print::is_print;
use crate::{Value, print};

/// The text of the arguments, as printing would show them; nil is no value.
pub(super) fn joined(values: &[Value]) -> Cow<'_, [u8]> {
    if let [value] = values
        && let Some(bytes) = value.as_bytes()
    {
        return Cow::Borrowed(bytes);
    }
    let shown: Vec<Value> =
        values.iter().map(|value| if value.is_nil() { "<no value>".into() } else { value.clone() }).collect();
    Cow::Owned(print::sprint(&shown).as_bytes().unwrap_or_default().to_vec())
}

pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        out.extend_from_slice(match byte {
            0 => "\u{fffd}".as_bytes(),
            b'"' => b"&#34;",
            b'\'' => b"&#39;",
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            byte => std::slice::from_ref(byte),
        });
    }
    out
}

pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            js_char(char, &mut out);
        }
        // Bytes that are no UTF-8 are the replacement character to Go, and that is printed as it stands there.
        for byte in chunk.invalid() {
            out.push(*byte);
        }
    }
    out
}

fn js_char(char: char, out: &mut Vec<u8>) {
    match char {
        '\\' => out.extend_from_slice(br"\\"),
        '\'' => out.extend_from_slice(br"\'"),
        '"' => out.extend_from_slice(br#"\""#),
        '<' => out.extend_from_slice(br"\u003C"),
        '>' => out.extend_from_slice(br"\u003E"),
        '&' => out.extend_from_slice(br"\u0026"),
        '=' => out.extend_from_slice(br"\u003D"),
        '\0'..' ' => out.extend_from_slice(format!(r"\u00{:02X}", u32::from(char)).as_bytes()),
        ' '..='\u{7f}' => out.push(char as u8),
        _ if is_print(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => out.extend_from_slice(format!(r"\u{:04X}", u32::from(char)).as_bytes()),
    }
}

pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
