//! Requests of kubelets and the answers of signers.

use amethyst_clock::Entropy;
use amethyst_object::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;

use crate::certificates::tests::{JANE, KUBELET_CLIENT};
use crate::certificates::{Authority, Life, Request, Subject, Usages, pem};
use crate::edge::tls::{Pki, PkiHome};
use crate::registry::PatchKind;
use crate::registry::tests::{Server, refused, text};
use crate::status::Status;

const PLURAL: &str = "certificates.k8s.io/v1/podcertificaterequests";

fn request(csr: &str, seconds: i64) -> String {
    let stub = STANDARD.encode(&pem::blocks(csr)[0].bytes);
    format!(
        r#"{{"metadata":{{"name":"r"}},"spec":{{"signerName":"example.com/a","podName":"p","podUID":"1","serviceAccountName":"s","serviceAccountUID":"2","nodeName":"n","nodeUID":"3","maxExpirationSeconds":{seconds},"stubPKCS10Request":"{stub}"}}}}"#
    )
}

async fn status(server: &Server, patch: &str) -> Result<Value, Status> {
    let patch = format!(r#"{{"status":{patch}}}"#);
    server.patch(PatchKind::Merge, &format!("{PLURAL}/status"), "default", "r", &patch).await
}

#[tokio::test(start_paused = true)]
async fn a_request_names_pod_and_key() {
    let server = Server::start().await;
    let check = async |object: String, expect: &str| {
        let said = refused(server.create(PLURAL, "default", &object).await);
        assert_eq!(
            said,
            format!(r#"422 Invalid: PodCertificateRequest.certificates.k8s.io "r" is invalid: {expect}"#)
        );
    };
    check(
        request(JANE, 3600),
        r#"spec.stubPKCS10Request: Invalid value: "2048-bit modulus": RSA keys must have modulus size 3072 or 4096"#,
    )
    .await;
    check(
        request(KUBELET_CLIENT, 10),
        "spec.maxExpirationSeconds: Invalid value: 10: must be in the range [3600, 7862400]",
    )
    .await;
    check(
        request(KUBELET_CLIENT, 3600).replace("stubPKCS10Request", "pkixPublicKey"),
        "spec: Invalid value: exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set",
    )
    .await;
    check(
        request(KUBELET_CLIENT, 3600).replace(r#""podUID":"1""#, r#""podUID":"""#),
        r#"spec.podUID: Invalid value: "": must not be empty"#,
    )
    .await;
    server.create(PLURAL, "default", &request(KUBELET_CLIENT, 3600)).await.unwrap();
    let changed = server.patch(PatchKind::Merge, PLURAL, "default", "r", r#"{"spec":{"podName":"q"}}"#).await;
    assert!(refused(changed).contains("field is immutable"));
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_for_the_key_and_for_a_time() {
    let server = Server::start().await;
    server.create(PLURAL, "default", &request(KUBELET_CLIENT, 7200)).await.unwrap();
    let now = server.registry.options().clock.now();
    let pki = Pki::open(PkiHome::Memory, &[], server.registry.options().clock.clone()).unwrap();
    let authority: Authority = pki.authority(Entropy::seeded(1)).unwrap();
    let sign = |csr: &str, seconds: i64| {
        let subject = Subject::of_request(&Request::of_pem(csr).unwrap());
        let life = Life { now, length: SignedDuration::from_secs(seconds) };
        authority.sign(&subject, &Usages::parse(["client auth"]).unwrap(), life).unwrap()
    };
    let issued = |chain: &str, ends: &str| {
        let chain = amethyst_object::json::to_string(&Value::from(chain));
        format!(
            r#"{{"conditions":[{{"type":"Issued","status":"True","reason":"R","message":"","lastTransitionTime":"2026-11-24T03:00:00Z"}}],"certificateChain":{chain},"notBefore":"2026-11-24T02:55:00Z","notAfter":"{ends}","beginRefreshAt":"2026-11-24T03:30:00Z"}}"#
        )
    };
    // It begins five minutes back, which is just too far for upstream.
    let good = sign(KUBELET_CLIENT, 3600);
    let said = refused(status(&server, &issued(&good, "2026-11-24T04:00:00Z")).await);
    assert!(said.contains("must be set to within 5 minutes of kube-apiserver's current time"), "{said}");
    let said = refused(status(&server, &issued(&sign(JANE, 3600), "2026-11-24T04:00:00Z")).await);
    assert!(said.contains("leaf certificate was not issued to the requested public key"), "{said}");
    let said = refused(status(&server, &issued("", "2026-11-24T04:00:00Z")).await);
    assert!(said.contains("issued certificate chain must contain at least one certificate"), "{said}");
    let said = refused(status(&server, r#"{"notBefore":"2026-11-24T03:00:00Z"}"#).await);
    assert!(
        said.contains(r#"status: Invalid value: status is immutable unless transitioning to "Issued""#),
        "{said}"
    );
    let denied = r#"{"conditions":[{"type":"Denied","status":"True","reason":"No","message":"","lastTransitionTime":"2026-11-24T03:00:00Z"}]}"#;
    let denied = status(&server, denied).await.unwrap();
    assert_eq!(text(&denied, "status.conditions.0.type"), "Denied");
    let said = refused(status(&server, r#"{"conditions":null}"#).await);
    assert!(said.contains("immutable after PodCertificateRequest is issued, denied, or failed"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_begins_now_is_taken() {
    let server = Server::start().await;
    server.create(PLURAL, "default", &request(KUBELET_CLIENT, 7200)).await.unwrap();
    let clock = &server.registry.options().clock;
    let pki = Pki::open(PkiHome::Memory, &[], clock.clone()).unwrap();
    let authority: Authority = pki.authority(Entropy::seeded(1)).unwrap();
    // Signed as if it were four minutes later, so that it began a minute ago.
    let now = clock.now() + SignedDuration::from_mins(4);
    let life = Life { now, length: SignedDuration::from_mins(60) };
    let subject = Subject::of_request(&Request::of_pem(KUBELET_CLIENT).unwrap());
    let chain = authority.sign(&subject, &Usages::parse(["client auth"]).unwrap(), life).unwrap();
    let chain = amethyst_object::json::to_string(&Value::from(chain));
    let patch = format!(
        r#"{{"conditions":[{{"type":"Issued","status":"True","reason":"R","message":"","lastTransitionTime":"2026-11-24T03:00:00Z"}}],"certificateChain":{chain},"notBefore":"2026-11-24T02:59:00Z","notAfter":"2026-11-24T04:04:00Z","beginRefreshAt":"2026-11-24T03:30:00Z"}}"#
    );
    status(&server, &patch).await.unwrap();
}
