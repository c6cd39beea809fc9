//! What kubelets' certificates must look like (kubernetes `pkg/apis/certificates/helpers.go`) and those of
//! clients of the API server (`pkg/controller/certificates/signer`).

use std::collections::BTreeSet;

use super::Request;

const CLIENT: [&str; 3] = ["client auth", "digital signature", "key encipherment"];
const SERVING: [&str; 3] = ["digital signature", "key encipherment", "server auth"];

/// Whether a request is one for a kubelet as a client.
pub(crate) fn client(request: &Request, usages: &[&str]) -> Result<(), String> {
    let names = [
        (&request.dns_names, "DNS subjectAltNames are not allowed"),
        (&request.email_addresses, "Email subjectAltNames are not allowed"),
    ];
    of_nodes(request)?;
    if let Some((_, why)) = names.iter().find(|(names, _)| !names.is_empty()) {
        return Err((*why).to_owned());
    }
    if !request.ip_addresses.is_empty() {
        return Err("IP subjectAltNames are not allowed".to_owned());
    }
    if !request.uris.is_empty() {
        return Err("URI subjectAltNames are not allowed".to_owned());
    }
    node_name(request)?;
    exactly(usages, &CLIENT)
}

/// Whether a request is one for a kubelet as a server.
pub(crate) fn serving(request: &Request, usages: &[&str]) -> Result<(), String> {
    of_nodes(request)?;
    if request.dns_names.is_empty() && request.ip_addresses.is_empty() {
        return Err("DNS or IP subjectAltName is required".to_owned());
    }
    if !request.email_addresses.is_empty() {
        return Err("Email subjectAltNames are not allowed".to_owned());
    }
    if !request.uris.is_empty() {
        return Err("URI subjectAltNames are not allowed".to_owned());
    }
    exactly(usages, &SERVING)?;
    node_name(request)
}

/// Whether usages are those of a client of the API server.
pub(crate) fn api_client(usages: &[&str]) -> Result<(), String> {
    if let Some(other) = usages.iter().find(|usage| !CLIENT.contains(usage)) {
        return Err(format!("invalid usage for client certificate: {other}"));
    }
    if usages.contains(&"client auth") {
        return Ok(());
    }
    Err("missing required usage for client certificate: client auth".to_owned())
}

fn of_nodes(request: &Request) -> Result<(), String> {
    if request.organizations == ["system:nodes"] {
        return Ok(());
    }
    Err("subject organization is not system:nodes".to_owned())
}

fn node_name(request: &Request) -> Result<(), String> {
    if request.common_name.starts_with("system:node:") {
        return Ok(());
    }
    Err("subject common name does not begin with system:node:".to_owned())
}

/// All of them; a key that is no RSA key enciphers none.
fn exactly(usages: &[&str], wanted: &[&str]) -> Result<(), String> {
    let given: BTreeSet<&str> = usages.iter().copied().collect();
    let all: BTreeSet<&str> = wanted.iter().copied().collect();
    let without: BTreeSet<&str> = all.iter().copied().filter(|usage| *usage != "key encipherment").collect();
    if given == all || given == without {
        return Ok(());
    }
    Err(format!("usages did not match [{}]", wanted.join(" ")))
}
