//! Names of contents: `sha256:<hex>`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest that we can verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No digest at all.
    #[error("`{0}` is no digest; one reads `sha256:` and 64 hexadecimal digits")]
    Syntax(String),
    /// Another algorithm.
    #[error("digests of `{0}` are not supported; only `sha256` is")]
    Algorithm(String),
}

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub(crate) fn from_hash(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }

    /// The 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    /// Reads `sha256:<hex>`, or the bare digits as a Helm repository's index has them.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let syntax = || DigestError::Syntax(text.to_owned());
        let hex = match text.split_once(':') {
            Some(("sha256", hex)) => hex,
            Some((algorithm, _)) if !algorithm.is_empty() => {
                return Err(DigestError::Algorithm(algorithm.to_owned()));
            }
            Some(_) => return Err(syntax()),
            None => text,
        };
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(syntax());
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).map_err(|_| syntax())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, DigestError};

    #[test]
    fn digests_read_as_they_are_written() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), format!("sha256:{empty}"));
        assert_eq!(empty.parse(), Ok(Digest::of(b"")));
        assert_eq!(format!("sha256:{empty}").parse(), Ok(Digest::of(b"")));
        assert_eq!("sha512:00".parse::<Digest>(), Err(DigestError::Algorithm("sha512".to_owned())));
        for wrong in ["", "sha256:", "sha256:zz", ":00", "\u{e4}".repeat(32).as_str()] {
            assert!(matches!(wrong.parse::<Digest>(), Err(DigestError::Syntax(_))), "{wrong}");
        }
    }
}
