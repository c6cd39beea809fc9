//! Who asks, who approves, what each subresource may change.

use amethyst_object::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::certificates::tests::{JANE, KUBELET_CLIENT};
use crate::registry::PatchKind;
use crate::registry::tests::{Server, refused, show, text};
use crate::status::Status;

const PLURAL: &str = "certificates.k8s.io/v1/certificatesigningrequests";

fn request(csr: &str, signer: &str, more: &str) -> String {
    let request = STANDARD.encode(csr);
    format!(
        r#"{{"metadata":{{"name":"r"}},"spec":{{"request":"{request}","signerName":"{signer}","usages":["client auth"]{more}}}}}"#
    )
}

async fn patch(server: &Server, below: &str, patch: &str) -> Result<Value, Status> {
    server.patch(PatchKind::Merge, &format!("{PLURAL}{below}"), "", "r", patch).await
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_the_servers_to_say() {
    let server = Server::start().await;
    let forged = r#","username":"root","groups":["x"],"uid":"u","extra":{"a":["b"]}"#;
    let made = server.create(PLURAL, "", &request(JANE, "example.com/a", forged)).await.unwrap();
    assert_eq!(text(&made, "spec.username"), "test");
    assert_eq!(show(&made, "spec.groups"), r#"["system:masters","system:authenticated"]"#);
    assert_eq!((show(&made, "spec.uid"), show(&made, "spec.extra")), (String::new(), String::new()));
    assert_eq!(show(&made, "status"), "{}");
    let same =
        patch(&server, "", r#"{"spec":{"usages":["any"]},"metadata":{"labels":{"a":"b"}}}"#).await.unwrap();
    assert_eq!(show(&same, "spec.usages"), r#"["client auth"]"#);
    assert_eq!(text(&same, "metadata.labels.a"), "b");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_signed_is_refused() {
    let server = Server::start().await;
    let invalid = r#"422 Invalid: CertificateSigningRequest.certificates.k8s.io "r" is invalid: "#;
    let check = async |object: String, expect: &str| {
        let refused = refused(server.create(PLURAL, "", &object).await);
        assert_eq!(refused, format!("{invalid}{expect}"));
    };
    let broken = STANDARD.encode("x");
    check(
        request("x", "example.com/a", ""),
        &format!(r#"spec.request: Invalid value: "{broken}": PEM block type must be CERTIFICATE REQUEST"#),
    )
    .await;
    check(
        request(JANE, "kubernetes.io/legacy-unknown", ""),
        r#"spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version"#,
    )
    .await;
    check(
        request(JANE, "a", r#","expirationSeconds":599"#),
        r#"[spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form 'example.com/signer-name', spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)]"#,
    )
    .await;
    let twice =
        request(JANE, "example.com/a", "").replace(r#"["client auth"]"#, r#"["client auth","client auth"]"#);
    check(twice, r#"spec.usages[1]: Duplicate value: "client auth""#).await;
    let none = request(JANE, "example.com/a", "").replace(r#"["client auth"]"#, "[]");
    check(none, "spec.usages: Required value").await;
    let odd = request(JANE, "example.com/a", "").replace(r#"["client auth"]"#, r#"["fun"]"#);
    let said = refused(server.create(PLURAL, "", &odd).await);
    assert!(
        said.contains(
            r#"spec.usages[0]: Unsupported value: "fun": supported values: "any", "cert sign", "client auth""#
        ),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_subresource_writes_its_part() {
    let server = Server::start().await;
    server.create(PLURAL, "", &request(KUBELET_CLIENT, "example.com/a", "")).await.unwrap();
    let approve = r#"{"status":{"certificate":"eA==","conditions":[{"type":"Approved","status":"True","reason":"Mine","message":"m"}]},"spec":{"signerName":"other.io/x"}}"#;
    let status = refused(patch(&server, "/status", approve).await);
    assert!(
        status
            .contains(r#"status.conditions: Forbidden: updates may not add a condition of type "Approved""#),
        "{status}"
    );
    let approved = patch(&server, "/approval", approve).await.unwrap();
    assert_eq!(
        show(&approved, "status"),
        r#"{"conditions":[{"lastTransitionTime":"2026-11-24T03:00:00Z","lastUpdateTime":"2026-11-24T03:00:00Z","message":"m","reason":"Mine","status":"True","type":"Approved"}]}"#
    );
    assert_eq!(text(&approved, "spec.signerName"), "example.com/a");
    let removed = refused(patch(&server, "/approval", r#"{"status":{"conditions":[]}}"#).await);
    assert!(removed.contains(r#"updates may not remove a condition of type "Approved""#), "{removed}");
    let denied = r#"{"status":{"conditions":[{"type":"Approved","status":"True"},{"type":"Denied","status":"True"}]}}"#;
    let both = refused(patch(&server, "/approval", denied).await);
    assert!(both.contains(r#"must specify at most one of: `conditions[{"type": "Approved"}]`, `conditions[{"type": "Denied"}]`"#), "{both}");
    let garbage = refused(patch(&server, "/status", r#"{"status":{"certificate":"eA=="}}"#).await);
    assert!(garbage.contains(r#"status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block"#), "{garbage}");
    let failed = r#"{"status":{"conditions":[{"type":"Approved","status":"True"},{"type":"Failed","status":"False"}]}}"#;
    let failed = refused(patch(&server, "/status", failed).await);
    assert!(
        failed
            .contains(r#"status.conditions[1].status: Unsupported value: "False": supported values: "True""#),
        "{failed}"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_becomes_a_master_by_a_request() {
    let server = Server::start().await;
    let masters = include_str!("../../certificates/testdata/masters.csr");
    let refusal =
        server.create(PLURAL, "", &request(masters, "kubernetes.io/kube-apiserver-client", "")).await;
    assert_eq!(
        refused(refusal),
        r#"403 Forbidden: certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"#
    );
    let mut call = server.call(&format!("{PLURAL}/approval"), "", "r");
    server.create(PLURAL, "", &request(JANE, "example.com/a", "")).await.unwrap();
    call.user = std::sync::Arc::new(crate::user::User { name: "jane".into(), ..Default::default() });
    let body =
        crate::registry::tests::body(r#"{"status":{"conditions":[{"type":"Approved","status":"True"}]}}"#);
    let refusal = server.registry.patch(&call, PatchKind::Merge, body).await;
    assert_eq!(
        refused(refusal),
        r#"403 Forbidden: certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.com/a""#
    );
}
