//! PodCertificateRequests: what a kubelet asks of a signer for a pod, and what the signer may answer (kubernetes
//! `pkg/registry/certificates/podcertificaterequest`, `pkg/apis/certificates/validation`).

mod issued;
mod key;

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::metadata::ANNOTATION_BYTES_MAX;
use amethyst_validation::names;

use super::signer;
use crate::registry::metadata::path;
use crate::registry::write::Attempt;

const UID_BYTES_MAX: usize = 128;
const SECONDS_MIN: i64 = 60 * 60;
const SECONDS_MAX: i64 = 91 * 24 * 60 * 60;
/// For signers of Kubernetes' own.
const SECONDS_MAX_KUBERNETES: i64 = 24 * 60 * 60;

/// What ends a request.
const TERMINAL: [&str; 3] = ["Issued", "Denied", "Failed"];

/// What nobody's write comes to own, by subresource.
pub(super) const RESETS: &[(&str, &[&str])] = &[("status", &["metadata"])];

/// What is wrong with a request.
pub(super) fn validate(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    match old {
        None => of_new(new),
        Some(old) if attempt.call.subresource == "status" => {
            let mut faults = issued::validate(attempt, new, old);
            if faults.is_empty() && new.get("status") != old.get("status") {
                let name = text(old, "signerName");
                if !signer::is_allowed(attempt, "sign", name) {
                    let user = &attempt.call.user.name;
                    let why = format!("User {user:?} is not permitted to \"sign\" for signer {name:?}");
                    faults.push(Fault::forbidden(path(&["spec", "signerName"]), why));
                }
            }
            faults
        }
        Some(old) if new.get("spec") != old.get("spec") => {
            let spec = new.get("spec").cloned().unwrap_or_default();
            vec![Fault::invalid(path(&["spec"]), spec, "field is immutable")]
        }
        Some(_) => Vec::new(),
    }
}

fn of_new(new: &Map) -> Vec<Fault> {
    let mut faults = signer::faults(&path(&["spec", "signerName"]), text(new, "signerName"));
    faults.extend(of_annotations(new));
    for (name, uid, rule) in [
        ("podName", "podUID", names::subdomain as fn(&str) -> Vec<String>),
        ("serviceAccountName", "serviceAccountUID", names::subdomain),
        ("nodeName", "nodeUID", names::subdomain),
    ] {
        let value = text(new, name);
        faults.extend(rule(value).into_iter().map(|why| Fault::invalid(path(&["spec", name]), value, why)));
        let value = text(new, uid);
        if value.is_empty() {
            faults.push(Fault::invalid(path(&["spec", uid]), "", "must not be empty"));
        }
        if value.len() > UID_BYTES_MAX {
            faults.push(Fault::too_long(path(&["spec", uid]), UID_BYTES_MAX as u64));
        }
    }
    let at = path(&["spec", "maxExpirationSeconds"]);
    let seconds = new.get("spec").and_then(|spec| spec.get("maxExpirationSeconds")).and_then(Value::as_i64);
    let Some(seconds) = seconds else {
        faults.push(Fault::required(at, "must be set"));
        return faults;
    };
    let kubernetes = signer::is_kubernetes(text(new, "signerName"));
    let limit = if kubernetes { SECONDS_MAX_KUBERNETES } else { SECONDS_MAX };
    if !(SECONDS_MIN..=limit).contains(&seconds) {
        let why = format!("must be in the range [{SECONDS_MIN}, {limit}]");
        faults.push(Fault::invalid(at, seconds, why));
    }
    faults.extend(key::validate(new));
    faults
}

fn of_annotations(new: &Map) -> Vec<Fault> {
    let annotations = new.get("spec").and_then(|spec| spec.get("unverifiedUserAnnotations"));
    let at = path(&["spec", "unverifiedUserAnnotations"]);
    let mut faults = Vec::new();
    let mut bytes = 0;
    for (name, value) in annotations.and_then(Value::as_object).into_iter().flat_map(Map::iter) {
        bytes += name.len() + value.as_str().map_or(0, str::len);
        let key = name.to_lowercase();
        let wrong = names::qualified(&key);
        if wrong.is_empty() && !key.contains('/') {
            let why = "must be a domain-prefixed key (such as \"acme.io/foo\")";
            faults.push(Fault::invalid(at.clone(), key.as_str(), why));
        }
        faults.extend(wrong.into_iter().map(|why| Fault::invalid(at.clone(), key.as_str(), why)));
    }
    if bytes > ANNOTATION_BYTES_MAX {
        faults.push(Fault::too_long(at, ANNOTATION_BYTES_MAX as u64));
    }
    faults
}

fn text<'a>(request: &'a Map, key: &str) -> &'a str {
    request.get("spec").and_then(|spec| spec.get(key)).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
