//! Hosts, addresses and node ports that more than one object asks for, or that change hands.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_object::{Object, Value};

use super::text::list;
use super::{Context, Danger, Level};
use crate::secret::{Kind, split_api_version};
use crate::side::{Rendered, Side};

/// Annotations by which load balancers are asked for addresses, separated by commas.
const ADDRESSES: &[&str] = &[
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "kube-vip.io/loadbalancerIPs",
];
/// Annotations by which Services say that they share an address.
const SHARING: &[&str] = &[
    "lbipam.cilium.io/sharing-key",
    "io.cilium/lb-ipam-sharing-key",
    "metallb.io/allow-shared-ip",
    "metallb.universe.tf/allow-shared-ip",
];

/// What is claimed, by whom. Two objects that claim the same thing collide.
type Claims<'a> = BTreeMap<String, Vec<&'a Rendered>>;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    // Only what changes may claim something new.
    let changed: BTreeSet<usize> = context.changes.iter().filter_map(|change| change.places.1).collect();
    let relevant = |at: &usize| is_claiming(&context.after.objects[*at].object);
    if !changed.iter().any(relevant) {
        return;
    }
    let (before, after) = (claims(context.before, routes), claims(context.after, routes));
    for (route, owners) in &after {
        if let [first, .., last] = owners.as_slice() {
            if before.get(route).is_some_and(|old| old.len() > 1) {
                continue;
            }
            let mut danger = context.danger("host-collision", Level::Danger, last);
            danger.message = format!(
                "`{}` is served by {} too",
                context.redactor.text(shown(route)),
                name(context, first)
            );
            danger.why = "which of the two gets a request is up to the proxy".into();
            danger.hint = "give one of them another host or path".into();
            found.push(danger);
        }
    }
    moved(context, &before, &after, found);
    collisions(context, found);
}

fn is_claiming(object: &Object) -> bool {
    matches!(object.kind(), "Ingress" | "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "IngressRoute" | "Service")
}

/// The text of a claim for people: the part behind the tab is only there to tell claims apart.
fn shown(claim: &str) -> &str {
    claim.split('\t').next().unwrap_or_default()
}

fn name(context: &Context<'_>, rendered: &Rendered) -> String {
    crate::change::title(&crate::diff::shown_id(rendered, context.redactor))
}

fn claims(side: &Side, of: fn(&Object) -> Vec<String>) -> Claims<'_> {
    let mut claims = Claims::new();
    for rendered in side.objects.iter().filter(|rendered| is_claiming(&rendered.object)) {
        let mut mine = of(&rendered.object);
        mine.sort_unstable();
        mine.dedup();
        for claim in mine {
            claims.entry(claim).or_default().push(rendered);
        }
    }
    let identity = |rendered: &&Rendered| {
        let object = &rendered.object;
        (object.namespace().to_owned(), object.kind().to_owned(), object.name().to_owned())
    };
    for owners in claims.values_mut() {
        owners.sort_by_key(identity);
        owners.dedup_by_key(|rendered| identity(rendered));
    }
    claims
}

/// Hosts whose only owner is another one after.
fn moved(context: &Context<'_>, before: &Claims<'_>, after: &Claims<'_>, found: &mut Vec<Danger>) {
    for (route, owners) in after {
        let (Some([old]), [new]) = (before.get(route).map(Vec::as_slice), owners.as_slice()) else {
            continue;
        };
        let same = old.object.name() == new.object.name() && old.object.namespace() == new.object.namespace();
        if same {
            continue;
        }
        let mut danger = context.danger("host-moved", Level::Info, new);
        danger.message =
            format!("it takes `{}` over from {}", context.redactor.text(shown(route)), name(context, old));
        danger.why = "requests for this host and path reach another backend".into();
        danger.hint = "check that the move is meant".into();
        found.push(danger);
    }
}

/// The hosts and paths that an object serves, with where they are served.
fn routes(object: &Object) -> Vec<String> {
    let kind = Kind::of(object);
    let mut found = Vec::new();
    let Some(spec) = object.at(&["spec"]) else { return found };
    match (kind.group, kind.name) {
        ("networking.k8s.io", "Ingress") => {
            let class = spec.str_at(&["ingressClassName"]);
            let class =
                class.or_else(|| object.annotation("kubernetes.io/ingress.class")).unwrap_or_default();
            for rule in list(spec, &["rules"]) {
                let Some(host) = rule.str_at(&["host"]) else { continue };
                for path in list(rule, &["http", "paths"]) {
                    let (path, how) = (path.str_at(&["path"]), path.str_at(&["pathType"]));
                    found.push(route(host, path, &format!("{class} {}", how.unwrap_or_default())));
                }
            }
        }
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute") => {
            gateway_routes(object, spec, &mut found);
        }
        (_, "IngressRoute") => {
            let points =
                list(spec, &["entryPoints"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
            for rule in list(spec, &["routes"]).iter().filter_map(|rule| rule.str_at(&["match"])) {
                found.push(format!("{rule}\t{points}"));
            }
        }
        _ => {}
    }
    found
}

fn route(host: &str, path: Option<&str>, place: &str) -> String {
    let path = path.unwrap_or("/");
    let path = if path == "/" { "" } else { path };
    format!("{host}{path}\t{place}")
}

fn gateway_routes(object: &Object, spec: &Value, found: &mut Vec<String>) {
    let hosts: Vec<&str> = list(spec, &["hostnames"]).iter().filter_map(Value::as_str).collect();
    let rules = list(spec, &["rules"]);
    for parent in list(spec, &["parentRefs"]) {
        let namespace = parent.str_at(&["namespace"]).unwrap_or(object.namespace());
        let section = parent.str_at(&["sectionName"]).unwrap_or_default();
        let gateway = format!(
            "{} {namespace}/{} {section}",
            object.kind(),
            parent.str_at(&["name"]).unwrap_or_default()
        );
        for host in &hosts {
            let matches: Vec<&Value> = rules.iter().flat_map(|rule| list(rule, &["matches"])).collect();
            if matches.is_empty() {
                found.push(route(host, None, &format!("{gateway} PathPrefix")));
            }
            for what in matches {
                let how = what.str_at(&["path", "type"]).unwrap_or("PathPrefix");
                // Headers, methods and queries tell matches apart as well.
                let mut rest = what.as_object().cloned().unwrap_or_default();
                rest.remove("path");
                let rest = amethyst_object::json::to_string(&Value::Object(rest));
                let rest = if rest == "{}" { String::new() } else { rest };
                found.push(route(host, what.str_at(&["path", "value"]), &format!("{gateway} {how}{rest}")));
            }
        }
    }
}

/// Addresses and node ports that two Services ask for.
fn collisions(context: &Context<'_>, found: &mut Vec<Danger>) {
    let (before, after) = (claims(context.before, service_claims), claims(context.after, service_claims));
    for (claim, owners) in &after {
        let [first, .., last] = owners.as_slice() else { continue };
        if before.get(claim).is_some_and(|old| old.len() > 1) || share(owners) {
            continue;
        }
        let mut danger = context.danger("address-collision", Level::Danger, last);
        danger.message =
            format!("{} asks for {} too", name(context, first), context.redactor.text(shown(claim)));
        danger.why = "only one Service can have it".into();
        danger.hint =
            "give one of them another one, or let them share it by the load balancer's annotation".into();
        found.push(danger);
    }
}

fn service_claims(object: &Object) -> Vec<String> {
    let mut found = Vec::new();
    if object.kind() != "Service" || !split_api_version(object.api_version()).0.is_empty() {
        return found;
    }
    let Some(spec) = object.at(&["spec"]) else { return found };
    let kind = spec.str_at(&["type"]).unwrap_or("ClusterIP");
    if kind == "LoadBalancer" {
        let annotated = ADDRESSES.iter().filter_map(|key| object.annotation(key));
        let texts = annotated.chain(spec.str_at(&["loadBalancerIP"]));
        let addresses: BTreeSet<&str> = texts.flat_map(|text| text.split(',')).map(str::trim).collect();
        found.extend(
            addresses
                .into_iter()
                .filter(|address| !address.is_empty())
                .map(|address| format!("the address `{address}`")),
        );
    }
    if kind == "LoadBalancer" || kind == "NodePort" {
        for port in list(spec, &["ports"]) {
            let Some(number) = port.get("nodePort").and_then(Value::as_i64).filter(|port| *port > 0) else {
                continue;
            };
            found.push(format!("the node port {number}/{}", port.str_at(&["protocol"]).unwrap_or("TCP")));
        }
    }
    found
}

/// Whether all of them say that they share an address.
fn share(owners: &[&Rendered]) -> bool {
    let first = owners.first().and_then(|owner| sharing_key(owner));
    first.is_some() && owners.iter().all(|owner| sharing_key(owner) == first)
}

fn sharing_key(rendered: &Rendered) -> Option<&str> {
    SHARING.iter().find_map(|key| rendered.object.annotation(key))
}
