//! A webhook server on loopback, with a certificate of its own, that behaves as a test says.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use amethyst_object::{Value, json, value};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How a review is answered, by path and review.
type Reply = dyn Fn(&str, &Value) -> Answer + Send + Sync;

/// What comes back.
pub(crate) enum Answer {
    /// This review.
    Review(Value),
    /// This, with a status and a content type.
    Raw(u16, &'static str, String),
    /// Nothing, ever.
    Hang,
    /// Bytes without end.
    Endless,
    /// A few bytes, then nothing.
    Stall,
    /// The connection breaks.
    Drop,
}

/// A running webhook; ends when it is dropped.
pub(crate) struct Hook {
    pub(crate) address: SocketAddr,
    /// The authority, as `caBundle` has it.
    pub(crate) bundle: String,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
    task: JoinHandle<()>,
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// `response` of a review, for the review's uid.
pub(crate) fn response(review: &Value, response: Value) -> Answer {
    let Value::Object(mut response) = response else { panic!("a response is a map") };
    response.insert("uid", review.str_at(&["request", "uid"]).unwrap());
    let version = review.str_at(&["apiVersion"]).unwrap();
    Answer::Review(value!({"kind": "AdmissionReview", "apiVersion": version, "response": response}))
}

/// A yes with a JSON patch.
pub(crate) fn patch(review: &Value, patch: &str) -> Answer {
    let patch = BASE64_STANDARD.encode(patch);
    response(review, value!({"allowed": true, "patchType": "JSONPatch", "patch": patch}))
}

impl Hook {
    pub(crate) async fn start(reply: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1", "hook.default.svc"].map(str::to_owned);
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            Arc::new(reply),
            Arc::clone(&seen),
        ));
        Self { address, bundle: BASE64_STANDARD.encode(authority.pem()), seen, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// What it was asked so far: path and review.
    pub(crate) fn seen(&self) -> Vec<(String, Value)> {
        self.seen.lock().unwrap().clone()
    }
}

type Seen = Arc<Mutex<Vec<(String, Value)>>>;

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, reply: Arc<Reply>, seen: Seen) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, reply, seen) = (acceptor.clone(), Arc::clone(&reply), Arc::clone(&seen));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request| answer(request, Arc::clone(&reply), Arc::clone(&seen)));
            let builder = auto::Builder::new(TokioExecutor::new());
            // Broken connections are what some tests are about.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Body = BoxBody<Bytes, std::io::Error>;

async fn answer(
    request: Request<Incoming>,
    reply: Arc<Reply>,
    seen: Seen,
) -> Result<Response<Body>, std::io::Error> {
    let path = request.uri().to_string();
    let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
    let review = json::parse(&body).unwrap();
    seen.lock().unwrap().push((path.clone(), review.clone()));
    let whole = |code: u16, kind: &str, text: String| {
        let body = Full::new(Bytes::from(text)).map_err(|never: Infallible| match never {}).boxed();
        Ok(Response::builder().status(code).header("content-type", kind).body(body).unwrap())
    };
    let streamed = |stream| Ok(Response::new(BodyExt::boxed(StreamBody::new(stream))));
    match reply(&path, &review) {
        Answer::Review(review) => whole(200, "application/json", json::to_string(&review)),
        Answer::Raw(code, kind, text) => whole(code, kind, text),
        Answer::Hang => std::future::pending().await,
        Answer::Endless => streamed(endless(None)),
        Answer::Stall => streamed(endless(Some(3))),
        Answer::Drop => Err(std::io::Error::other("dropped")),
    }
}

type Frames =
    std::pin::Pin<Box<dyn futures::Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send + Sync>>;

/// Frames of 64 KiB: this many and then none, or without end.
fn endless(count: Option<usize>) -> Frames {
    Box::pin(futures::stream::unfold(0_usize, move |turn| async move {
        if count.is_some_and(|count| turn >= count) {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        Some((Ok(Frame::data(Bytes::from(vec![b' '; 65536]))), turn + 1))
    }))
}
