//! The `kubernetes` Service in `default`: where programs in the cluster find this server.

use std::net::Ipv4Addr;

use amethyst_object::{Map, Value, value};
use amethyst_store::{CommitError, Expect, Txn};
use bytes::Bytes;

use super::{ip_key, mask};
use crate::record::Entry;
use crate::registry::Registry;
use crate::registry::start::{StartError, new_object, put_missing};

const SERVICE: &str = "/services/default/kubernetes";

/// Makes the Service, its address, its range and its endpoints if they are missing.
pub(crate) async fn bootstrap(registry: &Registry) -> Result<(), StartError> {
    let options = &registry.options();
    let (network, bits) = options.service_cidr;
    let ip = Ipv4Addr::from((u32::from(network) & mask(bits)) + 1).to_string();
    let range = new_object(
        registry,
        value!({
            "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "kubernetes"},
            "spec": {"cidrs": [(format!("{network}/{bits}"))]},
            "status": {"conditions": [{
                "type": "Ready", "status": "True", "reason": "", "message": "Kubernetes default Service CIDR is ready",
                "lastTransitionTime": (options.clock.now_rfc3339())
            }]}
        }),
    );
    put_missing(registry, "networking.k8s.io/servicecidrs//kubernetes", range).await?;
    if registry.store().snapshot().get(SERVICE).is_none() {
        let service = service(registry, &ip);
        let address = address(registry, &ip);
        let txn = Txn::new()
            .expect(SERVICE, Expect::Absent)
            .put(SERVICE, Entry::new(service, Bytes::new()))
            .put(ip_key(&ip), Entry::new(address, Bytes::new()));
        match registry.store().commit(txn).await {
            Ok(_) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(StartError::Bootstrap(error)),
        }
    }
    endpoints(registry).await
}

fn service(registry: &Registry, ip: &str) -> Map {
    let port = registry.options().advertise.map_or(6443, |at| at.port());
    new_object(
        registry,
        value!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"component": "apiserver", "provider": "kubernetes"}
            },
            "spec": {
                "clusterIP": ip, "clusterIPs": [ip], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": (u32::from(port))}]
            },
            "status": {"loadBalancer": {}}
        }),
    )
}

fn address(registry: &Registry, ip: &str) -> Map {
    new_object(
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
                "parentRef": {"group": "", "resource": "services", "namespace": "default", "name": "kubernetes"}
            }
        }),
    )
}

/// Endpoints follow where the server listens: they are written anew when that changed.
async fn endpoints(registry: &Registry) -> Result<(), StartError> {
    let Some(advertise) = registry.options().advertise else { return Ok(()) };
    let (ip, port) = (advertise.ip().to_string(), u32::from(advertise.port()));
    let family = if advertise.is_ipv4() { "IPv4" } else { "IPv6" };
    let endpoints = new_object(
        registry,
        value!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}
            },
            "subsets": [{
                "addresses": [{"ip": (ip.as_str())}],
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}]
            }]
        }),
    );
    let slice = new_object(
        registry,
        value!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": family,
            "metadata": {
                "name": "kubernetes", "namespace": "default", "generation": 1,
                "labels": {"kubernetes.io/service-name": "kubernetes"}
            },
            "endpoints": [{"addresses": [(ip.as_str())], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": port, "protocol": "TCP"}]
        }),
    );
    put_current(registry, "/endpoints/default/kubernetes", endpoints, &["subsets"]).await?;
    put_current(
        registry,
        "discovery.k8s.io/endpointslices/default/kubernetes",
        slice,
        &["endpoints", "ports"],
    )
    .await
}

async fn put_current(
    registry: &Registry,
    key: &str,
    object: Map,
    compare: &[&str],
) -> Result<(), StartError> {
    let snapshot = registry.store().snapshot();
    let Some(stored) = snapshot.get(key) else { return put_missing(registry, key, object).await };
    let mut old = stored.record.object();
    if compare.iter().all(|field| old.get(field) == object.get(field)) {
        return Ok(());
    }
    for field in compare {
        old.insert(*field, object.get(field).cloned().unwrap_or(Value::Null));
    }
    let txn = Txn::new()
        .expect(key, Expect::Unchanged(stored.modified))
        .put(key, Entry::new(old, stored.record.managed.clone()));
    match registry.store().commit(txn).await {
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(StartError::Bootstrap(error)),
    }
}
