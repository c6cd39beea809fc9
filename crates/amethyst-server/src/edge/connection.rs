//! A listener and its connections: TLS, HTTP/1.1 and HTTP/2, limits, and an end in good order.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use http::header::HeaderValue;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::body::ResponseBody;
use super::tls::{Peer, Tls};
use super::{AUDIT_ID, Inner, Origin, Server, answer, authenticate, compress, limits};
use crate::status::{Reason, Status};

/// Connections at once; a homelab has tens, each with its HTTP/2 streams.
const CONNECTIONS_MAX: usize = 4096;
/// Streams of one HTTP/2 connection at once, as upstream allows. Informers open one per watch.
const STREAMS_MAX: u32 = 250;
/// The head of a request: upstream takes a megabyte, no client needs it.
const HEAD_BYTES_MAX: usize = 64 << 10;
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// The next head of a connection: also how long it may be idle on HTTP/1.1.
const HEAD_TIME_MAX: Duration = Duration::from_secs(90);
/// What is under way when the server stops gets this long.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);
/// After a failed accept (no descriptors left), breathe.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a listener ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener has no address.
    #[error("failed to listen")]
    Listen(#[source] std::io::Error),
}

impl Server {
    /// Serves connections of `listener` until `shutdown`, then ends watches, lets requests end, and
    /// returns. All tasks end with this future.
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Tls,
        shutdown: CancellationToken,
    ) -> Result<(), ServeError> {
        listener.local_addr().map_err(ServeError::Listen)?;
        let mut connections = JoinSet::new();
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let place = tokio::select! {
                () = shutdown.cancelled() => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let stream = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "failed to accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            let connection = connection(Arc::clone(&self.0), stream, tls.clone(), shutdown.clone());
            connections.spawn(async move {
                connection.await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        self.shut_down();
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_TIME_MAX, drained).await.is_err() {
            connections.shutdown().await;
        }
        Ok(())
    }
}

async fn connection(server: Arc<Inner>, stream: TcpStream, tls: Tls, shutdown: CancellationToken) {
    let remote = stream.peer_addr().is_ok_and(|address| !address.ip().is_loopback());
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    let address = stream.peer_addr().ok().map(|peer| peer.ip());
    let handshake = tokio::time::timeout(HANDSHAKE_TIME_MAX, tls.acceptor().accept(stream));
    let stream = match handshake.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => return tracing::debug!("a TLS handshake took too long"),
    };
    let peer = tls.peer(stream.get_ref().1.peer_certificates());
    let service = service_fn(move |request| {
        let (server, peer) = (Arc::clone(&server), peer.clone());
        async move {
            let packed = remote && compress::is_wanted(request.headers());
            let answer = answer(server, peer, address, request).await;
            Ok::<_, Infallible>(if packed { compress::compress(answer).await } else { answer })
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX * 2)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).expect("64 KiB fit"))
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

async fn answer(
    server: Arc<Inner>,
    peer: Peer,
    address: Option<IpAddr>,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    let audit_id = server.audit_id(request.headers());
    let mut answer = answer_in_time(server, peer, address, audit_id.clone(), request).await;
    answer.headers_mut().insert(AUDIT_ID, audit_id);
    answer
}

async fn answer_in_time(
    server: Arc<Inner>,
    peer: Peer,
    address: Option<IpAddr>,
    audit_id: HeaderValue,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    let deadline = match limits::deadline(request.uri()) {
        Ok(deadline) => deadline,
        Err(status) => return answer::status(&status, answer::Pretty(false)),
    };
    let path = request.uri().path().to_owned();
    let answered = async {
        let user = authenticate::of_connection(&server, &peer, request.headers()).await;
        server.answer(request, Origin { user, address, audit_id }).await
    };
    // A watch is answered as soon as it has begun; its frames have all the time they want.
    let answered = tokio::time::timeout(deadline, answered);
    // One broken request must not take the other streams of its connection along.
    let status = match AssertUnwindSafe(answered).catch_unwind().await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(_)) => Status::new(
            Reason::Timeout,
            "Timeout: request did not complete within requested timeout - context deadline exceeded",
        ),
        Err(_) => {
            tracing::error!(path, "a request made the server panic; this is a bug");
            Status::internal("this request made the server panic")
        }
    };
    answer::status(&status, answer::Pretty(false))
}
