//! Percent escapes, by the part of the URL they stand in.

use crate::print::quoted;
use crate::text::lossy;

/// The part of a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The path.
    Path,
    /// The host.
    Host,
    /// The zone of an IPv6 address.
    Zone,
    /// User name and password.
    User,
    /// The fragment.
    Fragment,
}

/// Whether a byte stands for itself.
fn is_plain(byte: u8, mode: Mode) -> bool {
    match byte {
        b'a'..=b'z'
        | b'A'..=b'Z'
        | b'0'..=b'9'
        | b'-'
        | b'.'
        | b'_'
        | b'~'
        | b'$'
        | b'&'
        | b'+'
        | b','
        | b';'
        | b'=' => true,
        b':' => mode != Mode::User,
        b'/' | b'@' => matches!(mode, Mode::Path | Mode::Fragment),
        b'?' => mode == Mode::Fragment,
        b'!' | b'(' | b')' | b'*' => matches!(mode, Mode::Host | Mode::Zone | Mode::Fragment),
        b'"' | b'\'' | b'<' | b'>' | b'[' | b']' => matches!(mode, Mode::Host | Mode::Zone),
        _ => false,
    }
}

/// Escapes what does not stand for itself.
pub(super) fn escape(text: &[u8], mode: Mode) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if is_plain(byte, mode) {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
    out
}

fn digit(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).map(|digit| digit as u8)
}

/// Takes escapes out; in a host most are not allowed.
pub(super) fn unescape(text: &[u8], mode: Mode) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if byte != b'%' {
            if matches!(mode, Mode::Host | Mode::Zone) && byte < 0x80 && !is_plain(byte, mode) {
                let shown = quoted(&char::from(byte).to_string());
                return Err(format!("invalid character {shown} in host name"));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let escaped = &text[at..text.len().min(at + 3)];
        let fault = || format!("invalid URL escape {}", quoted(&lossy(escaped)));
        let (Some(high), Some(low)) = (digit(escaped.get(1)), digit(escaped.get(2))) else {
            return Err(fault());
        };
        let value = high << 4 | low;
        let is_wrong = match mode {
            Mode::Host => high < 8 && escaped != b"%25",
            Mode::Zone => escaped != b"%25" && value != b' ' && !is_plain(value, Mode::Host),
            _ => false,
        };
        if is_wrong {
            return Err(fault());
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}
