//! Ingresses, their classes, and NetworkPolicies (kubernetes `pkg/apis/networking/validation`).

use std::net::IpAddr;

use amethyst_object::{FieldPath, Value};

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use crate::names::{self, NameRule};
use crate::{selector, text};

const CONTROLLER_MAX: usize = 250;
const SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
const SUFFIXES: [&str; 2] = ["/..", "/."];

pub(crate) fn ingress(case: &Case<'_>, faults: &mut Faults) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    if case.subresource == "status" {
        case.metadata(true, NameRule::Subdomain, faults);
        return ingress_status(case, faults);
    }
    case.both_metadata(true, NameRule::Subdomain, faults);
    let (at, before) = (case.at("spec"), case.before("spec"));
    let (backend, rules, class) = (at.get("defaultBackend"), at.get("rules"), at.get("ingressClassName"));
    if rules.is_empty() && !backend.is_set() {
        let why = "either `defaultBackend` or `rules` must be specified";
        faults.invalid(&rules.called(at.path.clone()), why);
    }
    if backend.is_set() {
        self::backend(&backend, faults);
    }
    for rule in rules.items() {
        ingress_rule(&rule, faults);
    }
    tls(&at.get("tls"), &before.get("tls"), faults);
    if class.is_set() {
        faults.texts(&class, names::subdomain(class.str()));
    }
    let note = case.at("metadata").get("annotations").key(CLASS);
    if !case.is_update() && note.is_set() && class.is_set() && note.str() != class.str() {
        let path = FieldPath::of(["annotations", CLASS]);
        faults.invalid(&note.called(path), "must match `ingressClassName` when both are specified");
    }
}

fn ingress_status(case: &Case<'_>, faults: &mut Faults) {
    let (at, before) = (case.at("status").get("loadBalancer"), case.before("status").get("loadBalancer"));
    let known = before.get("ingress");
    for each in at.get("ingress").items() {
        let (ip, host) = (each.get("ip"), each.get("hostname"));
        if !ip.str().is_empty() && !known.items().any(|old| old.text("ip") == ip.str()) {
            faults.texts(&ip, text::ip_legacy(ip.str()));
        }
        if !host.str().is_empty() {
            faults.texts(&host, names::subdomain(host.str()));
            if text::ip_sloppy(host.str()).is_some() {
                faults.invalid(&host, "must be a DNS name, not an IP address");
            }
        }
    }
}

fn host(at: &At<'_>, faults: &mut Faults) {
    let wildcard = at.str().contains('*');
    faults.texts(at, if wildcard { text::wildcard(at.str()) } else { names::subdomain(at.str()) });
}

fn tls(at: &At<'_>, before: &At<'_>, faults: &mut Faults) {
    let wrong = |name: &str| if name.is_empty() { Vec::new() } else { names::subdomain(name) };
    let lenient = before.items().any(|old| !wrong(old.text("secretName")).is_empty());
    for each in at.items() {
        each.get("hosts").items().for_each(|name| host(&name, faults));
        if !lenient {
            faults.texts(&each.get("secretName"), wrong(each.text("secretName")));
        }
    }
}

fn ingress_rule(at: &At<'_>, faults: &mut Faults) {
    let name = at.get("host");
    if !name.str().is_empty() {
        if text::ip_sloppy(name.str()).is_some() {
            faults.invalid(&name, "must be a DNS name, not an IP address");
        }
        host(&name, faults);
    }
    let http = at.get("http");
    if !http.is_set() {
        return;
    }
    let paths = http.get("paths");
    if paths.is_empty() {
        faults.required(&paths.path, "");
    }
    paths.items().for_each(|path| ingress_path(&path, faults));
}

fn ingress_path(at: &At<'_>, faults: &mut Faults) {
    let (kind, path) = (at.get("pathType"), at.get("path"));
    if !kind.is_set() {
        return faults.required(&kind.path, "pathType must be specified");
    }
    let absolute = path.str().starts_with('/');
    match kind.str() {
        "Exact" | "Prefix" => {
            if !absolute {
                faults.invalid_text(&path, "must be an absolute path");
            }
            for part in SEQUENCES.iter().filter(|part| path.str().contains(**part)) {
                faults.invalid(&path, format!("must not contain '{part}'"));
            }
            for part in SUFFIXES.iter().filter(|part| path.str().ends_with(**part)) {
                faults.invalid(&path, format!("cannot end with '{part}'"));
            }
        }
        "ImplementationSpecific" if !path.str().is_empty() && !absolute => {
            faults.invalid(&path, "must be an absolute path");
        }
        "ImplementationSpecific" => {}
        _ => faults.unsupported(&kind, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&at.get("backend"), faults);
}

fn backend(at: &At<'_>, faults: &mut Faults) {
    let (resource, service) = (at.get("resource"), at.get("service"));
    match (resource.is_set(), service.is_set()) {
        (true, true) => faults.invalid_value(&at.path, "", "cannot set both resource and service backends"),
        (true, false) => {
            group(&resource.get("apiGroup"), faults);
            for key in ["kind", "name"] {
                if faults.needs_text(&resource.get(key)) {
                    segment(&resource.get(key), faults);
                }
            }
        }
        (false, true) => service_backend(at, &service, faults),
        (false, false) => faults.invalid_value(&at.path, "", "resource or service backend is required"),
    }
}

fn service_backend(at: &At<'_>, service: &At<'_>, faults: &mut Faults) {
    let (name, port) = (service.get("name"), service.get("port"));
    if faults.needs_text(&name) {
        faults.texts(&name, names::label(name.str()));
    }
    let (port_name, number) = (port.get("name"), port.get("number"));
    match (!port_name.str().is_empty(), number.int().unwrap_or_default() != 0) {
        (true, true) => faults.invalid_value(&at.path, "", "cannot set both port name & port number"),
        (true, false) => faults.texts(&port_name, text::port_name(port_name.str())),
        (false, true) => faults.port(&number),
        (false, false) => faults.required(&at.path, "port name or number is required"),
    }
}

fn group(at: &At<'_>, faults: &mut Faults) {
    if at.is_set() {
        faults.texts(at, names::subdomain(at.str()));
    }
}

/// A name that is one segment of a path, when it is there.
fn segment(at: &At<'_>, faults: &mut Faults) {
    if !at.str().is_empty() {
        faults.texts(at, names::path_segment(at.str(), false));
    }
}

pub(crate) fn ingress_class(case: &Case<'_>, faults: &mut Faults) {
    let at = case.at("spec");
    let controller = at.get("controller");
    case.metadata(false, NameRule::Subdomain, faults);
    if case.is_update() {
        if controller.str() != case.before("spec").text("controller") {
            faults.invalid_text(&controller, IMMUTABLE);
        }
        case.whole_metadata(false, NameRule::Subdomain, faults);
    }
    if controller.str().len() > CONTROLLER_MAX {
        faults.too_long(&controller.path, CONTROLLER_MAX as u64);
    }
    text::domain_path(&controller, faults);
    let parameters = at.get("parameters");
    if !parameters.is_set() {
        return;
    }
    group(&parameters.get("apiGroup"), faults);
    segment(&parameters.get("kind"), faults);
    segment(&parameters.get("name"), faults);
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    match scope.str() {
        _ if !scope.is_set() => faults.required(&scope.path, ""),
        "Namespace" if !namespace.is_set() => {
            faults.required(&namespace.path, "`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => faults.texts(&namespace, names::label(namespace.str())),
        "Cluster" => {
            if namespace.is_set() {
                faults.forbidden(&namespace.path, "`parameters.scope` is set to 'Cluster'");
            }
        }
        _ => faults.unsupported(&scope, &["Cluster", "Namespace"]),
    }
}

pub(crate) fn network_policy(case: &Case<'_>, faults: &mut Faults) {
    case.metadata(true, NameRule::Subdomain, faults);
    let (at, before) = (case.at("spec"), case.before("spec"));
    let known = networks(&before);
    selector::labels(&at.get("podSelector"), false, faults);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in at.get(direction).items() {
            rule.get("ports").items().for_each(|each| port(&each, faults));
            rule.get(peers).items().for_each(|each| peer(&each, &known, faults));
        }
    }
    let kinds = at.get("policyTypes");
    if kinds.list().len() > 2 {
        return faults.invalid(&kinds, "may not specify more than two policyTypes");
    }
    kinds.items().for_each(|kind| faults.enumerated(&kind, &["Ingress", "Egress"]));
}

/// Networks that are there already and may stay as they are.
fn networks(spec: &At<'_>) -> Vec<String> {
    let mut known = Vec::new();
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).items() {
            for peer in rule.get(peers).items() {
                let block = peer.get("ipBlock");
                known.push(block.text("cidr").to_owned());
                known.extend(block.get("except").items().map(|each| each.str().to_owned()));
            }
        }
    }
    known
}

fn port(at: &At<'_>, faults: &mut Faults) {
    let (port, end) = (at.get("port"), at.get("endPort"));
    if at.has("protocol") {
        faults.enumerated(&at.get("protocol"), &["TCP", "UDP", "SCTP"]);
    }
    match port.value() {
        None => {
            if end.is_set() {
                faults.invalid(&end, "may not be specified when `port` is not specified");
            }
        }
        Some(Value::String(name)) => {
            if end.is_set() {
                faults.invalid(&end, "may not be specified when `port` is non-numeric");
            }
            faults.texts(&port, text::port_name(name));
        }
        Some(_) => {
            faults.port(&port);
            if let Some(last) = end.int() {
                if last < port.int().unwrap_or_default() {
                    faults.invalid(&end, "must be greater than or equal to `port`");
                }
                faults.port(&end);
            }
        }
    }
}

fn peer(at: &At<'_>, known: &[String], faults: &mut Faults) {
    let count = ["podSelector", "namespaceSelector", "ipBlock"].iter().filter(|key| at.has(key)).count();
    selector::labels(&at.get("podSelector"), false, faults);
    selector::labels(&at.get("namespaceSelector"), false, faults);
    let block = at.get("ipBlock");
    if block.is_set() {
        ip_block(&block, known, faults);
    }
    if count == 0 {
        faults.required(&at.path, "must specify a peer");
    } else if count > 1 && block.is_set() {
        faults.forbidden(&at.path, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(at: &At<'_>, known: &[String], faults: &mut Faults) {
    let network = at.get("cidr");
    let legacy = |at: &At<'_>, faults: &mut Faults| {
        if !known.iter().any(|old| old == at.str()) {
            faults.texts(at, text::cidr_legacy(at.str()));
        }
    };
    // A missing network is told by a declared rule.
    if network.str().is_empty() {
        return;
    }
    legacy(&network, faults);
    let Some((address, bits)) = text::cidr_sloppy(network.str()) else { return };
    for each in at.get("except").items() {
        legacy(&each, faults);
        let Some((inner, inner_bits)) = text::cidr_sloppy(each.str()) else { continue };
        let same_family =
            matches!((address, inner), (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)));
        let inside = same_family && text::masked(inner, bits) == text::masked(address, bits);
        if !inside || bits >= inner_bits {
            faults.invalid(&each, "must be a strict subset of `cidr`");
        }
    }
}
