//! A record to store, and small helpers.

use amethyst_store::{Cursor, Event, Key, Record, Snapshot};

/// A text with nothing to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl Record for Text {
    type Cache = ();

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        String::from_utf8(bytes.to_vec()).map(Self).map_err(|error| error.to_string())
    }

    fn weight(&self) -> usize {
        self.0.len()
    }
}

pub(crate) fn text(text: &str) -> Text {
    Text(text.to_owned())
}

/// `key=text@created/modified` for each key.
pub(crate) fn dump(snapshot: &Snapshot<Text>) -> String {
    let lines: Vec<String> = snapshot
        .range("", None)
        .map(|(key, stored)| format!("{key}={}@{}/{}", stored.record.0, stored.created, stored.modified))
        .collect();
    lines.join(" ")
}

/// `revision:key before>after` for each event that is ready.
pub(crate) fn drain(cursor: &mut Cursor<Text>) -> String {
    let mut lines = Vec::new();
    loop {
        let batch = cursor.try_next().expect("within the history");
        if batch.is_empty() {
            return lines.join(" ");
        }
        lines.extend(batch.iter().map(|event| line(event)));
    }
}

pub(crate) fn line(event: &Event<Text>) -> String {
    let before = event.before.as_ref().map_or("-", |stored| stored.record.0.as_str());
    let after = event.after.as_ref().map_or("-", |record| record.0.as_str());
    let last = event.last.as_ref().map(|record| format!("({})", record.0)).unwrap_or_default();
    let key: &Key = &event.key;
    format!("{}:{key} {before}>{after}{last}", event.revision)
}
