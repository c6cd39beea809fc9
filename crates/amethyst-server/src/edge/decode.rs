//! Bodies of requests: read within a limit, decoded by their content type, checked for their kind.

mod kind;
mod media;

use amethyst_object::{FieldPath, GroupVersionKind, Value, json};
use amethyst_yaml::{Dialect, parse_first};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Limited};

pub(crate) use kind::{Expected, Known};
pub(crate) use media::Media;

use super::discovery::hexadecimal;

use crate::registry::{Body, DeleteOptions, PatchKind};
use crate::request::Query;
use crate::status::{Reason, Status};

/// Upstream's limit on bodies of requests.
pub(crate) const BODY_BYTES_MAX: usize = 3 << 20;

/// Reads a whole body; past the limit it is refused with 413.
pub(crate) async fn read<B>(body: B) -> Result<Bytes, Status>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || {
        let message = format!("Request entity too large: limit is {BODY_BYTES_MAX}");
        Status::new(Reason::RequestEntityTooLarge, message)
    };
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Err(error) => Err(Status::bad_request(format!("failed to read the request body: {error}"))),
    }
}

/// Decodes the object of a create or update.
pub(crate) fn object(
    headers: &HeaderMap,
    bytes: &Bytes,
    expected: &Expected<'_>,
    known: Known<'_>,
) -> Result<Body, Status> {
    let media = Media::of_object(headers, expected.custom)?;
    let unrecognized = |why: &str| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): {why} ({})",
            expected.gvk.kind,
            summary(bytes)
        ))
    };
    let mut body = document(media, bytes, &expected.gvk).map_err(|why| unrecognized(&why))?;
    if body.value.is_null() {
        // Go's decoder leaves the object as it is.
        body.value = Value::object();
    }
    let Value::Object(map) = &mut body.value else {
        return Err(unrecognized(&not_a_map(&body.value)));
    };
    kind::check(map, bytes, expected, known).map_err(|fault| match fault {
        kind::Fault::Unrecognized(why) => unrecognized(&why),
        kind::Fault::Refused(status) => status,
    })?;
    Ok(body)
}

/// Decodes a patch. What an apply holds must be of the endpoint's kind.
pub(crate) fn patch(
    kind: PatchKind,
    bytes: &Bytes,
    expected: &Expected<'_>,
    known: Known<'_>,
) -> Result<Body, Status> {
    let body = patch_document(kind, bytes)?;
    let wanted = match kind {
        PatchKind::Apply => {
            kind::check_apply(&body.value, expected, known)?;
            return Ok(body);
        }
        PatchKind::Merge | PatchKind::Strategic if body.value.as_object().is_some() => return Ok(body),
        PatchKind::Json if body.value.as_array().is_some() => return Ok(body),
        PatchKind::Json => "[]handlers.jsonPatchOp",
        PatchKind::Merge | PatchKind::Strategic => "map[string]interface {}",
    };
    let found = go_name(&body.value);
    let message =
        format!("error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}");
    Err(Status::bad_request(message))
}

fn patch_document(kind: PatchKind, bytes: &Bytes) -> Result<Body, Status> {
    if kind == PatchKind::Apply {
        // Clients write JSON under the YAML type, so that is tried first.
        let text = bytes.trim_ascii_start();
        if text.first() == Some(&b'{')
            && let Ok(parsed) = json::parse_with(bytes, json::Limits::default())
        {
            return Ok(Body { value: parsed.value, duplicates: parsed.duplicates, yaml: true });
        }
        return yaml(bytes).map_err(|why| {
            Status::bad_request(format!("error decoding patch: error converting YAML to JSON: {why}"))
        });
    }
    let parsed = json::parse_with(bytes, json::Limits::default())
        .map_err(|_| Status::bad_request("invalid JSON patch"))?;
    Ok(Body { value: parsed.value, duplicates: parsed.duplicates, yaml: false })
}

/// Decodes `DeleteOptions`: from the body when there is one, else from the query.
pub(crate) fn delete_options(
    headers: &HeaderMap,
    bytes: &Bytes,
    query: &Query,
) -> Result<DeleteOptions, Status> {
    if bytes.is_empty() {
        return DeleteOptions::from_query(query);
    }
    let media = Media::of_object(headers, false)?;
    let gvk = GroupVersionKind::new("meta.k8s.io", "v1", "DeleteOptions");
    let body = document(media, bytes, &gvk).map_err(Status::bad_request)?;
    let Value::Object(map) = &body.value else {
        return Err(Status::bad_request(not_a_map(&body.value)));
    };
    // Any group's version of the kind will do: clients send that of the resource.
    let (kind, version) = (map.str("kind").unwrap_or_default(), map.str("apiVersion").unwrap_or_default());
    if !matches!(kind, "" | "DeleteOptions") {
        return Err(Status::bad_request(kind::not_registered(kind, version)));
    }
    DeleteOptions::from_value(&body.value)
}

fn document(media: Media, bytes: &Bytes, gvk: &GroupVersionKind) -> Result<Body, String> {
    match media {
        Media::Json => json::parse_with(bytes, json::Limits::default())
            .map(|parsed| Body { value: parsed.value, duplicates: parsed.duplicates, yaml: false })
            .map_err(|error| {
                let why =
                    if error.offset >= bytes.len() { "unexpected end of JSON input" } else { &error.reason };
                format!("couldn't get version/kind; json parse error: {why}")
            }),
        Media::Yaml => yaml(bytes),
        Media::Protobuf => protobuf(bytes, gvk),
    }
}

fn yaml(bytes: &Bytes) -> Result<Body, String> {
    // Of several documents the first one counts, and nothing is seen of the others, as upstream's decoder has it.
    let document = parse_first(bytes, Dialect::GoV2).map_err(|fault| fault.to_string())?;
    let duplicates = document.duplicates.into_iter().map(|found| json::Duplicate {
        path: FieldPath::of([found.key]),
        line: found.value_line,
        keys_before: 0,
    });
    Ok(Body { value: document.value, duplicates: duplicates.collect(), yaml: true })
}

fn protobuf(bytes: &Bytes, gvk: &GroupVersionKind) -> Result<Body, String> {
    amethyst_kinds::protobuf::decode_with_default(bytes, &gvk.api_version(), &gvk.kind)
        .map(Body::from)
        .map_err(|error| error.to_string())
}

/// The type of a value as Go's JSON decoder names it.
fn go_name(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        other => other.type_name(),
    }
}

fn not_a_map(value: &Value) -> String {
    let found = go_name(value);
    format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
    )
}

/// The beginning of a body, as upstream shows it.
fn summary(bytes: &[u8]) -> String {
    const BYTES_MAX: usize = 30;
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let start = &bytes[..bytes.len().min(BYTES_MAX)];
    let text = if bytes[0] == b'{' {
        String::from_utf8_lossy(start).into_owned()
    } else {
        hexadecimal(start).to_ascii_lowercase()
    };
    if bytes.len() > BYTES_MAX { format!("{text} ...") } else { text }
}

#[cfg(test)]
mod tests;
