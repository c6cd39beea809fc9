//! What is read of pods: whether they are ready, where they are reached, who selects them
//! (k8s.io/endpointslice `util/controller_utils.go`).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::{Container, Pod, PodCondition, PodSpec, Service};
use kube::ResourceExt;

/// Keeps what some controller reads: labels, owners, ports, volumes' claims, conditions, addresses.
pub(crate) fn trim(pod: &mut Pod) {
    pod.metadata.annotations = None;
    if let Some(spec) = pod.spec.take() {
        let claims = spec
            .volumes
            .into_iter()
            .flatten()
            .filter(|volume| volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some());
        let volumes: Vec<_> = claims.collect();
        pod.spec = Some(PodSpec {
            node_name: spec.node_name,
            hostname: spec.hostname,
            subdomain: spec.subdomain,
            containers: spec.containers.into_iter().map(ports_only).collect(),
            init_containers: spec
                .init_containers
                .map(|list| list.into_iter().filter(keeps_running).map(ports_only).collect()),
            volumes: (!volumes.is_empty()).then_some(volumes),
            ..PodSpec::default()
        });
    }
    if let Some(status) = &mut pod.status {
        status.container_statuses = None;
        status.init_container_statuses = None;
        status.ephemeral_container_statuses = None;
    }
}

fn ports_only(container: Container) -> Container {
    Container {
        name: container.name,
        ports: container.ports,
        restart_policy: container.restart_policy,
        ..Container::default()
    }
}

fn keeps_running(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// The condition of a type.
pub(crate) fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<&'a PodCondition> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Whether it takes traffic.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|condition| condition.status == "True")
}

/// Whether it has ended for good.
pub(crate) fn is_terminal(pod: &Pod) -> bool {
    matches!(phase(pod), "Failed" | "Succeeded")
}

pub(crate) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// Whether endpoints may name it at all.
pub(crate) fn is_endpoint(pod: &Pod, terminating_too: bool) -> bool {
    let status = pod.status.as_ref();
    let has_ip = status.is_some_and(|status| {
        status.pod_ip.as_ref().is_some_and(|ip| !ip.is_empty())
            || status.pod_ips.as_ref().is_some_and(|ips| !ips.is_empty())
    });
    !is_terminal(pod) && has_ip && (terminating_too || pod.metadata.deletion_timestamp.is_none())
}

/// The addresses of one family, in order.
pub(crate) fn addresses(pod: &Pod, v6: bool) -> Vec<String> {
    let ips = pod.status.as_ref().and_then(|status| status.pod_ips.as_ref()).into_iter().flatten();
    let ips = ips.filter_map(|ip| parse_ip(&ip.ip)).filter(|ip| ip.is_ipv6() == v6);
    ips.map(|ip| ip.to_string()).collect()
}

/// Reads an address as Go's older parser does: zeros may lead, and a mapped address is the mapped one.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        *octet = part.parse().ok().filter(|_| digits)?;
    }
    parts.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// The number of the port that a Service's port leads to in a pod.
pub(crate) fn find_port(pod: &Pod, port: &k8s_openapi::api::core::v1::ServicePort) -> Option<i32> {
    use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
    let name = match port.target_port.as_ref() {
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) => name,
        None => return Some(0),
    };
    let spec = pod.spec.as_ref()?;
    let sidecars = spec.init_containers.iter().flatten().filter(|container| keeps_running(container));
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    spec.containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| container.ports.iter().flatten())
        .find(|found| {
            found.name.as_ref() == Some(name) && found.protocol.as_deref().unwrap_or("TCP") == protocol
        })
        .map(|found| found.container_port)
}

/// The host name that endpoints of a Service give a pod.
pub(crate) fn hostname_for<'a>(pod: &'a Pod, service: &Service) -> Option<&'a str> {
    let spec = pod.spec.as_ref()?;
    let hostname = spec.hostname.as_deref().filter(|name| !name.is_empty())?;
    let below = spec.subdomain.as_deref() == service.metadata.name.as_deref();
    (below && pod.namespace() == service.namespace()).then_some(hostname)
}

/// The selector of a Service, if it selects anything.
pub(crate) fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    service.spec.as_ref()?.selector.as_ref().filter(|selector| !selector.is_empty())
}

/// Whether labels have all pairs of a selector.
pub(crate) fn selects(selector: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Which of a namespace's Services hear of a pod's change: those that select it as it is or as it was, when
/// it changed in what endpoints show; those whose selection changed otherwise.
pub(crate) fn touched<'a>(
    services: impl Iterator<Item = &'a Service>,
    old: Option<&Pod>,
    new: Option<&Pod>,
) -> Vec<&'a Service> {
    let (changed, relabelled) = match (old, new) {
        (Some(old), Some(new)) => (shows_otherwise(old, new), selected_otherwise(old, new)),
        _ => (true, false),
    };
    if !changed && !relabelled {
        return Vec::new();
    }
    let holds = |pod: Option<&Pod>, service: &Service| {
        pod.is_some_and(|pod| selector(service).is_some_and(|selector| selects(selector, pod.labels())))
    };
    services
        .filter(|service| {
            let (before, after) = (holds(old, service), holds(new, service));
            if changed { before || after } else { before != after || (after && hosted_otherwise(old, new)) }
        })
        .collect()
}

fn shows_otherwise(old: &Pod, new: &Pod) -> bool {
    let ips = |pod: &Pod| pod.status.as_ref().and_then(|status| status.pod_ips.clone()).unwrap_or_default();
    old.metadata.deletion_timestamp != new.metadata.deletion_timestamp
        || is_ready(old) != is_ready(new)
        || is_terminal(old) != is_terminal(new)
        || old.metadata.uid != new.metadata.uid
        || ips(old) != ips(new)
}

fn selected_otherwise(old: &Pod, new: &Pod) -> bool {
    old.labels() != new.labels() || hosted_otherwise(Some(old), Some(new))
}

fn hosted_otherwise(old: Option<&Pod>, new: Option<&Pod>) -> bool {
    let hosted = |pod: Option<&Pod>| {
        let spec = pod.and_then(|pod| pod.spec.as_ref());
        spec.map(|spec| (spec.hostname.clone(), spec.subdomain.clone())).unwrap_or_default()
    };
    hosted(old) != hosted(new)
}

#[cfg(test)]
mod tests {
    use super::parse_ip;

    #[test]
    fn addresses_are_read_as_go_does() {
        for (text, expect) in [
            ("10.0.0.1", Some("10.0.0.1")),
            ("010.000.0.01", Some("10.0.0.1")),
            ("::ffff:10.0.0.1", Some("10.0.0.1")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("10.0.0", None),
            ("10.0.0.256", None),
            ("10.0.0.+1", None),
            ("x", None),
        ] {
            assert_eq!(parse_ip(text).map(|ip| ip.to_string()).as_deref(), expect, "{text}");
        }
    }
}
