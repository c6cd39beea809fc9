//! ServiceCIDRs: whether they are ready, and what holds them back when they are deleted
//! (kubernetes `pkg/controller/servicecidrs`). Addresses are given out by the server.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use amethyst_clock::{Clock, rfc3339_seconds};
use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::networking::v1::{IPAddress, ServiceCIDR};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use crate::informer::Cache;
use crate::names::MANAGER;
use crate::slices::write::is_code;

/// The manager of the condition.
const CONTROLLER: &str = "service-cidr-controller";
const FINALIZER: &str = "networking.k8s.io/service-cidr-finalizer";
const MANAGED_BY: &str = "ipaddress.kubernetes.io/managed-by";
const ALLOCATOR: &str = "ipallocator.k8s.io";
const IN_USE: &str =
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";
/// How long a ServiceCIDR that is deleted stays at least.
const GRACE: Duration = Duration::from_secs(10);

/// The controller.
pub(crate) struct ServiceCidrs {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) cidrs: Cache<ServiceCIDR>,
    pub(crate) addresses: Cache<IPAddress>,
}

/// What a pass has read.
pub(crate) struct Observed {
    cidr: Arc<ServiceCIDR>,
    others: Vec<Arc<ServiceCIDR>>,
    addresses: Vec<Arc<IPAddress>>,
    /// How long ago its deletion began.
    ending_for: Option<Duration>,
}

/// What a pass is going to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Plan {
    Nothing,
    /// Hold it back from now on, and say that it is ready.
    Settle {
        finalizer: bool,
        ready: bool,
    },
    /// Say what it waits for.
    Wait,
    /// Come again.
    Later(Duration),
    /// Let it go.
    Release,
}

/// Networks of a ServiceCIDR: base address and prefix length.
fn networks(cidr: &ServiceCIDR) -> Vec<(IpAddr, u8)> {
    let texts = cidr.spec.iter().flat_map(|spec| spec.cidrs.iter().flatten());
    texts
        .filter_map(|text| {
            let (ip, bits) = text.split_once('/')?;
            Some((ip.parse().ok()?, bits.parse().ok()?))
        })
        .collect()
}

fn bits_of(ip: IpAddr) -> (u128, u8) {
    match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    }
}

/// Whether a network holds an address.
fn holds(network: (IpAddr, u8), ip: IpAddr) -> bool {
    let ((base, width), (bits, other)) = (bits_of(network.0), bits_of(ip));
    let mask = u128::MAX.checked_shl(128 - u32::from(network.1.min(width))).unwrap_or(0);
    width == other && base & mask == bits & mask
}

/// Whether a ServiceCIDR holds an address that can be given to a Service: not the network's own, and not the
/// broadcast of IPv4 (kubernetes `pkg/api/servicecidr`).
fn holds_host(cidr: &ServiceCIDR, ip: IpAddr) -> bool {
    networks(cidr).into_iter().any(|network| {
        let (base, width) = bits_of(network.0);
        let mask = u128::MAX.checked_shl(128 - u32::from(network.1.min(width))).unwrap_or(0);
        let unused = if width == 32 { u128::from(u32::MAX) << 96 } else { u128::MAX };
        let last = (base & mask) | (!mask & unused);
        let bits = bits_of(ip).0;
        let edge = bits == base & mask || (width == 32 && bits == last);
        holds(network, ip) && !edge
    })
}

fn condition(cidr: &ServiceCIDR) -> Option<(&str, &str, &str)> {
    let conditions = cidr.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready")?;
    Some((ready.status.as_str(), ready.reason.as_str(), ready.message.as_str()))
}

fn plan(observed: &Observed) -> Plan {
    let cidr = observed.cidr.as_ref();
    let finalizers = cidr.finalizers();
    let Some(ending_for) = observed.ending_for else {
        // The default one is said to be ready by the server, in words of its own.
        let said = condition(cidr).is_some_and(|(status, ..)| status == "True");
        let (finalizer, ready) = (!finalizers.iter().any(|it| it == FINALIZER), !said);
        return if finalizer || ready { Plan::Settle { finalizer, ready } } else { Plan::Nothing };
    };
    if is_in_use(observed) {
        let said = condition(cidr) == Some(("False", "Terminating", IN_USE));
        return if said { Plan::Nothing } else { Plan::Wait };
    }
    match GRACE.checked_sub(ending_for) {
        Some(rest) if !rest.is_zero() => Plan::Later(rest),
        _ if finalizers.iter().any(|it| it == FINALIZER) => Plan::Release,
        _ => Plan::Nothing,
    }
}

/// Whether an address that was given out stands in this ServiceCIDR alone.
fn is_in_use(observed: &Observed) -> bool {
    let others = || observed.others.iter().map(AsRef::as_ref);
    let has_parent = networks(&observed.cidr).into_iter().all(|network| {
        others().any(|other| {
            networks(other).into_iter().any(|parent| parent.1 <= network.1 && holds(parent, network.0))
        })
    });
    if has_parent {
        return false;
    }
    let given = observed
        .addresses
        .iter()
        .filter(|address| address.labels().get(MANAGED_BY).map(String::as_str) == Some(ALLOCATOR));
    given
        .filter_map(|address| address.name_any().parse().ok())
        .any(|ip: IpAddr| holds_host(&observed.cidr, ip) && !others().any(|other| holds_host(other, ip)))
}

impl ServiceCidrs {
    async fn say(&self, name: &str, status: &str, reason: &str, message: &str) -> Result<(), kube::Error> {
        let now = rfc3339_seconds(self.clock.now());
        let applied = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": name},
            "status": {"conditions": [{
                "type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": now,
            }]},
        });
        let api: Api<ServiceCIDR> = Api::all(self.client.clone());
        api.patch_status(name, &PatchParams::apply(CONTROLLER).force(), &Patch::Apply(applied))
            .await
            .map(|_| ())
    }

    async fn patch(&self, name: &str, metadata: Value) -> Result<(), kube::Error> {
        let how = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let api: Api<ServiceCIDR> = Api::all(self.client.clone());
        let patch = Patch::Strategic(json!({"metadata": metadata}));
        match api.patch_metadata(name, &how, &patch).await {
            Err(error) if !is_code(&error, 404) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Reconcile for ServiceCidrs {
    type Observed = Observed;
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::new("networking.k8s.io", "v1", "ServiceCIDR")
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Observed>, ReconcileError> {
        let Some(cidr) = self.cidrs.get(key) else { return Ok(None) };
        let ending_for = cidr.metadata.deletion_timestamp.as_ref().map(|since| {
            let now = self.clock.now().as_millisecond();
            Duration::from_millis(u64::try_from(now - since.0.as_millisecond()).unwrap_or_default())
        });
        let mut others = self.cidrs.all();
        others.retain(|other| other.name_any() != cidr.name_any());
        let addresses = if ending_for.is_some() { self.addresses.all() } else { Vec::new() };
        Ok(Some(Observed { cidr, others, addresses, ending_for }))
    }

    fn plan(&self, observed: &Observed) -> Plan {
        plan(observed)
    }

    async fn apply(&self, observed: Observed, plan: Plan, _: &Wakes) -> Result<Requeue, ReconcileError> {
        let name = observed.cidr.name_any();
        match plan {
            Plan::Nothing => {}
            Plan::Later(delay) => return Ok(Requeue::After(delay)),
            Plan::Settle { finalizer, ready } => {
                if finalizer {
                    self.patch(&name, json!({"finalizers": [FINALIZER]})).await?;
                }
                if ready {
                    self.say(&name, "True", "", "Kubernetes Service CIDR is ready").await?;
                }
            }
            Plan::Wait => self.say(&name, "False", "Terminating", IN_USE).await?,
            Plan::Release => {
                self.patch(&name, json!({"$deleteFromPrimitiveList/finalizers": [FINALIZER]})).await?;
            }
        }
        Ok(Requeue::Never)
    }

    fn forget(&self, _: &ObjectKey) {}
}

#[cfg(test)]
mod tests;
