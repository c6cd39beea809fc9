//! Keys and certificates: their shape, who signed them, and that a seeded host repeats them.

use x509_parser::prelude::*;

use super::evaluate::{Still, seen, value};

fn text(expression: &str) -> String {
    seen(expression).unwrap_or_else(|error| panic!("{expression}: {error}")).1
}

/// Runs statements, then looks at an expression.
fn after(statements: &str, expression: &str) -> String {
    let body = format!("1) }}}}{{{{ {statements} }}}}{{{{ keep ({expression}");
    let found = value(&mut Still::default(), &body).unwrap_or_else(|error| panic!("{statements}: {error}"));
    String::from_utf8_lossy(&crate::print(&found)).into_owned()
}

fn der(text: &str) -> Vec<u8> {
    x509_parser::pem::parse_x509_pem(text.as_bytes()).unwrap().1.contents
}

#[test]
fn keys_are_written_as_upstream_writes_them() {
    assert!(text("genPrivateKey \"ecdsa\"").starts_with("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI"));
    assert!(
        text("genPrivateKey \"ed25519\"").starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI")
    );
    assert_eq!(text("genPrivateKey \"nope\""), "Unknown type nope");
    assert!(seen("genPrivateKey \"dsa\"").unwrap_err().contains("dsa"));
    assert_eq!(text("genPrivateKey \"ecdsa\""), text("genPrivateKey \"ecdsa\""));
}

#[test]
fn authorities_sign_certificates() {
    for kind in ["ed25519", "ecdsa"] {
        let made = format!(
            "$ca := genCAWithKey \"my ca\" 365 (genPrivateKey \"{kind}\") }}}}{{{{ $leaf := genSignedCertWithKey \
             \"svc\" (list \"10.0.0.1\" \"::1\") (list \"svc.ns\" \"svc.ns.svc\") 30 $ca (genPrivateKey \"{kind}\")"
        );
        let (ca, leaf) = (der(&after(&made, "$ca.Cert")), der(&after(&made, "$leaf.Cert")));
        let (_, ca) = X509Certificate::from_der(&ca).unwrap();
        let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
        assert!(ca.is_ca() && !leaf.is_ca());
        assert_eq!(
            (ca.subject().to_string(), leaf.issuer().to_string()),
            ("CN=my ca".into(), "CN=my ca".into())
        );
        let lifetime = leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp();
        assert_eq!((leaf.validity().not_before.timestamp(), lifetime), (1_700_000_000, 30 * 86_400));
        let names = leaf.subject_alternative_name().unwrap().unwrap().value;
        assert_eq!(names.general_names.len(), 4);
        let usage = ca.key_usage().unwrap().unwrap().value;
        assert!(usage.key_cert_sign() && usage.digital_signature() && usage.key_encipherment());
        assert!(!leaf.key_usage().unwrap().unwrap().value.key_cert_sign());
        ca.verify_signature(None).unwrap();
        leaf.verify_signature(Some(ca.public_key())).unwrap();
    }
}

#[test]
fn made_authorities_sign_with_rsa() {
    let made = "$ca := genCA \"my ca\" 365 }}{{ $leaf := genSignedCert \"svc\" nil (list \"svc.ns\") 30 $ca";
    let pem = after(made, "$leaf.Key");
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMII"));
    let (ca, leaf) = (der(&after(made, "$ca.Cert")), der(&after(made, "$leaf.Cert")));
    let (_, ca) = X509Certificate::from_der(&ca).unwrap();
    let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
    ca.verify_signature(None).unwrap();
    leaf.verify_signature(Some(ca.public_key())).unwrap();
    // A seeded host makes the same keys again.
    assert_eq!(after(made, "$leaf.Key"), pem);
}

#[test]
fn what_the_user_brings_is_looked_at() {
    let made = "$c := genSelfSignedCertWithKey \"a\" nil nil 1 (genPrivateKey \"ed25519\") }}\
                {{ $d := buildCustomCert (b64enc $c.Cert) (b64enc $c.Key)";
    assert_eq!(after(made, "eq $c.Cert $d.Cert"), "true");
    assert_eq!(seen("buildCustomCert \"!\" \"\"").unwrap_err(), "unable to decode base64 certificate");
    assert_eq!(seen("buildCustomCert \"YQ==\" \"YQ==\"").unwrap_err(), "unable to decode certificate");
}

#[test]
fn aes_reads_what_it_wrote() {
    assert_eq!(text("encryptAES \"key\" \"plain text\" | decryptAES \"key\""), "plain text");
    assert_eq!(text("decryptAES \"key\" \"\""), "");
}

#[test]
fn passwords_are_hashed() {
    let line = text("htpasswd \"me\" \"secret\"");
    assert!(bcrypt::verify("secret", line.strip_prefix("me:").unwrap()).unwrap());
    assert!(line.starts_with("me:$2a$10$"));
}
