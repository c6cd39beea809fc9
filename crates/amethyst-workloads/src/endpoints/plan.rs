//! What the Endpoints of a Service are to be, and whether they have to be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, ObjectReference, Pod, Service, ServicePort,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::Plan;
use super::subsets::{self, repack};
use crate::names::{annotations, controllers, labels};
use crate::slices::{has_cluster_ip, publishes_not_ready, target};
use crate::{pods, trigger};

/// The most addresses of one Endpoints object.
const ADDRESSES_MAX: usize = 1000;

pub(super) fn plan(
    service: &Service,
    pods: &[Arc<Pod>],
    current: Option<&Endpoints>,
    since: Option<Timestamp>,
) -> Plan {
    let subsets = repack(desired(service, pods));
    if current.is_some_and(|current| is_current(current, &subsets, service)) {
        return Plan::Nothing;
    }
    let mut new = current.cloned().unwrap_or_else(|| Endpoints {
        metadata: ObjectMeta {
            name: service.metadata.name.clone(),
            namespace: service.metadata.namespace.clone(),
            ..ObjectMeta::default()
        },
        subsets: None,
    });
    let mut subsets = subsets;
    let truncated = subsets::truncate(&mut subsets, ADDRESSES_MAX);
    new.subsets = Some(subsets);
    let notes = new.metadata.annotations.get_or_insert_default();
    note(notes, annotations::TRIGGER_TIME, since.map(trigger::text));
    note(notes, annotations::OVER_CAPACITY, truncated.then(|| "truncated".to_owned()));
    let mut all = service.labels().clone();
    if has_cluster_ip(service) {
        all.remove(labels::HEADLESS);
    } else {
        all.insert(labels::HEADLESS.to_owned(), String::new());
    }
    all.insert(labels::ENDPOINTS_MANAGED_BY.to_owned(), controllers::ENDPOINTS.to_owned());
    new.metadata.labels = Some(all);
    let new = Box::new(new);
    if current.is_some() { Plan::Replace(new) } else { Plan::Create(new) }
}

fn note(notes: &mut BTreeMap<String, String>, key: &str, value: Option<String>) {
    match value {
        Some(value) => notes.insert(key.to_owned(), value),
        None => notes.remove(key),
    };
}

fn is_current(current: &Endpoints, subsets: &[EndpointSubset], service: &Service) -> bool {
    let have = current.subsets.clone().unwrap_or_default();
    let many: usize = have.iter().map(subsets::many).sum();
    let within = many <= ADDRESSES_MAX && !current.annotations().contains_key(annotations::OVER_CAPACITY);
    within
        && has_labels_of(current, service)
        && subsets::plain(repack(have)) == subsets::plain(subsets.to_vec())
}

/// All labels but the controller's own are the Service's, and none is missing.
fn has_labels_of(current: &Endpoints, service: &Service) -> bool {
    let own = |key: &str| matches!(key, labels::HEADLESS | labels::ENDPOINTS_MANAGED_BY);
    let managed = current.labels().get(labels::ENDPOINTS_MANAGED_BY).map(String::as_str);
    let copied: Vec<_> = current.labels().iter().filter(|(key, _)| !own(key)).collect();
    managed == Some(controllers::ENDPOINTS)
        && copied.len() == service.labels().len()
        && copied.iter().all(|(key, value)| service.labels().get(*key) == Some(*value))
}

/// One subset for each pod and port, before they are packed.
fn desired(service: &Service, pods: &[Arc<Pod>]) -> Vec<EndpointSubset> {
    let unready_too = publishes_not_ready(service);
    let mut subsets = Vec::new();
    for pod in pods.iter().filter(|pod| pods::is_endpoint(pod, unready_too)) {
        let Some(address) = address(service, pod) else { continue };
        let ready = unready_too || pods::is_ready(pod);
        let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
        if ports.is_empty() && !has_cluster_ip(service) {
            subsets.push(subset(address, Vec::new(), ready));
            continue;
        }
        for port in ports {
            if let Some(number) = pods::find_port(pod, port) {
                subsets.push(subset(address.clone(), vec![endpoint_port(port, number)], ready));
            }
        }
    }
    subsets
}

fn subset(address: EndpointAddress, ports: Vec<EndpointPort>, ready: bool) -> EndpointSubset {
    let (addresses, not_ready_addresses) =
        if ready { (Some(vec![address]), None) } else { (None, Some(vec![address])) };
    EndpointSubset { addresses, not_ready_addresses, ports: Some(ports) }
}

fn endpoint_port(port: &ServicePort, number: i32) -> EndpointPort {
    EndpointPort {
        name: port.name.clone().filter(|name| !name.is_empty()),
        port: number,
        protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
        app_protocol: port.app_protocol.clone(),
    }
}

/// Where the pod is reached, in the Service's first family.
fn address(service: &Service, pod: &Pod) -> Option<EndpointAddress> {
    let spec = service.spec.as_ref();
    let family = spec.and_then(|spec| spec.ip_families.as_ref()).and_then(|families| families.first());
    let cluster_ip = spec.and_then(|spec| spec.cluster_ip.as_deref()).unwrap_or_default();
    let own = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).unwrap_or_default();
    let v6 = match family {
        Some(family) => family == "IPv6",
        None if has_cluster_ip(service) => cluster_ip.contains(':'),
        None => own.contains(':'),
    };
    let target: ObjectReference = target(pod);
    Some(EndpointAddress {
        ip: pods::addresses(pod, v6).into_iter().next()?,
        hostname: pods::hostname_for(pod, service).map(str::to_owned),
        node_name: pod.spec.as_ref().map(|spec| spec.node_name.clone().unwrap_or_default()),
        target_ref: Some(target),
    })
}

#[cfg(test)]
mod tests;
