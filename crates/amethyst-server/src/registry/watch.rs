//! Watches: a cursor over the store's events and a filter. A watcher holds a place in history, no queue.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use amethyst_store::{Cursor, Event, Key, Revision, Snapshot, Stored, WatchError};
use bytes::Bytes;
use tokio::time::Instant;

use super::read::{self, Span};
use super::{Call, Registry, Rendered};
use crate::catalog::Resource;
use crate::record::Entry;
use crate::request::ListOptions;
use crate::status::Status;

/// How often a watcher that wants bookmarks gets one.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);
/// A last bookmark comes this long before the watch's time is up.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// A watch without `timeoutSeconds` lasts this long, and up to twice as long.
const LASTS_AT_LEAST: Duration = Duration::from_mins(30);
/// Initial events made at once.
const INITIAL_BATCH: usize = 64;

/// A running watch.
pub struct Watch {
    filter: Filter,
    initial: Option<Initial>,
    cursor: Result<Cursor<Entry>, Option<Status>>,
    pending: VecDeque<WatchEvent>,
    bookmarks: Option<Instant>,
    initial_end: bool,
    ends: Instant,
}

struct Filter {
    resource: Arc<Resource>,
    span: Span,
}

/// What stood there when the watch began, sent as `ADDED` bit by bit.
struct Initial {
    snapshot: Snapshot<Entry>,
    after: Option<Key>,
}

/// One event of a watch.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// An object came, or began to match.
    Added(Rendered),
    /// An object changed.
    Modified(Rendered),
    /// An object went, or stopped to match; it carries the revision of that.
    Deleted(Rendered),
    /// All up to this revision has been sent.
    Bookmark {
        /// The revision.
        revision: Revision,
        /// Whether it ends the initial events (`k8s.io/initial-events-end`).
        initial_end: bool,
        /// The `apiVersion` and kind of the watched objects.
        of: Arc<Resource>,
    },
    /// The watch cannot go on: 410 `Expired`.
    Error(Status),
}

impl WatchEvent {
    /// The event as a line of JSON: `{"type":"ADDED","object":{...}}` and a line feed.
    pub fn frame_json(&self) -> Bytes {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => {
                object.shared(self.kind(), || self.encode_object(object))
            }
            Self::Bookmark { revision, initial_end, of } => {
                let annotations =
                    if *initial_end { r#""annotations":{"k8s.io/initial-events-end":"true"},"# } else { "" };
                let (kind, api_version) = (&of.kind, of.gvk().api_version());
                Bytes::from(format!(
                    "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\
                     \"metadata\":{{{annotations}\"resourceVersion\":\"{revision}\"}}}}}}\n"
                ))
            }
            Self::Error(status) => {
                let status = amethyst_object::json::to_string(&status.to_value());
                Bytes::from(format!("{{\"type\":\"ERROR\",\"object\":{status}}}\n"))
            }
        }
    }

    /// `ADDED`, `MODIFIED`, ...
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added(_) => "ADDED",
            Self::Modified(_) => "MODIFIED",
            Self::Deleted(_) => "DELETED",
            Self::Bookmark { .. } => "BOOKMARK",
            Self::Error(_) => "ERROR",
        }
    }

    /// The object, if there is one.
    pub fn object(&self) -> Option<&Rendered> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark { .. } | Self::Error(_) => None,
        }
    }

    fn encode_object(&self, object: &Rendered) -> Bytes {
        let mut out = Vec::with_capacity(object.length() + 40);
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(self.kind().as_bytes());
        out.extend_from_slice(b"\",\"object\":");
        object.write(&mut out);
        out.extend_from_slice(b"}\n");
        Bytes::from(out)
    }
}

/// Starts a watch.
pub(super) fn watch(registry: &Registry, call: &Call, options: &ListOptions) -> Result<Watch, Status> {
    read::validate_options(options, true)?;
    let filter = Filter { resource: Arc::clone(&call.resource), span: Span::new(call, options)? };
    let snapshot = registry.store().snapshot();
    let wanted = read::parse_revision(&options.resource_version)?;
    // Without a revision, and with `0`, what stands there is sent first; `sendInitialEvents` says so outright.
    let from_state = options.send_initial_events.unwrap_or(wanted == Revision(0));
    if wanted > snapshot.revision() {
        return Err(read::too_large(wanted, snapshot.revision()));
    }
    let after = if from_state { snapshot.revision() } else { wanted };
    let cursor = registry.store().watch(after).map_err(|error| {
        Some(match error {
            WatchError::Compacted { oldest } => read::too_old(after, oldest),
            WatchError::FutureRevision { current } => read::too_large(after, current),
        })
    });
    let now = Instant::now();
    let lasts = options.timeout_seconds.map_or_else(
        || LASTS_AT_LEAST + Duration::from_secs(registry.options().entropy.u64() % LASTS_AT_LEAST.as_secs()),
        Duration::from_secs,
    );
    Ok(Watch {
        filter,
        initial: from_state.then_some(Initial { snapshot, after: None }),
        cursor,
        pending: VecDeque::new(),
        bookmarks: options.allow_watch_bookmarks.then(|| now + BOOKMARK_EVERY),
        initial_end: options.send_initial_events == Some(true),
        ends: now + lasts,
    })
}

impl Watch {
    /// The next event; `None` when the watch's time is up. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<WatchEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.initial.is_some() {
                self.fill_initial();
                continue;
            }
            let cursor = match &mut self.cursor {
                Ok(cursor) => cursor,
                Err(error) => return error.take().map(WatchEvent::Error),
            };
            let last = self.ends.checked_sub(BOOKMARK_BEFORE_END).unwrap_or(self.ends);
            let bookmark = self.bookmarks.map(|at| at.min(last));
            let wake = bookmark.map_or(self.ends, |at| at.min(self.ends));
            match tokio::time::timeout_at(wake, cursor.next()).await {
                Ok(Ok(batch)) => {
                    self.pending.extend(batch.iter().filter_map(|event| self.filter.event(event)));
                }
                Ok(Err(compacted)) => {
                    let error = read::too_old(cursor.revision(), compacted.oldest);
                    self.cursor = Err(None);
                    return Some(WatchEvent::Error(error));
                }
                Err(_) if Instant::now() >= self.ends => return None,
                Err(_) => {
                    // The last one comes shortly before the end; after that there is none.
                    let next = Instant::now() + BOOKMARK_EVERY;
                    self.bookmarks = (wake < last).then_some(next);
                    let revision = cursor.revision();
                    return Some(self.filter.bookmark(revision, false));
                }
            }
        }
    }

    fn fill_initial(&mut self) {
        let Some(initial) = &mut self.initial else { return };
        let span = &self.filter.span;
        let after = initial.after.as_ref().map(Key::as_str);
        let mut last = None;
        for (key, stored) in initial.snapshot.range(&span.prefix, after).take(INITIAL_BATCH) {
            last = Some(key.clone());
            if span.matches(key.as_str(), &stored.record) {
                self.pending.push_back(WatchEvent::Added(read::render(&self.filter.resource, stored)));
            }
        }
        if last.is_some() {
            initial.after = last;
            return;
        }
        let revision = initial.snapshot.revision();
        self.initial = None;
        if self.initial_end {
            self.pending.push_back(self.filter.bookmark(revision, true));
        }
    }
}

impl Filter {
    fn bookmark(&self, revision: Revision, initial_end: bool) -> WatchEvent {
        WatchEvent::Bookmark { revision, initial_end, of: Arc::clone(&self.resource) }
    }

    /// What an event of the store is to this watcher.
    fn event(&self, event: &Arc<Event<Entry>>) -> Option<WatchEvent> {
        let key = event.key.as_str();
        if !key.starts_with(&self.span.prefix) {
            return None;
        }
        let before = event.before.as_ref().filter(|stored| self.span.matches(key, &stored.record));
        let after = event.after.as_ref().filter(|record| self.span.matches(key, record));
        let rendered = |record: &Arc<Entry>| {
            let stored =
                Stored { record: Arc::clone(record), created: event.created, modified: event.revision };
            read::render(&self.resource, &stored)
        };
        match (before, after) {
            (None, Some(record)) => Some(WatchEvent::Added(rendered(record).with_event(event))),
            (Some(_), Some(record)) => Some(WatchEvent::Modified(rendered(record).with_event(event))),
            (Some(stored), None) => Some(WatchEvent::Deleted(match &event.last {
                Some(last) => rendered(last).with_event(event),
                // It only stopped to match: upstream sends it as it was, at the revision of the change.
                None => rendered(&stored.record),
            })),
            (None, None) => None,
        }
    }
}
