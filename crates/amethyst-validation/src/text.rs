//! Rules for strings other than names, with upstream's messages (kubernetes/apimachinery `pkg/util/validation`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::at::At;
use crate::faults::Faults;
use crate::names;

/// What is wrong with the name of a port (`IsValidPortName`).
pub(crate) fn port_name(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut say = |wrong: bool, why: &str| {
        if wrong {
            faults.push(why.to_owned());
        }
    };
    say(name.len() > 15, "must be no more than 15 characters");
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    say(
        name.is_empty() || !name.bytes().all(legal),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    say(!name.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    say(name.contains("--"), "must not contain consecutive hyphens");
    say(name.starts_with('-') || name.ends_with('-'), "must not begin or end with a hyphen");
    faults
}

/// What is wrong with the name of an environment variable (`IsRelaxedEnvVarName`).
pub(crate) fn variable_name(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push("environment variable name must be non-empty".to_owned());
    }
    if !name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
        faults.push(why.to_owned());
    }
    faults
}

/// What is wrong with a key of a ConfigMap or Secret (`IsConfigMapKey`).
pub(crate) fn config_key(key: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if key.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if key.is_empty() || !key.bytes().all(legal) {
        faults.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_owned(),
        );
    }
    match key {
        "." | ".." => faults.push(format!("must not be '{key}'")),
        _ if key.starts_with("..") => faults.push("must not start with '..'".to_owned()),
        _ => {}
    }
    faults
}

/// What is wrong with the name of an HTTP header (`IsHTTPHeaderName`).
pub(crate) fn header_name(name: &str) -> Vec<String> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    vec![
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for \
         validation is '[-A-Za-z0-9]+')"
            .to_owned(),
    ]
}

/// What is wrong with a percentage (`IsValidPercent`).
pub(crate) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    vec![
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
         for validation is '[0-9]+%')"
            .to_owned(),
    ]
}

/// What is wrong with an identifier of C (`IsCIdentifier`).
pub(crate) fn c_identifier(text: &str) -> Vec<String> {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Vec::new();
    }
    vec![
        "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric \
         characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is \
         '[A-Za-z_][A-Za-z0-9_]*')"
            .to_owned(),
    ]
}

const UNDERSCORED: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";

/// What is wrong with a DNS subdomain that may hold underscores (`IsDNS1123SubdomainWithUnderscore`).
pub(crate) fn subdomain_with_underscore(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = |label: &str| {
        let bytes = label.strip_prefix('_').unwrap_or(label).as_bytes();
        bytes.first().is_some_and(|byte| lower(*byte))
            && bytes.last().is_some_and(|byte| lower(*byte))
            && bytes.iter().all(|byte| lower(*byte) || matches!(byte, b'-' | b'_'))
    };
    if !name.split('.').all(fits) {
        faults.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and \
             must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{UNDERSCORED}(\\.{UNDERSCORED})*')"
        ));
    }
    faults
}

/// What is wrong with a DNS subdomain behind `*.` (`IsWildcardDNS1123Subdomain`).
pub(crate) fn wildcard(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    let fine = name.strip_prefix("*.").is_some_and(names::is_subdomain);
    if !fine {
        faults.push(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
             consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. \
             '*.example.com', regex used for validation is \
             '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .to_owned(),
        );
    }
    faults
}

/// An address as Go's older parser takes it: IPv4 with leading zeros, too.
pub(crate) fn ip_sloppy(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().filter(|_| !text.contains('%')).map(IpAddr::V6);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let octets: Option<Vec<u8>> = parts
        .iter()
        .map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let trimmed = part.trim_start_matches('0');
            digits.then(|| if trimmed.is_empty() { Some(0) } else { trimmed.parse().ok() }).flatten()
        })
        .collect();
    let octets: [u8; 4] = octets?.try_into().ok()?;
    Some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// What is wrong with an address of an older field (`IsValidIPForLegacyField`, strict).
pub(crate) fn ip_legacy(text: &str) -> Vec<String> {
    let Some(address) = ip_sloppy(text) else {
        return vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()];
    };
    if text.parse::<IpAddr>().is_err() {
        return vec!["must not have leading 0s".to_owned()];
    }
    if matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        return vec!["must not be an IPv4-mapped IPv6 address".to_owned()];
    }
    Vec::new()
}

/// What is wrong with an address of a newer field (`IsValidIP`).
pub(crate) fn ip(text: &str) -> Vec<String> {
    let faults = ip_legacy(text);
    if !faults.is_empty() {
        return faults;
    }
    let canonical = ip_sloppy(text).map(|address| address.to_string()).unwrap_or_default();
    if canonical == text { Vec::new() } else { vec![format!("must be in canonical form ({canonical:?})")] }
}

/// A network as Go's older parser takes it: its address and the length of its prefix.
pub(crate) fn cidr_sloppy(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address = ip_sloppy(address)?;
    let fits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u8 = fits.then(|| bits.parse().ok()).flatten()?;
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
}

/// The first address of a network.
pub(crate) fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}

/// What is wrong with a network of an older field (`IsValidCIDRForLegacyField`, strict).
pub(crate) fn cidr_legacy(text: &str) -> Vec<String> {
    let Some((address, bits)) = cidr_sloppy(text) else {
        return vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned()];
    };
    let (host, prefix) = text.split_once('/').unwrap_or((text, ""));
    let zeros = prefix.len() > 1 && prefix.starts_with('0') || host.parse::<IpAddr>().is_err();
    let mapped = matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
    let why = if zeros {
        "must not have leading 0s in IP or prefix length"
    } else if mapped {
        "must not have an IPv4-mapped IPv6 address"
    } else if masked(address, bits) != address {
        "must not have bits set beyond the prefix length"
    } else {
        return Vec::new();
    };
    vec![why.to_owned()]
}

/// A path behind a domain (`IsDomainPrefixedPath`).
pub(crate) fn domain_path(at: &At<'_>, faults: &mut Faults) {
    if !faults.needs_text(at) {
        return;
    }
    let parts = at.str().split_once('/').filter(|(host, path)| !host.is_empty() && !path.is_empty());
    let Some((host, path)) = parts else {
        return faults.invalid(at, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    };
    for why in names::subdomain(host) {
        faults.invalid_value(&at.path, host, why);
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    if !path.bytes().all(legal) {
        let why = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
        faults.invalid_value(&at.path, path, why);
    }
}

/// What is wrong with a path below some folder (`validateLocalDescendingPath`).
pub(crate) fn descending_path(path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if path.starts_with('/') {
        faults.push("must be a relative path".to_owned());
    }
    faults.extend(backsteps(path));
    faults
}

/// The same, without names that begin with two dots (`ValidateLocalNonReservedPath`).
pub(crate) fn local_path(path: &str) -> Vec<String> {
    let mut faults = descending_path(path);
    if path.starts_with("..") && !path.starts_with("../") {
        faults.push("must not start with '..'".to_owned());
    }
    faults
}

/// What is wrong with a path that steps back (`validatePathNoBacksteps`).
pub(crate) fn backsteps(path: &str) -> Option<String> {
    path.split('/').any(|part| part == "..").then(|| "must not contain '..'".to_owned())
}
