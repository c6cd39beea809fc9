//! The log on disk: segments of frames, appended, sealed and removed; and where each live record stands.
//!
//! A flush writes one frame and syncs it; what a failed write or flush left behind is never trusted again:
//! the next frame goes to a new segment whose head says where the one before it really ends.

mod frame;
mod recover;
mod segment;

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::Arc,
};

use crate::{
    disk::{Disk, DiskFile, is_full},
    error::CommitError,
    key::{Key, Revision},
    log::segment::{FIRST_FRAME, SegmentHead, file_name, place},
    seal::Seal,
};

pub(crate) use frame::FrameBuilder;
pub(crate) use recover::{Opened, Rewrite, io_error, recover};
pub use recover::{Recovery, sealed_with};
pub(crate) use segment::parse_file_name;

/// The log of one store, open for appending.
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    /// Oldest first; the last one is appended to.
    segments: VecDeque<Segment>,
    file: Option<Box<dyn DiskFile>>,
    /// Nothing more may be appended to the last segment.
    sealed: bool,
    next_sequence: u64,
    base: u64,
    seal: Option<Arc<Seal>>,
    pub(crate) flushes: u64,
    pub(crate) written_bytes: u64,
}

#[derive(Copy, Clone, Debug)]
struct Segment {
    id: u64,
    size: u64,
    /// Where its last frame ends.
    end: u64,
}

/// What a frame says about the store as a whole; the log adds the rest.
#[derive(Copy, Clone)]
pub(crate) struct Mark {
    pub(crate) clean: bool,
    pub(crate) revision: Revision,
    pub(crate) reserved: Revision,
    /// The oldest segment that matters once this frame is there; none leaves it as it was.
    pub(crate) base: Option<u64>,
}

impl Log {
    /// Appends one frame and makes it durable. Says in which segment it stands. After an error nothing of
    /// it is there, unless the power goes before the next success.
    pub(crate) fn append(&mut self, frame: FrameBuilder, mark: Mark) -> Result<u64, CommitError> {
        let base = mark.base.unwrap_or(self.base);
        let head = frame::FrameHead {
            clean: mark.clean,
            sequence: self.next_sequence,
            revision: mark.revision,
            reserved: mark.reserved,
            base,
        };
        let too_large = || CommitError::Failed("the transaction is larger than 1 GiB".to_owned());
        let bytes = frame.finish(&head, self.seal.as_deref()).ok_or_else(too_large)?;
        let length = bytes.len() as u64;
        let fits = |segment: &Segment| place(segment.end, length) + length <= segment.size;
        if self.sealed || !self.segments.back().is_some_and(fits) {
            self.rotate(length)?;
        }
        let segment = *self.segments.back().expect("a segment was just made or found");
        let at = place(segment.end, length);
        self.write_synced(&file_name(segment.id), at, &bytes)?;
        self.segments.back_mut().expect("it was there a line ago").end = at + length;
        self.next_sequence += 1;
        self.base = base;
        Ok(segment.id)
    }

    fn write_synced(&mut self, name: &str, at: u64, bytes: &[u8]) -> Result<(), CommitError> {
        let called = self.disk.called(name);
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let file = self.disk.open(name).map_err(|error| failure("open", &called, &error))?;
            self.file.insert(file)
        };
        if let Err(error) = file.write_at(at, bytes) {
            // A write that found no room may be tried again at the same place: without its end the frame
            // that stands there now is none. Anything else leaves doubts.
            self.sealed |= !is_full(&error);
            return Err(failure("write", &called, &error));
        }
        self.written_bytes += bytes.len() as u64;
        self.flushes += 1;
        if let Err(error) = file.sync_data() {
            self.sealed = true;
            return Err(failure("flush", &called, &error));
        }
        Ok(())
    }

    /// Seals the last segment and makes a new one with room for a frame of `length` bytes.
    fn rotate(&mut self, length: u64) -> Result<(), CommitError> {
        let (id, previous_end) = self.segments.back().map_or((1, 0), |last| (last.id + 1, last.end));
        let needed = place(FIRST_FRAME, length) + length;
        let head = SegmentHead { id, first_sequence: self.next_sequence, previous_end };
        let name = file_name(id);
        let called = self.disk.called(&name);
        let (mut file, size) =
            self.create(&name, needed).map_err(|error| failure("create", &called, &error))?;
        // From here on a head may stand on disk that seals the segment before it: even if this fails,
        // nothing more may go there.
        self.sealed = true;
        file.write_at(0, &head.encode()).map_err(|error| failure("write", &called, &error))?;
        file.sync_data().map_err(|error| failure("flush", &called, &error))?;
        self.disk.sync_dir().map_err(|error| failure("flush the folder of", &called, &error))?;
        self.written_bytes += FIRST_FRAME;
        self.flushes += 2;
        self.segments.push_back(Segment { id, size, end: FIRST_FRAME });
        self.file = Some(file);
        self.sealed = false;
        Ok(())
    }

    /// Makes a file of the usual size, or on a disk that is nearly full of a small one: deleting things takes
    /// a little room, too.
    fn create(&self, name: &str, needed: u64) -> io::Result<(Box<dyn DiskFile>, u64)> {
        let usual = self.segment_bytes.max(needed);
        match self.disk.create(name, usual) {
            Err(error) if is_full(&error) => {
                let small = (self.segment_bytes / 16).max(needed);
                Ok((self.disk.create(name, small)?, small))
            }
            created => Ok((created?, usual)),
        }
    }

    /// The oldest segment that holds something.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.segments.front().map(|segment| segment.id)
    }

    /// The number the next new segment will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.segments.back().map_or(1, |last| last.id + 1)
    }

    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    pub(crate) fn disk_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    pub(crate) fn used_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.end).sum()
    }

    /// Makes the next frame go to a new segment.
    pub(crate) fn seal(&mut self) {
        self.sealed = true;
    }

    /// Removes the segments before the base; a removal that fails is tried again at the next opening.
    pub(crate) fn remove_stale(&mut self) {
        while self.segments.len() > 1 && self.segments[0].id < self.base {
            let name = file_name(self.segments[0].id);
            if let Err(error) = self.disk.remove(&name) {
                tracing::warn!(file = %name, %error, "failed to remove a segment that is no longer needed");
            }
            self.segments.pop_front();
        }
    }
}

fn failure(what: &str, called: &str, error: &io::Error) -> CommitError {
    let text = format!("failed to {what} `{called}`: {error}");
    if is_full(error) { CommitError::Full(text) } else { CommitError::Failed(text) }
}

/// Where each live record stands in the log, and how much room all of them take.
#[derive(Default)]
pub(crate) struct Places {
    places: HashMap<Key, Place>,
    live_bytes: u64,
}

#[derive(Copy, Clone)]
struct Place {
    segment: u64,
    bytes: u32,
}

impl Places {
    pub(crate) fn insert(&mut self, key: Key, segment: u64, bytes: usize) {
        let place = Place { segment, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) };
        self.live_bytes += u64::from(place.bytes);
        if let Some(old) = self.places.insert(key, place) {
            self.live_bytes -= u64::from(old.bytes);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Some(old) = self.places.remove(key) {
            self.live_bytes -= u64::from(old.bytes);
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// True when the record of `key` stands in a segment before `segment`.
    pub(crate) fn is_before(&self, key: &str, segment: u64) -> bool {
        self.places.get(key).is_some_and(|place| place.segment < segment)
    }

    /// The keys whose records stand in segments before `segment`.
    pub(crate) fn before(&self, segment: u64) -> Vec<Key> {
        let before = self.places.iter().filter(|(_, place)| place.segment < segment);
        before.map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }
}
