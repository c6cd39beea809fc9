//! X.509 certificates with the fields, extensions and order that Go's `x509.CreateCertificate` gives sprig's.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;

use amethyst_gotemplate::{CallError, Engine, Native, Value};
use sha2::{Digest, Sha256};

use super::der::{
    BOOLEAN, GENERALIZED_TIME, OBJECT, OCTET_STRING, PRINTABLE_STRING, Reader, SEQUENCE, SET, UTC_TIME,
    UTF8_STRING, bit_string, element, integer, sequence,
};
use super::keys::{Key, bits_of_info, parse};
use super::pem;
use crate::arguments::{any, int, text};
use crate::encode::decode_base64;
use crate::print::{print, quoted};
use crate::text::lossy;
use crate::time::Time;

/// `sprig.certificate`: a certificate and its key, both PEM.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Certificate {
    cert: String,
    key: String,
}

/// What a certificate is to say.
pub(super) struct Request {
    name: String,
    dns_names: Vec<String>,
    addresses: Vec<IpAddr>,
    days: i64,
    is_authority: bool,
}

/// The certificate that signs another.
struct Signer {
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    info: Vec<u8>,
}

const DAY: i64 = 86_400;

impl Request {
    /// From a name and a number of days.
    pub(super) fn authority(arguments: &[Value]) -> Self {
        Self {
            name: text(arguments, 0).into_owned(),
            dns_names: Vec::new(),
            addresses: Vec::new(),
            days: int(arguments, 1),
            is_authority: true,
        }
    }

    /// From a name, addresses, DNS names and a number of days.
    pub(super) fn leaf(arguments: &[Value]) -> Result<Self, String> {
        let items = |at| any(arguments, at).as_list().map(|list| list.items().to_vec()).unwrap_or_default();
        let mut addresses = Vec::new();
        for item in items(1) {
            let Some(text) = item.as_str() else {
                return Err(format!("error parsing ip: {} is not a string", lossy(&print(&item))));
            };
            addresses.push(text.parse().map_err(|_| format!("error parsing ip: {text}"))?);
        }
        let mut dns_names = Vec::new();
        for item in items(2) {
            let Some(text) = item.as_str() else {
                let shown = lossy(&print(&item)).into_owned();
                return Err(format!("error processing alternate dns name: {shown} is not a string"));
            };
            dns_names.push(text.into_owned());
        }
        let name = text(arguments, 0).into_owned();
        Ok(Self { name, dns_names, addresses, days: int(arguments, 3), is_authority: false })
    }

    /// Signed by its own key.
    pub(super) fn self_signed(&self, engine: &mut Engine<'_>, key: &Key) -> Result<Certificate, String> {
        let signer = Signer { subject: self.subject(), key_id: None, info: key.public_info()? };
        self.create(engine, key, &signer, key)
    }

    /// Signed by an authority.
    pub(super) fn signed(
        &self,
        engine: &mut Engine<'_>,
        key: &Key,
        authority: &Value,
    ) -> Result<Certificate, String> {
        let authority = authority.as_native::<Certificate>().cloned();
        let authority = authority.unwrap_or(Certificate { cert: String::new(), key: String::new() });
        let (_, bytes) = pem::decode(&authority.cert).ok_or("unable to decode certificate")?;
        let malformed = "error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate";
        let signer = Signer::parse(&bytes).ok_or(malformed)?;
        let signer_key =
            parse(&authority.key).map_err(|error| format!("error parsing private key: {error}"))?;
        if bits_of_info(&signer.info) != Some(&signer_key.public_bits()?) {
            let why = "x509: provided PrivateKey doesn't match parent's PublicKey";
            return Err(format!("error creating certificate: {why}"));
        }
        self.create(engine, key, &signer, &signer_key)
    }

    fn subject(&self) -> Vec<u8> {
        if self.name.is_empty() {
            return sequence(&[]);
        }
        let printable = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+,-./:=? ".contains(&byte);
        let tag = if self.name.bytes().all(printable) { PRINTABLE_STRING } else { UTF8_STRING };
        let pair = sequence(&[&element(OBJECT, &[0x55, 0x04, 0x03]), &element(tag, self.name.as_bytes())]);
        sequence(&[&element(SET, &pair)])
    }

    fn create(
        &self,
        engine: &mut Engine<'_>,
        key: &Key,
        signer: &Signer,
        signer_key: &Key,
    ) -> Result<Certificate, String> {
        let mut serial = [0; 16];
        engine.host().random(&mut serial);
        let now = Time::from_nanoseconds(engine.host().now()).unix();
        let validity = sequence(&[&date(now), &date(now.saturating_add(self.days.saturating_mul(DAY)))]);
        let subject = self.subject();
        let algorithm = signer_key.signature_algorithm();
        let extensions = self.extensions(key, signer, &subject)?;
        let body = sequence(&[
            &element(0xa0, &integer(&[2])),
            &integer(&serial),
            &algorithm,
            &signer.subject,
            &validity,
            &subject,
            &key.public_info()?,
            &element(0xa3, &element(SEQUENCE, &extensions)),
        ]);
        let signature =
            signer_key.sign(engine, &body).map_err(|error| format!("error creating certificate: {error}"))?;
        let der = sequence(&[&body, &algorithm, &bit_string(&signature, 0)]);
        Ok(Certificate { cert: pem::encode("CERTIFICATE", &der), key: key.pem()? })
    }

    fn extensions(&self, key: &Key, signer: &Signer, subject: &[u8]) -> Result<Vec<u8>, String> {
        // Digital signature and key encipherment; an authority signs certificates too.
        let usage = if self.is_authority { bit_string(&[0xa4], 2) } else { bit_string(&[0xa0], 5) };
        let purpose = |last| element(OBJECT, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]);
        let authority = if self.is_authority { element(BOOLEAN, &[0xff]) } else { Vec::new() };
        let mut out = extension(15, true, &usage);
        out.extend(extension(37, false, &sequence(&[&purpose(1), &purpose(2)])));
        out.extend(extension(19, true, &sequence(&[&authority])));
        if self.is_authority {
            let id = Sha256::digest(key.public_bits()?);
            out.extend(extension(14, false, &element(OCTET_STRING, &id[..20])));
        }
        if let Some(id) = &signer.key_id
            && signer.subject != subject
        {
            out.extend(extension(35, false, &sequence(&[&element(0x80, id)])));
        }
        if !self.dns_names.is_empty() || !self.addresses.is_empty() {
            let is_critical = self.name.is_empty();
            out.extend(extension(17, is_critical, &self.alternative_names()?));
        }
        Ok(out)
    }

    fn alternative_names(&self) -> Result<Vec<u8>, String> {
        let mut names = Vec::new();
        for name in &self.dns_names {
            if !name.is_ascii() {
                let why = format!("x509: {} cannot be encoded as an IA5String", quoted(name));
                return Err(format!("error creating certificate: {why}"));
            }
            names.extend(element(0x82, name.as_bytes()));
        }
        for address in &self.addresses {
            names.extend(match address.to_canonical() {
                IpAddr::V4(address) => element(0x87, &address.octets()),
                IpAddr::V6(address) => element(0x87, &address.octets()),
            });
        }
        Ok(element(SEQUENCE, &names))
    }
}

fn extension(id: u8, is_critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if is_critical { element(BOOLEAN, &[0xff]) } else { Vec::new() };
    sequence(&[&element(OBJECT, &[0x55, 0x1d, id]), &critical, &element(OCTET_STRING, content)])
}

fn date(unix: i64) -> Vec<u8> {
    let time = Time::from_unix(unix);
    let year: i64 = time.format("2006").parse().unwrap_or_default();
    if (1950..2050).contains(&year) {
        element(UTC_TIME, time.format("060102150405Z").as_bytes())
    } else {
        element(GENERALIZED_TIME, time.format("20060102150405Z").as_bytes())
    }
}

impl Signer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut body = Reader::new(bytes).enter(SEQUENCE)?.enter(SEQUENCE)?;
        if body.peek() == Some(0xa0) {
            body.next()?;
        }
        // Serial number, algorithm, issuer, validity.
        for _ in 0..4 {
            body.next()?;
        }
        let subject = body.next()?.2.to_vec();
        let info = body.next()?.2.to_vec();
        let mut key_id = None;
        while let Some((tag, content, _)) = body.next() {
            if tag == 0xa3 {
                let mut extensions = Reader::new(content).enter(SEQUENCE)?;
                while let Some((_, content, _)) = extensions.next() {
                    let mut parts = Reader::new(content);
                    if parts.expect(OBJECT)? == [0x55, 0x1d, 14] {
                        if parts.peek() == Some(BOOLEAN) {
                            parts.next()?;
                        }
                        key_id =
                            Some(Reader::new(parts.expect(OCTET_STRING)?).expect(OCTET_STRING)?.to_vec());
                    }
                }
            }
        }
        Some(Self { subject, key_id, info })
    }
}

/// `buildCustomCert`: what the chart's user brought, looked at.
pub(super) fn custom(cert: &[u8], key: &[u8]) -> Result<Certificate, String> {
    let cert = decode_base64(cert).map_err(|_| "unable to decode base64 certificate".to_owned())?;
    let key = decode_base64(key).map_err(|_| "unable to decode base64 private key".to_owned())?;
    let cert = lossy(&cert).into_owned();
    let key = lossy(&key).into_owned();
    let (_, bytes) = pem::decode(&cert).ok_or("unable to decode certificate")?;
    if Signer::parse(&bytes).is_none() {
        return Err("error parsing certificate: decodedCert.Bytes: x509: malformed certificate".to_owned());
    }
    parse(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Certificate { cert, key })
}

impl From<Certificate> for Value {
    fn from(certificate: Certificate) -> Self {
        Self::Native(Rc::new(certificate))
    }
}

impl Native for Certificate {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("sprig.certificate")
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn method(&self, _: &str, _: &[Value], _: &mut Engine<'_>) -> Option<Result<Value, CallError>> {
        None
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn to_document(&self) -> amethyst_object::Value {
        let mut map = amethyst_object::Map::new();
        map.insert("Cert", self.cert.as_str());
        map.insert("Key", self.key.as_str());
        amethyst_object::Value::Object(map)
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn std::any::Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}
