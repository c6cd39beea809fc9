//! The file of the audit log: lines from a bounded channel, written by one thread, rotated by size.
//!
//! Who has something to tell never waits. A line that finds the channel full, or the disk, is counted and lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Lines that may wait: some seconds of a busy server's, 10 MB at most of lines of common size.
const LINES_MAX: usize = 4096;
/// Lines written before the file is flushed to the system, when more are waiting.
const BATCH_MAX: usize = 256;

/// Where the log lies and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The file; older ones lie beside it with `.1`, `.2`, ... behind their name.
    pub path: PathBuf,
    /// A file that has grown past this gives way to a new one.
    pub size_bytes_max: u64,
    /// How many older files are kept.
    pub old_files_max: usize,
}

impl LogOptions {
    /// A log at `path` of at most five files of 64 MiB.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), size_bytes_max: 64 << 20, old_files_max: 4 }
    }
}

/// An open audit log. Dropping it writes what waits and closes it.
#[derive(Debug)]
pub struct Log {
    sender: Option<SyncSender<Vec<u8>>>,
    counts: Arc<Counts>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    dropped: AtomicU64,
}

impl Log {
    /// Opens the log, making the file when there is none.
    pub fn open(options: LogOptions) -> io::Result<Self> {
        let file = Output::open(options)?;
        let (sender, receiver) = sync_channel(LINES_MAX);
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        let writer = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_all(file, &receiver, &shared))?;
        Ok(Self { sender: Some(sender), counts, writer: Mutex::new(Some(writer)) })
    }

    /// Takes a line, or loses it.
    pub(crate) fn take(&self, line: Vec<u8>) {
        let Some(sender) = &self.sender else { return };
        match sender.try_send(line) {
            Ok(()) => self.counts.taken.fetch_add(1, Ordering::Relaxed),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.counts.dropped.fetch_add(1, Ordering::Relaxed)
            }
        };
    }

    /// How many lines were taken; some may still wait.
    pub fn taken(&self) -> u64 {
        self.counts.taken.load(Ordering::Relaxed)
    }

    /// How many lines were lost.
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.sender = None;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the audit log's writer panicked; this is a bug");
        }
    }
}

fn write_all(mut file: Output, lines: &Receiver<Vec<u8>>, counts: &Counts) {
    let mut batch = Vec::new();
    // A disk that fails once fails often; say so once until it works again.
    let mut failing = false;
    while let Ok(first) = lines.recv() {
        let mut count = 1;
        batch.clear();
        batch.extend_from_slice(&first);
        while count < BATCH_MAX
            && let Ok(line) = lines.try_recv()
        {
            batch.extend_from_slice(&line);
            count += 1;
        }
        match file.write(&batch) {
            Ok(()) => failing = false,
            Err(error) => {
                counts.dropped.fetch_add(count as u64, Ordering::Relaxed);
                if !std::mem::replace(&mut failing, true) {
                    let path = file.options.path.display();
                    tracing::error!(%error, %path, "failed to write the audit log; what cannot be written is lost");
                }
            }
        }
    }
}

/// The file that is written, and its size.
struct Output {
    options: LogOptions,
    file: File,
    size_bytes: u64,
}

impl Output {
    fn open(options: LogOptions) -> io::Result<Self> {
        let file = append(&options.path)?;
        let size_bytes = file.metadata()?.len();
        Ok(Self { options, file, size_bytes })
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.size_bytes > 0 && self.size_bytes + batch.len() as u64 > self.options.size_bytes_max {
            self.rotate()?;
        }
        match self.file.write_all(batch) {
            Ok(()) => {
                self.size_bytes += batch.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line must not stand in front of the next.
                self.file.set_len(self.size_bytes)?;
                Err(error)
            }
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        let old = |number: usize| {
            let mut name = self.options.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.options.old_files_max).rev() {
            rename(&old(number), &old(number + 1))?;
        }
        if self.options.old_files_max == 0 {
            std::fs::remove_file(&self.options.path)?;
        } else {
            rename(&self.options.path, &old(1))?;
        }
        self.file = append(&self.options.path)?;
        self.size_bytes = 0;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // Secrets may stand in it, when the policy says so.
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
