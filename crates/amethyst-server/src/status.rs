//! Errors as clients see them: `metav1.Status` with upstream's reasons, codes and messages.

use std::fmt;

use amethyst_object::{Map, Str, Value, value};
use http::StatusCode;

/// Why a request failed, in upstream's words (`metav1.StatusReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are upstream's own")]
pub enum Reason {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    AlreadyExists,
    Conflict,
    Gone,
    Expired,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    RequestEntityTooLarge,
    UnsupportedMediaType,
    Timeout,
    TooManyRequests,
    InternalError,
    ServiceUnavailable,
    /// An error that upstream gives no reason: 500, and none is written.
    Unknown,
}

impl Reason {
    /// The HTTP status that goes with the reason.
    pub fn code(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::AlreadyExists | Self::Conflict => StatusCode::CONFLICT,
            Self::Gone | Self::Expired => StatusCode::GONE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::RequestEntityTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalError | Self::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// One cause of an `Invalid` or `Conflict` (`metav1.StatusCause`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`, ...
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
    /// Which field.
    pub field: String,
}

/// A failed request. Boxed inside, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    reason: Reason,
    message: String,
    group: Str,
    kind: Str,
    name: Str,
    uid: Str,
    causes: Vec<Cause>,
    retry_after_seconds: u32,
    continue_token: String,
    empty_details: bool,
}

impl std::error::Error for Status {}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Status {
    /// A failure with a reason and a message.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            reason,
            message: message.into(),
            group: Str::default(),
            kind: Str::default(),
            name: Str::default(),
            uid: Str::default(),
            causes: Vec::new(),
            retry_after_seconds: 0,
            empty_details: false,
            continue_token: String::new(),
        }))
    }

    /// `configmaps "x" not found`.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", qualified(group, resource));
        Self::new(Reason::NotFound, message).about(group, resource, name)
    }

    /// `configmaps "x" already exists`.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", qualified(group, resource));
        Self::new(Reason::AlreadyExists, message).about(group, resource, name)
    }

    /// `Operation cannot be fulfilled on configmaps "x": ...`.
    pub fn conflict(group: &str, resource: &str, name: &str, why: impl fmt::Display) -> Self {
        let resource_name = qualified(group, resource);
        let message = format!("Operation cannot be fulfilled on {resource_name} \"{name}\": {why}");
        Self::new(Reason::Conflict, message).about(group, resource, name)
    }

    /// `Deployment.apps "x" is invalid: ...`, with one cause per field.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Self {
        // Upstream tells each fault once.
        let mut told: Vec<Cause> = Vec::new();
        for cause in causes {
            if !told.contains(&cause) {
                told.push(cause);
            }
        }
        let causes = told;
        let listed: Vec<String> =
            causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let errors = match listed.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {errors}", qualified(group, kind));
        Self::new(Reason::Invalid, message).about(group, kind, name).causes(causes)
    }

    /// A request that makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Reason::BadRequest, message)
    }

    /// A fault of ours.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(Reason::InternalError, format!("Internal error occurred: {message}"))
    }

    /// Says what the failure is about: group, resource (or kind) and name.
    #[must_use]
    pub fn about(mut self, group: &str, kind: &str, name: &str) -> Self {
        (self.0.group, self.0.kind, self.0.name) = (group.into(), kind.into(), name.into());
        self
    }

    /// Adds causes.
    #[must_use]
    pub fn causes(mut self, causes: Vec<Cause>) -> Self {
        self.0.causes = causes;
        self
    }

    /// Writes `details` even when nothing is in them, as upstream does where it says nothing of its own.
    #[must_use]
    pub fn with_details(mut self) -> Self {
        self.0.empty_details = true;
        self
    }

    /// Says when to come again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_seconds = seconds;
        self
    }

    /// Says which token goes on with an expired list.
    #[must_use]
    pub fn continue_with(mut self, token: String) -> Self {
        self.0.continue_token = token;
        self
    }

    /// The reason.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The HTTP status.
    pub fn code(&self) -> StatusCode {
        self.0.reason.code()
    }

    /// When to come again, if that helps.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        (self.0.retry_after_seconds > 0).then_some(self.0.retry_after_seconds)
    }

    /// The `metav1.Status` document.
    pub fn to_value(&self) -> Value {
        let inner = &*self.0;
        let mut details = Map::new();
        for (key, text) in
            [("name", &inner.name), ("group", &inner.group), ("kind", &inner.kind), ("uid", &inner.uid)]
        {
            if !text.is_empty() {
                details.insert(key, text.clone());
            }
        }
        if !inner.causes.is_empty() {
            details.insert("causes", Value::Array(inner.causes.iter().map(Cause::to_value).collect()));
        }
        if inner.retry_after_seconds > 0 {
            details.insert("retryAfterSeconds", inner.retry_after_seconds);
        }
        let mut status = value!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": (inner.message.as_str()),
        });
        let map = status.as_object_mut().expect("it was written as a map");
        if inner.reason != Reason::Unknown {
            map.insert("reason", format!("{:?}", inner.reason));
        }
        if !details.is_empty() || inner.empty_details {
            map.insert("details", details);
        }
        if !inner.continue_token.is_empty() {
            map.object_mut("metadata").insert("continue", inner.continue_token.as_str());
        }
        map.insert("code", u32::from(inner.reason.code().as_u16()));
        status
    }
}

impl Cause {
    fn to_value(&self) -> Value {
        let mut cause = value!({"reason": (self.reason), "message": (self.message.as_str())});
        if !self.field.is_empty() {
            cause.as_object_mut().expect("it was written as a map").insert("field", self.field.as_str());
        }
        cause
    }
}

fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
