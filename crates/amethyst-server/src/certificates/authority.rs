//! The authority: signs a key under a name, for a time and a purpose.

use std::sync::Arc;

use amethyst_clock::Entropy;
use jiff::{SignedDuration, Timestamp};
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Request, Usages, der, pem};

/// Clocks of clients may be behind ours by this much.
const BACKDATE: SignedDuration = SignedDuration::from_mins(5);
/// Certificates below this live exactly as long as asked for; longer ones give the backdate up.
const SHORT: SignedDuration = SignedDuration::from_hours(8);

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
const PURPOSES: &[u8] = &[0x55, 0x1d, 0x25];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

/// The algorithms that authorities sign with, and their identifiers.
const ALGORITHMS: [(SignatureScheme, &[u8]); 4] = [
    (SignatureScheme::ECDSA_NISTP256_SHA256, &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]),
    (SignatureScheme::ECDSA_NISTP384_SHA384, &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]),
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0],
    ),
    (SignatureScheme::ED25519, &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70]),
];

/// Why an authority cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The certificate is none, or no authority's.
    #[error("the authority's certificate is not valid")]
    Certificate,
    /// The key cannot sign certificates.
    #[error("the authority's key cannot sign")]
    Key,
    /// The authority's own time is up.
    #[error("the signer has expired: NotAfter={0}")]
    Expired(Timestamp),
    /// Signing failed.
    #[error("failed to sign")]
    Sign(#[source] rustls::Error),
}

/// A certificate authority. Cheap to clone.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    key: Arc<dyn rustls::sign::SigningKey>,
    /// The issuer's name as its certificate writes it.
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    ends: Timestamp,
    entropy: Entropy,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("ends", &self.0.ends).finish_non_exhaustive()
    }
}

/// How long a certificate lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    /// When it is signed.
    pub(crate) now: Timestamp,
    /// How long it is good from then on.
    pub(crate) length: SignedDuration,
}

/// Whose certificate it is.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// The name, in DER.
    name: Vec<u8>,
    /// The key, in DER.
    public_key: Vec<u8>,
    /// The alternative names as tag and content, in the order Go writes them.
    alternatives: Vec<(u8, Vec<u8>)>,
}

impl Subject {
    /// The subject of a user: `CN` is the name, each group an `O`.
    pub(crate) fn user(name: &str, groups: &[&str], public_key: Vec<u8>) -> Self {
        let attribute = |kind: &[u8], text: &str| {
            let kind = der::value(der::OBJECT_IDENTIFIER, &[kind]);
            let text = der::value(der::UTF8_STRING, &[text.as_bytes()]);
            der::value(der::SET, &[&der::value(der::SEQUENCE, &[&kind, &text])])
        };
        let mut parts: Vec<Vec<u8>> = groups.iter().map(|group| attribute(ORGANIZATION, group)).collect();
        parts.push(attribute(COMMON_NAME, name));
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Self { name: der::value(der::SEQUENCE, &parts), public_key, alternatives: Vec::new() }
    }

    /// The subject that a request asks for, with all its alternative names.
    pub(crate) fn of_request(request: &Request) -> Self {
        let texts = |tag: u8, names: &[String]| -> Vec<(u8, Vec<u8>)> {
            names.iter().map(|name| (0x80 | tag, name.clone().into_bytes())).collect()
        };
        let addresses = request.ip_addresses.iter().map(|address| (0x87, address.clone())).collect();
        let alternatives = [
            texts(2, &request.dns_names),
            texts(1, &request.email_addresses),
            addresses,
            texts(6, &request.uris),
        ];
        Self {
            name: request.subject.clone(),
            public_key: request.public_key.clone(),
            alternatives: alternatives.concat(),
        }
    }
}

impl Authority {
    /// An authority of its certificate and key.
    pub fn new(certificate_pem: &str, key_pem: &str, entropy: Entropy) -> Result<Self, AuthorityError> {
        let block = pem::blocks(certificate_pem).into_iter().next().ok_or(AuthorityError::Certificate)?;
        let (_, certificate) =
            X509Certificate::from_der(&block.bytes).map_err(|_| AuthorityError::Certificate)?;
        let key_id =
            certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                _ => None,
            });
        let der = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| AuthorityError::Key)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der).map_err(|_| AuthorityError::Key)?;
        let ends = Timestamp::from_second(certificate.validity().not_after.timestamp())
            .map_err(|_| AuthorityError::Certificate)?;
        Ok(Self(Arc::new(Inner {
            key,
            subject: certificate.subject().as_raw().to_vec(),
            key_id,
            ends,
            entropy,
        })))
    }

    /// Signs a certificate; it is no authority itself. It begins a little before now and ends no later than
    /// the authority does (kubernetes `pkg/controller/certificates/authority/policies.go`).
    pub(crate) fn sign(
        &self,
        subject: &Subject,
        usages: &Usages,
        life: Life,
    ) -> Result<String, AuthorityError> {
        let authority = &*self.0;
        if life.now >= authority.ends {
            return Err(AuthorityError::Expired(authority.ends));
        }
        let length = if life.length < SHORT { life.length } else { life.length - BACKDATE };
        let begins = life.now.checked_sub(BACKDATE).unwrap_or(life.now);
        let ends = life.now.checked_add(length).unwrap_or(Timestamp::MAX).min(authority.ends);
        let schemes: Vec<SignatureScheme> = ALGORITHMS.iter().map(|(scheme, _)| *scheme).collect();
        let signer = authority.key.choose_scheme(&schemes).ok_or(AuthorityError::Key)?;
        let (_, algorithm) =
            ALGORITHMS.iter().find(|(scheme, _)| *scheme == signer.scheme()).ok_or(AuthorityError::Key)?;

        let mut serial = [0; 16];
        authority.entropy.fill(&mut serial);
        let validity = der::value(der::SEQUENCE, &[&der::time(begins), &der::time(ends)]);
        let to_sign = der::value(
            der::SEQUENCE,
            &[
                // Version 3.
                &[0xa0, 3, der::INTEGER, 1, 2],
                &der::positive(&serial),
                algorithm,
                &authority.subject,
                &validity,
                &subject.name,
                &subject.public_key,
                &der::value(0xa3, &[&self.extensions(subject, usages)]),
            ],
        );
        let signature = signer.sign(&to_sign).map_err(AuthorityError::Sign)?;
        let certificate = der::value(der::SEQUENCE, &[&to_sign, algorithm, &der::bits(&signature)]);
        Ok(pem::encode("CERTIFICATE", &certificate))
    }

    fn extensions(&self, subject: &Subject, usages: &Usages) -> Vec<u8> {
        let mut extensions = Vec::new();
        if let Some(bits) = usages.key_usage() {
            extensions.push(extension(KEY_USAGE, true, &bits));
        }
        if let Some(purposes) = usages.purposes() {
            extensions.push(extension(PURPOSES, false, &purposes));
        }
        extensions.push(extension(BASIC_CONSTRAINTS, true, &der::value(der::SEQUENCE, &[])));
        if let Some(id) = &self.0.key_id {
            let id = der::value(der::SEQUENCE, &[&der::value(0x80, &[id])]);
            extensions.push(extension(AUTHORITY_KEY, false, &id));
        }
        if !subject.alternatives.is_empty() {
            let names: Vec<Vec<u8>> =
                subject.alternatives.iter().map(|(tag, name)| der::value(*tag, &[name])).collect();
            let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
            // Who has no name is known by these alone.
            let critical = subject.name == der::value(der::SEQUENCE, &[]);
            extensions.push(extension(ALTERNATIVE_NAMES, critical, &der::value(der::SEQUENCE, &names)));
        }
        let parts: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        der::value(der::SEQUENCE, &parts)
    }
}

fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let kind = der::value(der::OBJECT_IDENTIFIER, &[kind]);
    let value = der::value(der::OCTET_STRING, &[value]);
    let critical = if critical { der::value(der::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    der::value(der::SEQUENCE, &[&kind, &critical, &value])
}
