//! A refusal, as the client will see it.

use amethyst_schema::Fault;

/// Why a write is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Denial {
    /// `admission.NewForbidden`: the server puts `<resource> "<name>" is forbidden: ` before the text.
    Forbidden(String),
    /// The same, with a cause that clients tell cases by.
    ForbiddenBecause {
        /// The text.
        why: String,
        /// `metav1.CauseType`: `NodeCapacity`.
        cause: &'static str,
    },
    /// The object is invalid (422), by these fields.
    Invalid(Vec<Fault>),
    /// A status of the plugin's own.
    Status {
        /// The HTTP status.
        code: u16,
        /// `metav1.StatusReason`: `NotFound`, or any text of a policy's own; may be empty.
        reason: String,
        /// The message, whole.
        message: String,
    },
}

impl Denial {
    /// A refusal of the usual kind.
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::Forbidden(why.into())
    }

    /// What is asked for names an object that is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::Status { code: 404, reason: "NotFound".to_owned(), message: message.into() }
    }

    /// The request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::Status { code: 400, reason: "BadRequest".to_owned(), message: message.into() }
    }

    /// The plugin itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        let message = format!("Internal error occurred: {}", message.into());
        Self::Status { code: 500, reason: "InternalError".to_owned(), message }
    }
}
