//! Subsets of Endpoints in their one packed form: addresses that have the same ports together, and ports that
//! have the same addresses (kubernetes `pkg/api/v1/endpoints/util.go`).
//!
//! Upstream orders ports and subsets by a hash; here they are ordered by what stands in them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, EndpointSubset};

/// What tells an address from others: its IP and the uid of what it points to.
type AddressKey = (String, String);
/// What tells a port from others; none for subsets without ports.
type PortKey = Option<(String, i32, String, Option<String>)>;

/// Packs subsets; an address that is ready in one and not in another, for the same port, is not ready.
pub(crate) fn repack(subsets: Vec<EndpointSubset>) -> Vec<EndpointSubset> {
    let mut addresses: BTreeMap<AddressKey, EndpointAddress> = BTreeMap::new();
    let mut ports: BTreeMap<PortKey, Option<EndpointPort>> = BTreeMap::new();
    let mut by_port: BTreeMap<PortKey, BTreeMap<AddressKey, bool>> = BTreeMap::new();
    for subset in subsets {
        let own = subset.ports.unwrap_or_default();
        let own: Vec<Option<EndpointPort>> =
            if own.is_empty() { vec![None] } else { own.into_iter().map(Some).collect() };
        let ready = subset.addresses.into_iter().flatten().map(|address| (address, true));
        let not_ready = subset.not_ready_addresses.into_iter().flatten().map(|address| (address, false));
        for (address, ready) in ready.chain(not_ready) {
            let key = address_key(&address);
            for port in &own {
                let port_key = port.as_ref().map(port_key);
                ports.entry(port_key.clone()).or_insert_with(|| port.clone());
                let is_ready = by_port.entry(port_key).or_default().entry(key.clone()).or_insert(ready);
                *is_ready &= ready;
            }
            addresses.entry(key).or_insert(address);
        }
    }
    let mut packed: BTreeMap<BTreeMap<AddressKey, bool>, Vec<EndpointPort>> = BTreeMap::new();
    for (port_key, found) in by_port {
        packed.entry(found).or_default().extend(ports.remove(&port_key).flatten());
    }
    let mut packed: Vec<EndpointSubset> = packed
        .into_iter()
        .map(|(found, ports)| {
            let of = |wanted: bool| -> Option<Vec<EndpointAddress>> {
                let keys = found.iter().filter(|(_, ready)| **ready == wanted);
                let list: Vec<_> = keys.filter_map(|(key, _)| addresses.get(key).cloned()).collect();
                (!list.is_empty()).then_some(list)
            };
            let ports = (!ports.is_empty()).then_some(ports);
            EndpointSubset { addresses: of(true), not_ready_addresses: of(false), ports }
        })
        .collect();
    packed.sort_by_cached_key(|subset| {
        let ports: Vec<PortKey> = subset.ports.iter().flatten().map(|port| Some(port_key(port))).collect();
        ports
    });
    packed
}

fn address_key(address: &EndpointAddress) -> AddressKey {
    let uid = address.target_ref.as_ref().and_then(|target| target.uid.clone()).unwrap_or_default();
    (address.ip.clone(), uid)
}

fn port_key(port: &EndpointPort) -> (String, i32, String, Option<String>) {
    let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
    (port.name.clone().unwrap_or_default(), port.port, protocol, port.app_protocol.clone())
}

/// How many addresses a subset has.
pub(super) fn many(subset: &EndpointSubset) -> usize {
    subset.addresses.as_ref().map_or(0, Vec::len) + subset.not_ready_addresses.as_ref().map_or(0, Vec::len)
}

/// Subsets as they are compared: without versions of what addresses point to, and without empty lists.
pub(super) fn plain(mut subsets: Vec<EndpointSubset>) -> Vec<EndpointSubset> {
    for subset in &mut subsets {
        for list in [&mut subset.addresses, &mut subset.not_ready_addresses] {
            *list = list.take().filter(|list| !list.is_empty());
            for address in list.iter_mut().flatten() {
                address.node_name = address.node_name.take().filter(|name| !name.is_empty());
                if let Some(target) = &mut address.target_ref {
                    target.resource_version = None;
                }
            }
        }
        for port in subset.ports.iter_mut().flatten() {
            port.name = port.name.take().filter(|name| !name.is_empty());
        }
    }
    subsets
}

/// Leaves `max` addresses, the ready ones first, spread over the subsets by their share; tells whether any
/// was left out.
pub(super) fn truncate(subsets: &mut [EndpointSubset], max: usize) -> bool {
    let count = |list: &Option<Vec<EndpointAddress>>| list.as_ref().map_or(0, Vec::len);
    let ready: usize = subsets.iter().map(|subset| count(&subset.addresses)).sum();
    let not_ready: usize = subsets.iter().map(|subset| count(&subset.not_ready_addresses)).sum();
    if ready + not_ready <= max {
        return false;
    }
    let cuts_ready = ready > max;
    let (room, total) = if cuts_ready { (max, ready) } else { (max - ready, not_ready) };
    let mut left = room;
    for subset in subsets {
        let list = if cuts_ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        let share = (count(list) * room).div_ceil(total).min(left);
        if let Some(list) = list {
            list.truncate(share);
            left -= list.len();
        }
        if cuts_ready {
            subset.not_ready_addresses = None;
        }
    }
    true
}
