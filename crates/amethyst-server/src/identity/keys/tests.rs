//! Keys read, made and written; ids and sets as upstream's.

use amethyst_clock::Entropy;
use amethyst_object::json;

use super::{SigningKey, VerifyingKey, make_rsa};

/// Made by `openssl genrsa 2048`; used nowhere else.
const RSA_PKCS1: &str = include_str!("testdata/rsa-pkcs1.pem");
/// The same key by `openssl rsa -pubout`.
const RSA_PUBLIC: &str = include_str!("testdata/rsa-public.pem");
/// Made by `openssl ecparam -name prime256v1 -genkey -noout`.
const EC_SEC1: &str = include_str!("testdata/ec-sec1.pem");
/// `openssl rsa -in rsa-pkcs1.pem -pubout -outform DER | openssl dgst -sha256 -binary | basenc --base64url`.
const RSA_ID: &str = include_str!("testdata/rsa-id.txt");

#[test]
fn ids_are_the_hash_of_the_public_key() {
    let key = SigningKey::of_pem(RSA_PKCS1).unwrap();
    assert_eq!(key.verifying.id, RSA_ID.trim().trim_end_matches('='));
    assert_eq!(VerifyingKey::of_pem(RSA_PUBLIC).unwrap(), [key.verifying]);
}

#[test]
fn each_kind_of_key_signs_what_it_verifies() {
    let made = make_rsa(&Entropy::seeded(1)).unwrap();
    for (pem, algorithm) in [(RSA_PKCS1, "RS256"), (EC_SEC1, "ES256"), (made.as_str(), "RS256")] {
        let key = SigningKey::of_pem(pem).unwrap();
        let public = &key.verifying;
        assert_eq!(public.algorithm(), algorithm);
        for _ in 0..8 {
            let signature = key.sign(b"message").unwrap();
            assert!(public.verifies(algorithm, b"message", &signature));
            assert!(!public.verifies(algorithm, b"massage", &signature));
            for other in ["none", "HS256", "RS384", "ES384", "ES256K", "", "rs256"] {
                assert!(!public.verifies(other, b"message", &signature), "{other}");
            }
            assert!(!public.verifies(algorithm, b"message", &signature[1..]));
            assert!(!public.verifies(algorithm, b"message", &[]));
        }
        let json::Parsed { value, .. } =
            json::parse_with(&json::to_vec(&public.to_jwk()), json::Limits::default()).unwrap();
        assert_eq!(VerifyingKey::of_jwk(value.as_object().unwrap()).unwrap(), *public);
    }
}

#[test]
fn what_is_no_key_is_refused() {
    for text in ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert!(SigningKey::of_pem(text).is_err() && VerifyingKey::of_pem(text).is_err(), "{text}");
    }
    for jwk in [
        r#"{"kty":"oct","k":"c2VjcmV0"}"#,
        r#"{"kty":"RSA","n":"!","e":"AQAB"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
        r#"{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}"#,
    ] {
        let value = json::parse(jwk.as_bytes()).unwrap();
        assert_eq!(VerifyingKey::of_jwk(value.as_object().unwrap()), None, "{jwk}");
    }
}

#[test]
fn sets_are_written_in_gos_order() {
    let text = json::to_string_in_order(&SigningKey::of_pem(RSA_PKCS1).unwrap().verifying.to_jwk());
    let start = format!(
        r#"{{"use":"sig","kty":"RSA","kid":"{}","alg":"RS256","n":""#,
        RSA_ID.trim().trim_end_matches('=')
    );
    assert!(text.starts_with(&start) && text.ends_with(r#"","e":"AQAB"}"#), "{text}");
}
