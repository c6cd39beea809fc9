//! Endpoints, and the addresses that nothing may be reached at (kubernetes `pkg/apis/core/validation`).

use std::net::IpAddr;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::names::{self, NameRule};
use crate::text;

pub(crate) fn endpoints(case: &Case<'_>, faults: &mut Faults) {
    case.both_metadata(true, NameRule::Subdomain, faults);
    let at = case.at("subsets");
    if case.is_update() && at.value() == case.before("subsets").value() {
        return;
    }
    for subset in at.items() {
        let lists = ["addresses", "notReadyAddresses"];
        if lists.iter().all(|list| subset.get(list).is_empty()) {
            faults.required(&subset.path, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in lists {
            subset.get(list).items().for_each(|each| address(&each, faults));
        }
        let ports = subset.get("ports");
        ports.items().for_each(|each| port(&each, ports.list().len() > 1, faults));
    }
}

fn address(at: &At<'_>, faults: &mut Faults) {
    let (ip, host, node) = (at.get("ip"), at.get("hostname"), at.get("nodeName"));
    faults.texts(&ip, text::ip_legacy(ip.str()));
    if !host.str().is_empty() {
        faults.texts(&host, names::label(host.str()));
    }
    if node.is_set() {
        faults.texts(&node, names::subdomain(node.str()));
    }
    reachable(&ip, faults);
}

/// Addresses that nobody reaches from elsewhere (`ValidateEndpointIP`).
pub(crate) fn reachable(at: &At<'_>, faults: &mut Faults) {
    let Some(ip) = text::ip_sloppy(at.str()) else {
        return faults.invalid_text(at, "must be a valid IP address");
    };
    // Go takes the mapped form for IPv4.
    let ip = ip.to_canonical();
    if ip.is_unspecified() {
        faults.invalid(at, format!("may not be unspecified ({})", at.str()));
    }
    if ip.is_loopback() {
        faults.invalid(at, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    let local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    if local {
        faults.invalid(at, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    let multicast = match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.octets()[0] == 0xff && ip.octets()[1] & 0x0f == 2,
    };
    if multicast {
        faults.invalid(at, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}

fn port(at: &At<'_>, needs_name: bool, faults: &mut Faults) {
    let (name, protocol) = (at.get("name"), at.get("appProtocol"));
    if needs_name && name.str().is_empty() {
        faults.required(&name.path, "");
    } else if !name.str().is_empty() {
        faults.texts(&name, names::label(name.str()));
    }
    faults.port(&at.get("port"));
    faults.one_of(&at.get("protocol"), &["SCTP", "TCP", "UDP"]);
    if protocol.is_set() {
        faults.texts(&protocol, names::qualified(protocol.str()));
    }
}
