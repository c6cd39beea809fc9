//! From a Service reference to addresses: those that its EndpointSlices name
//! (kubernetes/apiserver `pkg/util/proxy/proxy.go`). Nothing routes cluster IPs on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use amethyst_http::Resolve;
use amethyst_object::{Str, Value};

use crate::registry::write::Attempt;

/// A reference to a Service, and where it led to when it was last called.
#[derive(Debug)]
pub(crate) struct Service {
    namespace: Str,
    name: Str,
    port: i64,
    pub(super) path: String,
    found: Mutex<Result<Vec<SocketAddr>, String>>,
    turn: AtomicUsize,
}

impl Service {
    pub(super) fn from_value(service: &Value) -> Self {
        let text = |key: &str| service.str_at(&[key]).unwrap_or_default();
        Self {
            namespace: text("namespace").into(),
            name: text("name").into(),
            port: service.get("port").and_then(Value::as_i64).unwrap_or(443),
            path: text("path").to_owned(),
            found: Mutex::new(Ok(Vec::new())),
            turn: AtomicUsize::new(0),
        }
    }

    /// Scheme, name and port: the name is the one that its certificate must carry.
    pub(super) fn origin(&self) -> String {
        format!("https://{}.{}.svc:{}", self.name, self.namespace, self.port)
    }

    /// Looks the addresses up in the state that the write sees; connections made from now on go there.
    pub(super) fn look_up(&self, attempt: &Attempt<'_>) {
        let mut found = self.addresses(attempt);
        if let Ok(addresses) = &mut found
            && !addresses.is_empty()
        {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len();
            addresses.rotate_left(turn);
        }
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    fn addresses(&self, attempt: &Attempt<'_>) -> Result<Vec<SocketAddr>, String> {
        let (namespace, name) = (self.namespace.as_str(), self.name.as_str());
        if namespace == "default" && name == "kubernetes" && self.port == 443 {
            return attempt
                .registry
                .options()
                .advertise
                .map(|address| vec![address])
                .ok_or_else(|| self.none());
        }
        let snapshot = &attempt.snapshot;
        let service = snapshot.get(&format!("/services/{namespace}/{name}"));
        let service = service.ok_or_else(|| format!("service {name:?} not found"))?;
        let service = Value::Object(service.record.object());
        let kind = service.str_at(&["spec", "type"]).unwrap_or("ClusterIP");
        if !matches!(kind, "ClusterIP" | "LoadBalancer" | "NodePort") {
            return Err(format!("unsupported service type {kind:?}"));
        }
        let ports = service.at(&["spec", "ports"]).and_then(Value::as_array).unwrap_or_default();
        let port = ports.iter().find(|port| port.get("port").and_then(Value::as_i64) == Some(self.port));
        let port = port.ok_or_else(|| format!("no service port {} found for service {name:?}", self.port))?;
        let port_name = port.str_at(&["name"]).unwrap_or_default();
        let mut found = Vec::new();
        for (_, slice) in snapshot.range(&format!("discovery.k8s.io/endpointslices/{namespace}/"), None) {
            if slice.record.index.label("kubernetes.io/service-name") == Some(name) {
                collect(&Value::Object(slice.record.object()), port_name, &mut found);
            }
        }
        if found.is_empty()
            && let Some(endpoints) = snapshot.get(&format!("/endpoints/{namespace}/{name}"))
        {
            collect_endpoints(&Value::Object(endpoints.record.object()), port_name, &mut found);
        }
        if found.is_empty() { Err(self.none()) } else { Ok(found) }
    }

    fn none(&self) -> String {
        format!("no endpoints available for service {:?}", self.name.as_str())
    }
}

impl Resolve for Service {
    fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn list<'a>(holder: &'a Value, key: &str) -> &'a [Value] {
    holder.get(key).and_then(Value::as_array).unwrap_or_default()
}

fn number(ports: &[Value], name: &str) -> Option<u16> {
    let port = ports.iter().find(|port| port.str_at(&["name"]).unwrap_or_default() == name)?;
    u16::try_from(port.get("port")?.as_i64()?).ok()
}

/// The ready endpoints of a slice; of each its first address.
fn collect(slice: &Value, port: &str, found: &mut Vec<SocketAddr>) {
    let Some(port) = number(list(slice, "ports"), port) else { return };
    for endpoint in list(slice, "endpoints") {
        let ready = endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool).unwrap_or(true);
        let address = list(endpoint, "addresses").first().and_then(Value::as_str);
        if let Some(address) = address.filter(|_| ready).and_then(|address| address.parse::<IpAddr>().ok()) {
            found.push(SocketAddr::new(address, port));
        }
    }
}

/// Endpoints of which no slice was made yet.
fn collect_endpoints(endpoints: &Value, port: &str, found: &mut Vec<SocketAddr>) {
    for subset in list(endpoints, "subsets") {
        let Some(port) = number(list(subset, "ports"), port) else { continue };
        let addresses =
            list(subset, "addresses").iter().filter_map(|address| address.str_at(&["ip"])?.parse().ok());
        found.extend(addresses.map(|address: IpAddr| SocketAddr::new(address, port)));
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;

    use super::collect;

    #[test]
    fn ready_endpoints_count_by_their_first_address() {
        let slice = value!({
            "ports": [{"name": "http", "port": 80}, {"name": "https", "port": 8443}],
            "endpoints": [
                {"addresses": ["192.0.2.1"], "conditions": {"ready": false}},
                {"addresses": ["192.0.2.2", "192.0.2.3"], "conditions": {"ready": true}},
                {"addresses": ["192.0.2.4"]},
            ],
        });
        let mut found = Vec::new();
        collect(&slice, "https", &mut found);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.2:8443", "192.0.2.4:8443"]);
        let mut none = Vec::new();
        collect(&slice, "grpc", &mut none);
        assert!(none.is_empty());
    }
}
