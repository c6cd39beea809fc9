//! One file of the log: its name, its head, where frames stand in it, and how to walk them.
//!
//! A segment starts with 64 bytes: the magic word (8), the version (8), its own number (8), the sequence of
//! its first frame (8), where the segment before it ends (8), a CRC-32C of those (4), zeros. That end seals
//! the segment before: whatever stands behind it there never happened.

use crate::log::frame::{Frame, claims, number4, number8};

/// Where the first frame may stand.
pub(crate) const FIRST_FRAME: u64 = 64;
/// What the kernel writes at least. A frame that fits one page never straddles two, so that a small commit
/// costs one page of wear.
pub(crate) const PAGE_BYTES: u64 = 4096;
const MAGIC: &[u8; 8] = b"AMETHLOG";
const VERSION: u64 = 1;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHead {
    pub(crate) id: u64,
    pub(crate) first_sequence: u64,
    pub(crate) previous_end: u64,
}

impl SegmentHead {
    pub(crate) fn encode(&self) -> [u8; FIRST_FRAME as usize] {
        let mut bytes = [0; FIRST_FRAME as usize];
        bytes[..8].copy_from_slice(MAGIC);
        let words = [VERSION, self.id, self.first_sequence, self.previous_end];
        for (word, place) in words.iter().zip(bytes[8..40].chunks_exact_mut(8)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&bytes[..40]);
        bytes[40..44].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..FIRST_FRAME as usize)?;
        let right = &head[..8] == MAGIC
            && number8(head, 8) == VERSION
            && crc32c::crc32c(&head[..40]) == number4(head, 40);
        right.then(|| Self {
            id: number8(head, 16),
            first_sequence: number8(head, 24),
            previous_end: number8(head, 32),
        })
    }
}

pub(crate) fn file_name(id: u64) -> String {
    format!("{id:016x}.log")
}

pub(crate) fn parse_file_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// Where a frame of `length` bytes goes when the one before it ended at `offset`.
pub(crate) fn place(offset: u64, length: u64) -> u64 {
    let page_end = offset.next_multiple_of(PAGE_BYTES);
    if length <= PAGE_BYTES && offset + length > page_end { page_end } else { offset }
}

/// Walks the frames of a segment.
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    /// Behind this there are only zeros.
    filled: usize,
    /// Where the last frame ended.
    pub(crate) offset: usize,
    /// The sequence of the next frame.
    pub(crate) sequence: u64,
}

/// What stands after the last frame read.
pub(crate) enum Step<'a> {
    Frame {
        at: usize,
        frame: Frame<'a>,
    },
    /// Nothing valid up to the end. `dropped_bytes` is 0 when nothing at all stands there.
    End {
        dropped_bytes: usize,
        dropped_records: u32,
    },
    /// Something broken, with a valid newer frame behind it.
    Damage {
        reason: &'static str,
        resume_at: usize,
    },
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8], sequence: u64) -> Self {
        Self { bytes, filled: filled(bytes), offset: FIRST_FRAME as usize, sequence }
    }

    pub(crate) fn step(&mut self) -> Step<'a> {
        let here = self.offset;
        for at in [here, here.next_multiple_of(PAGE_BYTES as usize)] {
            if let Some(frame) = self.frame_at(at)
                && frame.head.sequence == self.sequence
            {
                self.offset = at + frame.size;
                self.sequence += 1;
                return Step::Frame { at, frame };
            }
        }
        let reason = match self.bytes.get(here..).map(Frame::parse) {
            Some(Err(reason)) => reason,
            _ => "a frame is missing",
        };
        match self.newer_frame() {
            Some(resume_at) => Step::Damage { reason, resume_at },
            None => self.end(),
        }
    }

    /// Goes on at a frame found behind damage.
    pub(crate) fn resume(&mut self, at: usize) {
        if let Some(frame) = self.frame_at(at) {
            self.sequence = frame.head.sequence;
        }
        self.offset = at;
    }

    fn frame_at(&self, at: usize) -> Option<Frame<'a>> {
        Frame::parse(self.bytes.get(at..)?).ok()
    }

    fn newer_frame(&self) -> Option<usize> {
        (self.offset.next_multiple_of(8)..self.filled).step_by(8).find(|&at| {
            let newer = |(sequence, _)| sequence > self.sequence;
            claims(&self.bytes[at..]).is_some_and(newer) && self.frame_at(at).is_some()
        })
    }

    fn end(&self) -> Step<'a> {
        let dropped_bytes = self.filled.saturating_sub(self.offset);
        let page_end = self.offset.next_multiple_of(PAGE_BYTES as usize);
        let dropped_records = [self.offset, page_end]
            .into_iter()
            .filter_map(|at| claims(self.bytes.get(at..)?))
            .find(|&(sequence, _)| sequence == self.sequence)
            .map_or(0, |(_, count)| count);
        Step::End { dropped_bytes, dropped_records }
    }
}

/// True when no frame at all can be found: the file was being made when the power went.
pub(crate) fn holds_no_frame(bytes: &[u8]) -> bool {
    let no_frame = |at: usize| claims(&bytes[at..]).is_none() || Frame::parse(&bytes[at..]).is_err();
    (0..filled(bytes)).step_by(8).all(no_frame)
}

fn filled(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}
