//! ClusterTrustBundles: certificates of authorities that a signer vouches for, or anybody (kubernetes
//! `pkg/registry/certificates/clustertrustbundle`, `pkg/apis/certificates/validation`).

use amethyst_object::{Map, Value};
use amethyst_schema::Fault;
use amethyst_validation::names;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::signer;
use crate::certificates::pem;
use crate::registry::metadata::{self, path};
use crate::registry::write::{Attempt, Live, map};
use crate::status::Status;

const BUNDLE_BYTES_MAX: usize = 1 << 20;
const OMITTED: &str = "<value omitted>";

/// Refuses who may not vouch for the signer.
pub(super) fn grant(attempt: &Attempt<'_>, new: &Map, old: Option<&Live>) -> Result<(), Status> {
    let name = text(new, "signerName");
    // What garbage collection writes changes nothing that is vouched for.
    let unchanged = old.is_some_and(|live| map(&live.object).get("spec") == new.get("spec"));
    if name.is_empty() || unchanged || signer::is_allowed(attempt, "attest", name) {
        return Ok(());
    }
    let why = format!("user not permitted to attest for signerName {name:?}");
    Err(signer::forbidden(attempt, metadata::text(new, "name"), &why))
}

/// What is wrong with a bundle.
pub(super) fn validate(_: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let name = metadata::text(new, "name");
    let signer = text(new, "signerName");
    let mut faults: Vec<Fault> = name_faults(name, signer)
        .into_iter()
        .map(|why| Fault::invalid(path(&["metadata", "name"]), name, why))
        .collect();
    let at = path(&["spec", "signerName"]);
    if !signer.is_empty() {
        faults.extend(signer::faults(&at, signer));
    }
    let bundle = text(new, "trustBundle");
    if old.is_none_or(|old| text(old, "trustBundle") != bundle) {
        faults.extend(bundle_faults(bundle));
    }
    if old.is_some_and(|old| text(old, "signerName") != signer) {
        faults.push(Fault::invalid(at, signer, "field is immutable"));
    }
    faults
}

fn name_faults(name: &str, signer: &str) -> Vec<String> {
    if signer.is_empty() {
        if name.contains(':') {
            return vec!["ClusterTrustBundle without signer name must not have \":\" in its name".to_owned()];
        }
        return names::subdomain(name);
    }
    let prefix = format!("{}:", signer.replace('/', ":"));
    match name.strip_prefix(&prefix) {
        Some(rest) => names::subdomain(rest),
        None => {
            vec![format!("ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}")]
        }
    }
}

fn bundle_faults(bundle: &str) -> Vec<Fault> {
    let at = path(&["spec", "trustBundle"]);
    if bundle.len() > BUNDLE_BYTES_MAX {
        return vec![Fault::too_long(at, BUNDLE_BYTES_MAX as u64)];
    }
    let (mut faults, mut anchors) = (Vec::new(), Vec::<(Vec<u8>, Vec<String>)>::new());
    for (entry, block) in pem::blocks(bundle).into_iter().enumerate() {
        if let Some(why) = block_fault(&block) {
            faults.push(Fault::invalid(at.clone(), OMITTED, format!("entry {entry} {why}")));
            continue;
        }
        match anchors.iter_mut().find(|(bytes, _)| *bytes == block.bytes) {
            Some((_, entries)) => entries.push(entry.to_string()),
            None => anchors.push((block.bytes, vec![entry.to_string()])),
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    if anchors.is_empty() {
        faults.push(Fault::invalid(at.clone(), OMITTED, "at least one trust anchor must be provided"));
    }
    for (_, entries) in anchors.iter().filter(|(_, entries)| entries.len() > 1) {
        let why = format!("duplicate trust anchor (indices [{}])", entries.join(" "));
        faults.push(Fault::invalid(at.clone(), OMITTED, why));
    }
    faults
}

fn block_fault(block: &pem::Block) -> Option<String> {
    if block.label != "CERTIFICATE" {
        return Some(format!("has bad block type: {}", block.label));
    }
    if block.has_headers {
        return Some("has PEM block headers".to_owned());
    }
    let Ok((_, certificate)) = X509Certificate::from_der(&block.bytes) else {
        return Some("does not parse as X.509".to_owned());
    };
    (!certificate.is_ca()).then(|| "does not have the CA bit set".to_owned())
}

fn text<'a>(bundle: &'a Map, key: &str) -> &'a str {
    bundle.get("spec").and_then(|spec| spec.get(key)).and_then(Value::as_str).unwrap_or_default()
}
