//! Watches: a cursor over the store's events and a filter.

/// A running watch.
pub struct Watch { }

impl Watch {
    /// The next event; `None` when the watch's time is up or the registry shuts down.
    pub async fn next(&mut self) -> Option<WatchEvent>;
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
    },
    /// The watch cannot go on: 410 `Expired`.
    Error(Status),
}

impl WatchEvent {
    /// The event as a line of JSON: `{"type":"ADDED","object":{...}}` and a line feed.
    pub fn frame_json(&self) -> Bytes;
    /// `ADDED`, `MODIFIED`, ...
    pub fn kind(&self) -> &'static str;
    /// The object, if there is one.
    pub fn object(&self) -> Option<&Rendered>;
}
