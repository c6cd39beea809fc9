//! Raw requests over a `kube::Client`: bytes out, bytes in, so that objects never become
//! `serde_json::Value` trees on their way.

use http::{Method, Request, header};
use kube::Client;
use kube::client::Body;

use crate::error::ApiError;

/// Sends one request and collects the answer's body; a refusal becomes an error.
pub(crate) async fn send(
    client: &Client,
    method: Method,
    uri: &str,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Result<Vec<u8>, ApiError> {
    let mut request = Request::builder().method(method).uri(uri).header(header::ACCEPT, "application/json");
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    let request = request.body(Body::from(body)).map_err(ApiError::Request)?;
    let unreachable = |error| ApiError::Unreachable(Box::new(error));
    let answer = client.send(request).await.map_err(unreachable)?;
    let code = answer.status();
    if !uri.contains("dryRun=") {
        for warning in answer.headers().get_all(header::WARNING).iter().filter_map(|it| it.to_str().ok()) {
            tracing::warn!(uri, "{}", warning_text(warning));
        }
    }
    let body = answer.into_body().collect_bytes().await.map_err(unreachable)?;
    if code.is_success() { Ok(body.into()) } else { Err(ApiError::from_body(code, &body)) }
}

/// The text of a `Warning` header: `299 - "text"`.
fn warning_text(header: &str) -> &str {
    header.split_once('"').map_or(header, |(_, text)| text.strip_suffix('"').unwrap_or(text))
}

/// Reads what stands at `uri`.
pub(crate) async fn get(client: &Client, uri: &str) -> Result<Vec<u8>, ApiError> {
    send(client, Method::GET, uri, None, Vec::new()).await
}

#[cfg(test)]
mod tests {
    use super::warning_text;

    #[test]
    fn a_warning_is_its_text() {
        let header = "299 - \"v1beta2 Kustomization is deprecated, upgrade to v1\"";
        assert_eq!(warning_text(header), "v1beta2 Kustomization is deprecated, upgrade to v1");
        assert_eq!(warning_text("odd"), "odd");
    }
}
