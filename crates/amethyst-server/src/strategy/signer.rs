//! Signers: how they are named, and who may act for them (kubernetes `pkg/certauthorization`).

use amethyst_object::FieldPath;
use amethyst_schema::Fault;
use amethyst_validation::names;

use crate::rbac::{Attributes, Resource, decide};
use crate::registry::write::Attempt;
use crate::status::{Reason, Status};

/// What the domain of a signer may be long.
const DOMAIN_BYTES_MAX: usize = 253;

/// What is wrong with a signer's name: `example.com/path` (kubernetes `pkg/apis/core/validation`,
/// `ValidateSignerName`).
pub(super) fn faults(at: &FieldPath, name: &str) -> Vec<Fault> {
    if name.is_empty() {
        return vec![Fault::required(at.clone(), "")];
    }
    let segments: Vec<&str> = name.split('/').collect();
    let [domain, path] = segments.as_slice() else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return vec![Fault::invalid(at.clone(), name, why)];
    };
    let mut faults = Vec::new();
    if domain.len() > DOMAIN_BYTES_MAX {
        faults.push(Fault::too_long(at.clone(), DOMAIN_BYTES_MAX as u64));
    }
    faults.extend(labels(at, domain, names::label));
    if !domain.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        faults.push(Fault::invalid(at.clone(), *domain, why));
    }
    faults.extend(labels(at, path, names::subdomain));
    let total = 253 + 1 + 63 + 1 + 253;
    if name.len() > total {
        faults.push(Fault::too_long(at.clone(), total as u64));
    }
    faults
}

/// The faults of the first label that has any.
fn labels(at: &FieldPath, segment: &str, rule: fn(&str) -> Vec<String>) -> Vec<Fault> {
    let first = segment.split('.').find_map(|label| {
        let wrong = rule(label);
        (!wrong.is_empty()).then_some((label, wrong))
    });
    let Some((label, wrong)) = first else { return Vec::new() };
    let said = wrong.into_iter().map(|why| format!("validating label {label:?}: {why}"));
    said.map(|why| Fault::invalid(at.clone(), segment, why)).collect()
}

/// Whether a signer is one of Kubernetes' own.
pub(super) fn is_kubernetes(name: &str) -> bool {
    let domain = name.split('/').next().unwrap_or_default();
    domain == "kubernetes.io" || domain.ends_with(".kubernetes.io")
}

/// Whether the caller may `approve`, `sign` or `attest` for a signer, or for all of its domain.
pub(super) fn is_allowed(attempt: &Attempt<'_>, verb: &str, signer: &str) -> bool {
    let all = format!("{}/*", signer.split('/').next().unwrap_or_default());
    [signer, &all].into_iter().any(|name| {
        let resource = Resource {
            group: "certificates.k8s.io",
            resource: "signers",
            subresource: "",
            namespace: "",
            name,
        };
        let attributes = Attributes::resource(verb, resource);
        decide(&attempt.registry.access(), &attempt.call.user, &attributes).allowed
    })
}

/// A refusal in the words of upstream's admission.
pub(super) fn forbidden(attempt: &Attempt<'_>, name: &str, why: &str) -> Status {
    let gvr = &attempt.resource.gvr;
    let message = format!("{}.{} {name:?} is forbidden: {why}", gvr.resource, gvr.group);
    Status::new(Reason::Forbidden, message).about(&gvr.group, &gvr.resource, name)
}
