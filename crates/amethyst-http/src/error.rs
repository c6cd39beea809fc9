//! Why there is no answer, in the words of Go's `net/http`.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpError {
    /// The gate is closed.
    #[error("dial tcp {address}: {why}")]
    Gated {
        /// What would have been dialed.
        address: SocketAddr,
        /// Why it may not be.
        why: String,
    },
    /// There is no address.
    #[error("{0}")]
    Unresolved(String),
    /// Nobody answers there.
    #[error("dial tcp {address}: connect: {}", words(source))]
    Connect {
        /// What was dialed.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Whoever answers is not who it should be, or does not speak TLS.
    #[error("{0}")]
    Tls(String),
    /// Time ran out.
    #[error("context deadline exceeded")]
    Deadline,
    /// The answer is longer than allowed.
    #[error("the response is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The connection broke off.
    #[error("EOF")]
    Closed,
    /// What came back is no HTTP.
    #[error("malformed HTTP response: {0}")]
    Malformed(String),
    /// The proxy in between does not let us through.
    #[error("{0}")]
    Proxy(String),
    /// The request itself cannot be sent.
    #[error("{0}")]
    Request(String),
}

impl HttpError {
    /// What hyper says, in our words.
    pub(crate) fn from_client(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(own) = error.downcast_ref::<Self>() {
                return own.clone();
            }
            if let Some(error) = error.downcast_ref::<hyper::Error>()
                && let Some(known) = Self::from_hyper(error)
            {
                return known;
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::from_io(error);
            }
            next = error.source();
        }
        Self::Malformed(error.to_string())
    }

    fn from_hyper(error: &hyper::Error) -> Option<Self> {
        if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            return Some(Self::Closed);
        }
        error.is_parse().then(|| Self::Malformed(error.to_string()))
    }

    fn from_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Self::Closed,
            io::ErrorKind::ConnectionReset => Self::Unresolved("read: connection reset by peer".to_owned()),
            _ => Self::Unresolved(error.to_string()),
        }
    }

    /// A handshake that failed (Go's `crypto/tls` and `crypto/x509`).
    pub(crate) fn from_handshake(error: &io::Error, host: &str) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(inner) = inner else { return Self::from_io(error) };
        Self::Tls(handshake(inner, host))
    }
}

fn handshake(error: &rustls::Error, host: &str) -> String {
    use rustls::CertificateError as Bad;
    use rustls::Error as Tls;
    const VERIFY: &str = "tls: failed to verify certificate: x509: ";
    match error {
        Tls::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer | Bad::BadSignature => {
                format!("{VERIFY}certificate signed by unknown authority")
            }
            Bad::NotValidForName => {
                format!("{VERIFY}certificate is not valid for any names, but wanted to match {host}")
            }
            Bad::NotValidForNameContext { presented, .. } if presented.is_empty() => {
                format!("{VERIFY}certificate is not valid for any names, but wanted to match {host}")
            }
            Bad::NotValidForNameContext { presented, .. } => {
                format!("{VERIFY}certificate is valid for {}, not {host}", names(presented))
            }
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                format!("{VERIFY}certificate has expired or is not yet valid: {bad}")
            }
            other => format!("{VERIFY}{other}"),
        },
        Tls::InvalidMessage(_) => "tls: first record does not look like a TLS handshake".to_owned(),
        Tls::AlertReceived(alert) => format!("remote error: tls: {alert:?}"),
        other => format!("tls: {other}"),
    }
}

/// rustls prints names as `DnsName("x")`; Go as `x`.
fn names(presented: &[String]) -> String {
    let bare = presented.iter().map(|name| match (name.find('"'), name.rfind('"')) {
        (Some(start), Some(end)) if start < end => &name[start + 1..end],
        _ => name.as_str(),
    });
    bare.collect::<Vec<_>>().join(", ")
}

/// The system's words, as Go writes them.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        io::ErrorKind::TimedOut => "connection timed out".to_owned(),
        _ => error.to_string(),
    }
}
