//! Answers as HTTP: JSON documents, text, `metav1.Status`, warnings.

use amethyst_kinds::protobuf::{EncodeError, Encoder};
use amethyst_object::{GroupVersionKind, Value, json};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WARNING};
use http::{HeaderMap, Response, StatusCode};

use super::body::ResponseBody;
use super::negotiate::Format;
use crate::request::Query;
use crate::status::Status;

pub(crate) type Answer = Response<ResponseBody>;

/// The media type of Kubernetes' protobuf.
pub(crate) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const WARNINGS_BYTES_MAX: usize = 4 << 10;
const WARNING_CHARS_MAX: usize = 256;

/// Whether a client wants to read its answer with its own eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pretty(pub(crate) bool);

impl Pretty {
    /// As upstream: `?pretty`, or a client that is a person's.
    pub(crate) fn of(query: &Query, headers: &HeaderMap) -> Self {
        let person = || {
            let agent = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
            agent.is_some_and(|agent| {
                ["curl", "Wget", "Mozilla/5.0"].iter().any(|person| agent.starts_with(person))
            })
        };
        Self(query.flag("pretty").unwrap_or_else(person))
    }
}

/// An answer in JSON.
pub(crate) fn json_bytes(code: StatusCode, bytes: impl Into<Bytes>, pretty: Pretty) -> Answer {
    let mut bytes = bytes.into();
    if pretty.0
        && let Ok(value) = json::parse(&bytes)
    {
        let mut out = Vec::with_capacity(bytes.len() * 2);
        indent(&value, 0, &mut out);
        bytes = out.into();
    }
    with_type(code, HeaderValue::from_static("application/json"), ResponseBody::full(bytes))
}

/// An answer in JSON, from a document.
pub(crate) fn json_value(code: StatusCode, value: &Value, pretty: Pretty) -> Answer {
    json_bytes(code, json::to_string_in_order(value).into_bytes(), pretty)
}

/// An answer in a format, from a document in JSON; `kind` is what it is an object of.
pub(crate) fn formatted(
    code: StatusCode,
    format: Format,
    kind: &GroupVersionKind,
    bytes: impl Into<Bytes>,
    pretty: Pretty,
) -> Answer {
    match format {
        Format::Json => json_bytes(code, bytes, pretty),
        Format::Yaml => yaml(code, &bytes.into()),
        Format::Protobuf => match protobuf(kind, &bytes.into()) {
            Ok(body) => with_type(code, HeaderValue::from_static(PROTOBUF), ResponseBody::full(body)),
            Err(error) => status(&Status::internal(error), pretty),
        },
    }
}

fn yaml(code: StatusCode, bytes: &[u8]) -> Answer {
    let text = amethyst_yaml::emit(&json::parse(bytes).unwrap_or_default());
    with_type(code, HeaderValue::from_static("application/yaml"), ResponseBody::full(text))
}

/// An object as the body of an answer in protobuf.
fn protobuf(kind: &GroupVersionKind, bytes: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let Some(encoder) = Encoder::of(&kind.group, &kind.version, &kind.kind) else {
        return Err(EncodeError::Type {
            field: "kind",
            expected: "a kind with a message",
            found: kind.kind.to_string(),
        });
    };
    encoder.write_enveloped(&kind.api_version(), &kind.kind, bytes, &mut out)?;
    Ok(out)
}

/// A failure in the format that was asked for.
pub(crate) fn status_in(status: &Status, format: Format, pretty: Pretty) -> Answer {
    let kind = GroupVersionKind::new("", "v1", "Status");
    let bytes = json::to_string_in_order(&status.to_value());
    let answer = formatted(status.code(), format, &kind, bytes.into_bytes(), pretty);
    hurry(answer, status)
}

/// A failure.
pub(crate) fn status(status: &Status, pretty: Pretty) -> Answer {
    hurry(json_value(status.code(), &status.to_value(), pretty), status)
}

/// Says when to come again.
fn hurry(mut answer: Answer, status: &Status) -> Answer {
    if let Some(seconds) = status.retry_after_seconds() {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    answer
}

/// Text, as health checks answer.
pub(crate) fn text(code: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer =
        with_type(code, HeaderValue::from_static("text/plain; charset=utf-8"), ResponseBody::full(text));
    answer
        .headers_mut()
        .insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    answer
}

/// An answer with a content type.
pub(crate) fn with_type(code: StatusCode, content_type: HeaderValue, body: ResponseBody) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = code;
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    answer
}

/// Adds `Warning` headers; past 4 KiB each is cut to 256 characters, and what is still too much is left out.
pub(crate) fn warn(answer: &mut Answer, warnings: &[String]) {
    let long = warnings.iter().map(String::len).sum::<usize>() > WARNINGS_BYTES_MAX;
    let mut bytes = 0;
    for warning in warnings {
        let text = warning_text(warning, if long { WARNING_CHARS_MAX } else { usize::MAX });
        bytes += text.len();
        if bytes > WARNINGS_BYTES_MAX * 2 {
            break;
        }
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            answer.headers_mut().append(WARNING, value);
        }
    }
}

fn warning_text(warning: &str, chars_max: usize) -> String {
    let mut out = String::from("299 - \"");
    for character in warning.chars().take(chars_max) {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn indent(value: &Value, depth: usize, out: &mut Vec<u8>) {
    let line = |depth: usize, out: &mut Vec<u8>| {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', depth * 2));
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                line(depth + 1, out);
                indent(item, depth + 1, out);
            }
            line(depth, out);
            out.push(b']');
        }
        Value::Object(map) if !map.is_empty() => {
            out.push(b'{');
            for (at, (key, item)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                line(depth + 1, out);
                json::write_string(key, out);
                out.extend_from_slice(b": ");
                indent(item, depth + 1, out);
            }
            line(depth, out);
            out.push(b'}');
        }
        other => json::write_canonical(other, out),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;

    use super::{indent, warning_text};

    #[test]
    fn people_get_indented_answers() {
        let mut out = Vec::new();
        indent(&value!({"a": [1, {"b": {}}], "c": []}), 0, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": {}\n    }\n  ],\n  \"c\": []\n}"
        );
    }

    #[test]
    fn warnings_are_quoted() {
        assert_eq!(warning_text("unknown field \"x\"\n", usize::MAX), "299 - \"unknown field \\\"x\\\" \"");
        assert_eq!(warning_text("abc", 2), "299 - \"ab\"");
    }
}
