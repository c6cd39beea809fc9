//! TLS of a listener, and who a client certificate says it is.
//!
//! A handshake takes any client certificate whose key the client holds; whether our authority signed it is
//! checked behind it. So a stranger gets a `401` it can read, not a broken handshake, and a certificate
//! that ends while its connection lives stops to count.

use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::Clock;
use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme};
use sha2::{Digest, Sha256};

use super::super::discovery::hexadecimal;
use super::{Leaf, PkiError};
use crate::user::{AUTHENTICATED, User};

/// Where a user's `extra` names the certificate, as upstream has it.
const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";

/// What a listener needs. Cheap to clone; clones share the serving certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    serving: Arc<Serving>,
    verifier: Arc<dyn ClientCertVerifier>,
    authority: CertificateDer<'static>,
    clock: Clock,
}

impl Tls {
    pub(super) fn new(authority: &Leaf, serving: &Leaf, clock: Clock) -> Result<Self, PkiError> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        let authority = certificate(authority)?;
        roots.add(authority.clone())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        let serving = Arc::new(Serving(ArcSwap::from_pointee(certified(serving)?)));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(AnyHolder(Arc::clone(&verifier))))
            .with_cert_resolver(Arc::clone(&serving) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), serving, verifier, authority, clock })
    }

    pub(super) fn replace(&self, serving: &Leaf) -> Result<(), PkiError> {
        self.serving.0.store(Arc::new(certified(serving)?));
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// What the other side of a connection showed. The chain is verified here, once: a signature costs more
    /// than most requests.
    pub(crate) fn peer(&self, chain: Option<&[CertificateDer<'_>]>) -> Peer {
        let chain = chain.filter(|chain| !chain.is_empty());
        let shown = match chain {
            None => Shown::Nothing,
            Some(chain) => self.verified(chain).map_or(Shown::Foreign, Shown::Ours),
        };
        Peer { shown, clock: self.clock.clone() }
    }

    fn verified(&self, chain: &[CertificateDer<'_>]) -> Option<Verified> {
        let (first, rest) = chain.split_first()?;
        let now = Duration::from_secs(u64::try_from(self.clock.now().as_second()).ok()?);
        self.verifier.verify_client_cert(first, rest, UnixTime::since_unix_epoch(now)).ok()?;
        let end = chain.iter().chain([&self.authority]).map(ends).min().flatten()?;
        Some(Verified { user: Arc::new(user(first)?), end })
    }
}

/// The other side of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    shown: Shown,
    clock: Clock,
}

/// The certificate that was shown.
#[derive(Clone, Debug)]
enum Shown {
    /// None.
    Nothing,
    /// One that our authority did not sign.
    Foreign,
    /// A user's.
    Ours(Verified),
}

/// A user whose certificate our authority signed.
#[derive(Clone, Debug)]
struct Verified {
    user: Arc<User>,
    /// When the first certificate of the chain ends, in seconds since 1970.
    end: i64,
}

impl Peer {
    /// Who it is by its certificate, if it showed one: an error when our authority did not sign it or when its
    /// time is up.
    pub(crate) fn user(&self) -> Option<Result<Arc<User>, &'static str>> {
        let verified = match &self.shown {
            Shown::Nothing => return None,
            Shown::Foreign => {
                return Some(Err("the client certificate is not signed by this server's authority"));
            }
            Shown::Ours(verified) => verified,
        };
        let counts = self.clock.now().as_second() <= verified.end;
        Some(counts.then(|| Arc::clone(&verified.user)).ok_or("the client certificate has ended"))
    }
}

/// When a certificate ends, in seconds since 1970.
fn ends(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(parsed.validity().not_after.timestamp())
}

/// `CN` is the name, each `O` a group.
fn user(certificate: &CertificateDer<'_>) -> Option<User> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let subject = parsed.subject();
    let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
    let organizations = subject.iter_organization().filter_map(|group| group.as_str().ok());
    let mut groups: Vec<String> = organizations.map(str::to_owned).collect();
    groups.push(AUTHENTICATED.to_owned());
    let credential = format!("X509SHA256={}", hexadecimal(&Sha256::digest(certificate)).to_ascii_lowercase());
    let extra = [(CREDENTIAL.to_owned(), vec![credential])].into();
    (!name.is_empty()).then(|| User { name, groups, extra, ..User::default() })
}

fn certificate(leaf: &Leaf) -> Result<CertificateDer<'static>, PkiError> {
    CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes())
        .map_err(|error| rustls::Error::General(error.to_string()).into())
}

fn certified(leaf: &Leaf) -> Result<CertifiedKey, PkiError> {
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes())
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let key = ring::sign::any_supported_type(&key)?;
    Ok(CertifiedKey::new(vec![certificate(leaf)?], key))
}

#[derive(Debug)]
struct Serving(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Serving {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Takes any certificate whose key the client holds; see the module's words.
#[derive(Debug)]
struct AnyHolder(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for AnyHolder {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }
}
