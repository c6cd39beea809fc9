//! Frames of a watch as protobuf: a length of four bytes, then a `WatchEvent` whose object lies in an envelope.
//!
//! After kubernetes/apimachinery `pkg/util/framer/framer.go` and kubernetes/apiserver
//! `pkg/endpoints/handlers/watch.go`. Frames of one event are encoded once for all watchers.

use std::convert::Infallible;

use amethyst_kinds::protobuf::{EncodeError, Encoder, nested, string};
use amethyst_object::{GroupVersionKind, json};
use bytes::Bytes;

use crate::edge::negotiate::MetaVersion;
use crate::edge::table::partial;
use crate::registry::{Rendered, WatchEvent};
use crate::status::Status;

/// The frame of an event with the whole object.
pub(super) fn object(event: &WatchEvent, kind: &GroupVersionKind) -> Bytes {
    match (event, event.object()) {
        (WatchEvent::Bookmark { .. }, _) => bookmark(event, kind),
        (WatchEvent::Error(status), _) => failure(status),
        (_, Some(object)) => {
            shared(object, event.kind(), false, || frame(event.kind(), kind, &object.bytes()))
        }
        (_, None) => Bytes::new(),
    }
}

/// The frame of an event with the object's metadata alone.
pub(super) fn metadata(event: &WatchEvent, _: &GroupVersionKind, version: MetaVersion) -> Bytes {
    let text = if version == MetaVersion::V1 { "v1" } else { "v1beta1" };
    let kind = GroupVersionKind::new("meta.k8s.io", text, "PartialObjectMetadata");
    match (event, event.object()) {
        (WatchEvent::Bookmark { .. }, _) => bookmark(event, &kind),
        (WatchEvent::Error(status), _) => failure(status),
        (_, Some(object)) => {
            let encode = || frame(event.kind(), &kind, &partial(object, version));
            if version == MetaVersion::V1 { shared(object, event.kind(), true, encode) } else { encode() }
        }
        (_, None) => Bytes::new(),
    }
}

/// The names under which an event keeps its frames.
fn shared(object: &Rendered, kind: &'static str, metadata: bool, encode: impl FnOnce() -> Bytes) -> Bytes {
    let key = match (kind, metadata) {
        ("ADDED", false) => "ADDED/protobuf",
        ("MODIFIED", false) => "MODIFIED/protobuf",
        ("DELETED", false) => "DELETED/protobuf",
        ("ADDED", true) => "ADDED/metadata/protobuf",
        ("MODIFIED", true) => "MODIFIED/metadata/protobuf",
        ("DELETED", true) => "DELETED/metadata/protobuf",
        _ => return encode(),
    };
    object.shared(key, encode)
}

fn bookmark(event: &WatchEvent, kind: &GroupVersionKind) -> Bytes {
    let WatchEvent::Bookmark { revision, initial_end, .. } = event else { return Bytes::new() };
    let end = if *initial_end { r#""annotations":{"k8s.io/initial-events-end":"true"},"# } else { "" };
    let object = format!(r#"{{"metadata":{{{end}"resourceVersion":"{revision}"}}}}"#);
    frame("BOOKMARK", kind, object.as_bytes())
}

fn failure(status: &Status) -> Bytes {
    let kind = GroupVersionKind::new("", "v1", "Status");
    match encode(&kind, &json::to_vec(&status.to_value())) {
        Ok(object) => framed("ERROR", &object),
        // A Status always fits its message; an empty one still ends the watch.
        Err(_) => framed("ERROR", &[]),
    }
}

fn frame(event: &str, kind: &GroupVersionKind, object: &[u8]) -> Bytes {
    match encode(kind, object) {
        Ok(object) => framed(event, &object),
        Err(error) => {
            tracing::error!(kind = %kind.kind, %error, "an object does not fit its message; this is a bug");
            failure(&Status::internal(error))
        }
    }
}

fn encode(kind: &GroupVersionKind, object: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(object.len() + 64);
    if let Some(encoder) = Encoder::of(&kind.group, &kind.version, &kind.kind) {
        encoder.write_enveloped(&kind.api_version(), &kind.kind, object, &mut out)?;
    }
    Ok(out)
}

fn framed(event: &str, object: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(object.len() + 40);
    out.extend_from_slice(&[0; 4]);
    string(1, event.as_bytes(), &mut out);
    let Ok(()) = nested(2, &mut out, |out| {
        string(1, object, out);
        Ok::<(), Infallible>(())
    });
    let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
    out[..4].copy_from_slice(&length.to_be_bytes());
    Bytes::from(out)
}
