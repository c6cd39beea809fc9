//! One connection: resolve, ask the gate, dial, ask the proxy, shake hands.

mod tunnel;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::HttpError;
use crate::gate::{Dial, Gate};
use crate::proxy::Proxy;
use crate::target::{Addresses, Target};

/// What every connection of an endpoint is made from.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) gate: Arc<dyn Gate>,
    /// None for plain HTTP.
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// What stands between.
    pub(crate) proxy: Option<Proxy>,
}

/// Makes the connections of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Connector(pub(crate) Arc<Plan>);

/// A connection.
pub(crate) enum Stream {
    Plain(TokioIo<TcpStream>),
    /// To a proxy that is told whole URLs.
    Proxied(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl tower::Service<Uri> for Connector {
    type Response = Stream;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, HttpError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let plan = Arc::clone(&self.0);
        Box::pin(async move { connect(&plan).await })
    }
}

async fn connect(plan: &Plan) -> Result<Stream, HttpError> {
    let mut stream = dial(plan).await?;
    // Small requests should not wait for more to come; a socket that cannot do that still works.
    let _ = stream.set_nodelay(true);
    let Some((config, name)) = &plan.tls else {
        let stream = TokioIo::new(stream);
        return Ok(if plan.proxy.is_some() { Stream::Proxied(stream) } else { Stream::Plain(stream) });
    };
    if let Some(proxy) = &plan.proxy {
        tunnel::open(&mut stream, proxy, &plan.target).await?;
    }
    let connector = TlsConnector::from(Arc::clone(config));
    let host = plan.target.server_name.as_deref().unwrap_or_else(|| plan.target.host());
    let stream = connector
        .connect(name.clone(), stream)
        .await
        .map_err(|error| HttpError::from_handshake(&error, host))?;
    Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
}

/// Tries the addresses in turn; what the last one said is the error.
async fn dial(plan: &Plan) -> Result<TcpStream, HttpError> {
    let target = &plan.target;
    let (found, host) = match &plan.proxy {
        Some(proxy) => (by_name(&proxy.host, proxy.port).await?, proxy.host.as_str()),
        None => (resolve(target).await?, target.host()),
    };
    let mut last = HttpError::Unresolved(format!("dial tcp: lookup {host}: no such host"));
    for address in found {
        let dial = Dial { purpose: target.purpose, host: target.host(), address };
        if let Err(why) = plan.gate.check(&dial) {
            last = HttpError::Gated { address, why };
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(source) => last = HttpError::Connect { address, source: Arc::new(source) },
        }
    }
    Err(last)
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, HttpError> {
    match &target.addresses {
        Addresses::From(resolver) => resolver.resolve().map_err(HttpError::Unresolved),
        Addresses::ByName => by_name(target.host(), target.port()).await,
    }
}

async fn by_name(host: &str, port: u16) -> Result<Vec<SocketAddr>, HttpError> {
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
        Err(_) => match tokio::net::lookup_host((host, port)).await {
            Ok(found) => Ok(found.collect()),
            Err(_) => Err(HttpError::Unresolved(format!("dial tcp: lookup {host}: no such host"))),
        },
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        match self {
            Self::Tls(stream) if stream.inner().get_ref().1.alpn_protocol() == Some(b"h2") => {
                connected.negotiated_h2()
            }
            Self::Proxied(_) => connected.proxy(true),
            Self::Tls(_) | Self::Plain(_) => connected,
        }
    }
}

impl Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) | Self::Proxied(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) | Self::Proxied(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) | Self::Proxied(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) | Self::Proxied(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
