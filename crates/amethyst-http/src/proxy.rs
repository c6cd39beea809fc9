//! Which requests go through a proxy. Nothing here reads an environment: the caller says what it found there.

use std::net::IpAddr;

use amethyst_diag::Redacted;
use http::HeaderValue;

use crate::authorization::Authorization;
use crate::url::{Url, UrlError};

/// What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say, in the reading of Go's `httpproxy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    exceptions: Vec<Exception>,
}

/// A proxy that speaks plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<(String, Redacted<String>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    Network { address: IpAddr, bits: u8 },
    Host { name: String, port: Option<u16>, below: bool, itself: bool },
}

impl Proxies {
    /// No proxies.
    pub fn none() -> Self {
        Self::default()
    }

    /// From the values of the three variables; what is empty counts as unset.
    pub fn new(https_proxy: &str, http_proxy: &str, no_proxy: &str) -> Result<Self, UrlError> {
        Ok(Self {
            https: proxy(https_proxy)?,
            http: proxy(http_proxy)?,
            exceptions: no_proxy.split(',').filter_map(exception).collect(),
        })
    }

    /// The proxy for a URL. Loopback is always reached directly.
    pub fn for_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = if url.is_tls() { &self.https } else { &self.http }.as_ref()?;
        let address: Option<IpAddr> = url.host().parse().ok();
        let loopback = url.host() == "localhost" || address.is_some_and(|address| address.is_loopback());
        let excepted = loopback || self.exceptions.iter().any(|exception| exception.covers(url, address));
        (!excepted).then_some(proxy)
    }
}

impl Proxy {
    /// Who we are to the proxy.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let (name, password) = self.user.as_ref()?;
        Authorization::Basic { name: name.clone(), password: password.clone() }.header()
    }
}

impl Exception {
    fn covers(&self, url: &Url, address: Option<IpAddr>) -> bool {
        match self {
            Self::All => true,
            Self::Network { address: network, bits } => {
                address.is_some_and(|address| within(address, *network, *bits))
            }
            Self::Host { name, port, below, itself } => {
                let host = url.host().trim_end_matches('.');
                let same = *itself && host == name;
                let inside = *below
                    && host.len() > name.len()
                    && host.ends_with(name.as_str())
                    && host.as_bytes()[host.len() - name.len() - 1] == b'.';
                (same || inside) && port.is_none_or(|port| port == url.port())
            }
        }
    }
}

fn proxy(text: &str) -> Result<Option<Proxy>, UrlError> {
    if text.is_empty() {
        return Ok(None);
    }
    // As Go: `proxy:3128` is `http://proxy:3128`.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = match Url::parse(&text) {
        Err(UrlError::Scheme { url, .. }) => return Err(UrlError::Proxy(url)),
        parsed => parsed?,
    };
    if url.is_tls() {
        return Err(UrlError::Proxy(url.to_string()));
    }
    Ok(Some(Proxy { host: url.host().to_owned(), port: url.port(), user: url.user() }))
}

fn exception(text: &str) -> Option<Exception> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return None;
    }
    if text == "*" {
        return Some(Exception::All);
    }
    if let Some((address, bits)) = text.split_once('/') {
        let (address, bits) = (address.parse().ok()?, bits.parse().ok()?);
        return Some(Exception::Network { address, bits });
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        return Some(Exception::Network { address, bits });
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse().ok()?)),
        None => (text.as_str(), None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    // `.example.org` and `*.example.org` are what lies below, `example.org` is that and itself.
    let (name, itself) = match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        Some(name) => (name, false),
        None => (name, true),
    };
    Some(Exception::Host { name: name.to_owned(), port, below: true, itself })
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Proxies;
    use crate::url::Url;

    fn direct(no_proxy: &str, url: &str) -> bool {
        let proxies = Proxies::new("proxy:3128", "http://u:p@proxy2", no_proxy).unwrap();
        proxies.for_url(&Url::parse(url).unwrap()).is_none()
    }

    #[test]
    fn exceptions_read_as_in_go() {
        let cases = [
            ("", "https://ghcr.io/", false),
            ("", "http://127.0.0.1:1/", true),
            ("", "https://localhost/", true),
            ("*", "https://ghcr.io/", true),
            ("ghcr.io", "https://ghcr.io/", true),
            ("ghcr.io", "https://x.ghcr.io/", true),
            ("ghcr.io", "https://xghcr.io/", false),
            (".ghcr.io", "https://ghcr.io/", false),
            ("*.ghcr.io", "https://x.ghcr.io/", true),
            ("ghcr.io:443", "https://ghcr.io/", true),
            ("ghcr.io:80", "https://ghcr.io/", false),
            ("192.168.0.0/16, x", "https://192.168.3.4/", true),
            ("192.168.0.0/16", "https://192.169.3.4/", false),
            ("10.0.0.1", "http://10.0.0.1:5000/", true),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("0.0.0.0/0", "http://10.0.0.1/", true),
        ];
        for (no_proxy, url, expect) in cases {
            assert_eq!(direct(no_proxy, url), expect, "{no_proxy} {url}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let proxies = Proxies::new("proxy:3128", "http://u:p@proxy2", "").unwrap();
        let of = |url| proxies.for_url(&Url::parse(url).unwrap()).unwrap();
        assert_eq!((of("https://a/").host.as_str(), of("https://a/").port), ("proxy", 3128));
        assert_eq!((of("http://a/").host.as_str(), of("http://a/").port), ("proxy2", 80));
        assert!(of("http://a/").user.is_some() && !format!("{proxies:?}").contains("\"p\""));
        assert!(Proxies::new("socks5://x", "", "").is_err() && Proxies::new("https://x", "", "").is_err());
    }
}
