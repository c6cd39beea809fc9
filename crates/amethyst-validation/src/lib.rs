//! What is wrong with an object of a built-in kind, with upstream's field paths, reasons, messages and order.
//!
//! Rules are pure: the object, the object before, which way the write comes; out come [`Fault`]s. The server asks
//! when it writes; tools may ask without a server. Rules of one area lie in one module, named as upstream's
//! `pkg/apis/*/validation`. This crate fills in nothing and changes nothing: objects come defaulted.
//!
//! [`Fault`]: amethyst_schema::Fault

mod apps;
mod at;
mod autoscaling;
mod batch;
mod case;
mod core;
mod declared;
mod discovery;
mod faults;
mod flowcontrol;
pub mod metadata;
pub mod names;
mod networking;
mod percent;
mod pod;
mod resource;
mod resources;
mod selector;
mod small;
mod storage;
mod text;
mod volume;

pub use at::At;
pub use case::Case;
pub use declared::declared;
pub use faults::Faults;

use amethyst_schema::Fault;

/// What is wrong with the objects of one kind.
type Rule = fn(&Case<'_>, &mut Faults);

/// The rule of a kind, by group and plural.
fn rule(group: &str, plural: &str) -> Option<Rule> {
    Some(match (group, plural) {
        ("", "pods") => pods,
        ("", "podtemplates") => core::controller::pod_template,
        ("", "replicationcontrollers") => core::controller::replication_controller,
        ("", "services") => core::service::service,
        ("", "endpoints") => core::endpoints::endpoints,
        ("", "namespaces") => core::config::namespace,
        ("", "configmaps") => core::config::config_map,
        ("", "secrets") => core::config::secret,
        ("", "serviceaccounts") => core::config::service_account,
        ("", "persistentvolumes") => core::volume::persistent_volume,
        ("", "persistentvolumeclaims") => core::claim::persistent_volume_claim,
        ("", "limitranges") => core::limits::limit_range,
        ("", "resourcequotas") => core::quota::resource_quota,
        ("", "nodes") => core::node::node,
        ("" | "events.k8s.io", "events") => core::event::event,
        ("apps", "deployments") => apps::deployment,
        ("apps", "replicasets") => apps::replica_set,
        ("apps", "statefulsets") => apps::stateful_set,
        ("apps", "daemonsets") => apps::daemon_set,
        ("apps", "controllerrevisions") => apps::controller_revision,
        ("batch", "jobs") => batch::job,
        ("batch", "cronjobs") => batch::cron_job,
        ("networking.k8s.io", "ingresses") => networking::ingress,
        ("networking.k8s.io", "ingressclasses") => networking::ingress_class,
        ("networking.k8s.io", "networkpolicies") => networking::network_policy,
        ("discovery.k8s.io", "endpointslices") => discovery::endpoint_slice,
        ("autoscaling", "horizontalpodautoscalers") => autoscaling::horizontal_pod_autoscaler,
        ("policy", "poddisruptionbudgets") => small::pod_disruption_budget,
        ("scheduling.k8s.io", "priorityclasses") => small::priority_class,
        ("node.k8s.io", "runtimeclasses") => small::runtime_class,
        ("coordination.k8s.io", "leases") => small::lease,
        ("storage.k8s.io", "storageclasses") => storage::storage_class,
        ("storage.k8s.io", "csidrivers") => storage::csi_driver,
        ("storage.k8s.io", "csinodes") => storage::csi_node,
        ("storage.k8s.io", "volumeattachments") => storage::volume_attachment,
        ("storage.k8s.io", "csistoragecapacities") => storage::csi_storage_capacity,
        ("storage.k8s.io", "volumeattributesclasses") => storage::volume_attributes_class,
        ("flowcontrol.apiserver.k8s.io", "flowschemas") => flowcontrol::flow_schema,
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations") => flowcontrol::priority_level,
        ("resource.k8s.io", "deviceclasses") => resource::device_class,
        ("resource.k8s.io", "resourceclaims") => resource::claim,
        ("resource.k8s.io", "resourceclaimtemplates") => resource::claim_template,
        ("resource.k8s.io", "resourceslices") => resource::slice,
        _ => return None,
    })
}

fn pods(case: &Case<'_>, faults: &mut Faults) {
    match case.old {
        Some(old) => pod::change(case.new, old, case.subresource, faults),
        None => pod::create(case.new, faults),
    }
}

/// What is wrong with an IP address.
pub fn address(text: &str) -> Vec<String> {
    text::ip_legacy(text)
}

/// Whether this crate has rules for a kind.
pub fn knows(group: &str, plural: &str) -> bool {
    rule(group, plural).is_some()
}

/// What is wrong with an object of a built-in kind, metadata first; `None` when this crate knows no rules for it.
pub fn validate(group: &str, plural: &str, case: &Case<'_>) -> Option<Vec<Fault>> {
    let rule = rule(group, plural)?;
    let mut faults = Faults::default();
    rule(case, &mut faults);
    faults.extend(declared(case));
    Some(faults.into_vec())
}
