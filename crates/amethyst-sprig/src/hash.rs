//! Checksums in hexadecimal.

use amethyst_gotemplate::{Function, Value};
use sha2::Digest as _;

use crate::arguments::{STRING, bytes, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("sha1sum", &[STRING], |_, a| {
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes(a, 0));
        Ok(hex(digest.as_ref()))
    }),
    fixed("sha256sum", &[STRING], |_, a| Ok(hex(&sha2::Sha256::digest(bytes(a, 0))))),
    fixed("sha512sum", &[STRING], |_, a| Ok(hex(&sha2::Sha512::digest(bytes(a, 0))))),
    fixed("adler32sum", &[STRING], |_, a| Ok(Value::from(adler32(bytes(a, 0)).to_string()))),
];

fn hex(bytes: &[u8]) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    Value::from(out)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1u32, 0u32);
    // As many as leave the sums below 2^32.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    high << 16 | low
}
