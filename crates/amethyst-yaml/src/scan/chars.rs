//! Classes of bytes.

/// A space or a tab.
pub(super) const BLANK: u8 = 1;
/// May begin a line break: line feed, carriage return, or the first byte of U+0085, U+2028 or U+2029.
pub(super) const BREAK: u8 = 2;
/// May end a word of a plain scalar in block context: a blank, a break or a colon.
pub(super) const WORD_END: u8 = 4;
/// As [`WORD_END`] in flow context, where commas and brackets end it too.
pub(super) const FLOW_WORD_END: u8 = 8;
/// Begins no plain scalar, or not always.
pub(super) const HASH_OR_INDICATOR: u8 = 16;
/// A letter, a digit, `-` or `_`.
const ALPHA: u8 = 32;
/// Ends a run of ordinary text in double quotes, single quotes included.
pub(super) const QUOTED_END: u8 = 64;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let mut flags = 0;
        if matches!(byte, b' ' | b'\t') {
            flags |= BLANK | WORD_END | FLOW_WORD_END | QUOTED_END | HASH_OR_INDICATOR;
        }
        if matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2) {
            flags |= BREAK | WORD_END | FLOW_WORD_END | QUOTED_END;
        }
        if byte == b':' {
            flags |= WORD_END | FLOW_WORD_END;
        }
        if matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}') {
            flags |= FLOW_WORD_END;
        }
        if matches!(byte, b'\'' | b'"' | b'\\') {
            flags |= QUOTED_END;
        }
        if matches!(
            byte,
            b'-' | b'?'
                | b':'
                | b','
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'#'
                | b'&'
                | b'*'
                | b'!'
                | b'|'
                | b'>'
                | b'\''
                | b'"'
                | b'%'
                | b'@'
                | b'`'
                | 0
        ) {
            flags |= HASH_OR_INDICATOR;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            flags |= ALPHA;
        }
        classes[at] = flags;
        at += 1;
    }
    classes
};

#[inline]
pub(super) fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

#[inline]
pub(super) fn is_alpha(byte: u8) -> bool {
    class(byte) & ALPHA != 0
}

#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    class(byte) & BLANK != 0
}

/// The length of the line break at `at`; a carriage return and a line feed are one.
#[inline]
pub(super) fn break_length(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at)? {
        b'\r' if bytes.get(at + 1) == Some(&b'\n') => Some(2),
        b'\n' | b'\r' => Some(1),
        0xc2 if bytes.get(at + 1) == Some(&0x85) => Some(2),
        0xe2 if bytes.get(at + 1) == Some(&0x80) && matches!(bytes.get(at + 2), Some(0xa8 | 0xa9)) => Some(3),
        _ => None,
    }
}

/// Whether a blank, a line break or the end is at `at`.
#[inline]
pub(super) fn is_blank_or_end(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(&byte) => {
            let flags = class(byte);
            flags & BLANK != 0 || flags & BREAK != 0 && break_length(bytes, at).is_some()
        }
    }
}

/// Where the line ends that `at` is on.
pub(super) fn line_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        if class(byte) & BREAK != 0 && break_length(bytes, at).is_some() {
            break;
        }
        at += 1;
    }
    at
}
