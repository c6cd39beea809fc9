//! Absolute URLs over HTTP, and how references are resolved against them.

use std::fmt;

use amethyst_diag::Redacted;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

/// An absolute `http` or `https` URL. It prints without the name and password it may carry, and without the
/// values of its query, which are secrets where a store signs its URLs.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Scheme, authority without user, path and query.
    uri: Uri,
    /// `user:password`, still escaped.
    user: Option<Redacted<String>>,
}

/// Why a text is no URL that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is no URL.
    #[error("`{0}` is no URL")]
    Syntax(String),
    /// Another scheme.
    #[error("`{url}` is a `{scheme}` URL; only https:// and http:// are fetched")]
    Scheme {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A proxy that is none of ours.
    #[error("the proxy `{0}` cannot be used; only proxies at http:// URLs can")]
    Proxy(String),
}

impl Url {
    /// Reads an absolute URL. Blanks and what is not ASCII are escaped; a fragment is left out.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let syntax = || UrlError::Syntax(without_secrets(text));
        let text = text.trim();
        let (scheme, rest) = split_scheme(text).ok_or_else(syntax)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::HTTPS,
            "http" => Scheme::HTTP,
            other => {
                return Err(UrlError::Scheme { url: without_secrets(text), scheme: other.to_owned() });
            }
        };
        let rest = rest.strip_prefix("//").ok_or_else(syntax)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(Redacted::new(user.to_owned())), host),
            None => (None, authority),
        };
        let authority: Authority = host.to_ascii_lowercase().parse().map_err(|_| syntax())?;
        let port_is_fine = match authority.as_str().rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => port.parse::<u16>().is_ok_and(|port| port > 0),
            _ => true,
        };
        if authority.host().is_empty() || !port_is_fine {
            return Err(syntax());
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path: PathAndQuery = escaped(&path).parse().map_err(|_| syntax())?;
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
        Ok(Self { uri: uri.map_err(|_| syntax())?, user })
    }

    /// Resolves a reference as RFC 3986 does; it must come to an `http` or `https` URL again.
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let reference = reference.trim().split('#').next().unwrap_or_default();
        if split_scheme(reference).is_some() {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme()));
        }
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (reference, None),
        };
        let query = if path.is_empty() { query.or(self.query()) } else { query };
        let path = if path.is_empty() {
            self.path().to_owned()
        } else if path.starts_with('/') {
            without_dots(path)
        } else {
            let base = self.path().rfind('/').map_or("/", |at| &self.path()[..=at]);
            without_dots(&format!("{base}{path}"))
        };
        Ok(Self { user: self.user.clone(), ..self.with(&path, query)? })
    }

    /// The same server, another path and query.
    pub fn with(&self, path: &str, query: Option<&str>) -> Result<Self, UrlError> {
        let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let syntax = |_| UrlError::Syntax(without_secrets(&text));
        let path: PathAndQuery = escaped(&text).parse().map_err(syntax)?;
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path);
        let uri = Uri::from_parts(parts).map_err(|_| UrlError::Syntax(without_secrets(&text)))?;
        Ok(Self { uri, user: self.user.clone() })
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &str {
        self.uri.scheme_str().unwrap_or("https")
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.scheme() == "https"
    }

    /// The host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        let host = self.uri.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The host and, when written, the port: `ghcr.io`, `127.0.0.1:5000`.
    pub fn authority(&self) -> &str {
        self.uri.authority().map(Authority::as_str).unwrap_or_default()
    }

    /// The port, written or implied.
    pub fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// The path, at least `/`.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows the `?`.
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// `scheme://host:port`, the whole that connections and credentials belong to.
    pub fn origin(&self) -> String {
        let host = self.uri.host().unwrap_or_default();
        format!("{}://{host}:{}", self.scheme(), self.port())
    }

    /// Path and query, as a request line has them.
    pub fn request_path(&self) -> &str {
        self.uri.path_and_query().map_or("/", PathAndQuery::as_str)
    }

    /// All of it but the user, query and its values too: for requests and for keys, not for messages.
    pub fn whole(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.authority(), self.request_path())
    }

    /// The name and password that stand in the URL, unescaped.
    pub fn user(&self) -> Option<(String, Redacted<String>)> {
        let user = self.user.as_ref()?.expose();
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        Some((unescaped(name), Redacted::new(unescaped(password))))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority(), self.path())?;
        if self.query().is_some() { f.write_str("?...") } else { Ok(()) }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// A text that may be a URL, as it may be printed.
pub fn without_secrets(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (starts && goes_on).then_some((scheme, rest))
}

/// Escapes what a request line cannot hold; what is escaped already stays.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!' | b'#'..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Takes `%xx` back; what is no such thing stays.
fn unescaped(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, hex(at + 1), hex(at + 2)) {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        match *part {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests;
