//! A certificate signing request (PKCS#10), taken apart.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::pem;

/// What a request asks to have signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// The subject as it was written.
    pub(crate) subject: Vec<u8>,
    /// The subject's `CN`; the last one counts.
    pub(crate) common_name: String,
    /// The subject's `O`s.
    pub(crate) organizations: Vec<String>,
    /// The key as it was written (`SubjectPublicKeyInfo`).
    pub(crate) public_key: Vec<u8>,
    /// What kind of key it is.
    pub(crate) key: Key,
    /// Alternative names of DNS.
    pub(crate) dns_names: Vec<String>,
    /// Alternative names of mail.
    pub(crate) email_addresses: Vec<String>,
    /// Alternative names that are URIs.
    pub(crate) uris: Vec<String>,
    /// Alternative names that are addresses: 4 or 16 bytes.
    pub(crate) ip_addresses: Vec<Vec<u8>>,
    /// Whether who asks holds the key.
    signed: bool,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Key {
    /// RSA with so many bits.
    Rsa(usize),
    /// ECDSA over P-256, P-384 or P-521.
    Elliptic,
    /// Ed25519.
    Edwards,
    /// Something else.
    #[default]
    Unknown,
}

impl Request {
    /// Reads the first block of a PEM text.
    pub(crate) fn of_pem(text: &str) -> Result<Self, String> {
        match pem::blocks(text).into_iter().next() {
            Some(block) if block.label == "CERTIFICATE REQUEST" => Self::of_der(&block.bytes),
            _ => Err("PEM block type must be CERTIFICATE REQUEST".to_owned()),
        }
    }

    /// Reads DER.
    pub(crate) fn of_der(der: &[u8]) -> Result<Self, String> {
        let malformed = || "asn1: structure error: malformed certificate request".to_owned();
        let (rest, parsed) = X509CertificationRequest::from_der(der).map_err(|_| malformed())?;
        if !rest.is_empty() {
            return Err("asn1: syntax error: trailing data".to_owned());
        }
        let info = &parsed.certification_request_info;
        let mut request = Self {
            subject: info.subject.as_raw().to_vec(),
            common_name: texts(info.subject.iter_common_name()).pop().unwrap_or_default(),
            organizations: texts(info.subject.iter_organization()),
            public_key: info.subject_pki.raw.to_vec(),
            key: kind(&info.subject_pki),
            signed: parsed.verify_signature().is_ok(),
            ..Self::default()
        };
        for extension in parsed.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(names) = extension {
                for name in &names.general_names {
                    request.add(name).ok_or_else(malformed)?;
                }
            }
        }
        Ok(request)
    }

    fn add(&mut self, name: &GeneralName<'_>) -> Option<()> {
        match name {
            GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
            GeneralName::RFC822Name(name) => self.email_addresses.push((*name).to_owned()),
            GeneralName::URI(name) => self.uris.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) if matches!(bytes.len(), 4 | 16) => {
                self.ip_addresses.push(bytes.to_vec());
            }
            GeneralName::IPAddress(_) | GeneralName::Invalid(..) => return None,
            // Others are not read by Go either.
            _ => {}
        }
        Some(())
    }

    /// Whether who asks holds the key.
    pub(crate) fn check_signature(&self) -> Result<(), String> {
        let why = match self.key {
            _ if self.signed => return Ok(()),
            Key::Rsa(_) => "crypto/rsa: verification error",
            Key::Elliptic => "x509: ECDSA verification failure",
            Key::Edwards => "x509: Ed25519 verification failure",
            Key::Unknown => "x509: cannot verify signature: algorithm unimplemented",
        };
        Err(why.to_owned())
    }
}

fn texts<'a>(
    attributes: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Vec<String> {
    attributes.filter_map(|attribute| attribute.as_str().ok()).map(str::to_owned).collect()
}

/// What kind of key a `SubjectPublicKeyInfo` holds.
pub(crate) fn kind(info: &x509_parser::x509::SubjectPublicKeyInfo<'_>) -> Key {
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => Key::Rsa(key.key_size()),
        Ok(PublicKey::EC(point)) if matches!(point.data().len(), 65 | 97 | 133) => Key::Elliptic,
        _ if info.algorithm.algorithm == x509_parser::oid_registry::OID_SIG_ED25519 => Key::Edwards,
        _ => Key::Unknown,
    }
}
