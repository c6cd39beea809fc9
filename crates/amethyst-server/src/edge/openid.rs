//! The documents by which others verify our tokens: `/.well-known/openid-configuration` and
//! `/openid/v1/jwks` (kubernetes `pkg/routes/openidmetadata.go`).

use http::header::{ACCEPT, CACHE_CONTROL, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::answer::{self, Answer};
use super::body::ResponseBody;
use super::{Inner, negotiate, route};
use crate::identity::{CONFIGURATION_PATH, JWKS_PATH, MAX_AGE_SECONDS};
use crate::status::Status;

/// Whether a path is one of the documents that this server has.
pub(super) fn serves(server: &Inner, path: &str) -> bool {
    matches!(path, CONFIGURATION_PATH | JWKS_PATH) && server.registry.identity().is_discoverable()
}

/// Answers with a document.
pub(super) async fn handle(server: &Inner, path: &str, parts: &Parts) -> Result<Answer, Status> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(route::not_allowed());
    }
    let content_type = if path == JWKS_PATH { "application/jwk-set+json" } else { "application/json" };
    if !accepts(&parts.headers, content_type) {
        return Err(negotiate::only_there_in(content_type));
    }
    let identity = server.registry.identity();
    let document = if path == JWKS_PATH {
        identity.key_set().await
    } else {
        identity.configuration(&server.options.address).await
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

/// Whether a client takes a content type. The web framework that upstream uses here takes no `application/*`.
fn accepts(headers: &HeaderMap, content_type: &str) -> bool {
    let mut all = headers.get_all(ACCEPT).iter().filter_map(|header| header.to_str().ok()).peekable();
    if all.peek().is_none() {
        return true;
    }
    all.flat_map(|header| header.split(','))
        .map(|kind| kind.split(';').next().unwrap_or_default().trim())
        .any(|kind| kind == "*/*" || kind == content_type)
}
