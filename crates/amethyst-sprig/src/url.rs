//! URLs as `net/url` takes them apart and puts them together.

mod escape;
mod parse;

use amethyst_gotemplate::{Function, Map, Value};

use crate::arguments::{Answer, MAP, NIL_DEREFERENCE, STRING, bytes, fixed, map};
use escape::{Mode, escape};
use parse::{Url, User, parse};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("urlParse", &[STRING], |_, a| url_parse(bytes(a, 0))),
    fixed("urlJoin", &[MAP], |_, a| url_join(&map(a, 0))),
];

fn url_parse(text: &[u8]) -> Answer {
    let url = parse(text).map_err(|error| format!("unable to parse url: {error}"))?;
    let string = |bytes: &[u8]| Value::bytes_string(bytes.to_vec());
    let userinfo = url.user.as_ref().map(User::text).unwrap_or_default();
    let parts = [
        ("scheme", string(&url.scheme)),
        ("host", string(&url.host)),
        ("hostname", string(hostname(&url.host))),
        ("path", string(&url.path)),
        ("query", string(&url.query)),
        ("opaque", string(&url.opaque)),
        ("fragment", string(&url.fragment)),
        ("userinfo", string(&userinfo)),
    ];
    Ok(parts.into_iter().collect::<Map>().into())
}

/// The host without port and without the brackets of an IPv6 address.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let host = match colon {
        Some(at) if parse::is_port(&host[at..]) => &host[..at],
        _ => host,
    };
    host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host)
}

fn part(map: &Map, key: &str) -> Result<Vec<u8>, String> {
    match map.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Nil) => Err(NIL_DEREFERENCE.to_owned()),
        Some(value) => value.as_bytes().map(<[u8]>::to_vec).ok_or_else(|| {
            let kind = value.kind_name();
            format!("unable to parse {key} key, must be of type string, but {kind} found")
        }),
    }
}

fn url_join(map: &Map) -> Answer {
    let mut url = Url {
        scheme: part(map, "scheme")?,
        host: part(map, "host")?,
        path: part(map, "path")?,
        query: part(map, "query")?,
        opaque: part(map, "opaque")?,
        fragment: part(map, "fragment")?,
        user: None,
    };
    let userinfo = part(map, "userinfo")?;
    if !userinfo.is_empty() {
        let text = [b"proto://", userinfo.as_slice(), b"@host"].concat();
        url.user = parse(&text).map_err(|error| format!("unable to parse userinfo in dict: {error}"))?.user;
    }
    Ok(Value::bytes_string(joined(&url)))
}

/// `URL.String` of a URL that was not parsed.
fn joined(url: &Url) -> Vec<u8> {
    let mut out = Vec::new();
    if !url.scheme.is_empty() {
        out.extend_from_slice(&url.scheme);
        out.push(b':');
    }
    if url.opaque.is_empty() {
        if !url.host.is_empty() || url.user.is_some() || (!url.scheme.is_empty() && !url.path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &url.user {
            out.extend_from_slice(&user.text());
            out.push(b'@');
        }
        out.extend_from_slice(&escape(&url.host, Mode::Host));
        let path = if url.path == b"*" { b"*".to_vec() } else { escape(&url.path, Mode::Path) };
        if !path.is_empty() && !path.starts_with(b"/") && !url.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty()
            && path.split(|byte| *byte == b'/').next().is_some_and(|first| first.contains(&b':'))
        {
            out.extend_from_slice(b"./");
        }
        out.extend_from_slice(&path);
    } else {
        out.extend_from_slice(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&url.query);
    }
    if !url.fragment.is_empty() {
        out.push(b'#');
        out.extend_from_slice(&escape(&url.fragment, Mode::Fragment));
    }
    out
}
