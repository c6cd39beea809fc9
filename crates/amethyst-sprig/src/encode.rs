//! Base64 and base32 with Go's errors, which come back as the result.

use amethyst_gotemplate::{Function, Value};
use base64::Engine as _;

use crate::arguments::{STRING, bytes, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("b64enc", &[STRING], |_, a| Ok(Value::from(base64_of(bytes(a, 0))))),
    fixed("b64dec", &[STRING], |_, a| Ok(decoded("base64", decode_base64(bytes(a, 0))))),
    fixed("b32enc", &[STRING], |_, a| Ok(Value::from(base32_of(bytes(a, 0))))),
    fixed("b32dec", &[STRING], |_, a| Ok(decoded("base32", decode_base32(bytes(a, 0))))),
];

pub(crate) fn base64_of(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decoded(coding: &str, result: Result<Vec<u8>, usize>) -> Value {
    match result {
        Ok(bytes) => Value::bytes_string(bytes),
        Err(at) => Value::from(corrupt(coding, at)),
    }
}

/// Go's text for what is wrong at a byte.
pub(crate) fn corrupt(coding: &str, at: usize) -> String {
    format!("illegal {coding} data at input byte {at}")
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn is_break(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Decodes; else the byte that Go names. Line breaks are passed over, bits left at the end do not matter.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    let (mut bits, mut count) = (0u32, 0);
    let end = loop {
        let Some(&byte) = text.get(at) else {
            if count > 0 {
                return Err(at - count);
            }
            return Ok(out);
        };
        at += 1;
        if let Some(digit) = base64_digit(byte) {
            bits = bits << 6 | u32::from(digit);
            count += 1;
            if count == 4 {
                out.extend_from_slice(&bits.to_be_bytes()[1..]);
                (bits, count) = (0, 0);
            }
        } else if byte == b'=' {
            break count;
        } else if !is_break(byte) {
            return Err(at - 1);
        }
    };
    let skip_breaks = |at: &mut usize| {
        while text.get(*at).is_some_and(|byte| is_break(*byte)) {
            *at += 1;
        }
    };
    match end {
        0 | 1 => return Err(at - 1),
        2 => {
            skip_breaks(&mut at);
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
            out.push((bits >> 4) as u8);
        }
        _ => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
    }
    skip_breaks(&mut at);
    if at < text.len() { Err(at) } else { Ok(out) }
}

fn base32_of(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut block = [0u8; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let digits = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let digit = (bits >> (35 - 5 * index)) & 31;
            out.push(if index < digits { char::from(BASE32[digit as usize]) } else { '=' });
        }
    }
    out
}

/// As [`decode_base64`]; positions are those of the text without its line breaks.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !is_break(*byte)).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    while at < text.len() {
        let (mut bits, mut count) = (0u64, 0);
        let mut last = false;
        while count < 8 {
            let Some(&byte) = text.get(at) else { return Err(at - count) };
            at += 1;
            let rest = text.len() - at;
            if byte == b'=' && count >= 2 && rest < 8 {
                if rest + count < 7 {
                    return Err(text.len());
                }
                let padding = text[at..].iter().take(7 - count);
                if let Some(wrong) = padding.into_iter().position(|byte| *byte != b'=') {
                    return Err(at + wrong - 1);
                }
                if matches!(count, 3 | 6) {
                    return Err(at - 1);
                }
                last = true;
                break;
            }
            let digit = BASE32.iter().position(|digit| *digit == byte).ok_or(at - 1)?;
            bits = bits << 5 | digit as u64;
            count += 1;
        }
        bits <<= 5 * (8 - count);
        out.extend_from_slice(&bits.to_be_bytes()[3..3 + count * 5 / 8]);
        if last {
            break;
        }
    }
    Ok(out)
}
