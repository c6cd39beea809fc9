//! What the API server refuses, in its own words.

use amethyst_object::{Object, Value, json};
use http::StatusCode;

/// A request that was not answered with the object it asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server refused; the message is its own.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// The reason of the `metav1.Status`: `NotFound`, `Invalid`, `Conflict`, ...
        reason: String,
        /// What the server says.
        message: String,
        /// The reasons of its causes: `FieldManagerConflict`, `FieldValueInvalid`, ...
        causes: Vec<String>,
    },
    /// No API of that kind is served.
    #[error("no matches for kind \"{kind}\" in version \"{api_version}\"")]
    NoKind {
        /// The version that was asked for.
        api_version: String,
        /// The kind that was asked for.
        kind: String,
    },
    /// A namespaced object without a namespace.
    #[error("an empty namespace may not be set when a resource name is provided")]
    NoNamespace,
    /// The server could not be reached.
    #[error("failed to reach the API server")]
    Unreachable(#[source] Box<kube::Error>),
    /// The server's answer is not what was asked for.
    #[error("failed to read the API server's answer: {0}")]
    Answer(String),
    /// A request that cannot be written as one; a name that is no name, mostly.
    #[error("failed to write the request")]
    Request(#[source] http::Error),
}

impl ApiError {
    /// Reads a `metav1.Status`, or whatever else stands in the body of a refusal.
    pub(crate) fn from_body(code: StatusCode, body: &[u8]) -> Self {
        let status = json::parse(body).ok().and_then(Object::from_value).unwrap_or_default();
        let text = || String::from_utf8_lossy(&body[..body.len().min(1024)]).trim().to_owned();
        let causes = status.at(&["details", "causes"]).and_then(Value::as_array).unwrap_or_default();
        Self::Refused {
            code: code.as_u16(),
            reason: status.str_at(&["reason"]).unwrap_or_default().to_owned(),
            message: status.str_at(&["message"]).map_or_else(text, ToOwned::to_owned),
            causes: causes
                .iter()
                .filter_map(|cause| Some(cause.get("reason")?.as_str()?.to_owned()))
                .collect(),
        }
    }

    /// The reason of the refusal; empty when the server gave none.
    pub fn reason(&self) -> &str {
        if let Self::Refused { reason, .. } = self { reason } else { "" }
    }

    /// Whether the server says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code: 404, .. })
    }

    /// Whether the object changed since it was read, or belongs to another manager.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }

    /// Whether the object is there already.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }

    /// Whether another field manager owns what was to be applied.
    pub fn is_manager_conflict(&self) -> bool {
        matches!(self, Self::Refused { causes, .. } if causes.iter().any(|cause| cause == "FieldManagerConflict"))
    }

    /// Whether only a new object could be as it was asked for: as fluxcd/pkg `ssa/errors` decides.
    pub fn is_immutable(&self) -> bool {
        if matches!(self.reason(), "Conflict" | "Invalid") {
            return true;
        }
        let message = self.to_string();
        message.contains("is immutable") || message.contains("immutable field")
    }
}
