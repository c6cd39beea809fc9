//! One call: the review goes out, the answer comes back and is checked.

use amethyst_http::{HttpError, Request, Response};
use amethyst_object::{Value, json};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

use super::super::attributes::Attributes;
use super::super::matching::Match;
use super::super::versions;
use super::hook::{Hook, Place};
use super::outcome::{self, Failure};
use super::review::{self, Answer};

/// An answer may be this long: a patch of the largest object, and then some.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// An error shows this much of what came back.
const SHOWN_BYTES_MAX: usize = 2048;

/// Asks a webhook; warnings and audit annotations are noted, a no is a failure.
pub(super) async fn call(
    hook: &Hook,
    mutating: bool,
    attributes: &Attributes<'_>,
    found: &Match,
    object: Option<&Value>,
) -> Result<Answer, Failure> {
    if attributes.dry_run() && !hook.dry_runs {
        return Err(outcome::no_dry_run(hook));
    }
    let Some(version) = hook.version else {
        let why = "webhook does not accept known AdmissionReview versions (v1, v1beta1)";
        return Err(Failure::Calling(format!("could not create admission objects: {why}")));
    };
    let uid = attributes.attempt.registry.options().entropy.uuid();
    let old =
        attributes.old.as_ref().map(|old| versions::convert(attributes.resource(), &found.resource, old));
    let body = review::request(version, &uid, attributes, found, object, old.as_ref());
    let review = send(hook, attributes, body).await?;
    let answer = review::verify(version, &uid, mutating, &review)
        .map_err(|why| Failure::Calling(format!("received invalid webhook response: {why}")))?;
    let call = attributes.attempt.call;
    answer.warnings.iter().for_each(|warning| call.warnings.add(warning.as_str()));
    for (key, text) in &answer.audit {
        call.warnings.annotate(format!("{}/{key}", hook.name), text.as_str());
    }
    if answer.allowed { Ok(answer) } else { Err(outcome::rejection(hook, answer.result)) }
}

async fn send(hook: &Hook, attributes: &Attributes<'_>, body: Vec<u8>) -> Result<Value, Failure> {
    let endpoint =
        hook.endpoint().map_err(|why| Failure::Calling(format!("could not get REST client: {why}")))?;
    let (origin, path) = match hook.place() {
        Place::Url(url) => split(url),
        Place::Service(service) => {
            service.look_up(attributes.attempt);
            (service.origin(), service.path.clone())
        }
        Place::Nowhere => (String::new(), String::new()),
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let path = format!("{slash}{path}?timeout={}s", hook.timeout.as_secs());
    let request = Request {
        method: Method::POST,
        path: path.clone(),
        headers: headers(),
        body: Bytes::from(body),
        // The webhook's own time, which runs out first, counts the wait for a place too.
        timeout: hook.timeout.saturating_mul(2),
        response_bytes_max: ANSWER_BYTES_MAX,
    };
    let exchange = async {
        let _permit = hook.in_flight.acquire().await;
        endpoint.send(request).await
    };
    let sent = tokio::time::timeout(hook.timeout, exchange).await.unwrap_or(Err(HttpError::Deadline));
    let response = sent.map_err(|error| Failure::call(format!("Post \"{origin}{path}\": {error}")))?;
    decode(&response).map_err(Failure::call)
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("kube-apiserver-admission"));
    headers
}

/// A URL as origin and path.
fn split(url: &str) -> (String, String) {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    (url[..end].to_owned(), url[end..].to_owned())
}

/// The review in an answer, or the error that client-go makes of it (`rest/request.go`).
fn decode(response: &Response) -> Result<Value, String> {
    let parsed = json::parse(&response.body);
    if !response.status.is_success() {
        if let Ok(status) = &parsed
            && (status.str_at(&["kind"]), status.str_at(&["status"])) == (Some("Status"), Some("Failure"))
        {
            return Err(status.str_at(&["message"]).unwrap_or_default().to_owned());
        }
        return Err(unexpected(response));
    }
    if response.body.is_empty() {
        let kind = content_type(response).unwrap_or_default();
        let code = response.status.as_u16();
        return Err(format!("0-length response with status code: {code} and content type: {kind}"));
    }
    let review = parsed.map_err(|error| format!("couldn't get version/kind; json parse error: {error}"))?;
    if review.as_object().is_none() {
        return Err(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            review.type_name()
        ));
    }
    Ok(review)
}

fn content_type(response: &Response) -> Option<&str> {
    response.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

/// An HTTP error without a Status in it (`errors.NewGenericServerResponse`).
fn unexpected(response: &Response) -> String {
    let shown = &response.body[..response.body.len().min(SHOWN_BYTES_MAX)];
    let textual = content_type(response).is_none_or(|kind| kind.starts_with("text/"));
    let said = String::from_utf8_lossy(shown);
    let said = if textual { said.trim() } else { "unknown" };
    match response.status.as_u16() {
        409 => "the server reported a conflict".to_owned(),
        404 => "the server could not find the requested resource".to_owned(),
        400 => "the server rejected our request for an unknown reason".to_owned(),
        401 => "the server has asked for the client to provide credentials".to_owned(),
        406 if said.is_empty() || said == "unknown" => {
            "the server was unable to respond with a content type that the client supports".to_owned()
        }
        403 | 406 | 415 => said.to_owned(),
        405 => "the server does not allow this method on the requested resource".to_owned(),
        422 => "the server rejected our request due to an error in our request".to_owned(),
        503 => "the server is currently unable to handle the request".to_owned(),
        504 => "the server was unable to return a response in the time allotted, but may still be processing the request"
            .to_owned(),
        429 => "the server has received too many requests and has asked us to try again later".to_owned(),
        code if code >= 500 => {
            format!("an error on the server ({said:?}) has prevented the request from succeeding")
        }
        code => {
            format!("the server responded with the status code {code} but did not return more information")
        }
    }
}
