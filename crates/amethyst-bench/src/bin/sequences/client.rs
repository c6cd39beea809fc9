//! A client of one server: TLS with a client certificate, HTTP/1.1.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amethyst_server::edge::tls::Pki;
use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The field manager when a request names none is the first word of this.
const USER_AGENT: &str = "sequences/1.0";

/// Where a server is, and who asks.
pub(crate) struct Client {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

/// What a server answers.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) content_type: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) body: Bytes,
}

impl Client {
    /// The admin of a server whose certificates are those of `pki`.
    pub(crate) fn new(address: SocketAddr, pki: &Pki) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pki.authority_pem().as_bytes())?)?;
        let admin = pki.admin();
        let chain = vec![CertificateDer::from_pem_slice(admin.certificate_pem.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(admin.key_pem.as_bytes())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        Ok(Self { address, tls: Arc::new(tls) })
    }

    /// Asks on a connection of its own, so that no answer hangs on an earlier one.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("127.0.0.1")?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.address.to_string())
            .header("user-agent", USER_AGENT);
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).with_context(|| format!("cannot ask `{path}`"))?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, async {
            let response = sender.send_request(request).await?;
            let code = response.status().as_u16();
            let text = |name: &str| -> Vec<String> {
                let values = response.headers().get_all(name).iter();
                values.filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect()
            };
            let (warnings, types) = (text("warning"), text("content-type"));
            let content_type = types.into_iter().next().unwrap_or_default();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok(Answer { code, content_type, warnings, body })
        })
        .await
        .with_context(|| format!("no answer to {method} `{path}`"))?;
        driver.abort();
        answer
    }
}
