//! Kubernetes protobuf to documents, and documents to protobuf.
//!
//! Typed clients write built-in kinds as protobuf and fall back to nothing else; they ask for answers in it
//! first. A body is the magic `k8s\0` and an envelope (`runtime.Unknown`) with the type and the message. What is
//! decoded is what Go would write as JSON after decoding it, down to `null` for empty lists without `omitempty`;
//! what is encoded ([`Encoder`]) is what Go writes, byte for byte.

mod encode;
mod special;
mod transcode;
mod wire;

use amethyst_object::{GroupVersion, Value};

pub use encode::{EncodeError, Encoder, around, integer, nested, string};

use crate::messages::messages;
use transcode::Transcoder;
use wire::{Raw, fields};

/// How deep messages may nest; real ones stay below 60.
const DEPTH_MAX: usize = 200;
/// How many values a body may decode to. A body of 3 MiB can spell some 1.5 million empty messages, each of
/// which grows a hundredfold as a document.
const VALUES_MAX: usize = 500_000;

const MAGIC: &[u8] = b"k8s\0";

/// A body that is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtobufError {
    /// The magic is missing.
    #[error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")]
    NoMagic,
    /// The envelope names no kind.
    #[error("Object 'Kind' is missing in protobuf envelope")]
    NoKind,
    /// No built-in kind has these names.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    UnknownKind {
        /// The `apiVersion` in the envelope.
        api_version: String,
        /// The `kind` in the envelope.
        kind: String,
    },
    /// The bytes end too early.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// The bytes are no message.
    #[error("proto: {0}")]
    Malformed(String),
    /// A part that must be JSON is none.
    #[error("failed to read embedded JSON: {0}")]
    EmbeddedJson(#[source] amethyst_object::json::ParseError),
    /// The messages nest too deep.
    #[error("exceeded max depth")]
    TooDeep,
    /// The body decodes to too many values.
    #[error("exceeded max number of values")]
    TooLarge,
}

/// Decodes a request body; the envelope must name its kind.
pub fn decode(body: &[u8]) -> Result<Value, ProtobufError> {
    decode_with_default(body, "", "")
}

/// Decodes a request body; where the envelope is silent, `api_version` and `kind` stand in.
pub fn decode_with_default(body: &[u8], api_version: &str, kind: &str) -> Result<Value, ProtobufError> {
    Transcoder::new(VALUES_MAX).envelope(body, (api_version, kind), DEPTH_MAX)
}

/// Whether a body starts as Kubernetes protobuf does.
pub fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// What `runtime.Unknown` holds.
#[derive(Default)]
struct Envelope<'a> {
    api_version: String,
    kind: String,
    raw: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, ProtobufError> {
        let bytes = body.strip_prefix(MAGIC).ok_or(ProtobufError::NoMagic)?;
        let mut envelope = Self::default();
        for field in fields(bytes) {
            match field? {
                (1, Raw::Bytes(bytes)) => {
                    for field in fields(bytes) {
                        match field? {
                            (1, Raw::Bytes(text)) => envelope.api_version = text_of(text),
                            (2, Raw::Bytes(text)) => envelope.kind = text_of(text),
                            _ => {}
                        }
                    }
                }
                (2, Raw::Bytes(bytes)) => envelope.raw = bytes,
                _ => {}
            }
        }
        Ok(envelope)
    }

    /// The number of the message that the envelope names.
    fn message(&self) -> Result<usize, ProtobufError> {
        if self.kind.is_empty() {
            return Err(ProtobufError::NoKind);
        }
        let GroupVersion { group, version } = GroupVersion::parse(&self.api_version);
        messages().root(&group, &version, &self.kind).ok_or_else(|| ProtobufError::UnknownKind {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
        })
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
