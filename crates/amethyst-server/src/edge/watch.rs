//! Watches as bodies: frames are pulled from the registry's cursor one at a time, in the wanted shape.

mod protobuf;

use amethyst_clock::Clock;
use amethyst_object::{GroupVersionKind, Map, Value};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use tokio_util::sync::CancellationToken;

use super::metrics::Watching;
use super::negotiate::MetaVersion;
use super::table::{Printer, TableMeta, partial};
use crate::registry::{Rendered, Watch, WatchEvent};

/// In which shape a watch's objects go out, as JSON.
pub(crate) enum Frames {
    Plain,
    Partial(MetaVersion),
    Table(Printer, Clock),
}

/// The frames of a watch until its time is up, the client goes or the server stops.
pub(crate) fn frames(
    watch: Watch,
    shaper: Shaper,
    counted: Watching,
    shutdown: CancellationToken,
) -> BoxStream<'static, Bytes> {
    let state = (watch, shaper, counted);
    let events = stream::unfold(state, async |(mut watch, mut shaper, counted)| {
        let event = watch.next().await?;
        let frame = shaper.frame(&event);
        counted.sent();
        Some((frame, (watch, shaper, counted)))
    });
    events.take_until(shutdown.cancelled_owned()).boxed()
}

/// Makes events into frames.
pub(crate) struct Shaper {
    frames: Frames,
    /// The objects' kind, when they go out as protobuf.
    protobuf: Option<GroupVersionKind>,
    first: bool,
}

impl Shaper {
    /// Frames in a shape: lines of JSON, or protobuf of objects of a kind.
    pub(crate) fn new(frames: Frames, protobuf: Option<GroupVersionKind>) -> Self {
        Self { frames, protobuf, first: true }
    }

    fn frame(&mut self, event: &WatchEvent) -> Bytes {
        match (&self.protobuf, &self.frames) {
            (Some(kind), Frames::Partial(version)) => protobuf::metadata(event, kind, *version),
            (Some(kind), _) => protobuf::object(event, kind),
            (None, _) => self.json(event),
        }
    }

    fn json(&mut self, event: &WatchEvent) -> Bytes {
        match (&mut self.frames, event) {
            (Frames::Plain, _) | (_, WatchEvent::Error(_)) => event.frame_json(),
            (Frames::Partial(version), WatchEvent::Bookmark { revision, initial_end, .. }) => {
                let end = if *initial_end {
                    ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"
                } else {
                    ""
                };
                let api_version = version.api_version();
                Bytes::from(format!(
                    "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"{api_version}\",\"metadata\":{{\"resourceVersion\":\"{revision}\"{end}}}}}}}\n"
                ))
            }
            (Frames::Partial(version), _) => {
                let Some(object) = event.object() else { return event.frame_json() };
                let version = *version;
                let encode = || wrapped(event.kind(), |out| out.extend_from_slice(&partial(object, version)));
                match (version, partial_key(event.kind())) {
                    (MetaVersion::V1, Some(key)) => object.shared(key, encode),
                    _ => encode(),
                }
            }
            (Frames::Table(printer, clock), _) => {
                printer.at(clock.now());
                let mark = bookmark(event);
                let row = mark.as_ref().or(event.object());
                let rows: &[Rendered] = row.map_or(&[], std::slice::from_ref);
                let revision = rows.first().map(|row| row.revision().to_string()).unwrap_or_default();
                let meta = TableMeta { resource_version: revision, ..TableMeta::default() };
                let first = std::mem::take(&mut self.first);
                wrapped(event.kind(), |out| printer.write(&meta, rows, first, out))
            }
        }
    }
}

/// The empty object that a bookmark of a Table has as its only row.
fn bookmark(event: &WatchEvent) -> Option<Rendered> {
    let WatchEvent::Bookmark { revision, initial_end, of } = event else { return None };
    let gvk = of.gvk();
    let zero = amethyst_kinds::zero(&gvk.group, &gvk.version, &gvk.kind).filter(|_| !of.is_custom());
    let mut object = match zero {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    object.insert("apiVersion", gvk.api_version());
    object.insert("kind", gvk.kind);
    let metadata = object.object_mut("metadata");
    metadata.insert("creationTimestamp", Value::Null);
    if *initial_end {
        metadata.object_mut("annotations").insert("k8s.io/initial-events-end", "true");
    }
    Some(Rendered::computed(object, *revision))
}

/// The name under which an event keeps its frame of metadata.
fn partial_key(kind: &str) -> Option<&'static str> {
    match kind {
        "ADDED" => Some("ADDED/metadata"),
        "MODIFIED" => Some("MODIFIED/metadata"),
        "DELETED" => Some("DELETED/metadata"),
        _ => None,
    }
}

fn wrapped(kind: &str, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    write(&mut out);
    out.extend_from_slice(b"}\n");
    Bytes::from(out)
}
