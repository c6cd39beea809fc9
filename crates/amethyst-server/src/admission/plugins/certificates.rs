//! `CertificateApproval`, `CertificateSigning`, `ClusterTrustBundleAttest`, `CertificateSubjectRestriction`:
//! who may act for which signer (kubernetes `plugin/pkg/admission/certificates`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Question, Request, User, View};
use amethyst_object::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::read::{map_mut, text};
use crate::user::MASTERS;

const GROUP: &str = "certificates.k8s.io";
const REQUESTS: &str = "certificatesigningrequests";
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";

#[derive(Debug)]
pub(super) struct CertificateApproval;

#[derive(Debug)]
pub(super) struct CertificateSigning;

#[derive(Debug)]
pub(super) struct ClusterTrustBundleAttest;

#[derive(Debug)]
pub(super) struct CertificateSubjectRestriction;

/// Whether it is a change of a subresource of a signing request.
fn is_below(request: &Request<'_>, subresource: &str) -> bool {
    request.operation == Operation::Update
        && request.subresource == subresource
        && (request.resource.group.as_str(), request.resource.resource.as_str()) == (GROUP, REQUESTS)
}

fn signer(object: &Value) -> &str {
    text(object, &["spec", "signerName"])
}

/// Whether the user may act for the signer, or for all of its domain (kubernetes `pkg/certauthorization`).
fn may(verb: &str, signer: &str, user: &User, view: &dyn View) -> bool {
    let domain = format!("{}/*", signer.split('/').next().unwrap_or_default());
    [signer, domain.as_str()].into_iter().any(|name| {
        let question =
            Question { verb, group: GROUP, resource: "signers", subresource: "", namespace: "", name };
        view.allows(user, &question)
    })
}

impl Plugin for CertificateApproval {
    fn name(&self) -> &'static str {
        "CertificateApproval"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        is_below(request, "approval")
    }

    /// It is the signer as it stands that counts, not the one that the approver sends.
    fn validate(
        &self,
        request: &Request<'_>,
        _: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let signer = request.old.map(signer).unwrap_or_default();
        if may("approve", signer, request.user, view) {
            return Ok(());
        }
        Err(Denial::forbidden(format!("user not permitted to approve requests with signerName {signer:?}")))
    }
}

impl Plugin for CertificateSigning {
    fn name(&self) -> &'static str {
        "CertificateSigning"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        is_below(request, "status")
    }

    fn validate(
        &self,
        request: &Request<'_>,
        csr: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let (Some(csr), Some(old)) = (csr, request.old) else { return Ok(()) };
        let same = |key: &str| csr.at(&["status", key]) == old.at(&["status", key]);
        let signer = signer(old);
        if (same("certificate") && same("conditions")) || may("sign", signer, request.user, view) {
            return Ok(());
        }
        Err(Denial::forbidden(format!("user not permitted to sign requests with signerName {signer:?}")))
    }
}

impl Plugin for ClusterTrustBundleAttest {
    fn name(&self) -> &'static str {
        "ClusterTrustBundleAttest"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        matches!(request.operation, Operation::Create | Operation::Update)
            && request.is_for(GROUP, "clustertrustbundles")
    }

    fn validate(
        &self,
        request: &Request<'_>,
        bundle: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(bundle) = bundle else { return Ok(()) };
        let signer = signer(bundle);
        let collected = request.old.is_some_and(|old| without_owners(bundle) == without_owners(old));
        if signer.is_empty() || collected || may("attest", signer, request.user, view) {
            return Ok(());
        }
        Err(Denial::forbidden(format!("user not permitted to attest for signerName {signer:?}")))
    }
}

/// The object without what garbage collection writes (kubernetes `pkg/registry/rbac`,
/// `IsOnlyMutatingGCFields`).
fn without_owners(object: &Value) -> Value {
    let mut rest = object.clone();
    let metadata = map_mut(&mut rest, &["metadata"]);
    for key in ["ownerReferences", "finalizers", "managedFields", "resourceVersion"] {
        metadata.remove(key);
    }
    rest
}

impl Plugin for CertificateSubjectRestriction {
    fn name(&self) -> &'static str {
        "CertificateSubjectRestriction"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && request.is_for(GROUP, REQUESTS)
    }

    fn validate(
        &self,
        _: &Request<'_>,
        csr: Option<&Value>,
        _: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(csr) = csr.filter(|csr| signer(csr) == CLIENT_SIGNER) else { return Ok(()) };
        let groups = organizations(text(csr, &["spec", "request"]))
            .map_err(|why| Denial::forbidden(format!("failed to parse CSR: {why}")))?;
        if groups.iter().any(|group| group == MASTERS) {
            return Err(Denial::forbidden(format!(
                "use of {CLIENT_SIGNER} signer with {MASTERS} group is not allowed"
            )));
        }
        Ok(())
    }
}

/// The organizations of a request's subject, which are groups of users.
fn organizations(request: &str) -> Result<Vec<String>, String> {
    const NO_PEM: &str = "PEM block type must be CERTIFICATE REQUEST";
    let text = STANDARD.decode(request).map_err(|error| error.to_string())?;
    let (_, pem) = x509_parser::pem::parse_x509_pem(&text).map_err(|_| NO_PEM.to_owned())?;
    if pem.label != "CERTIFICATE REQUEST" {
        return Err(NO_PEM.to_owned());
    }
    let (_, csr) = X509CertificationRequest::from_der(&pem.contents).map_err(|error| error.to_string())?;
    let subject = &csr.certification_request_info.subject;
    Ok(subject.iter_organization().filter_map(|group| group.as_str().ok()).map(str::to_owned).collect())
}
