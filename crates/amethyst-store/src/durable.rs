//! The durable backend: opening a folder, and the handle to its writer thread.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use amethyst_clock::Clock;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::{
    disk::{Disk, LockError},
    error::{CommitError, OpenError},
    history::Published,
    key::Revision,
    log::{Recovery, io_error, parse_file_name, recover},
    meters::Meters,
    options::Options,
    queue::{Queue, Request, Work},
    record::Record,
    snapshot::View,
    txn::Txn,
    writer::Writer,
};

/// The format of the folder. A change that an older program would misread raises it; 2 came with sealed frames.
const FORMAT: u32 = 2;
/// The oldest format that is read; its folder is said to be of the current one before anything is written.
const FORMAT_OLDEST: u32 = 1;
const FORMAT_FILE: &str = "FORMAT";
const FORMAT_WORD: &str = "amethyst-store";

pub(crate) struct Durable<R: Record> {
    queue: Arc<Queue<R>>,
    slots: Arc<Semaphore>,
    meters: Arc<Meters>,
    /// How the writer ended; none while it runs.
    ended: watch::Receiver<Option<Result<(), CommitError>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<R: Record> Durable<R> {
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        options: &Options,
    ) -> Result<(Self, Arc<Published<R>>, Recovery), OpenError> {
        let clock = Clock::system();
        let start = clock.instant();
        let lock = disk.lock().map_err(|error| match error {
            LockError::Held { pid } => OpenError::Locked { pid },
            LockError::Io(source) => io_error("lock the data folder", source),
        })?;
        check_format(disk.as_ref())?;
        let opened = recover::<R>(disk, options)?;
        let view = View { revision: opened.reserved, map: opened.map.clone() };
        let published = Arc::new(Published::new(view, options.clone()));
        let (queue, meters) = (Arc::new(Queue::new()), Arc::new(Meters::default()));
        let (writer, mut recovery) = Writer::new(
            opened,
            lock,
            Arc::clone(&published),
            Arc::clone(&queue),
            Arc::clone(&meters),
            clock.clone(),
            options.clone(),
        )?;
        recovery.took = clock.instant() - start;
        let (ended_sender, ended) = watch::channel(None);
        let guard = Guard { queue: Arc::clone(&queue) };
        let thread = thread::Builder::new()
            .name("amethyst-store".to_owned())
            .spawn(move || {
                let _guard = guard;
                let result = writer.run();
                ended_sender.send_replace(Some(result));
            })
            .map_err(|source| io_error("start the writer thread", source))?;
        let slots = Arc::new(Semaphore::new(options.queue_max.clamp(1, Semaphore::MAX_PERMITS)));
        let thread = Mutex::new(Some(thread));
        Ok((Self { queue, slots, meters, ended, thread }, published, recovery))
    }

    pub(crate) async fn commit(&self, txn: Txn<R>) -> Result<Revision, CommitError> {
        self.ask(Work::Commit(txn)).await
    }

    pub(crate) async fn flush(&self) -> Result<(), CommitError> {
        self.ask(Work::Flush).await.map(|_| ())
    }

    async fn ask(&self, work: Work<R>) -> Result<Revision, CommitError> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| CommitError::Closed)?;
        let (reply, answer) = oneshot::channel();
        if !self.queue.push(Request { work, reply, slot }) {
            return Err(CommitError::Closed);
        }
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    pub(crate) async fn close(&self) -> Result<(), CommitError> {
        self.queue.close();
        let mut ended = self.ended.clone();
        let result = ended.wait_for(Option::is_some).await.map(|result| (*result).clone());
        result.ok().flatten().unwrap_or_else(|| Err(stopped()))
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }
}

/// The last handle waits for the writer, so that the folder is free again when it is gone.
impl<R: Record> Drop for Durable<R> {
    fn drop(&mut self) {
        self.queue.close();
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store panicked");
        }
    }
}

/// Lets go whoever waits, should the writer end in a panic.
struct Guard<R: Record> {
    queue: Arc<Queue<R>>,
}

impl<R: Record> Drop for Guard<R> {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

fn stopped() -> CommitError {
    CommitError::Failed("the writer of the store has stopped".to_owned())
}

fn check_format(disk: &dyn Disk) -> Result<(), OpenError> {
    let names = disk.list().map_err(|source| io_error("list the data folder", source))?;
    if !names.iter().any(|name| name == FORMAT_FILE) {
        if names.iter().any(|name| parse_file_name(name).is_some()) {
            return Err(OpenError::Format("is missing"));
        }
        return write_format(disk).map_err(|source| io_error("write `FORMAT`", source));
    }
    let bytes = disk.read(FORMAT_FILE).map_err(|source| io_error("read `FORMAT`", source))?;
    let text = String::from_utf8_lossy(&bytes);
    let number = text.trim().strip_prefix(FORMAT_WORD).and_then(|rest| rest.trim().parse::<u32>().ok());
    match number {
        Some(FORMAT) => Ok(()),
        Some(FORMAT_OLDEST..FORMAT) => {
            write_format(disk).map_err(|source| io_error("write `FORMAT`", source))
        }
        Some(found) if found > FORMAT => Err(OpenError::Newer { found, supported: FORMAT }),
        _ => Err(OpenError::Format("names no format")),
    }
}

fn write_format(disk: &dyn Disk) -> io::Result<()> {
    const DRAFT: &str = "FORMAT.new";
    let mut file = disk.create(DRAFT, 0)?;
    file.write_at(0, format!("{FORMAT_WORD} {FORMAT}\n").as_bytes())?;
    file.sync_data()?;
    disk.rename(DRAFT, FORMAT_FILE)?;
    disk.sync_dir()
}
