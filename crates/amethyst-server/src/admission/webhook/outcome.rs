//! What a call comes to when it is not "allowed", and what the client is told
//! (kubernetes/apiserver `pkg/admission/plugin/webhook/errors`, `pkg/util/webhook/error.go`).

use amethyst_object::Value;

use super::hook::Hook;
use crate::status::Status;

/// Why a call is no yes.
#[derive(Debug)]
pub(super) enum Failure {
    /// The webhook could not be asked, or its answer is none: the failure policy decides.
    Calling(String),
    /// It said no.
    Rejected(Status),
    /// The server's own fault, or the request's.
    Internal(Status),
}

impl Failure {
    /// `failed to call webhook: ...`.
    pub(super) fn call(why: impl std::fmt::Display) -> Self {
        Self::Calling(format!("failed to call webhook: {why}"))
    }

    /// The answer to the client; none when the failure policy lets it pass.
    pub(super) fn settle(self, hook: &Hook) -> Option<Status> {
        match self {
            Self::Rejected(status) | Self::Internal(status) => Some(status),
            Self::Calling(why) => {
                let message = format!("failed calling webhook {:?}: {why}", hook.name.as_str());
                if hook.ignores_failure {
                    tracing::warn!(configuration = %hook.configuration, "failing open: {message}");
                    return None;
                }
                Some(Status::internal(message))
            }
        }
    }
}

/// A dry run that the webhook's side effects forbid.
pub(super) fn no_dry_run(hook: &Hook) -> Failure {
    let message = format!("admission webhook {:?} does not support dry run", hook.name.as_str());
    Failure::Internal(Status::bad_request(message))
}

/// The webhook's own Status, made a failure if it is none.
pub(super) fn rejection(hook: &Hook, result: Option<Value>) -> Failure {
    let denied = format!("admission webhook {:?} denied the request", hook.name.as_str());
    let result = result.unwrap_or_default();
    let text = |key: &str| result.str_at(&[key]).unwrap_or_default();
    let code = result.get("code").and_then(Value::as_i64).unwrap_or_default().max(400);
    let message = match (text("message"), text("reason")) {
        ("", "") => format!("{denied} without explanation"),
        ("", reason) => format!("{denied}: {reason}"),
        (message, _) => format!("{denied}: {message}"),
    };
    let status = Status::foreign(u16::try_from(code).unwrap_or(500), text("reason"), message);
    let details = result.get("details").and_then(Value::as_object).cloned();
    Failure::Rejected(status.with_foreign_details(details))
}
