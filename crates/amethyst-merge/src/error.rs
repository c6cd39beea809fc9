//! Why a patch cannot be applied.

use thiserror::Error;

/// Why a patch cannot be applied. The text is what clients of Kubernetes see; the variant says which
/// status an API server answers with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatchError {
    /// 400 `BadRequest`: the patch is malformed.
    #[error("{0}")]
    BadRequest(String),
    /// 422 with no reason of its own: the patch is well formed, the document does not take it.
    #[error("{0}")]
    Unprocessable(String),
    /// 413 `RequestEntityTooLarge`.
    #[error("{0}")]
    TooLarge(String),
    /// 500 `InternalError`: upstream answers so for patches that contradict the kind.
    #[error("{0}")]
    Internal(String),
}
