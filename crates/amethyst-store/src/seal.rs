//! Encryption at rest: frames are sealed with AES-256-GCM before they go to the disk.
//!
//! A sealed frame names its key, so that frames of an older key are read as long as that key is given, and are
//! written anew under the current one. Its head is authenticated along with it: a frame cannot be moved to
//! another place of the log. Nonces are random: after a crash a sequence may be written twice, so nothing that
//! counts would do. Where keys are kept is the caller's business; it must not be the store's folder.

use std::fmt;

use amethyst_clock::Entropy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 8;
const TAG_BYTES: usize = 16;
/// What stands before the sealed bytes: which key, which nonce.
const PREFIX_BYTES: usize = ID_BYTES + NONCE_LEN;
/// How much longer sealing makes a frame.
pub(crate) const OVERHEAD_BYTES: usize = PREFIX_BYTES + TAG_BYTES;

/// Names a key without telling it.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct KeyId([u8; ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Key {
    id: KeyId,
    key: LessSafeKey,
}

impl Key {
    fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let mut named = digest::Context::new(&digest::SHA256);
        named.update(b"amethyst store key");
        named.update(bytes);
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&named.finish().as_ref()[..ID_BYTES]);
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("the key has the length of AES-256");
        Self { id: KeyId(id), key: LessSafeKey::new(key) }
    }
}

/// The keys of a store: one that seals, and older ones that still open.
pub struct Seal {
    current: Key,
    older: Vec<Key>,
    entropy: Entropy,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("current", &self.current.id).finish_non_exhaustive()
    }
}

/// Why sealed bytes cannot be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// None of the keys is the one it was sealed with.
    Key(KeyId),
    /// It was changed since it was sealed.
    Broken,
}

impl Seal {
    /// Keys, the current one first; nonces come from `entropy`.
    pub fn new(current: &[u8; KEY_BYTES], older: &[[u8; KEY_BYTES]], entropy: Entropy) -> Self {
        Self { current: Key::new(current), older: older.iter().map(Key::new).collect(), entropy }
    }

    /// The key that seals.
    pub fn current(&self) -> KeyId {
        self.current.id
    }

    /// Seals bytes together with what stands in clear before them.
    pub(crate) fn seal(&self, clear: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        let mut out = Vec::with_capacity(bytes.len() + OVERHEAD_BYTES);
        out.extend_from_slice(&self.current.id.0);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(bytes);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .current
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(clear), &mut out[PREFIX_BYTES..])
            .expect("a frame is shorter than what AES-GCM can seal");
        out.extend_from_slice(tag.as_ref());
        out
    }

    /// Opens what was sealed.
    pub(crate) fn open(&self, clear: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let id = key_of(sealed).ok_or(Unreadable::Broken)?;
        let mut keys = std::iter::once(&self.current).chain(&self.older);
        let key = keys.find(|key| key.id == id).ok_or(Unreadable::Key(id))?;
        let (prefix, rest) = sealed.split_at_checked(PREFIX_BYTES).ok_or(Unreadable::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(&prefix[ID_BYTES..]).map_err(|_| Unreadable::Broken)?;
        let mut bytes = rest.to_vec();
        let opened = key.key.open_in_place(nonce, Aad::from(clear), &mut bytes);
        let length = opened.map_err(|_| Unreadable::Broken)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// The key that bytes were sealed with.
pub(crate) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    sealed.first_chunk().copied().map(KeyId)
}

#[cfg(test)]
mod tests {
    use amethyst_clock::Entropy;

    use super::{KEY_BYTES, Seal, Unreadable};

    fn seal(current: u8, older: &[u8]) -> Seal {
        let older: Vec<[u8; KEY_BYTES]> = older.iter().map(|byte| [*byte; KEY_BYTES]).collect();
        Seal::new(&[current; KEY_BYTES], &older, Entropy::seeded(u64::from(current)))
    }

    #[test]
    fn only_the_right_key_opens_what_was_not_changed() {
        let one = seal(1, &[]);
        let sealed = one.seal(b"head", b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(one.open(b"head", &sealed).unwrap(), b"secret");
        assert_ne!(sealed, one.seal(b"head", b"secret"), "each nonce is another");
        assert_eq!(seal(2, &[1]).open(b"head", &sealed).unwrap(), b"secret");
        assert_eq!(seal(2, &[]).open(b"head", &sealed), Err(Unreadable::Key(one.current())));
        assert_eq!(one.open(b"tail", &sealed), Err(Unreadable::Broken));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(one.open(b"head", &changed).is_err(), "{at}");
        }
        for length in 0..sealed.len() {
            assert!(one.open(b"head", &sealed[..length]).is_err(), "{length}");
        }
    }
}
