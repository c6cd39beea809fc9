//! A plain server on loopback whose answers a test writes, and what it was asked. The tests of `amethyst-source`
//! read this file as well.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a test answers with.
pub(crate) type Answer = Response<Full<Bytes>>;

/// A running server; ends when it is dropped.
pub(crate) struct Web {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Request<Bytes>>>>,
    task: JoinHandle<()>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Web {
    /// Answers every request by `handler`, which is told how many came before.
    pub(crate) async fn start(
        handler: impl Fn(usize, &Request<Bytes>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, handler) = (Arc::clone(&asked), Arc::new(handler));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                    async move {
                        let (head, body) = request.into_parts();
                        let request = Request::from_parts(head, body.collect().await.unwrap().to_bytes());
                        let answer = {
                            let mut seen = seen.lock().unwrap();
                            let answer = handler(seen.len(), &request);
                            seen.push(request);
                            answer
                        };
                        Ok::<_, Infallible>(answer)
                    }
                });
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(serving);
            }
        });
        Self { address, asked, task }
    }

    /// Answers each connection once with raw bytes and hangs up; what was asked is only counted.
    pub(crate) async fn raw(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                seen.lock().unwrap().push(Request::new(Bytes::from(head.clone())));
                let answer = answer(&String::from_utf8(head).unwrap());
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, asked, task }
    }

    /// A URL of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How often it was asked.
    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// One header of the `at`th request.
    pub(crate) fn header(&self, at: usize, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        asked[at].headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    /// Method and URI of the `at`th request.
    pub(crate) fn line(&self, at: usize) -> String {
        let asked = self.asked.lock().unwrap();
        format!("{} {}", asked[at].method(), asked[at].uri())
    }

    /// Method, URI and, when there is one, `Authorization` and body of all requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let line = |request: &Request<Bytes>| {
            let authorization =
                request.headers().get("authorization").map(|value| format!(" {}", value.to_str().unwrap()));
            let body = if request.body().is_empty() {
                String::new()
            } else {
                format!(" {}", String::from_utf8_lossy(request.body()))
            };
            format!("{} {}{}{body}", request.method(), request.uri(), authorization.unwrap_or_default())
        };
        asked.iter().map(line).collect()
    }

    /// The bytes of the `at`th request: its body, or its head when the answers are raw.
    pub(crate) fn text(&self, at: usize) -> String {
        String::from_utf8(self.asked.lock().unwrap()[at].body().to_vec()).unwrap()
    }
}

/// An answer with a status, headers and a body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(Full::new(body.into())).unwrap()
}
