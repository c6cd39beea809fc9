//! Which slices a Service is to have, and what has to be written for that (k8s.io/endpointslice
//! `reconciler.go`): endpoints stay in the slices they are in, and slices are written as seldom as can be.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{Resource, ResourceExt};

use super::Observed;
use super::endpoint;
use super::hints::Hints;
use super::keys::{EndpointKey, EndpointSet, PortsKey, alike, pop};
use super::write::Changes;
use crate::names::{annotations, controllers, labels};
use crate::trigger;

/// The most endpoints of one slice.
const ENDPOINTS_MAX: usize = 100;

/// What a pass is going to do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(super) changes: Changes,
    /// Pods that are left out, each with its reason.
    pub(super) skipped: Vec<String>,
}

/// The slices of one family that are to be written, before they are brought together.
#[derive(Default)]
struct Family {
    changes: Changes,
    unchanged: Vec<EndpointSlice>,
}

pub(super) fn plan(observed: &Observed) -> Plan {
    let service = observed.service.as_ref();
    let mut plan = Plan::default();
    let families = families(service);
    for slice in &observed.slices {
        if !families.contains(&slice.address_type.as_str()) {
            plan.changes.delete.push(slice.clone());
        }
    }
    for family in families {
        let existing: Vec<&EndpointSlice> =
            observed.slices.iter().filter(|slice| slice.address_type == family).collect();
        let mut changes = of_family(observed, family, &existing, &mut plan.skipped);
        stamp(&mut changes, observed);
        plan.changes.append(changes);
    }
    plan.skipped.sort_unstable();
    plan.skipped.dedup();
    plan
}

/// The address types of a Service; both, when nothing tells.
fn families(service: &Service) -> BTreeSet<&'static str> {
    let spec = service.spec.as_ref();
    let named = spec.and_then(|spec| spec.ip_families.as_ref()).into_iter().flatten();
    let named: BTreeSet<&'static str> = named.filter_map(|family| known_family(family)).collect();
    if !named.is_empty() {
        return named;
    }
    match cluster_ip(service) {
        "" | "None" => BTreeSet::from(["IPv4", "IPv6"]),
        ip if ip.contains(':') => BTreeSet::from(["IPv6"]),
        _ => BTreeSet::from(["IPv4"]),
    }
}

fn known_family(family: &str) -> Option<&'static str> {
    ["IPv4", "IPv6"].into_iter().find(|known| *known == family)
}

fn cluster_ip(service: &Service) -> &str {
    service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()).unwrap_or_default()
}

/// Whether a Service has an address of its own.
pub(crate) fn has_cluster_ip(service: &Service) -> bool {
    !matches!(cluster_ip(service), "" | "None")
}

/// The endpoints that a family is to have, by their ports.
fn desired(
    observed: &Observed,
    family: &str,
    skipped: &mut Vec<String>,
) -> BTreeMap<PortsKey, (Vec<EndpointPort>, EndpointSet)> {
    let service = observed.service.as_ref();
    let mut desired: BTreeMap<PortsKey, (Vec<EndpointPort>, EndpointSet)> = BTreeMap::new();
    for (pod, node) in &observed.pods {
        let ports = endpoint::ports(pod, service);
        let (_, set) = desired.entry(PortsKey::of(&ports)).or_insert_with(|| (ports, EndpointSet::new()));
        if node.is_none() && !endpoint::publishes_not_ready(service) {
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
            let of = crate::informer::key_of(service);
            skipped.push(format!("skipping Pod {} for Service {of}: Node {node} Not Found", pod.name_any()));
            continue;
        }
        let found = endpoint::of_pod(pod, node.as_deref(), service, family == "IPv6");
        if !found.addresses.is_empty() {
            set.insert(EndpointKey::of(&found), found);
        }
    }
    desired
}

fn of_family(
    observed: &Observed,
    family: &'static str,
    existing: &[&EndpointSlice],
    skipped: &mut Vec<String>,
) -> Changes {
    let service = observed.service.as_ref();
    let mut desired = desired(observed, family, skipped);
    let mut result = Family::default();
    let mut by_ports: BTreeMap<PortsKey, Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in existing {
        if is_owned(slice, service) {
            by_ports.entry(PortsKey::of(ports_of(slice))).or_default().push(slice);
        } else {
            result.changes.delete.push((*slice).clone());
        }
    }
    for (key, (ports, set)) in &mut desired {
        let slices = by_ports.remove(key).unwrap_or_default();
        let new = || new_slice(service, family, ports.clone());
        result.append(of_ports(service, &slices, std::mem::take(set), new));
    }
    result.changes.delete.extend(by_ports.into_values().flatten().cloned());
    keep_one(service, family, existing, &mut result.changes);
    let hints = Hints::of(service);
    for slice in result.unchanged {
        let mut hinted = slice;
        if hints.set(&mut hinted) {
            result.changes.update.push(hinted);
        }
    }
    for slice in result.changes.create.iter_mut().chain(&mut result.changes.update) {
        hints.set(slice);
    }
    reuse(service, &mut result.changes);
    result.changes
}

/// A Service has a slice of each family, if only an empty one.
fn keep_one(service: &Service, family: &str, existing: &[&EndpointSlice], changes: &mut Changes) {
    if existing.len() != changes.delete.len() || !changes.create.is_empty() {
        return;
    }
    let placeholder = new_slice(service, family, Vec::new());
    match changes.delete.as_slice() {
        [only] if is_placeholder(only, &placeholder) => changes.delete.clear(),
        _ => changes.create.push(placeholder),
    }
}

fn is_placeholder(slice: &EndpointSlice, placeholder: &EndpointSlice) -> bool {
    slice.labels() == placeholder.labels()
        && ports_of(slice).is_empty()
        && slice.endpoints.as_ref().is_none_or(Vec::is_empty)
        && slice.address_type == placeholder.address_type
}

/// Brings the slices of one set of ports to hold the desired endpoints.
fn of_ports(
    service: &Service,
    existing: &[&EndpointSlice],
    mut desired: EndpointSet,
    new: impl Fn() -> EndpointSlice,
) -> Family {
    let mut result = Family::default();
    for slice in existing {
        keep_what_stays(service, slice, &mut desired, &mut result);
    }
    // Slices that are written anyway are filled first, the fullest before the others.
    result.changes.update.sort_by_key(|slice| std::cmp::Reverse(many(slice)));
    for slice in &mut result.changes.update {
        fill(slice, &mut desired);
    }
    while !desired.is_empty() {
        let unchanged = (desired.len() < ENDPOINTS_MAX)
            .then(|| closest(&result.unchanged, desired.len()))
            .flatten()
            .map(|at| result.unchanged.remove(at));
        let (mut slice, list) = match unchanged {
            Some(slice) => (slice, &mut result.changes.update),
            None => (new(), &mut result.changes.create),
        };
        fill(&mut slice, &mut desired);
        list.push(slice);
    }
    result
}

/// Takes out of a slice what is desired no more, and out of the desired what the slice has.
fn keep_what_stays(service: &Service, slice: &EndpointSlice, desired: &mut EndpointSet, result: &mut Family) {
    let (mut kept, mut updated) = (Vec::new(), false);
    for endpoint in slice.endpoints.iter().flatten() {
        if let Some(wanted) = desired.remove(&EndpointKey::of(endpoint)) {
            updated |= !alike(&wanted, endpoint);
            kept.push(wanted);
        }
    }
    let labels = slice_labels(service);
    let mut slice = slice.clone();
    let same_labels = own_labels(slice.labels()) == own_labels(service.labels());
    if !updated && kept.len() == many(&slice) && same_labels {
        result.unchanged.push(slice);
    } else if kept.is_empty() && many(&slice) > 0 {
        result.changes.delete.push(slice);
    } else {
        slice.endpoints = Some(kept);
        slice.metadata.labels = Some(labels);
        result.changes.update.push(slice);
    }
}

fn many(slice: &EndpointSlice) -> usize {
    slice.endpoints.as_ref().map_or(0, Vec::len)
}

fn fill(slice: &mut EndpointSlice, desired: &mut EndpointSet) {
    let endpoints: &mut Vec<Endpoint> = slice.endpoints.get_or_insert_default();
    while endpoints.len() < ENDPOINTS_MAX
        && let Some(endpoint) = pop(desired)
    {
        endpoints.push(endpoint);
    }
}

/// The slice that is fullest with `more` endpoints and still holds them.
fn closest(slices: &[EndpointSlice], more: usize) -> Option<usize> {
    let rooms = slices.iter().enumerate().filter_map(|(at, slice)| {
        let room = ENDPOINTS_MAX.checked_sub(more + many(slice))?;
        (room < ENDPOINTS_MAX).then_some((room, at))
    });
    rooms.min().map(|(_, at)| at)
}

/// A slice that is to go and one that is to come are one that changes.
fn reuse(service: &Service, changes: &mut Changes) {
    let mut at = 0;
    while at < changes.delete.len() && !changes.create.is_empty() {
        if !is_owned(&changes.delete[at], service) {
            at += 1;
            continue;
        }
        let old = changes.delete.remove(at);
        if let Some(mut slice) = changes.create.pop() {
            slice.metadata.name = old.metadata.name;
            slice.metadata.generate_name = None;
            changes.update.push(slice);
        }
    }
}

fn stamp(changes: &mut Changes, observed: &Observed) {
    for slice in changes.create.iter_mut().chain(&mut changes.update) {
        let annotations = slice.metadata.annotations.get_or_insert_default();
        match observed.since {
            Some(since) => annotations.insert(annotations::TRIGGER_TIME.to_owned(), trigger::text(since)),
            None => annotations.remove(annotations::TRIGGER_TIME),
        };
    }
}

fn ports_of(slice: &EndpointSlice) -> &[EndpointPort] {
    slice.ports.as_deref().unwrap_or_default()
}

fn is_owned(slice: &EndpointSlice, service: &Service) -> bool {
    let owns = |owner: &OwnerReference| {
        owner.kind == "Service"
            && owner.api_version == "v1"
            && Some(&owner.uid) == service.metadata.uid.as_ref()
    };
    slice.owner_references().iter().any(owns)
}

fn new_slice(service: &Service, family: &str, ports: Vec<EndpointPort>) -> EndpointSlice {
    EndpointSlice {
        metadata: ObjectMeta {
            generate_name: Some(prefix(&service.name_any())),
            namespace: service.namespace(),
            labels: Some(slice_labels(service)),
            owner_references: service
                .controller_owner_ref(&())
                .map(|owner| vec![OwnerReference { block_owner_deletion: Some(true), ..owner }]),
            ..ObjectMeta::default()
        },
        address_type: family.to_owned(),
        endpoints: Some(Vec::new()),
        ports: Some(ports),
    }
}

/// What generated names begin with: the dash is left out where it would not fit.
pub(crate) fn prefix(name: &str) -> String {
    if name.len() < 253 { format!("{name}-") } else { name.to_owned() }
}

fn is_reserved(key: &str) -> bool {
    matches!(key, labels::SERVICE_NAME | labels::SLICE_MANAGED_BY | labels::HEADLESS)
}

fn own_labels(all: &BTreeMap<String, String>) -> BTreeMap<&String, &String> {
    all.iter().filter(|(key, _)| !is_reserved(key)).collect()
}

/// The Service's labels, and those that are a slice's own.
fn slice_labels(service: &Service) -> BTreeMap<String, String> {
    let own = own_labels(service.labels()).into_iter();
    let mut all: BTreeMap<String, String> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    if !has_cluster_ip(service) {
        all.insert(labels::HEADLESS.to_owned(), String::new());
    }
    all.insert(labels::SERVICE_NAME.to_owned(), service.name_any());
    all.insert(labels::SLICE_MANAGED_BY.to_owned(), controllers::SLICES.to_owned());
    all
}

impl Family {
    fn append(&mut self, other: Self) {
        self.changes.append(other.changes);
        self.unchanged.extend(other.unchanged);
    }
}

#[cfg(test)]
mod tests;
