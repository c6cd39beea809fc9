//! `url.Parse`.

use super::escape::{Mode, escape, unescape};
use crate::print::quote;
use crate::text::lossy;

/// The parts of a URL, escapes taken out.
#[derive(Default)]
pub(super) struct Url {
    pub(super) scheme: Vec<u8>,
    pub(super) opaque: Vec<u8>,
    pub(super) user: Option<User>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) query: Vec<u8>,
    pub(super) fragment: Vec<u8>,
}

/// Who asks.
pub(super) struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl User {
    /// Name and password, escaped.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = escape(&self.name, Mode::User);
        if let Some(password) = &self.password {
            text.push(b':');
            text.extend(escape(password, Mode::User));
        }
        text
    }
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(found) => (&text[..found], Some(&text[found + 1..])),
        None => (text, None),
    }
}

pub(super) fn parse(text: &[u8]) -> Result<Url, String> {
    let wrapped = |text: &[u8], error: String| {
        let mut shown = String::new();
        quote(text, &mut shown);
        format!("parse {shown}: {error}")
    };
    let (before, fragment) = cut(text, b'#');
    let mut url = parse_part(before).map_err(|error| wrapped(before, error))?;
    if let Some(fragment) = fragment {
        url.fragment = unescape(fragment, Mode::Fragment).map_err(|error| wrapped(text, error))?;
    }
    Ok(url)
}

fn parse_part(text: &[u8]) -> Result<Url, String> {
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = text.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if (!url.scheme.is_empty() || !rest.starts_with(b"///")) && rest.starts_with(b"//") {
        let authority = &rest[2..];
        let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
        rest = &authority[end..];
        (url.user, url.host) = self::authority(&url.scheme, &authority[..end])?;
    }
    url.path = unescape(rest, Mode::Path)?;
    Ok(url)
}

fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn authority(scheme: &[u8], text: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let at = text.iter().rposition(|byte| *byte == b'@');
    let host = host(scheme, at.map_or(text, |at| &text[at + 1..]))?;
    let Some(at) = at else { return Ok((None, host)) };
    let info = &text[..at];
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !info.iter().all(is_allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(info, b':');
    let name = unescape(name, Mode::User)?;
    let password = password.map(|password| unescape(password, Mode::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

/// Nothing, or a colon and digits.
pub(super) fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn checked_port(text: &[u8]) -> Result<(), String> {
    if is_port(text) {
        return Ok(());
    }
    let mut shown = String::new();
    quote(text, &mut shown);
    Err(format!("invalid port {shown} after host"))
}

fn host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return bracketed(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    let first = host.iter().position(|byte| *byte == b':');
    let last = host.iter().rposition(|byte| *byte == b':');
    if let (Some(first), Some(last)) = (first, last) {
        let is_strict = scheme == b"http" || scheme == b"https";
        checked_port(&host[if is_strict { first } else { last }..])?;
    }
    unescape(host, Mode::Host)
}

fn bracketed(host: &[u8]) -> Result<Vec<u8>, String> {
    let end = host.iter().rposition(|byte| *byte == b']');
    let end = end.ok_or_else(|| "missing ']' in host".to_owned())?;
    checked_port(&host[end + 1..])?;
    let port = unescape(&host[end + 1..], Mode::Host)?;
    let name = &host[1..end];
    let zone = memchr::memmem::find(name, b"%25").unwrap_or(name.len());
    let mut address = unescape(&name[..zone], Mode::Host)?;
    address.extend(unescape(&name[zone..], Mode::Zone)?);
    let text = lossy(&address);
    let (bare, zone) = text.split_once('%').map_or((text.as_ref(), None), |(bare, zone)| (bare, Some(zone)));
    if bare.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if bare.parse::<std::net::Ipv6Addr>().is_err() || zone == Some("") {
        let shown = crate::print::quoted(&text);
        return Err(format!("invalid host: ParseAddr({shown}): unable to parse IP"));
    }
    Ok([b"[", address.as_slice(), b"]", port.as_slice()].concat())
}
