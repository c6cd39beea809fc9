//! EndpointSlices (kubernetes `pkg/apis/discovery/validation`).

use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::core::endpoints::reachable;
use crate::faults::Faults;
use crate::metadata;
use crate::names::{self, NameRule};
use crate::text;

const ENDPOINTS_MAX: usize = 1000;
const PORTS_MAX: usize = 20_000;
const LABELS_MAX: usize = 16;
const HINTS_MAX: usize = 8;

pub(crate) fn endpoint_slice(case: &Case<'_>, faults: &mut Faults) {
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let (at, kind) = (case.at("endpoints"), case.at("addressType"));
    if case.is_update() && kind.str() != case.before("addressType").str() {
        // The declared rule stops at the change.
        faults.one_of(&kind, &["FQDN", "IPv4", "IPv6"]);
    }
    ports(&case.at("ports"), faults);
    if case.is_update() && at.value() == case.before("endpoints").value() {
        return;
    }
    if too_many(&at, ENDPOINTS_MAX, faults) {
        return;
    }
    at.items().for_each(|each| endpoint(&each, kind.str(), faults));
}

fn too_many(at: &At<'_>, limit: usize, faults: &mut Faults) -> bool {
    let over = at.list().len() > limit;
    if over {
        faults.push(Fault::too_many(at.path.clone(), at.list().len(), limit as u64));
    }
    over
}

fn ports(at: &At<'_>, faults: &mut Faults) {
    if too_many(at, PORTS_MAX, faults) {
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for port in at.items() {
        let (name, protocol, application) = (port.get("name"), port.get("protocol"), port.get("appProtocol"));
        if !name.str().is_empty() {
            faults.texts(&name, names::label(name.str()));
        }
        if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        } else {
            seen.push(name.str());
        }
        if protocol.is_set() {
            faults.enumerated(&protocol, &["SCTP", "TCP", "UDP"]);
        } else {
            faults.required(&protocol.path, "");
        }
        if application.is_set() {
            faults.texts(&application, names::qualified(application.str()));
        }
    }
}

fn endpoint(at: &At<'_>, kind: &str, faults: &mut Faults) {
    let addresses = at.get("addresses");
    addresses.items().for_each(|each| address(&each, &addresses, kind, faults));
    let (node, topology, host) = (at.get("nodeName"), at.get("deprecatedTopology"), at.get("hostname"));
    if node.is_set() {
        faults.texts(&node, names::subdomain(node.str()));
    }
    let labels = topology.strings().len();
    if labels > LABELS_MAX {
        faults.push(Fault::too_many(topology.path.clone(), labels, LABELS_MAX as u64));
    }
    metadata::labels(&topology, faults);
    if host.is_set() {
        faults.texts(&host, names::label(host.str()));
    }
    hints(&at.get("hints"), faults);
}

fn address(at: &At<'_>, list: &At<'_>, kind: &str, faults: &mut Faults) {
    let wrong = match kind {
        "IPv4" => text::ip_legacy(at.str()),
        "IPv6" => text::ip(at.str()),
        "FQDN" => return domain(at, faults),
        _ => return,
    };
    if !wrong.is_empty() {
        return faults.texts(at, wrong);
    }
    if at.str().contains(':') != (kind == "IPv6") {
        faults.invalid_value(&list.path, at.str(), format!("must be an {kind} address"));
    }
    reachable(at, faults);
}

/// A whole domain name (`IsFullyQualifiedDomainName`).
fn domain(at: &At<'_>, faults: &mut Faults) {
    if !faults.needs_text(at) {
        return;
    }
    let name = at.str().strip_suffix('.').unwrap_or(at.str());
    let wrong = names::subdomain(name);
    if !wrong.is_empty() {
        return faults.invalid_value(&at.path, name, wrong.join(","));
    }
    if !name.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        return faults.invalid_value(&at.path, name, why);
    }
    let first =
        name.split('.').map(|label| (label, names::label(label))).find(|(_, wrong)| !wrong.is_empty());
    if let Some((label, wrong)) = first {
        faults.invalid_value(&at.path, label, wrong.join(","));
    }
}

fn hints(at: &At<'_>, faults: &mut Faults) {
    for (key, rule) in
        [("forZones", names::label_value as fn(&str) -> Vec<String>), ("forNodes", names::subdomain)]
    {
        let list = at.get(key);
        if too_many(&list, HINTS_MAX, faults) {
            return;
        }
        let mut seen: Vec<&str> = Vec::new();
        for each in list.items() {
            let name = each.get("name");
            if seen.contains(&name.str()) {
                faults.duplicate(&name.path, name.str());
            } else {
                seen.push(name.str());
            }
            faults.texts(&name, rule(name.str()));
        }
    }
}
