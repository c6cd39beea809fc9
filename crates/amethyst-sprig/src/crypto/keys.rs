//! Private keys: made, read and written as Go's `crypto/x509` does.

use amethyst_gotemplate::Engine;
use amethyst_rsa::Size;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};

use super::der::{
    BIT_STRING, INTEGER, OBJECT, OCTET_STRING, Reader, SEQUENCE, bit_string, element, integer, sequence,
};
use super::{curve, pem};

/// A private key.
pub(super) enum Key {
    /// RSA.
    Rsa(Box<RsaPrivateKey>),
    /// A number of the curve P-256, and its public key.
    P256([u8; 32], Vec<u8>),
    /// The seed of an Ed25519 key.
    Ed25519([u8; 32]),
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const NULL: &[u8] = &[0x05, 0x00];

/// What stands before a SHA-256 digest in an RSA signature.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// `genPrivateKey`.
pub(super) fn generate_text(engine: &mut Engine<'_>, kind: &str) -> Result<String, String> {
    let key = match kind {
        "" | "rsa" => generate_rsa(engine, Size::Bits4096)?,
        "ecdsa" => {
            let mut random = [0; 48];
            engine.host().random(&mut random);
            Key::of_p256(&curve::scalar(&random)).ok_or("failed to generate private key")?
        }
        "ed25519" => {
            let mut seed = [0; 32];
            engine.host().random(&mut seed);
            Key::Ed25519(seed)
        }
        "dsa" => return Err("keys of type dsa are not made here; hint: use ed25519, ecdsa or rsa".to_owned()),
        _ => return Ok(format!("Unknown type {kind}")),
    };
    key.pem()
}

pub(super) fn generate_rsa(engine: &mut Engine<'_>, size: Size) -> Result<Key, String> {
    let key = amethyst_rsa::generate(size, &mut |out| engine.host().random(out));
    key.map(|key| Key::Rsa(Box::new(key))).map_err(|error| format!("error generating rsa key: {error}"))
}

/// A key that the template brings.
pub(super) fn given(text: &str) -> Result<Key, String> {
    parse(text).map_err(|error| format!("parsing private key: {error}"))
}

/// sprig's `parsePrivateKeyPEM`.
pub(super) fn parse(text: &str) -> Result<Key, String> {
    let (label, bytes) = pem::decode(text).ok_or("no PEM data in input")?;
    if label == "PRIVATE KEY" {
        let malformed = "decoding PEM as PKCS#8: x509: failed to parse private key";
        return parse_pkcs8(&bytes).ok_or_else(|| malformed.to_owned());
    }
    let Some(kind) = label.strip_suffix(" PRIVATE KEY") else {
        return Err(format!("no private key data in PEM block of type {label}"));
    };
    match kind {
        "RSA" => RsaPrivateKey::from_pkcs1_der(&bytes)
            .map(|key| Key::Rsa(Box::new(key)))
            .map_err(|error| format!("parsing RSA private key from PEM: {error}")),
        "EC" => parse_ec(&bytes).ok_or_else(|| {
            "parsing EC private key from PEM: x509: failed to parse EC private key of the curve P-256"
                .to_owned()
        }),
        "DSA" => Err("parsing DSA private key from PEM: keys of this type are not supported".to_owned()),
        _ => Err(format!("invalid private key type {label}")),
    }
}

fn parse_pkcs8(bytes: &[u8]) -> Option<Key> {
    let mut parts = Reader::new(bytes).enter(SEQUENCE)?;
    parts.expect(INTEGER)?;
    let mut algorithm = parts.enter(SEQUENCE)?;
    let name = algorithm.expect(OBJECT)?;
    let inner = parts.expect(OCTET_STRING)?;
    if name == RSA {
        RsaPrivateKey::from_pkcs1_der(inner).ok().map(|key| Key::Rsa(Box::new(key)))
    } else if name == EC {
        parse_ec(inner)
    } else if name == ED25519 {
        Reader::new(inner).expect(OCTET_STRING)?.try_into().ok().map(Key::Ed25519)
    } else {
        None
    }
}

fn parse_ec(bytes: &[u8]) -> Option<Key> {
    let mut parts = Reader::new(bytes).enter(SEQUENCE)?;
    parts.expect(INTEGER)?;
    let private = parts.expect(OCTET_STRING)?;
    if parts.peek() == Some(0xa0) && parts.enter(0xa0)?.expect(OBJECT)? != P256 {
        return None;
    }
    let mut number = [0; 32];
    let length = private.len();
    if length > 32 {
        return None;
    }
    number[32 - length..].copy_from_slice(private);
    Key::of_p256(&number)
}

impl Key {
    fn of_p256(private: &[u8; 32]) -> Option<Self> {
        curve::public_key(private).map(|public| Self::P256(*private, public))
    }

    /// As sprig writes it: PKCS #1, SEC 1 or PKCS #8.
    pub(super) fn pem(&self) -> Result<String, String> {
        Ok(match self {
            Self::Rsa(key) => {
                let der = key.to_pkcs1_der().map_err(|error| error.to_string())?;
                pem::encode("RSA PRIVATE KEY", der.as_bytes())
            }
            Self::P256(private, public) => {
                let der = sequence(&[
                    &integer(&[1]),
                    &element(OCTET_STRING, private),
                    &element(0xa0, &element(OBJECT, P256)),
                    &element(0xa1, &bit_string(public, 0)),
                ]);
                pem::encode("EC PRIVATE KEY", &der)
            }
            Self::Ed25519(seed) => {
                let inner = element(OCTET_STRING, &element(OCTET_STRING, seed));
                let der = sequence(&[&integer(&[0]), &sequence(&[&element(OBJECT, ED25519)]), &inner]);
                pem::encode("PRIVATE KEY", &der)
            }
        })
    }

    /// The bits of the public key.
    pub(super) fn public_bits(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                let der = key.to_public_key().to_pkcs1_der().map_err(|error| error.to_string())?;
                Ok(der.as_bytes().to_vec())
            }
            Self::P256(_, public) => Ok(public.clone()),
            Self::Ed25519(seed) => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| error.to_string())?;
                Ok(pair.public_key().as_ref().to_vec())
            }
        }
    }

    /// `SubjectPublicKeyInfo`.
    pub(super) fn public_info(&self) -> Result<Vec<u8>, String> {
        let algorithm = match self {
            Self::Rsa(_) => sequence(&[&element(OBJECT, RSA), NULL]),
            Self::P256(..) => sequence(&[&element(OBJECT, EC), &element(OBJECT, P256)]),
            Self::Ed25519(_) => sequence(&[&element(OBJECT, ED25519)]),
        };
        Ok(sequence(&[&algorithm, &bit_string(&self.public_bits()?, 0)]))
    }

    /// The name of the algorithm it signs with.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => sequence(&[&element(OBJECT, RSA_SHA256), NULL]),
            Self::P256(..) => sequence(&[&element(OBJECT, ECDSA_SHA256)]),
            Self::Ed25519(_) => sequence(&[&element(OBJECT, ED25519)]),
        }
    }

    pub(super) fn sign(&self, engine: &mut Engine<'_>, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: SHA256_PREFIX.into() };
                key.sign(scheme, &Sha256::digest(message)).map_err(|error| error.to_string())
            }
            Self::P256(private, _) => {
                let digest = Sha256::digest(message);
                for _ in 0..8 {
                    let mut random = [0; 48];
                    engine.host().random(&mut random);
                    if let Some((r, s)) = curve::sign(private, &digest, &random) {
                        return Ok(sequence(&[&integer(&r), &integer(&s)]));
                    }
                }
                Err("no nonce was found to sign with".to_owned())
            }
            Self::Ed25519(seed) => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| error.to_string())?;
                Ok(pair.sign(message).as_ref().to_vec())
            }
        }
    }
}

/// The bits of the key in a `SubjectPublicKeyInfo`.
pub(super) fn bits_of_info(info: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(info).enter(SEQUENCE)?;
    parts.expect(SEQUENCE)?;
    parts.expect(BIT_STRING)?.get(1..)
}
