//! From tokens to constants (cel-go `parser/unescape.go`).

use crate::ast::Literal;

const FAILED: &str = "unable to unescape string";

/// A string or bytes, without quotes and escapes.
pub(super) fn unquote(token: &str, bytes: bool) -> Result<Literal, &'static str> {
    let text = token.replace("\r\n", "\n").replace('\r', "\n");
    let text = if bytes { &text[1..] } else { &text };
    let (raw, text) = match text.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let quotes =
        if text.len() >= 6 && (text.starts_with("\"\"\"") || text.starts_with("'''")) { 3 } else { 1 };
    let body = text.get(quotes..text.len() - quotes).ok_or(FAILED)?;
    let mut out = Vec::with_capacity(body.len());
    if raw || !body.contains('\\') {
        out.extend_from_slice(body.as_bytes());
    } else {
        unescape(body, bytes, &mut out)?;
    }
    Ok(if bytes {
        Literal::Bytes(out.into())
    } else {
        Literal::String(String::from_utf8(out).map_err(|_| FAILED)?.into())
    })
}

fn unescape(body: &str, bytes: bool, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(c, out);
            continue;
        }
        let kind = chars.next().ok_or(FAILED)?;
        match kind {
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            '\\' | '\'' | '"' | '`' | '?' => push(kind, out),
            'x' | 'X' | 'u' | 'U' => {
                let count = match kind {
                    'u' => 4,
                    'U' => 8,
                    _ => 2,
                };
                if bytes && count > 2 {
                    return Err(FAILED);
                }
                let digits: String = chars.by_ref().take(count).collect();
                let code = u32::from_str_radix(&digits, 16).map_err(|_| FAILED)?;
                code_point(code, bytes, out)?;
            }
            '0'..='3' => {
                let digits: String = std::iter::once(kind).chain(chars.by_ref().take(2)).collect();
                code_point(u32::from_str_radix(&digits, 8).map_err(|_| FAILED)?, bytes, out)?;
            }
            _ => return Err(FAILED),
        }
    }
    Ok(())
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn code_point(code: u32, bytes: bool, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if bytes {
        out.push(code as u8);
        return Ok(());
    }
    push(char::from_u32(code).ok_or("invalid unicode code point")?, out);
    Ok(())
}

/// An integer; `sign` is `-` or empty.
pub(super) fn integer(sign: &str, text: &str) -> Option<Literal> {
    let (radix, digits) = radix(text);
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok().map(Literal::Int)
}

/// An unsigned integer, with its `u`.
pub(super) fn unsigned(text: &str) -> Option<Literal> {
    let (radix, digits) = radix(text.strip_suffix(['u', 'U'])?);
    u64::from_str_radix(digits, radix).ok().map(Literal::Uint)
}

/// A float.
pub(super) fn float(sign: &str, text: &str) -> Option<Literal> {
    format!("{sign}{text}").parse().ok().filter(|value: &f64| value.is_finite()).map(Literal::Double)
}

fn radix(text: &str) -> (u32, &str) {
    text.strip_prefix("0x").map_or((10, text), |digits| (16, digits))
}
