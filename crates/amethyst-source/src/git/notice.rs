//! Waking when something in a folder of git's changes. What changed is not read from here: the refs' stamps
//! say that, and a timer backs the wake, for network file systems tell nothing.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::net::unix::pipe::Receiver;

/// The folders that are watched.
pub(super) struct Notice {
    /// An inotify is read as a pipe is.
    events: Receiver,
}

impl Notice {
    /// Watches nothing yet. Fails where the machine has no watch left to give.
    pub(super) fn new() -> io::Result<Self> {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        Ok(Self { events: Receiver::from_owned_fd_unchecked(events)? })
    }

    /// Watches the folder of each of these files, too. One that is not there cannot be watched: it is asked
    /// for again the next time, as is one that was replaced; a folder is watched once, however often asked.
    pub(super) fn watch<'a>(&mut self, files: impl IntoIterator<Item = &'a Path>) {
        let what = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE
            | WatchFlags::ONLYDIR;
        let folders: BTreeSet<&Path> = files.into_iter().filter_map(Path::parent).collect();
        for folder in folders {
            // The timer covers what cannot be watched.
            let _ = inotify::add_watch(&self.events, folder, what);
        }
    }

    /// Waits until something happened in a folder.
    pub(super) async fn changed(&mut self) {
        if self.events.readable().await.is_err() {
            return std::future::pending().await;
        }
        let mut bytes = [0; 4096];
        while matches!(self.events.try_read(&mut bytes), Ok(read) if read > 0) {}
    }
}
