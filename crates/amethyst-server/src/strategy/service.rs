//! Services: cluster IPs and node ports, taken in the very transaction that writes the Service.
//!
//! An address that is taken is a key: the IPAddress object that upstream makes for it
//! (`networking.k8s.io/ipaddresses`), and for node ports a key of ours that no resource serves. "Absent" is a
//! condition of the transaction, so two Services can never get one address, and a crash leaks none.

mod bootstrap;
mod ranges;
mod rules;

use std::net::Ipv4Addr;

use amethyst_object::{Map, Value, value};
use amethyst_schema::Fault;
use amethyst_store::{Expect, Snapshot};
use bytes::Bytes;

use crate::record::Entry;
use crate::registry::Registry;
use crate::registry::metadata::{self, path, refuse};
use crate::registry::write::{Attempt, Extra};
use crate::status::Status;

pub(crate) use bootstrap::bootstrap;

/// Addresses tried at random before all are looked through.
const RANDOM_TRIES: usize = 32;

pub(super) fn prepare_create(_: &Attempt<'_>, service: &mut Map) {
    service.insert("status", value!({"loadBalancer": {}}));
    rules::normalize(service, None);
}

pub(super) fn prepare_update(_: &Attempt<'_>, new: &mut Map, old: &Map) {
    rules::keep_allocated(new, old);
    rules::normalize(new, Some(old));
}

/// Takes what the Service needs and gives back what it needs no more.
pub(super) fn allocate(
    attempt: &Attempt<'_>,
    service: &mut Map,
    old: Option<&Map>,
    extra: &mut Extra,
) -> Result<(), Status> {
    let old_ip = old.and_then(address);
    let old_ports = old.map(node_ports).unwrap_or_default();
    allocate_ip(attempt, service, old_ip.as_deref(), extra)?;
    allocate_ports(attempt, service, &old_ports, extra)?;
    if let Some(ip) = old_ip
        && address(service).as_deref() != Some(&ip)
    {
        extra.delete(ip_key(&ip));
    }
    let kept = node_ports(service);
    for port in old_ports.iter().filter(|port| !kept.contains(port)) {
        extra.delete(port_key(*port));
    }
    Ok(())
}

/// Gives back all that a Service holds.
pub(super) fn release(service: &Map, extra: &mut Extra) {
    if let Some(ip) = address(service) {
        extra.delete(ip_key(&ip));
    }
    for port in node_ports(service) {
        extra.delete(port_key(port));
    }
}

fn spec(service: &Map) -> Option<&Map> {
    service.get("spec").and_then(Value::as_object)
}

fn kind(service: &Map) -> &str {
    spec(service).and_then(|spec| spec.str("type")).unwrap_or("ClusterIP")
}

/// The cluster IP, if there is a real one.
fn address(service: &Map) -> Option<String> {
    let ip = spec(service)?.str("clusterIP")?;
    (!ip.is_empty() && ip != "None" && kind(service) != "ExternalName").then(|| ip.to_owned())
}

fn ports(service: &Map) -> &[Value] {
    spec(service).and_then(|spec| spec.get("ports")).and_then(Value::as_array).unwrap_or_default()
}

fn node_ports(service: &Map) -> Vec<u16> {
    let mut found: Vec<u16> = ports(service)
        .iter()
        .filter_map(|port| u16::try_from(port.get("nodePort")?.as_i64()?).ok())
        .chain(health_check_port(service))
        .filter(|port| *port > 0)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn health_check_port(service: &Map) -> Option<u16> {
    u16::try_from(spec(service)?.get("healthCheckNodePort")?.as_i64()?).ok()
}

fn ip_key(ip: &str) -> String {
    format!("networking.k8s.io/ipaddresses//{ip}")
}

fn port_key(port: u16) -> String {
    format!("~nodeports/{port}")
}

fn invalid(name: &str, faults: Vec<Fault>) -> Status {
    refuse("", "Service", name, faults).expect_err("a fault is given")
}

fn allocate_ip(
    attempt: &Attempt<'_>,
    service: &mut Map,
    old: Option<&str>,
    extra: &mut Extra,
) -> Result<(), Status> {
    if kind(service) == "ExternalName" {
        return Ok(());
    }
    let wanted = spec(service).and_then(|spec| spec.str("clusterIP")).unwrap_or_default().to_owned();
    let ip = match wanted.as_str() {
        "None" => None,
        "" => Some(ranges::free(attempt, extra)?),
        ip if old == Some(ip) => {
            families(service);
            return Ok(());
        }
        ip => Some(check_ip(attempt, metadata::text(service, "name"), ip, extra)?),
    };
    if let Some(ip) = ip {
        let text = ip.to_string();
        extra.expect(ip_key(&text), Expect::Absent);
        extra.put(ip_key(&text), ip_address(attempt.registry, &text, service));
        let spec = service.object_mut("spec");
        spec.insert("clusterIP", text.as_str());
        spec.insert("clusterIPs", vec![text.as_str()]);
    } else {
        service.object_mut("spec").insert("clusterIPs", vec!["None"]);
    }
    families(service);
    Ok(())
}

/// One address family: this server gives out IPv4 alone.
fn families(service: &mut Map) {
    let spec = service.object_mut("spec");
    let selects =
        spec.get("selector").and_then(Value::as_object).is_some_and(|selector| !selector.is_empty());
    if spec.str("clusterIP") == Some("None") && !selects {
        // Endpoints that somebody else writes may be of either family.
        spec.get_or_insert_with("ipFamilies", || vec!["IPv4", "IPv6"].into());
        spec.get_or_insert_with("ipFamilyPolicy", || "RequireDualStack".into());
        return;
    }
    spec.get_or_insert_with("ipFamilies", || vec!["IPv4"].into());
    spec.get_or_insert_with("ipFamilyPolicy", || "SingleStack".into());
}

fn check_ip(attempt: &Attempt<'_>, name: &str, ip: &str, extra: &mut Extra) -> Result<Ipv4Addr, Status> {
    let refused = |why: String| {
        let value = Value::Array(vec![ip.into()]);
        let why = format!("failed to allocate IP {ip}: {why}");
        invalid(name, vec![Fault::invalid(path(&["spec", "clusterIPs"]), value, why)])
    };
    let parsed: Ipv4Addr = ip.parse().map_err(|_| {
        let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned();
        let why = amethyst_validation::address(ip).pop().unwrap_or(why);
        invalid(name, vec![Fault::invalid(path(&["spec", "clusterIPs"]).index(0), ip, why)])
    })?;
    let ranges = ranges::ranges(attempt);
    let Some(range) = ranges.iter().find(|range| range.holds(parsed)) else {
        return Err(refused("the provided network does not match the current range".to_owned()));
    };
    if attempt.snapshot.get(&ip_key(ip)).is_some() {
        return Err(refused("provided IP is already allocated".to_owned()));
    }
    range.hold(extra);
    Ok(parsed)
}

fn mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0)
}

/// The key and the object of a Service's address, if that is not there.
pub(crate) fn missing_address(
    registry: &Registry,
    snapshot: &Snapshot<Entry>,
    service: &Map,
) -> Option<(String, Entry)> {
    let ip = address(service)?;
    let key = ip_key(&ip);
    snapshot.get(&key).is_none().then(|| (key, ip_address(registry, &ip, service)))
}

fn ip_address(registry: &Registry, ip: &str, service: &Map) -> Entry {
    let object = crate::registry::start::new_object(
        registry,
        value!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
            "metadata": {
                "name": ip,
                "labels": {
                    "ipaddress.kubernetes.io/ip-family": "IPv4",
                    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"
                }
            },
            "spec": {
                "parentRef": {
                    "group": "", "resource": "services",
                    "namespace": (metadata::text(service, "namespace")), "name": (metadata::text(service, "name"))
                }
            }
        }),
    );
    Entry::new(object, Bytes::new())
}

fn wants_node_ports(service: &Map) -> bool {
    let spec = spec(service);
    match kind(service) {
        "NodePort" => true,
        "LoadBalancer" => {
            spec.and_then(|spec| spec.get("allocateLoadBalancerNodePorts")).and_then(Value::as_bool)
                != Some(false)
        }
        _ => false,
    }
}

/// A load balancer that keeps to its node asks the node how it is.
fn wants_health_check(service: &Map) -> bool {
    let local = spec(service).and_then(|spec| spec.str("externalTrafficPolicy")) == Some("Local");
    kind(service) == "LoadBalancer" && local
}

fn allocate_ports(
    attempt: &Attempt<'_>,
    service: &mut Map,
    old: &[u16],
    extra: &mut Extra,
) -> Result<(), Status> {
    let wants = wants_node_ports(service);
    let range = attempt.registry.options().node_ports.clone();
    let mut taken: Vec<u16> = Vec::new();
    let owned = metadata::text(service, "name").to_owned();
    let name = owned.as_str();
    let health = wants_health_check(service) && health_check_port(service).unwrap_or_default() == 0;
    let spec = service.object_mut("spec");
    let Some(list) = spec.get_mut("ports").and_then(Value::as_array_mut) else { return Ok(()) };
    for (index, port) in list.iter().enumerate() {
        let Some(number) = port.get("nodePort").and_then(Value::as_i64).filter(|number| *number != 0) else {
            continue;
        };
        let refused = |why: String| {
            let at = path(&["spec", "ports"]).index(index).child("nodePort");
            invalid(name, vec![Fault::invalid(at, number, why)])
        };
        let wanted = u16::try_from(number).ok().filter(|wanted| range.contains(wanted)).ok_or_else(|| {
            refused(format!(
                "provided port is not in the valid range. The range of valid ports is {}-{}",
                range.start(),
                range.end()
            ))
        })?;
        if old.contains(&wanted) || taken.contains(&wanted) {
            continue;
        }
        if attempt.snapshot.get(&port_key(wanted)).is_some() {
            return Err(refused("provided port is already allocated".to_owned()));
        }
        taken.push(wanted);
    }
    for port in list.iter_mut().filter(|_| wants).filter_map(Value::as_object_mut) {
        if port.get("nodePort").and_then(Value::as_i64).unwrap_or_default() == 0 {
            let number = free_port(attempt, &taken, old)?;
            taken.push(number);
            port.insert("nodePort", u32::from(number));
        }
    }
    if health {
        let number = free_port(attempt, &taken, old)?;
        taken.push(number);
        spec.insert("healthCheckNodePort", u32::from(number));
    }
    for number in taken {
        extra.expect(port_key(number), Expect::Absent);
        extra.put(port_key(number), Entry::new(Map::new(), Bytes::new()));
    }
    Ok(())
}

fn free_port(attempt: &Attempt<'_>, taken: &[u16], old: &[u16]) -> Result<u16, Status> {
    let options = &attempt.registry.options();
    let range = options.node_ports.clone();
    let free = |port: &u16| {
        !taken.contains(port) && !old.contains(port) && attempt.snapshot.get(&port_key(*port)).is_none()
    };
    let room = u64::from(range.end() - range.start()) + 1;
    let random = (0..RANDOM_TRIES).map(|_| range.start() + (options.entropy.u64() % room) as u16);
    let found = random.into_iter().find(free);
    found
        .or_else(|| range.clone().find(free))
        .ok_or_else(|| Status::internal("failed to allocate a nodePort: range is full"))
}
