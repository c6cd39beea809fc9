//! Keys that sign tokens and keys that verify them.
//!
//! Which algorithm a token may use is decided by the key, never by the token alone: a token that says `HS256`
//! or `none` finds no key. Signing and verifying are ring's (through rustls, which also reads all the forms
//! that key files have); only the making of an RSA key is the `rsa` crate's.

use std::sync::Arc;

use amethyst_clock::Entropy;
use amethyst_object::{Map, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use rsa::pkcs8::EncodePrivateKey;
use rsa::traits::PublicKeyParts;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// What kubeadm makes, too.
const RSA_BITS: usize = 2048;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text holds no key.
    #[error("no PEM key found: expected an RSA or ECDSA key")]
    NoKey,
    /// The key is of a kind that tokens are not signed with.
    #[error("unsupported key: expected RSA of 2048 to 8192 bits, or ECDSA over P-256 or P-384")]
    Unsupported,
    /// A new key could not be made.
    #[error("failed to make an RSA key")]
    Make(#[source] rsa::Error),
    /// A new key could not be written down.
    #[error("failed to encode an RSA key")]
    Encode(#[source] rsa::pkcs8::Error),
    /// The key does not sign.
    #[error("failed to sign")]
    Sign(#[source] rustls::Error),
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifyingKey {
    /// The `kid`: of our own keys the hash of the key itself.
    pub(crate) id: String,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    /// Modulus and exponent, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// The uncompressed point.
    Elliptic { curve: Curve, point: Vec<u8> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    fn algorithm(self) -> &'static str {
        match self {
            Self::P256 => "ES256",
            Self::P384 => "ES384",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn of_point(point: &[u8]) -> Option<Self> {
        [Self::P256, Self::P384].into_iter().find(|curve| point.len() == 1 + 2 * curve.bytes())
    }
}

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo`; its id is what upstream computes (kubernetes
    /// `pkg/serviceaccount/jwt.go`): the SHA-256 of it.
    pub(crate) fn of_der(der: &[u8]) -> Result<Self, KeyError> {
        let (_, info) = SubjectPublicKeyInfo::from_der(der).map_err(|_| KeyError::NoKey)?;
        let material = match info.parsed().map_err(|_| KeyError::NoKey)? {
            PublicKey::RSA(key) => {
                Material::Rsa { modulus: trimmed(key.modulus), exponent: trimmed(key.exponent) }
            }
            PublicKey::EC(point) => {
                let point = point.data();
                let curve = Curve::of_point(point).ok_or(KeyError::Unsupported)?;
                Material::Elliptic { curve, point: point.to_vec() }
            }
            _ => return Err(KeyError::Unsupported),
        };
        Ok(Self { id: URL_SAFE_NO_PAD.encode(Sha256::digest(der)), material })
    }

    /// Reads the keys of a PEM file, public or private ones.
    pub(crate) fn of_pem(text: &str) -> Result<Vec<Self>, KeyError> {
        let public = rustls::pki_types::SubjectPublicKeyInfoDer::pem_slice_iter(text.as_bytes());
        let mut keys = Vec::new();
        for der in public {
            keys.push(Self::of_der(&der.map_err(|_| KeyError::NoKey)?)?);
        }
        if keys.is_empty() {
            keys.push(SigningKey::of_pem(text)?.verifying);
        }
        Ok(keys)
    }

    /// Reads a key of a JSON Web Key Set; nothing when it is not for signatures or of an unknown kind.
    pub(crate) fn of_jwk(key: &Map) -> Option<Self> {
        if !matches!(key.str("use"), None | Some("sig")) {
            return None;
        }
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key.str(name)?).ok();
        let material = match key.str("kty")? {
            "RSA" => Material::Rsa { modulus: trimmed(&bytes("n")?), exponent: trimmed(&bytes("e")?) },
            "EC" => {
                let curve = match key.str("crv")? {
                    "P-256" => Curve::P256,
                    "P-384" => Curve::P384,
                    _ => return None,
                };
                let point = [vec![4], bytes("x")?, bytes("y")?].concat();
                (Curve::of_point(&point) == Some(curve)).then_some(Material::Elliptic { curve, point })?
            }
            _ => return None,
        };
        Some(Self { id: key.str("kid").unwrap_or_default().to_owned(), material })
    }

    /// The algorithm that our own tokens name for such a key.
    pub(crate) fn algorithm(&self) -> &'static str {
        match &self.material {
            Material::Rsa { .. } => "RS256",
            Material::Elliptic { curve, .. } => curve.algorithm(),
        }
    }

    /// Whether the key made `signature` over `message` by `algorithm`.
    pub(crate) fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Rsa { modulus, exponent } => {
                let parameters = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return false,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(parameters, message, signature)
                    .is_ok()
            }
            Material::Elliptic { curve, point } => {
                let parameters = match (algorithm, curve) {
                    ("ES256", Curve::P256) => &signature::ECDSA_P256_SHA256_FIXED,
                    ("ES384", Curve::P384) => &signature::ECDSA_P384_SHA384_FIXED,
                    _ => return false,
                };
                UnparsedPublicKey::new(parameters, point).verify(message, signature).is_ok()
            }
        }
    }

    /// The key as a JSON Web Key, its fields in the order that Go's go-jose writes.
    pub(crate) fn to_jwk(&self) -> Value {
        let text = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
        let mut key = Map::new();
        key.insert("use", "sig");
        match &self.material {
            Material::Rsa { modulus, exponent } => {
                key.insert("kty", "RSA");
                key.insert("kid", self.id.as_str());
                key.insert("alg", self.algorithm());
                key.insert("n", text(modulus));
                key.insert("e", text(exponent));
            }
            Material::Elliptic { curve, point } => {
                let (x, y) = point[1..].split_at(curve.bytes());
                key.insert("kty", "EC");
                key.insert("kid", self.id.as_str());
                key.insert("crv", curve.name());
                key.insert("alg", self.algorithm());
                key.insert("x", text(x));
                key.insert("y", text(y));
            }
        }
        Value::Object(key)
    }
}

fn trimmed(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].to_vec()
}

/// A key that signs.
#[derive(Clone, Debug)]
pub(crate) struct SigningKey {
    key: Arc<dyn rustls::sign::SigningKey>,
    scheme: SignatureScheme,
    /// The half of it that verifies.
    pub(crate) verifying: VerifyingKey,
}

impl SigningKey {
    /// Reads a private key: PKCS#8, PKCS#1 or SEC1, as PEM.
    pub(crate) fn of_pem(text: &str) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::NoKey)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der).map_err(|_| KeyError::Unsupported)?;
        let public = key.public_key().ok_or(KeyError::Unsupported)?;
        let verifying = VerifyingKey::of_der(&public)?;
        let scheme = match verifying.algorithm() {
            "ES256" => SignatureScheme::ECDSA_NISTP256_SHA256,
            "ES384" => SignatureScheme::ECDSA_NISTP384_SHA384,
            _ => SignatureScheme::RSA_PKCS1_SHA256,
        };
        Ok(Self { key, scheme, verifying })
    }

    /// Signs a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signer = self.key.choose_scheme(&[self.scheme]).ok_or(KeyError::Unsupported)?;
        let signature = signer.sign(message).map_err(KeyError::Sign)?;
        match &self.verifying.material {
            Material::Rsa { .. } => Ok(signature),
            Material::Elliptic { curve, .. } => fixed(&signature, curve.bytes()).ok_or(KeyError::Unsupported),
        }
    }
}

/// An ECDSA signature as JWS wants it: both numbers at full length, not as ASN.1.
fn fixed(asn1: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let number = |at: usize| {
        let length = usize::from(*asn1.get(at + 1)?);
        let digits = trimmed(asn1.get(at + 2..at + 2 + length)?);
        let padding = bytes.checked_sub(digits.len())?;
        Some(([vec![0; padding], digits].concat(), at + 2 + length))
    };
    // Signatures over P-256 and P-384 are below 128 bytes: every length is one byte.
    let (first, next) = number(2)?;
    let (second, _) = number(next)?;
    Some([first, second].concat())
}

/// Makes a new RSA key, as PKCS#8 in PEM. Takes up to a second.
pub(crate) fn make_rsa(entropy: &Entropy) -> Result<String, KeyError> {
    let key = rsa::RsaPrivateKey::new(&mut Random(entropy), RSA_BITS).map_err(KeyError::Make)?;
    debug_assert_eq!(key.size() * 8, RSA_BITS);
    let pem = key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).map_err(KeyError::Encode)?;
    Ok(pem.to_string())
}

/// The one source of chance, as `rsa` asks for it.
struct Random<'a>(&'a Entropy);

impl rsa::rand_core::RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0.u64()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.0.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill(out);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random<'_> {}

#[cfg(test)]
mod tests;
