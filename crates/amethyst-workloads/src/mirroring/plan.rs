//! Which slices mirror an Endpoints object: one of each family and set of ports.

use std::collections::BTreeMap;

use amethyst_controller::ObjectKey;
use k8s_openapi::api::core::v1::{EndpointAddress, Endpoints};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{Resource, ResourceExt};

use super::{ADDRESSES_MAX, Plan};
use crate::endpoints::subsets::repack;
use crate::names::{annotations, controllers, labels};
use crate::pods;
use crate::slices::keys::{EndpointKey, EndpointSet, PortsKey, alike, pop};
use crate::slices::{prefix, write::Changes};

/// A family and the ports.
type Key = (&'static str, PortsKey);

/// What stands under a key: the ports as they are written, and the endpoints.
type Desired = BTreeMap<Key, (Vec<EndpointPort>, EndpointSet)>;

/// Endpoints by name alone, for those that are gone.
pub(super) fn named(key: &ObjectKey) -> Endpoints {
    Endpoints {
        metadata: ObjectMeta {
            name: Some(key.name.to_string()),
            namespace: Some(key.namespace.to_string()),
            ..ObjectMeta::default()
        },
        subsets: None,
    }
}

pub(super) fn plan(endpoints: &Endpoints, existing: &[EndpointSlice]) -> Plan {
    let mut plan = Plan::default();
    let desired = desired(endpoints, &mut plan);
    let mut by_key: BTreeMap<Key, Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in existing {
        let family = if slice.address_type == "IPv6" { "IPv6" } else { "IPv4" };
        let ports = PortsKey::of(slice.ports.as_deref().unwrap_or_default());
        by_key.entry((family, ports)).or_default().push(slice);
    }
    for (key, (ports, set)) in desired {
        let slices = by_key.remove(&key).unwrap_or_default();
        plan.changes.append(of_ports(endpoints, &slices, set, ports, key.0));
    }
    plan.changes.delete.extend(by_key.into_values().flatten().cloned());
    reuse(&mut plan.changes);
    plan
}

fn desired(endpoints: &Endpoints, plan: &mut Plan) -> Desired {
    let mut desired = Desired::new();
    for subset in repack(endpoints.subsets.clone().unwrap_or_default()) {
        let ports: Vec<EndpointPort> = subset.ports.unwrap_or_default().into_iter().map(slice_port).collect();
        let key = PortsKey::of(&ports);
        for family in ["IPv4", "IPv6"] {
            desired.entry((family, key.clone())).or_insert_with(|| (ports.clone(), EndpointSet::new()));
        }
        let ready = subset.addresses.into_iter().flatten().map(|address| (address, true));
        let not_ready = subset.not_ready_addresses.into_iter().flatten().map(|address| (address, false));
        let (mut added, mut seen) = (0, 0);
        for (address, ready) in ready.chain(not_ready) {
            seen += 1;
            if added >= ADDRESSES_MAX {
                continue;
            }
            let Some((family, endpoint)) = endpoint(address, ready) else {
                plan.invalid += 1;
                continue;
            };
            added += 1;
            if let Some((_, set)) = desired.get_mut(&(family, key.clone())) {
                set.insert(EndpointKey::of(&endpoint), endpoint);
            }
        }
        plan.skipped += seen - added;
    }
    desired
}

fn slice_port(port: k8s_openapi::api::core::v1::EndpointPort) -> EndpointPort {
    EndpointPort {
        name: Some(port.name.unwrap_or_default()),
        port: Some(port.port),
        protocol: Some(port.protocol.unwrap_or_else(|| "TCP".to_owned())),
        app_protocol: port.app_protocol,
    }
}

fn endpoint(address: EndpointAddress, ready: bool) -> Option<(&'static str, Endpoint)> {
    let ip = pods::parse_ip(&address.ip)?;
    let endpoint = Endpoint {
        addresses: vec![ip.to_string()],
        conditions: Some(EndpointConditions { ready: Some(ready), ..EndpointConditions::default() }),
        target_ref: address.target_ref,
        node_name: address.node_name,
        hostname: address.hostname.filter(|name| !name.is_empty()),
        ..Endpoint::default()
    };
    Some((if ip.is_ipv6() { "IPv6" } else { "IPv4" }, endpoint))
}

fn of_ports(
    endpoints: &Endpoints,
    existing: &[&EndpointSlice],
    mut set: EndpointSet,
    ports: Vec<EndpointPort>,
    family: &str,
) -> Changes {
    let mut changes = Changes::default();
    let Some((first, others)) = existing.split_first() else {
        if !set.is_empty() {
            changes.create.push(new_slice(endpoints, &mut set, ports, family, None));
        }
        return changes;
    };
    if set.is_empty() {
        changes.delete.extend(existing.iter().map(|slice| (*slice).clone()));
        return changes;
    }
    changes.delete.extend(others.iter().map(|slice| (*slice).clone()));
    if !is_mirrored(endpoints, first, &set) {
        let name = first.metadata.name.clone();
        changes.update.push(new_slice(endpoints, &mut set, ports, family, name));
    }
    changes
}

/// Whether a slice shows all that it is to show, and belongs to these very Endpoints.
fn is_mirrored(endpoints: &Endpoints, slice: &EndpointSlice, set: &EndpointSet) -> bool {
    let shown = slice.endpoints.as_deref().unwrap_or_default();
    let same = |endpoint: &Endpoint| {
        set.get(&EndpointKey::of(endpoint)).is_some_and(|wanted| alike(wanted, endpoint))
    };
    let mut labels = slice.labels().clone();
    labels.retain(|key, _| !matches!(key.as_str(), labels::SLICE_MANAGED_BY | labels::SERVICE_NAME));
    let stranger = |owner: &OwnerReference| {
        owner.kind == "Endpoints"
            && owner.name == endpoints.name_any()
            && Some(&owner.uid) != endpoints.metadata.uid.as_ref()
    };
    shown.len() == set.len()
        && shown.iter().all(same)
        && labels == *endpoints.labels()
        && mirrored_annotations(endpoints) == *slice.annotations()
        && !slice.owner_references().iter().any(stranger)
}

fn mirrored_annotations(endpoints: &Endpoints) -> BTreeMap<String, String> {
    let mut all = endpoints.annotations().clone();
    all.retain(|key, _| !matches!(key.as_str(), annotations::TRIGGER_TIME | annotations::LAST_APPLIED));
    all
}

fn new_slice(
    endpoints: &Endpoints,
    set: &mut EndpointSet,
    ports: Vec<EndpointPort>,
    family: &str,
    name: Option<String>,
) -> EndpointSlice {
    let mut all = endpoints.labels().clone();
    all.insert(labels::SERVICE_NAME.to_owned(), endpoints.name_any());
    all.insert(labels::SLICE_MANAGED_BY.to_owned(), controllers::MIRRORING.to_owned());
    let mut list = Vec::new();
    while list.len() < ADDRESSES_MAX
        && let Some(endpoint) = pop(set)
    {
        list.push(endpoint);
    }
    EndpointSlice {
        metadata: ObjectMeta {
            generate_name: name.is_none().then(|| prefix(&endpoints.name_any())),
            name,
            namespace: endpoints.namespace(),
            labels: Some(all),
            annotations: Some(mirrored_annotations(endpoints)),
            owner_references: endpoints
                .controller_owner_ref(&())
                .map(|owner| vec![OwnerReference { block_owner_deletion: Some(true), ..owner }]),
            ..ObjectMeta::default()
        },
        address_type: family.to_owned(),
        endpoints: Some(list),
        ports: Some(ports),
    }
}

/// A slice that is to go and one of its family that is to come are one that changes.
fn reuse(changes: &mut Changes) {
    for mut slice in std::mem::take(&mut changes.create) {
        match changes.delete.iter().position(|old| old.address_type == slice.address_type) {
            Some(at) => {
                slice.metadata.name = changes.delete.remove(at).metadata.name;
                slice.metadata.generate_name = None;
                changes.update.push(slice);
            }
            None => changes.create.push(slice),
        }
    }
}

#[cfg(test)]
mod tests;
