//! Requests made by openssl and rcgen, certificates read by x509-parser.

use amethyst_clock::Entropy;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use x509_parser::pem::parse_x509_pem;

use super::request::Key;
use super::{Authority, Life, Request, Subject, USAGES, Usages, kubelet, pem};
use crate::edge::tls::{Pki, PkiHome};

/// `openssl req -new -newkey rsa:2048 -nodes -subj "/O=dev/O=ops/CN=jane"`.
pub(crate) const JANE: &str = include_str!("testdata/jane.csr");
/// `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=system:nodes/CN=system:node:n1"
/// -addext "subjectAltName=DNS:n1,IP:192.0.2.1"`.
pub(crate) const KUBELET_SERVING: &str = include_str!("testdata/kubelet-serving.csr");
/// The same without alternative names.
pub(crate) const KUBELET_CLIENT: &str = include_str!("testdata/kubelet-client.csr");

fn now() -> Timestamp {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

fn authority() -> (Pki, Authority) {
    let pki = Pki::open(PkiHome::Memory, &[], amethyst_clock::Clock::at(now())).unwrap();
    let authority = pki.authority(Entropy::seeded(1)).unwrap();
    (pki, authority)
}

#[test]
fn requests_are_read() {
    let jane = Request::of_pem(JANE).unwrap();
    assert_eq!((jane.common_name.as_str(), jane.key), ("jane", Key::Rsa(2048)));
    assert_eq!(jane.organizations, ["dev", "ops"]);
    assert_eq!(jane.check_signature(), Ok(()));
    let serving = Request::of_pem(KUBELET_SERVING).unwrap();
    assert_eq!(
        (serving.dns_names.as_slice(), serving.ip_addresses[0].as_slice()),
        (["n1".to_owned()].as_slice(), [192, 0, 2, 1].as_slice())
    );
    assert_eq!(serving.key, Key::Elliptic);
    let block = pem::blocks(JANE).remove(0);
    let mut forged = block.bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(
        Request::of_der(&forged).unwrap().check_signature().unwrap_err(),
        "crypto/rsa: verification error"
    );
    for text in ["", "nonsense", &pem::encode("CERTIFICATE", &block.bytes)] {
        assert_eq!(Request::of_pem(text).unwrap_err(), "PEM block type must be CERTIFICATE REQUEST");
    }
    assert!(Request::of_pem(&pem::encode("CERTIFICATE REQUEST", b"x")).is_err());
}

#[test]
fn certificates_say_what_was_asked_for() {
    let (pki, authority) = authority();
    let jane = Request::of_pem(JANE).unwrap();
    let usages = Usages::parse(["client auth", "digital signature", "key encipherment"]).unwrap();
    let life = Life { now: now(), length: SignedDuration::from_hours(24) };
    let signed = authority.sign(&Subject::of_request(&jane), &usages, life).unwrap();
    let (_, block) = parse_x509_pem(signed.as_bytes()).unwrap();
    let certificate = block.parse_x509().unwrap();
    let (_, issuer) = parse_x509_pem(pki.authority_pem().as_bytes()).unwrap();
    let issuer = issuer.parse_x509().unwrap();
    assert!(certificate.verify_signature(Some(issuer.public_key())).is_ok());
    assert_eq!(certificate.issuer().as_raw(), issuer.subject().as_raw());
    assert_eq!(certificate.subject().to_string(), "O=dev, O=ops, CN=jane");
    assert_eq!(certificate.public_key().raw, jane.public_key);
    let (begins, ends) =
        (certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp());
    assert_eq!(begins, now().as_second() - 300);
    assert_eq!(ends, now().as_second() + 24 * 3600 - 300, "a long one gives the backdate up");
    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.digital_signature() && usage.value.key_encipherment());
    assert!(!usage.value.key_cert_sign());
    let purposes = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.client_auth && !purposes.server_auth);
    assert!(!certificate.basic_constraints().unwrap().unwrap().value.ca);

    let short = Life { now: now(), length: SignedDuration::from_mins(10) };
    let serving = Request::of_pem(KUBELET_SERVING).unwrap();
    let signed = authority.sign(&Subject::of_request(&serving), &usages, short).unwrap();
    let (_, block) = parse_x509_pem(signed.as_bytes()).unwrap();
    let certificate = block.parse_x509().unwrap();
    assert_eq!(certificate.validity().not_after.timestamp(), now().as_second() + 600);
    assert_eq!(certificate.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 2);

    let beyond = Life { now: now(), length: SignedDuration::from_hours(24 * 365 * 20) };
    let signed = authority.sign(&Subject::of_request(&jane), &usages, beyond).unwrap();
    let (_, block) = parse_x509_pem(signed.as_bytes()).unwrap();
    assert_eq!(block.parse_x509().unwrap().validity().not_after, issuer.validity().not_after);
    let late = Life {
        now: now() + SignedDuration::from_hours(24 * 365 * 20),
        length: SignedDuration::from_hours(1),
    };
    assert!(authority.sign(&Subject::of_request(&jane), &usages, late).is_err());
}

#[test]
fn every_usage_has_a_place() {
    for name in USAGES {
        let usages = Usages::parse([name]).unwrap();
        assert!(usages.key_usage().is_some() != usages.purposes().is_some(), "{name}");
    }
    assert_eq!(Usages::parse(["decipher only"]).unwrap().key_usage().unwrap(), [3, 3, 7, 0, 0x80]);
    assert_eq!(Usages::parse(["a", "any", "b"]).unwrap_err(), r#"unrecognized usage values: ["a" "b"]"#);
}

#[test]
fn signers_take_what_upstreams_take() {
    let request = |text: &str| Request::of_pem(text).unwrap();
    let check = |verdict: Result<(), String>, expect: &str| {
        assert_eq!(verdict.err().as_deref().unwrap_or("ok"), expect);
    };
    let client = ["client auth", "digital signature"];
    check(kubelet::client(&request(KUBELET_CLIENT), &client), "ok");
    check(kubelet::client(&request(KUBELET_SERVING), &client), "DNS subjectAltNames are not allowed");
    check(kubelet::client(&request(JANE), &client), "subject organization is not system:nodes");
    check(
        kubelet::client(&request(KUBELET_CLIENT), &["client auth"]),
        "usages did not match [client auth digital signature key encipherment]",
    );
    let serving = ["digital signature", "key encipherment", "server auth"];
    check(kubelet::serving(&request(KUBELET_SERVING), &serving), "ok");
    check(kubelet::serving(&request(KUBELET_CLIENT), &serving), "DNS or IP subjectAltName is required");
    check(kubelet::api_client(&client), "ok");
    check(
        kubelet::api_client(&["digital signature"]),
        "missing required usage for client certificate: client auth",
    );
    check(kubelet::api_client(&["server auth"]), "invalid usage for client certificate: server auth");
}

#[test]
fn pem_is_read_as_go_reads_it() {
    let one = pem::encode("CERTIFICATE", b"one");
    let text = format!("garbage\n{one}-----BEGIN BROKEN-----\n!\n{}", one.replace('\n', "\r\n"));
    assert_eq!(pem::blocks(&text).len(), 2);
    let headed = one.replacen("-----\n", "-----\nKey: value\n\n", 1);
    assert!(pem::blocks(&headed)[0].has_headers);
    assert_eq!(pem::blocks("-----BEGIN A-----\nb25l\n-----END B-----\n"), []);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "(-----(BEGIN|END) [A-C]-----|[a-z=:\n]|\n){0,30}") {
        let _ = Request::of_der(&bytes);
        let _ = pem::blocks(&text);
    }

    #[test]
    fn a_changed_request_does_not_panic(at in 0_usize..2000, byte in any::<u8>()) {
        let mut bytes = pem::blocks(KUBELET_SERVING).remove(0).bytes;
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(request) = Request::of_der(&bytes) {
            let _ = request.check_signature();
        }
    }
}
