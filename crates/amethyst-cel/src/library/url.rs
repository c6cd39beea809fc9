//! URLs (apiserver `pkg/cel/library/urls.go`, Go's `net/url`).

use std::fmt;
use std::sync::Arc;

use amethyst_schema::has_format;

use super::numbers::quote_go;
use super::{Native, no_overload};
use crate::error::EvalError;
use crate::value::{Entries, Key, Map, Value};

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

/// A URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    text: String,
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Url {
    fn parse(text: &str) -> std::result::Result<Self, EvalError> {
        if !has_format(text, "uri") {
            let why = if text.is_empty() { "empty url" } else { "invalid URI for request" };
            let message =
                format!("URL parse error during conversion from string: parse {}: {why}", quote_go(text));
            return Err(EvalError::new(message));
        }
        let (rest, _fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        let (scheme, rest) =
            rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", rest));
        let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (authority.rsplit_once('@').map_or(authority, |(_, host)| host), path)
            }
            // What does not begin with a slash is no path.
            None => ("", if rest.starts_with('/') || scheme.is_empty() { rest } else { "" }),
        };
        Ok(Self {
            text: text.to_owned(),
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    /// Host and port; the host of an address has no brackets.
    fn split_host(&self) -> (&str, &str) {
        let host = self.host.as_str();
        let (host, port) = match host.rfind(':') {
            Some(at)
                if host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()) && !host[at..].contains(']') =>
            {
                (&host[..at], &host[at + 1..])
            }
            _ => (host, ""),
        };
        (host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port)
    }

    /// The path, with what may not stand in it escaped.
    fn escaped_path(&self) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]%".contains(&byte);
        let mut out = String::with_capacity(self.path.len());
        for byte in self.path.bytes() {
            if is_plain(byte) { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
        }
        out
    }

    /// The values of the query by name; what is malformed is left out.
    fn query_map<'v>(&self) -> Value<'v> {
        let mut entries: Vec<(String, Vec<Value<'v>>)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(key), Some(value)) = (unescape(key), unescape(value)) else { continue };
            match entries.iter_mut().find(|(own, _)| *own == key) {
                Some((_, values)) => values.push(Value::from(value)),
                None => entries.push((key, vec![Value::from(value)])),
            }
        }
        let entries: Entries<'v> =
            entries.into_iter().map(|(key, values)| (Key(Value::from(key)), Value::list(values))).collect();
        Value::Map(Map::Built(Arc::new(entries)))
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
            }
            byte => out.push(byte),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "url" => |args| match args {
            [Value::String(text)] => Ok(Value::Url(Arc::new(Url::parse(text)?))),
            _ => no_overload("url", args),
        },
        "isURL" => |args| match args {
            [Value::String(text)] => Ok(Value::Bool(has_format(text, "uri"))),
            _ => no_overload("isURL", args),
        },
        "getScheme" => |args| part("getScheme", args, |url| Value::text(&url.scheme)),
        "getHost" => |args| part("getHost", args, |url| Value::text(&url.host)),
        "getHostname" => |args| part("getHostname", args, |url| Value::text(url.split_host().0)),
        "getPort" => |args| part("getPort", args, |url| Value::text(url.split_host().1)),
        "getEscapedPath" => |args| part("getEscapedPath", args, |url| Value::from(url.escaped_path())),
        "getQuery" => |args| part("getQuery", args, Url::query_map),
        _ => return None,
    })
}

fn part<'v>(name: &str, args: &[Value<'v>], read: fn(&Url) -> Value<'v>) -> Result<'v> {
    match args {
        [Value::Url(url)] => Ok(read(url)),
        _ => no_overload(name, args),
    }
}
