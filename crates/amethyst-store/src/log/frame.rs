//! One frame of the log: everything one flush brought to the disk, whole or not there.
//!
//! A frame is 48 bytes of head, then its entries, then zeros up to a multiple of 8. All numbers are
//! little-endian:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 4 | length of the entries |
//! | 4 | 1 | version, 1 |
//! | 5 | 1 | flags: 1 = clean mark, 2 = sealed entries; 4 is set aside for compressed ones |
//! | 6 | 2 | zero |
//! | 8 | 8 | sequence: one more than the frame before |
//! | 16 | 8 | revision of the store after this frame |
//! | 24 | 8 | revision up to which numbers may have been given out, coalesced writes included |
//! | 32 | 8 | base: the oldest segment that still matters |
//! | 40 | 4 | number of entries |
//! | 44 | 4 | CRC-32C of the 44 bytes above and the entries |
//!
//! An entry is a kind (1 put, 2 delete), the key's length and the key; a put goes on with the revisions that
//! created and last modified it, the record's length (4 bytes) and the record. Other numbers are LEB128.
//! A live record that is copied forward is an ordinary put with its old revisions.
//!
//! Sealed entries are a key's name (8), a nonce (12), the encrypted entries and a tag (16); the 44 bytes above
//! are authenticated with them. The checksum covers what is on disk, so that damage is told from a wrong key.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::key::Revision;
use crate::seal::{KeyId, OVERHEAD_BYTES, Seal, Unreadable, key_of};

pub(crate) const HEAD_BYTES: usize = 48;
/// What of the head the checksum covers, and the seal.
const CLEAR_BYTES: usize = 44;
pub(crate) const FRAME_BYTES_MAX: usize = 1 << 30;
const VERSION: u8 = 1;
const FLAG_CLEAN: u8 = 1;
const FLAG_SEALED: u8 = 2;
const PUT: u8 = 1;
const DELETE: u8 = 2;

/// What a frame says about the store as a whole.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) clean: bool,
    pub(crate) sequence: u64,
    pub(crate) revision: Revision,
    pub(crate) reserved: Revision,
    pub(crate) base: u64,
}

/// A frame being written.
pub(crate) struct FrameBuilder {
    bytes: Vec<u8>,
    count: u32,
}

impl FrameBuilder {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEAD_BYTES], count: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a record and says how many bytes it takes; `encode` appends the record itself.
    pub(crate) fn put(
        &mut self,
        key: &str,
        created: Revision,
        modified: Revision,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> usize {
        let start = self.bytes.len();
        self.key(PUT, key);
        write_number(&mut self.bytes, created.0);
        write_number(&mut self.bytes, modified.0);
        let length_at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        encode(&mut self.bytes);
        let length = (self.bytes.len() - length_at - 4) as u32;
        self.bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        self.bytes.len() - start
    }

    pub(crate) fn delete(&mut self, key: &str) {
        self.key(DELETE, key);
    }

    fn key(&mut self, kind: u8, key: &str) {
        self.count += 1;
        self.bytes.push(kind);
        write_number(&mut self.bytes, key.len() as u64);
        self.bytes.extend_from_slice(key.as_bytes());
    }

    /// The frame's bytes; none when it is longer than a frame may be.
    pub(crate) fn finish(mut self, head: &FrameHead, seal: Option<&Seal>) -> Option<Vec<u8>> {
        if self.bytes.len() > FRAME_BYTES_MAX - OVERHEAD_BYTES {
            return None;
        }
        let overhead = if seal.is_some() { OVERHEAD_BYTES } else { 0 };
        let length = (self.bytes.len() - HEAD_BYTES + overhead) as u32;
        let flags = if head.clean { FLAG_CLEAN } else { 0 } | if seal.is_some() { FLAG_SEALED } else { 0 };
        self.bytes[0..4].copy_from_slice(&length.to_le_bytes());
        self.bytes[4..8].copy_from_slice(&[VERSION, flags, 0, 0]);
        let words = [head.sequence, head.revision.0, head.reserved.0, head.base];
        for (word, place) in words.iter().zip(self.bytes[8..40].chunks_exact_mut(8)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.bytes[40..44].copy_from_slice(&self.count.to_le_bytes());
        if let Some(seal) = seal {
            let sealed = seal.seal(&self.bytes[..CLEAR_BYTES], &self.bytes[HEAD_BYTES..]);
            self.bytes.truncate(HEAD_BYTES);
            self.bytes.extend_from_slice(&sealed);
        }
        let checksum = checksum(&self.bytes);
        self.bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        Some(self.bytes)
    }
}

/// A frame read back, its checksum found right.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) head: FrameHead,
    pub(crate) count: u32,
    /// With the zeros that end it.
    pub(crate) size: usize,
    /// Whether the entries are sealed.
    pub(crate) sealed: bool,
    clear: &'a [u8],
    entries: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the frame that starts `bytes`; an error says why there is none.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let Some(head) = bytes.get(..HEAD_BYTES) else { return Err("the frame is cut off") };
        let length = number4(head, 0) as usize;
        let size = (HEAD_BYTES + length).next_multiple_of(8);
        if head[4] != VERSION {
            return Err("there is no frame");
        }
        if size > bytes.len() {
            return Err("the frame is cut off");
        }
        let whole = &bytes[..HEAD_BYTES + length];
        if checksum(whole) != number4(head, 44) {
            return Err("the checksum is wrong");
        }
        if head[5] & !(FLAG_CLEAN | FLAG_SEALED) != 0 {
            return Err("the frame uses a feature this version does not know");
        }
        let (clear, entries) = (&whole[..CLEAR_BYTES], &whole[HEAD_BYTES..]);
        let sealed = head[5] & FLAG_SEALED != 0;
        Ok(Self { head: read_head(head), count: number4(head, 40), size, sealed, clear, entries })
    }

    /// The key that the entries are sealed with, if they are.
    pub(crate) fn key(&self) -> Option<KeyId> {
        if self.sealed { key_of(self.entries) } else { None }
    }

    /// What it brought, as [`Entries::of`] reads it.
    pub(crate) fn open(&self, seal: Option<&Seal>) -> Result<Cow<'a, [u8]>, Unreadable> {
        if !self.sealed {
            return Ok(Cow::Borrowed(self.entries));
        }
        match seal {
            Some(seal) => seal.open(self.clear, self.entries).map(Cow::Owned),
            None => Err(self.key().map_or(Unreadable::Broken, Unreadable::Key)),
        }
    }
}

/// The sequence and count a head claims, whether or not the frame is whole.
pub(crate) fn claims(bytes: &[u8]) -> Option<(u64, u32)> {
    let head = bytes.get(..HEAD_BYTES)?;
    (head[4] == VERSION).then(|| (number8(head, 8), number4(head, 40)))
}

fn read_head(head: &[u8]) -> FrameHead {
    FrameHead {
        clean: head[5] & FLAG_CLEAN != 0,
        sequence: number8(head, 8),
        revision: Revision(number8(head, 16)),
        reserved: Revision(number8(head, 24)),
        base: number8(head, 32),
    }
}

fn checksum(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..CLEAR_BYTES]), &frame[HEAD_BYTES..])
}

/// One change in a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    Put { key: &'a str, created: Revision, modified: Revision, record: &'a [u8], size: usize },
    Delete { key: &'a str },
}

pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    /// None inside: the bytes are no entry, though their checksum is right.
    type Item = Option<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry)
    }
}

impl<'a> Entries<'a> {
    /// The changes in opened entries, in order.
    pub(crate) fn of(opened: &'a [u8]) -> Self {
        Self { rest: opened }
    }

    fn read(&mut self) -> Option<Entry<'a>> {
        let before = self.rest.len();
        let kind = self.take(1)?[0];
        let length = usize::try_from(self.number()?).ok()?;
        let key = std::str::from_utf8(self.take(length)?).ok()?;
        match kind {
            DELETE => Some(Entry::Delete { key }),
            PUT => {
                let (created, modified) = (Revision(self.number()?), Revision(self.number()?));
                let length = number4(self.take(4)?, 0) as usize;
                let record = self.take(length)?;
                Some(Entry::Put { key, created, modified, record, size: before - self.rest.len() })
            }
            _ => None,
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(crate) fn number4(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes were cut"))
}

pub(crate) fn number8(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes were cut"))
}
