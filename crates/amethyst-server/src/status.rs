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
    const ALL: [Self; 18] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Conflict,
        Self::Gone,
        Self::Expired,
        Self::Invalid,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestEntityTooLarge,
        Self::UnsupportedMediaType,
        Self::Timeout,
        Self::TooManyRequests,
        Self::InternalError,
        Self::ServiceUnavailable,
        Self::Unknown,
    ];

    /// As it is written; empty where upstream writes none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequest",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
            Self::Gone => "Gone",
            Self::Expired => "Expired",
            Self::Invalid => "Invalid",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::NotAcceptable => "NotAcceptable",
            Self::RequestEntityTooLarge => "RequestEntityTooLarge",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::Timeout => "Timeout",
            Self::TooManyRequests => "TooManyRequests",
            Self::InternalError => "InternalError",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::Unknown => "",
        }
    }

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
    /// A policy's or a webhook's own code and reason, which then count.
    own: Option<(StatusCode, String)>,
    /// Details that somebody else wrote, as they are.
    foreign_details: Option<Map>,
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
            own: None,
            foreign_details: None,
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
        let message = message.to_string();
        let cause = Cause { reason: "", message: message.clone(), field: String::new() };
        Self::new(Reason::InternalError, format!("Internal error occurred: {message}")).causes(vec![cause])
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

    /// A failure with a code and a reason that somebody else chose: a webhook, a policy.
    pub fn foreign(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let code = StatusCode::from_u16(code)
            .ok()
            .filter(|code| code.as_u16() >= 400)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let known = Reason::ALL.iter().find(|known| known.as_str() == reason);
        let mut status = Self::new(known.copied().unwrap_or(Reason::Unknown), message);
        status.0.own = Some((code, reason.to_owned()));
        status
    }

    /// Adds details that somebody else wrote.
    #[must_use]
    pub(crate) fn with_foreign_details(mut self, details: Option<Map>) -> Self {
        self.0.foreign_details = details;
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
        self.0.own.as_ref().map_or_else(|| self.0.reason.code(), |(code, _)| *code)
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
        let reason = inner.own.as_ref().map_or(inner.reason.as_str(), |(_, reason)| reason.as_str());
        if !reason.is_empty() {
            map.insert("reason", reason);
        }
        if let Some(foreign) = &inner.foreign_details {
            map.insert("details", foreign.clone());
        } else if !details.is_empty() || inner.empty_details {
            map.insert("details", details);
        }
        if !inner.continue_token.is_empty() {
            map.object_mut("metadata").insert("continue", inner.continue_token.as_str());
        }
        map.insert("code", u32::from(self.code().as_u16()));
        status
    }
}

impl Cause {
    fn to_value(&self) -> Value {
        let mut cause = Map::new();
        for (key, text) in [("reason", self.reason), ("message", &self.message), ("field", &self.field)] {
            if !text.is_empty() {
                cause.insert(key, text);
            }
        }
        Value::Object(cause)
    }
}

fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
