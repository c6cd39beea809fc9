//! The key of a PodCertificateRequest, and the proof that who asks holds it.

use amethyst_object::{FieldPath, Map};
use amethyst_schema::Fault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::text;
use crate::certificates::{Key, Request, key_kind};
use crate::registry::metadata::path;

const BYTES_MAX: usize = 10 << 10;

/// What is wrong with the key: it comes in a request (PKCS#10), or bare with a signed pod uid.
pub(super) fn validate(new: &Map) -> Vec<Fault> {
    let given = |key: &str| !text(new, key).is_empty();
    match (given("stubPKCS10Request"), given("pkixPublicKey"), given("proofOfPossession")) {
        (true, false, false) => of_request(new),
        (false, true, true) => of_bare_key(new),
        _ => {
            let why = "exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set";
            vec![Fault::invalid_untold(path(&["spec"]), why)]
        }
    }
}

/// The key that the certificate must be for, as `SubjectPublicKeyInfo`.
pub(super) fn wanted(request: &Map) -> Option<Vec<u8>> {
    let stub = text(request, "stubPKCS10Request");
    if stub.is_empty() {
        return STANDARD.decode(text(request, "pkixPublicKey")).ok();
    }
    Some(Request::of_der(&STANDARD.decode(stub).ok()?).ok()?.public_key)
}

fn of_request(new: &Map) -> Vec<Fault> {
    let at = path(&["spec", "stubPKCS10Request"]);
    let bytes = STANDARD.decode(text(new, "stubPKCS10Request")).unwrap_or_default();
    if bytes.len() > BYTES_MAX {
        return vec![Fault::too_long(at, BYTES_MAX as u64)];
    }
    let Ok(request) = Request::of_der(&bytes) else {
        return vec![Fault::invalid_untold(at, "must be a valid PKCS#10 CSR")];
    };
    if let Some(fault) = unsupported(request.key, &at) {
        return vec![fault];
    }
    match request.check_signature() {
        Ok(()) => Vec::new(),
        Err(_) => vec![Fault::invalid_untold(at, "invalid signature")],
    }
}

fn of_bare_key(new: &Map) -> Vec<Fault> {
    let (key_at, proof_at) = (path(&["spec", "pkixPublicKey"]), path(&["spec", "proofOfPossession"]));
    let decoded = |key: &str| STANDARD.decode(text(new, key)).unwrap_or_default();
    let (key, proof) = (decoded("pkixPublicKey"), decoded("proofOfPossession"));
    for (bytes, at) in [(&key, &key_at), (&proof, &proof_at)] {
        if bytes.len() > BYTES_MAX {
            return vec![Fault::too_long(at.clone(), BYTES_MAX as u64)];
        }
    }
    let Ok((_, info)) = SubjectPublicKeyInfo::from_der(&key) else {
        let why = "must be a valid PKIX-serialized public key";
        return vec![Fault::invalid(key_at, text(new, "pkixPublicKey"), why)];
    };
    if let Some(fault) = unsupported(key_kind(&info), &key_at) {
        return vec![fault];
    }
    if signed(&info, text(new, "podUID").as_bytes(), &proof) {
        return Vec::new();
    }
    vec![Fault::invalid_untold(proof_at, "could not verify proof-of-possession signature")]
}

fn unsupported(key: Key, at: &FieldPath) -> Option<Fault> {
    match key {
        Key::Rsa(3072 | 4096) | Key::Elliptic | Key::Edwards => None,
        Key::Rsa(bits) => {
            let why = "RSA keys must have modulus size 3072 or 4096";
            Some(Fault::invalid(at.clone(), format!("{bits}-bit modulus"), why))
        }
        Key::Unknown => {
            let why = "unknown public key type; supported types are Ed25519, ECDSA, and RSA";
            Some(Fault::invalid_untold(at.clone(), why))
        }
    }
}

fn signed(info: &SubjectPublicKeyInfo<'_>, message: &[u8], proof: &[u8]) -> bool {
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => {
            let trimmed =
                |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
            RsaPublicKeyComponents { n: trimmed(key.modulus), e: trimmed(key.exponent) }
                .verify(&signature::RSA_PSS_2048_8192_SHA256, message, proof)
                .is_ok()
        }
        Ok(PublicKey::EC(point)) => {
            let algorithm: &dyn signature::VerificationAlgorithm = match point.data().len() {
                65 => &signature::ECDSA_P256_SHA256_ASN1,
                97 => &signature::ECDSA_P384_SHA256_ASN1,
                _ => return false,
            };
            UnparsedPublicKey::new(algorithm, point.data()).verify(message, proof).is_ok()
        }
        _ => UnparsedPublicKey::new(&signature::ED25519, info.subject_public_key.data.as_ref())
            .verify(message, proof)
            .is_ok(),
    }
}
