//! Formats of addresses: IPs, networks, MACs, hosts, mail and URIs, as Go's packages read them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::pattern;

const HOSTNAME: &str = r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$";

/// An address as `net.ParseIP` reads it.
pub(super) fn parse_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// An address, with leading zeros allowed in IPv4 as before Go 1.17.
pub(super) fn parse_ip_sloppy(text: &str) -> Option<IpAddr> {
    if let Some((head, tail)) = text.rsplit_once(':') {
        if !tail.contains('.') {
            return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
        }
        return format!("{head}:{}", parse_v4_sloppy(tail)?).parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    parse_v4_sloppy(text).map(IpAddr::V4)
}

fn parse_v4_sloppy(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() && !part.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| octets.into())
}

/// An address and the length of its prefix.
pub(super) fn is_cidr(text: &str) -> bool {
    let Some((ip, length)) = text.split_once('/') else { return false };
    let length_max = match (parse_ip_sloppy(ip), ip.contains(':')) {
        (None, _) => return false,
        (Some(_), false) => 32,
        (Some(_), true) => 128,
    };
    !length.is_empty()
        && length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u32>().is_ok_and(|length| length <= length_max)
}

/// 6, 8 or 20 bytes in hex, by pairs with colons or dashes, by fours with dots.
pub(super) fn is_mac(text: &str) -> bool {
    let (separator, width) = match text.as_bytes() {
        [_, _, separator @ (b':' | b'-'), ..] => (char::from(*separator), 2),
        [_, _, _, _, b'.', ..] => ('.', 4),
        _ => return false,
    };
    let groups: Vec<_> = text.split(separator).collect();
    matches!(groups.len() * width / 2, 6 | 8 | 20)
        && groups
            .iter()
            .all(|group| group.len() == width && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An Internet host name; letters and symbols of any script are allowed.
pub(super) fn is_hostname(text: &str) -> bool {
    text.len() <= 255
        && text.split('.').all(|label| label.len() <= 63)
        && pattern::matches(HOSTNAME, text).unwrap_or(false)
}

/// `net/mail.ParseAddress`, without comments, groups and encoded words.
pub(super) fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    let Some(bare) = text.strip_suffix('>') else { return is_address(text) };
    let Some((name, address)) = bare.rsplit_once('<') else { return false };
    let name = name.trim_matches([' ', '\t']);
    let is_name = name.is_empty()
        || is_quoted(name)
        || name
            .split([' ', '\t'])
            .all(|word| word.is_empty() || is_quoted(word) || word.chars().all(|c| is_atom(c) || c == '.'));
    is_name && is_address(address.trim_matches([' ', '\t']))
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_dot_atom = |text: &str| text.split('.').all(|part| !part.is_empty() && part.chars().all(is_atom));
    let is_literal = |text: &str| {
        text.strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .is_some_and(|inner| parse_ip(inner.strip_prefix("IPv6:").unwrap_or(inner)).is_some())
    };
    (is_dot_atom(local) || (local.len() > 2 && is_quoted(local)))
        && (is_dot_atom(domain) || is_literal(domain))
}

fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_quoted(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return false };
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return false,
            c if c.is_ascii_control() && c != '\t' => return false,
            _ => {}
        }
    }
    !escaped
}

/// `net/url.ParseRequestURI`: an absolute URI or an absolute path.
pub(super) fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = split_scheme(text) else { return false };
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    if !rest.starts_with('/') {
        return !scheme.is_empty();
    }
    let path = match rest.strip_prefix("//") {
        Some(authority) if !scheme.is_empty() => {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, path) = authority.split_at(end);
            if !is_authority(scheme, authority) {
                return false;
            }
            path
        }
        _ => rest,
    };
    has_good_escapes(path)
}

/// The scheme, empty when there is none; nothing when it is missing before a colon.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return None,
            b':' => return Some((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

fn is_authority(scheme: &str, text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').map_or(("", text), |(user, host)| (user, host));
    let is_user = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(is_user) || !has_good_escapes(user) {
        return false;
    }
    let port_at = if host.starts_with('[') { host.rfind(']').map(|at| at + 1) } else { host.find(':') };
    // Only databases list several hosts with ports; http has one colon, before a port.
    let is_strict = matches!(scheme, "http" | "https");
    let port_at = if is_strict || host.starts_with('[') { port_at } else { host.rfind(':') };
    let (host, port) = port_at.map_or((host, ""), |at| host.split_at(at));
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_port
        && match host.strip_prefix('[') {
            Some(literal) => literal.strip_suffix(']').is_some_and(is_ip_literal),
            None => !host.contains('[') && is_host(host),
        }
}

/// An IPv6 address, perhaps with a zone.
fn is_ip_literal(text: &str) -> bool {
    let (ip, zone) = text.split_once("%25").map_or((text, None), |(ip, zone)| (ip, Some(zone)));
    ip.parse::<Ipv6Addr>().is_ok() && zone.is_none_or(|zone| !zone.is_empty() && is_host(zone))
}

/// Host characters; escapes stand for other bytes than those of ASCII.
fn is_host(text: &str) -> bool {
    let is_plain =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c);
    let is_escape =
        |rest: &str| rest.starts_with("25") || rest.starts_with(|c: char| "89abcdefABCDEF".contains(c));
    text.chars().all(is_plain) && has_good_escapes(text) && text.split('%').skip(1).all(is_escape)
}

fn has_good_escapes(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}
