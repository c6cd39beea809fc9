//! Reading the log back, and saying what was found.
//!
//! Segments are replayed oldest first. The last one may end in a frame that was being written when the power
//! went: that is dropped, and said. Anything else that cannot be read is damage. Damage in segments before
//! the base is none: they only wait to be removed.

use std::{collections::HashMap, fmt, io, sync::Arc, time::Duration};

use imbl::OrdMap;

use crate::{
    disk::Disk,
    error::OpenError,
    key::{Key, Revision},
    log::{
        Log, Places, Segment,
        frame::{Entries, Entry, Frame, FrameHead},
        segment::{SegmentHead, Step, Walk, file_name, holds_no_frame, parse_file_name},
    },
    options::Options,
    record::{Record, Stored},
    seal::{KeyId, Seal, Unreadable},
};

/// Revisions left out after salvaging: the frames that were lost may have given out numbers, too.
const SALVAGE_SKIP: u64 = 1 << 20;

/// What opening a store found, dropped and repaired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The revision the store goes on from. After a crash it lies ahead of the last commit, so that no
    /// number is given twice.
    pub revision: Revision,
    /// Keys read.
    pub keys: usize,
    /// Segments read.
    pub segments: usize,
    /// Bytes read.
    pub read_bytes: u64,
    /// True when the store was closed in order, or is new.
    pub clean: bool,
    /// Bytes of an unfinished write dropped at the end of the log. None of it was ever acknowledged.
    pub dropped_bytes: u64,
    /// Changes in that write, if its start can be read.
    pub dropped_records: u64,
    /// What was repaired or, when salvaging, given up; one sentence each.
    pub repaired: Vec<String>,
    /// Everything on the disk is sealed with the current key: older keys may go.
    pub sealed: bool,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, segments, revision, took, .. } = self;
        write!(f, "read {keys} objects from {segments} segments in {took:.1?}, at revision {revision}")?;
        if self.dropped_bytes > 0 {
            let Self { dropped_bytes, dropped_records, .. } = self;
            write!(f, "; dropped {dropped_bytes} bytes ({dropped_records} changes) of an unfinished write")?;
        }
        self.repaired.iter().try_for_each(|text| write!(f, "; {text}"))
    }
}

/// A log read back.
pub(crate) struct Opened<R> {
    pub(crate) log: Log,
    pub(crate) places: Places,
    pub(crate) map: OrdMap<Key, Stored<R>>,
    pub(crate) reserved: Revision,
    pub(crate) recovery: Recovery,
    /// Whether, and why, what was read must be written anew.
    pub(crate) rewrite: Rewrite,
}

/// Why what was read is written anew.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rewrite {
    /// It is not.
    No,
    /// It is not sealed with the current key.
    Reseal,
    /// Something was salvaged.
    Salvage,
}

/// Reads the log on `disk`.
pub(crate) fn recover<R: Record>(disk: Arc<dyn Disk>, options: &Options) -> Result<Opened<R>, OpenError> {
    let mut replay = Replay::new(options.seal.clone());
    let mut ids = segment_ids(disk.as_ref())?;
    let mut next = match ids.first() {
        Some(&id) => Some(read(disk.as_ref(), id)?),
        None => None,
    };
    let mut position = 0;
    while let Some(bytes) = next.take() {
        let id = ids[position];
        let is_last = position + 1 == ids.len();
        if !is_last {
            let following = read(disk.as_ref(), ids[position + 1])?;
            let unborn = position + 2 == ids.len()
                && SegmentHead::parse(&following).is_none()
                && holds_no_frame(&following);
            if unborn {
                remove_unborn(disk.as_ref(), ids[position + 1], &mut replay.recovery)?;
                ids.truncate(position + 1);
                replay.segment(id, &bytes, None);
                break;
            }
            replay.segment(id, &bytes, Some((ids[position + 1], &following)));
            next = Some(following);
        } else if position == 0 && SegmentHead::parse(&bytes).is_none() && holds_no_frame(&bytes) {
            // The very first segment was being made.
            remove_unborn(disk.as_ref(), id, &mut replay.recovery)?;
            ids.clear();
        } else {
            replay.segment(id, &bytes, None);
        }
        position += 1;
    }
    replay.finish(disk, options)
}

/// The key that the newest frame on `disk` is sealed with; none when it is in clear or there is none. It needs
/// no key, so that a caller whose key file is gone can tell a new store from one that it must not open.
pub fn sealed_with(disk: &dyn Disk) -> Result<Option<KeyId>, OpenError> {
    for id in segment_ids(disk)?.into_iter().rev() {
        let bytes = read(disk, id)?;
        let first = SegmentHead::parse(&bytes).map_or(0, |head| head.first_sequence);
        let mut walk = Walk::new(&bytes, first);
        let mut newest = None;
        loop {
            match walk.step() {
                Step::Frame { frame, .. } => newest = Some(frame.key()),
                Step::Damage { resume_at, .. } => walk.resume(resume_at),
                Step::End { .. } => break,
            }
        }
        if let Some(key) = newest {
            return Ok(key);
        }
    }
    Ok(None)
}

fn segment_ids(disk: &dyn Disk) -> Result<Vec<u64>, OpenError> {
    let names = disk.list().map_err(|source| io_error("list the data folder", source))?;
    let mut ids: Vec<u64> = names.iter().filter_map(|name| parse_file_name(name)).collect();
    ids.sort_unstable();
    Ok(ids)
}

fn read(disk: &dyn Disk, id: u64) -> Result<Vec<u8>, OpenError> {
    let name = file_name(id);
    disk.read(&name).map_err(|source| io_error(&format!("read `{name}`"), source))
}

fn remove_unborn(disk: &dyn Disk, id: u64, recovery: &mut Recovery) -> Result<(), OpenError> {
    let name = file_name(id);
    disk.remove(&name).map_err(|source| io_error(&format!("remove `{name}`"), source))?;
    recovery.repaired.push(format!("removed `{name}`, which was being made and held nothing"));
    Ok(())
}

pub(crate) fn io_error(what: &str, source: io::Error) -> OpenError {
    OpenError::Io { what: what.to_owned(), source }
}

struct Slot<R> {
    stored: Stored<R>,
    segment: u64,
    bytes: usize,
}

struct Damage {
    segment: u64,
    offset: u64,
    reason: String,
}

struct Replay<R> {
    slots: HashMap<Key, Slot<R>>,
    segments: Vec<Segment>,
    damages: Vec<Damage>,
    seal: Option<Arc<Seal>>,
    /// The newest segment with a frame that is not sealed as it should be now.
    otherwise_sealed: Option<u64>,
    /// A key that is needed and was not given, and the newest segment that needs it.
    missing_key: Option<(u64, KeyId)>,
    last: Option<FrameHead>,
    next_sequence: u64,
    /// The bytes that must be made durable before anyone sees them, and where they stand.
    tail: Option<(u64, Vec<u8>)>,
    /// What is behind the last frame is not all zeros.
    torn: bool,
    recovery: Recovery,
}

impl<R: Record> Replay<R> {
    fn new(seal: Option<Arc<Seal>>) -> Self {
        Self {
            seal,
            otherwise_sealed: None,
            missing_key: None,
            slots: HashMap::new(),
            segments: Vec::new(),
            damages: Vec::new(),
            last: None,
            next_sequence: 0,
            tail: None,
            torn: false,
            recovery: Recovery::default(),
        }
    }

    /// Notes damage; one place is named once, however many signs of it there are.
    fn damage(&mut self, segment: u64, offset: u64, reason: impl Into<String>) {
        if self.damages.iter().all(|known| (known.segment, known.offset) != (segment, offset)) {
            self.damages.push(Damage { segment, offset, reason: reason.into() });
        }
    }

    fn segment(&mut self, id: u64, bytes: &[u8], following: Option<(u64, &[u8])>) {
        self.recovery.segments += 1;
        self.recovery.read_bytes += bytes.len() as u64;
        let head = SegmentHead::parse(bytes).filter(|head| head.id == id);
        let expected = self.next_sequence;
        match &head {
            None => self.damage(id, 0, "the head of the segment is broken"),
            Some(head) if head.first_sequence != expected => {
                if let Some(before) = self.segments.last().copied().filter(|before| before.id + 1 == id) {
                    self.damage(before.id, before.end, "frames are missing at its end");
                }
            }
            Some(_) => {}
        }
        let first = head.map_or(expected, |head| head.first_sequence);
        let sealed_at = following
            .filter(|(following, _)| *following == id + 1)
            .and_then(|(_, bytes)| SegmentHead::parse(bytes))
            .and_then(|head| usize::try_from(head.previous_end).ok());
        let visible = &bytes[..sealed_at.unwrap_or(bytes.len()).min(bytes.len())];
        let mut walk = Walk::new(visible, first);
        let last_frame = self.walk(id, &mut walk, following.is_none());
        self.tail = match last_frame {
            Some((at, size)) => Some((at as u64, bytes[at..at + size].to_vec())),
            None => head.map(|head| (0, head.encode().to_vec())),
        };
        if let Some(sealed_at) = sealed_at
            && sealed_at != walk.offset
        {
            self.damage(id, walk.offset as u64, "frames are missing at its end");
        }
        self.next_sequence = walk.sequence;
        self.segments.push(Segment { id, size: bytes.len() as u64, end: walk.offset as u64 });
    }

    /// Replays a segment; says where its last frame stands, and that frame's size.
    fn walk(&mut self, id: u64, walk: &mut Walk<'_>, is_last: bool) -> Option<(usize, usize)> {
        let mut last_frame = None;
        loop {
            match walk.step() {
                Step::Frame { at, frame } => {
                    self.frame(id, at as u64, &frame);
                    last_frame = Some((at, frame.size));
                }
                Step::Damage { reason, resume_at } => {
                    self.damage(id, walk.offset as u64, reason);
                    walk.resume(resume_at);
                }
                Step::End { dropped_bytes, dropped_records } => {
                    if is_last && dropped_bytes > 0 {
                        self.torn = true;
                        self.recovery.dropped_bytes = dropped_bytes as u64;
                        self.recovery.dropped_records = u64::from(dropped_records);
                    }
                    return last_frame;
                }
            }
        }
    }

    fn frame(&mut self, segment: u64, at: u64, frame: &Frame<'_>) {
        self.last = Some(frame.head);
        if frame.key() != self.seal.as_ref().map(|seal| seal.current()) {
            self.otherwise_sealed = Some(segment);
        }
        let entries = match frame.open(self.seal.as_deref()) {
            Ok(entries) => entries,
            Err(Unreadable::Key(key)) => {
                self.missing_key = Some((segment, key));
                return;
            }
            Err(Unreadable::Broken) => {
                self.damage(
                    segment,
                    at,
                    "the seal of the frame is broken: it was changed since it was written",
                );
                return;
            }
        };
        let mut count = 0;
        for entry in Entries::of(&entries) {
            count += 1;
            match entry {
                Some(Entry::Put { key, created, modified, record, size: bytes }) => match R::decode(record) {
                    Ok(record) => {
                        let stored = Stored { record: Arc::new(record), created, modified };
                        self.slots.insert(Key::new(key), Slot { stored, segment, bytes });
                    }
                    Err(error) => {
                        self.slots.remove(key);
                        self.damage(segment, at, format!("the record of `{key}` cannot be read: {error}"));
                    }
                },
                Some(Entry::Delete { key }) => {
                    self.slots.remove(key);
                }
                None => self.damage(segment, at, "an entry cannot be read"),
            }
        }
        if count != frame.count {
            self.damage(segment, at, "it does not hold as many entries as it says");
        }
    }

    fn finish(mut self, disk: Arc<dyn Disk>, options: &Options) -> Result<Opened<R>, OpenError> {
        let base = self.last.map_or(0, |last| last.base);
        // Not even salvaging goes on without a key: everything it opens would be given up.
        if let Some((_, key)) = self.missing_key.filter(|(segment, _)| *segment >= base) {
            return Err(OpenError::Sealed { key, given: self.seal.is_some() });
        }
        self.find_missing(base);
        self.damages.retain(|damage| damage.segment >= base);
        if !options.salvage
            && let Some(damage) = self.damages.first()
        {
            let file = file_name(damage.segment);
            return Err(OpenError::Corrupt { file, offset: damage.offset, reason: damage.reason.clone() });
        }
        for damage in &self.damages {
            let Damage { segment, offset, reason } = damage;
            let text = format!("gave up part of `{}` at byte {offset}: {reason}", file_name(*segment));
            self.recovery.repaired.push(text);
        }
        // What still stands in a segment before the base was deleted since; it is there only because the
        // removal of its segment did not last.
        self.slots.retain(|_, slot| slot.segment >= base);
        let damaged = !self.damages.is_empty();
        let resealed = self.otherwise_sealed.is_some_and(|segment| segment >= base);
        let rewrite = match (damaged, resealed) {
            (true, _) => Rewrite::Salvage,
            (false, true) => Rewrite::Reseal,
            (false, false) => Rewrite::No,
        };
        let mut log = Log {
            disk,
            segment_bytes: options.segment_bytes,
            segments: self.segments.into(),
            file: None,
            sealed: self.torn || damaged,
            next_sequence: self.next_sequence,
            base,
            seal: self.seal.clone(),
            flushes: 0,
            written_bytes: 0,
        };
        if !damaged && let Some((at, bytes)) = &self.tail {
            settle(&mut log, *at, bytes)?;
        }
        log.remove_stale();
        let clean = !self.torn && !damaged && self.last.is_none_or(|last| last.clean);
        let mut reserved = self.last.map_or(Revision(0), |last| last.reserved.max(last.revision));
        if damaged {
            reserved.0 += SALVAGE_SKIP;
        }
        let mut places = Places::default();
        let mut entries = Vec::with_capacity(self.slots.len());
        for (key, slot) in self.slots {
            places.insert(key.clone(), slot.segment, slot.bytes);
            entries.push((key, slot.stored));
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let map: OrdMap<Key, Stored<R>> = entries.into_iter().collect();
        let sealed = self.seal.is_some() && rewrite == Rewrite::No;
        let recovery = Recovery { revision: reserved, keys: map.len(), clean, sealed, ..self.recovery };
        Ok(Opened { log, places, map, reserved, recovery, rewrite })
    }

    fn find_missing(&mut self, base: u64) {
        let Some(last) = self.segments.last().map(|segment| segment.id) else { return };
        let expected = base.max(1)..=last;
        let missing = expected.filter(|id| self.segments.iter().all(|segment| segment.id != *id));
        for id in missing.collect::<Vec<_>>() {
            self.damage(id, 0, "the segment is missing");
        }
    }
}

/// Writes the end of the log once more and flushes it. What was just read may be only in the machine's
/// memory: a killed process leaves writes there that were never flushed, and after a failed flush the kernel
/// holds them for clean. Nobody may see them before they are durable.
fn settle(log: &mut Log, at: u64, bytes: &[u8]) -> Result<(), OpenError> {
    let Some(last) = log.segments.back() else { return Ok(()) };
    let name = file_name(last.id);
    let failed = |source| io_error(&format!("flush `{name}`"), source);
    let mut file = log.disk.open(&name).map_err(failed)?;
    file.write_at(at, bytes).map_err(failed)?;
    file.sync_data().map_err(failed)?;
    if at == 0 {
        log.disk.sync_dir().map_err(failed)?;
    }
    log.flushes += 1;
    log.written_bytes += bytes.len() as u64;
    log.file = Some(file);
    Ok(())
}
