//! A disk for tests and rehearsals that does to its owner whatever a real one may do.
//!
//! It keeps what programs see apart from what would survive a power cut. A cut keeps, loses or tears each
//! sector that was not synced, and keeps or loses each change of the folder that was not. A failed flush
//! leaves each sector on disk or not, and forgets that it was ever unwritten: a later flush that succeeds
//! says nothing about it. What was synced never changes.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::disk::{Disk, DiskFile, DiskLock, LockError};

const SECTOR_BYTES: usize = 512;

/// A simulated disk. Clones are the same disk.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    dice: Dice,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    unsynced: Vec<DirChange>,
    power: Power,
    locked: bool,
    /// Handles of an earlier boot, or of a killed process, are dead.
    boot: u64,
    operations: u64,
    cut_at: Option<u64>,
    syncs: u64,
    fail_sync_at: Option<u64>,
    room: Option<u64>,
    thin: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// The process is dead, the machine is not.
    Killed,
    Off,
}

enum DirChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
    allocated: BTreeSet<usize>,
}

impl SimDisk {
    /// An empty disk whose misfortunes follow from `seed`.
    pub fn new(seed: u64) -> Self {
        let state = State {
            dice: Dice::new(seed),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced: Vec::new(),
            power: Power::On,
            locked: false,
            boot: 0,
            operations: 0,
            cut_at: None,
            syncs: 0,
            fail_sync_at: None,
            room: None,
            thin: false,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts the power in the middle of the operation that follows `operations` others from now.
    pub fn cut_after(&self, operations: u64) {
        let mut state = self.state();
        state.cut_at = Some(state.operations + operations);
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.state().cut();
    }

    /// Kills the process that uses the disk: it can do nothing more, but what it wrote stays in the
    /// machine's memory, unsynced.
    pub fn kill(&self) {
        let mut state = self.state();
        if state.power == Power::On {
            state.power = Power::Killed;
        }
    }

    /// True until a cut or a kill, and again after the restart.
    pub fn is_running(&self) -> bool {
        self.state().power == Power::On
    }

    /// Lets a new process begin, with the power back if it was cut. Whatever had files open is dead;
    /// planned cuts and failures are forgotten.
    pub fn restart(&self) {
        let mut state = self.state();
        state.power = Power::On;
        state.boot += 1;
        state.locked = false;
        state.cut_at = None;
        state.fail_sync_at = None;
    }

    /// Lets one flush fail: the one that follows `syncs` others from now.
    pub fn fail_sync_after(&self, syncs: u64) {
        let mut state = self.state();
        state.fail_sync_at = Some(state.syncs + syncs);
    }

    /// Limits the bytes that files may occupy together; none lifts the limit.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// On a thin disk making a file reserves no room, so a write into it may find none.
    pub fn set_thin(&self, thin: bool) {
        self.state().thin = thin;
    }

    /// Operations that changed or synced something, up to now.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Bytes that files occupy together.
    pub fn used_bytes(&self) -> u64 {
        self.state().used()
    }

    /// Changes a file behind everyone's back, durably; false when there is none of that name.
    pub fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.state();
        let Some(&inode) = state.names.get(name) else { return false };
        let inode = &mut state.inodes[inode];
        change(&mut inode.seen);
        inode.durable.clone_from(&inode.seen);
        inode.dirty.clear();
        true
    }
}

impl State {
    /// Counts an operation; true when the power goes in the middle of it.
    fn begin(&mut self, boot: u64) -> io::Result<bool> {
        self.check_running()?;
        if boot != self.boot {
            return Err(io::Error::other("the file was opened before a restart"));
        }
        let cut = self.cut_at == Some(self.operations);
        self.operations += 1;
        Ok(cut)
    }

    fn end(&mut self, cut: bool) -> io::Result<()> {
        if cut {
            self.cut();
            return Err(io::Error::other("the power went"));
        }
        Ok(())
    }

    fn check_running(&self) -> io::Result<()> {
        if self.power == Power::On { Ok(()) } else { Err(io::Error::other("the power is off")) }
    }

    fn cut(&mut self) {
        if self.power == Power::Off {
            return;
        }
        self.power = Power::Off;
        for change in std::mem::take(&mut self.unsynced) {
            if self.dice.coin() {
                change.apply(&mut self.durable_names);
            }
        }
        self.names.clone_from(&self.durable_names);
        for inode in &mut self.inodes {
            inode.lose(&mut self.dice);
            inode.seen.clone_from(&inode.durable);
        }
    }

    fn used(&self) -> u64 {
        self.names.values().map(|&inode| self.inodes[inode].used(self.thin)).sum()
    }

    fn left(&self) -> u64 {
        self.room.map_or(u64::MAX, |room| room.saturating_sub(self.used()))
    }

    fn change(&mut self, change: DirChange) {
        change.apply(&mut self.names);
        self.unsynced.push(change);
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&mut self, inode: usize, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let left = self.left();
        let thin = self.thin;
        let inode = &mut self.inodes[inode];
        let fitting = inode.fitting(offset, bytes.len(), left, thin);
        let end = offset + fitting;
        if inode.seen.len() < end {
            inode.seen.resize(end, 0);
        }
        inode.seen[offset..end].copy_from_slice(&bytes[..fitting]);
        let sectors = offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES);
        inode.allocated.extend(sectors.clone());
        inode.dirty.extend(sectors);
        if fitting < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl DirChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl Inode {
    fn used(&self, thin: bool) -> u64 {
        (if thin { self.allocated.len() * SECTOR_BYTES } else { self.seen.len() }) as u64
    }

    /// How many of `length` bytes find room.
    fn fitting(&self, offset: usize, length: usize, left: u64, thin: bool) -> usize {
        let mut left = usize::try_from(left).unwrap_or(usize::MAX);
        let end = offset + length;
        if !thin {
            return length.min(self.seen.len().max(offset).saturating_sub(offset).saturating_add(left));
        }
        for sector in offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES) {
            if !self.allocated.contains(&sector) {
                if left < SECTOR_BYTES {
                    return (sector * SECTOR_BYTES).saturating_sub(offset);
                }
                left -= SECTOR_BYTES;
            }
        }
        length
    }

    fn sync(&mut self) {
        self.durable.resize(self.seen.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            self.keep(sector, SECTOR_BYTES);
        }
    }

    /// Keeps, loses or tears whatever was not synced.
    fn lose(&mut self, dice: &mut Dice) {
        if dice.coin() {
            self.durable.resize(self.seen.len(), 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            let kept = match dice.below(8) {
                0..=3 => SECTOR_BYTES,
                4..=6 => 0,
                _ => dice.below(SECTOR_BYTES as u64) as usize,
            };
            self.keep(sector, kept);
        }
    }

    /// Brings the first `length` bytes of a sector to the disk, as far as the file reaches there.
    fn keep(&mut self, sector: usize, length: usize) {
        let start = sector * SECTOR_BYTES;
        let end = (start + length).min(self.seen.len()).min(self.durable.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.seen[start..end]);
        }
    }
}

impl Disk for SimDisk {
    fn lock(&self) -> Result<Box<dyn DiskLock>, LockError> {
        let mut state = self.state();
        state.check_running().map_err(LockError::Io)?;
        if state.locked {
            return Err(LockError::Held { pid: None });
        }
        state.locked = true;
        Ok(Box::new(SimLock { disk: self.clone(), boot: state.boot }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        state.check_running()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, name: &str, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let boot = state.boot;
        let cut = state.begin(boot)?;
        let freed = state.names.get(name).map_or(0, |&inode| state.inodes[inode].used(state.thin));
        if !state.thin && size > state.left().saturating_add(freed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let inode = state.inodes.len();
        state.inodes.push(Inode { seen: vec![0; size as usize], ..Inode::default() });
        state.change(DirChange::Create(name.to_owned(), inode));
        state.end(cut)?;
        Ok(Box::new(SimFile { disk: self.clone(), inode, boot }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.check_running()?;
        let inode = state.inode(name)?;
        Ok(Box::new(SimFile { disk: self.clone(), inode, boot: state.boot }))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.state();
        state.check_running()?;
        Ok(state.inodes[state.inode(name)?].seen.clone())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let boot = state.boot;
        let cut = state.begin(boot)?;
        state.inode(from)?;
        state.change(DirChange::Rename(from.to_owned(), to.to_owned()));
        state.end(cut)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let boot = state.boot;
        let cut = state.begin(boot)?;
        state.inode(name)?;
        state.change(DirChange::Remove(name.to_owned()));
        state.end(cut)
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.state();
        let boot = state.boot;
        let cut = state.begin(boot)?;
        state.end(cut)?;
        state.unsynced.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: usize,
    boot: u64,
}

impl DiskFile for SimFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let cut = state.begin(self.boot)?;
        let written = state.write(self.inode, offset as usize, bytes);
        state.end(cut)?;
        written
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let cut = state.begin(self.boot)?;
        let fails = state.fail_sync_at == Some(state.syncs);
        state.syncs += 1;
        state.end(cut)?;
        let State { inodes, dice, .. } = &mut *state;
        if fails {
            inodes[self.inode].lose(dice);
            return Err(io::Error::other("input/output error"));
        }
        inodes[self.inode].sync();
        Ok(())
    }
}

struct SimLock {
    disk: SimDisk,
    boot: u64,
}

impl DiskLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.boot == self.boot {
            state.locked = false;
        }
    }
}

/// A small generator of repeatable chance, for simulations only.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next number; all 64 bits are fair. (The step is `splitmix64`.)
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `limit`; 0 when that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    /// True half of the time.
    pub fn coin(&mut self) -> bool {
        self.roll() & 1 == 0
    }
}
