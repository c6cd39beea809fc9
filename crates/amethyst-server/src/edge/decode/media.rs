//! Content types of request bodies.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::registry::PatchKind;
use crate::status::{Reason, Status};

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Yaml,
    Protobuf,
}

const BUILT_IN: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const CUSTOM: &str = "application/json, application/yaml";
const CUSTOM_PATCHES: &str =
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

impl Media {
    /// The content type of an object; none at all means JSON. CBOR is refused so that clients fall back.
    pub(crate) fn of_object(headers: &HeaderMap, custom: bool) -> Result<Self, Status> {
        let refused = || {
            let accepted = if custom { CUSTOM } else { BUILT_IN };
            Err(Status::new(
                Reason::UnsupportedMediaType,
                format!(
                    "the body of the request was in an unknown format - accepted media types include: {accepted}"
                ),
            ))
        };
        match media_type(headers).as_str() {
            "" | "application/json" => Ok(Self::Json),
            "application/yaml" => Ok(Self::Yaml),
            "application/vnd.kubernetes.protobuf" if !custom => Ok(Self::Protobuf),
            _ => refused(),
        }
    }
}

impl PatchKind {
    /// The content type of a patch. Custom resources have no strategic merge patch.
    pub(crate) fn of(headers: &HeaderMap, custom: bool) -> Result<Self, Status> {
        match media_type(headers).as_str() {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if !custom => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ if custom => Err(Status::new(
                Reason::UnsupportedMediaType,
                format!(
                    "the body of the request was in an unknown format - accepted media types include: {CUSTOM_PATCHES}"
                ),
            )),
            _ => Err(Status::new(Reason::UnsupportedMediaType, "415: Unsupported Media Type").with_details()),
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
