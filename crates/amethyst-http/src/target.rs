//! Which server: where it is, and by what it must prove itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Uri};

/// The addresses of a target.
#[derive(Clone, Debug)]
pub enum Addresses {
    /// The name is looked up, or is an address itself.
    ByName,
    /// Asked for each time a connection is made; the name is verified all the same.
    From(Arc<dyn Resolve>),
}

/// Finds addresses when a connection is made.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// The addresses to try, in this order; or why there are none.
    fn resolve(&self) -> Result<Vec<SocketAddr>, String>;
}

/// Who is believed when a server says who it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The authorities of the system, read when first needed.
    System,
    /// These authorities and no others, as PEM.
    Authorities(String),
    /// The authorities of the system and these, as PEM.
    SystemAnd(String),
}

/// Who we are: a certificate chain and its key, as PEM.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The certificate chain.
    pub certificates_pem: String,
    /// The private key; never printed.
    pub key_pem: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Why a target is none.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TargetError {
    /// It is no URL.
    #[error("`{0}` is no URL")]
    Url(String),
    /// It is no URL that we can speak to.
    #[error("`{0}` must begin with https:// or http:// and name a host")]
    Scheme(String),
    /// What proves the server, or us, is unusable.
    #[error("{0}")]
    Tls(String),
}

/// One server.
#[derive(Clone, Debug)]
pub struct Target {
    /// What the connections are for; the gate is told.
    pub purpose: &'static str,
    /// Scheme, host and port: `https://webhook.ns.svc:443`.
    pub(crate) origin: Uri,
    /// Where it is.
    pub addresses: Addresses,
    /// Who vouches for it.
    pub trust: Trust,
    /// Who we are to it.
    pub identity: Option<Identity>,
    /// The name its certificate must have, when not the host of the URL.
    pub server_name: Option<String>,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
}

impl Target {
    /// A target by its URL, of which scheme, host and port count; `https` without a port is 443.
    pub fn new(purpose: &'static str, url: &str) -> Result<Self, TargetError> {
        let uri: Uri = url.parse().map_err(|_| TargetError::Url(url.to_owned()))?;
        let known = matches!(uri.scheme_str(), Some("https" | "http"));
        let (Some(scheme), Some(authority), true) = (uri.scheme(), uri.authority(), known) else {
            return Err(TargetError::Scheme(url.to_owned()));
        };
        let origin = Uri::builder()
            .scheme(scheme.clone())
            .authority(authority.clone())
            .path_and_query(PathAndQuery::from_static("/"))
            .build()
            .map_err(|_| TargetError::Url(url.to_owned()))?;
        Ok(Self {
            purpose,
            origin,
            addresses: Addresses::ByName,
            trust: Trust::System,
            identity: None,
            server_name: None,
            http2: false,
        })
    }

    /// Its host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        let host = self.origin.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.origin.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.origin.scheme() == Some(&Scheme::HTTPS)
    }

    /// The `Host` header: the authority as it was written.
    pub(crate) fn host_header(&self) -> Option<HeaderValue> {
        let authority = self.origin.authority()?.as_str();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        HeaderValue::from_str(host).ok()
    }
}
