//! The documents by which others verify our tokens: `/.well-known/openid-configuration` and
//! `/openid/v1/jwks` (kubernetes `pkg/routes/openidmetadata.go`).

use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Method, StatusCode};

use super::answer::{self, Answer};
use super::body::ResponseBody;
use super::{Inner, route};
use crate::identity::{CONFIGURATION_PATH, JWKS_PATH, MAX_AGE_SECONDS};
use crate::status::Status;

/// Whether a path is one of the documents that this server has.
pub(super) fn serves(server: &Inner, path: &str) -> bool {
    matches!(path, CONFIGURATION_PATH | JWKS_PATH) && server.registry.identity().is_discoverable()
}

/// Answers with a document.
pub(super) async fn handle(server: &Inner, path: &str, method: &Method) -> Result<Answer, Status> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(route::not_allowed());
    }
    let identity = server.registry.identity();
    let (content_type, document) = if path == JWKS_PATH {
        ("application/jwk-set+json", identity.key_set().await)
    } else {
        ("application/json", identity.configuration(&server.options.address).await)
    };
    let document = document.map_err(|error| {
        tracing::error!(%error, "failed to say how tokens are verified");
        Status::internal(error)
    })?;
    let body = ResponseBody::full(document);
    let mut answer = answer::with_type(StatusCode::OK, HeaderValue::from_static(content_type), body);
    let cache = HeaderValue::from_str(&format!("public, max-age={MAX_AGE_SECONDS}"));
    answer.headers_mut().insert(CACHE_CONTROL, cache.expect("a number is fit for a header"));
    Ok(answer)
}
