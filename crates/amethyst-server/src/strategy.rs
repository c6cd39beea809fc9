//! What differs per kind, as data: one row of facts and hooks per kind that needs one.
//!
//! The registry's path is the same for all kinds. Facts are those of upstream's strategies
//! (kubernetes/kubernetes `pkg/registry/*/*/strategy.go`, `.../storage/storage.go`).

pub(crate) mod access;
mod addresses;
pub(crate) mod custom;
pub(crate) mod defaults;
pub(crate) mod definition;
mod immutable;
mod namespace;
mod pod;
mod pod_certificate;
mod registration;
pub(crate) mod service;
mod signer;
pub(crate) mod signing_request;
mod simple;
mod trust_bundle;

use amethyst_object::Map;
use amethyst_schema::Fault;
use amethyst_validation::names::NameRule;

use crate::catalog::Resource;
use crate::rbac::escalation;
use crate::registry::write::{Attempt, Extra, Live};
use crate::status::Status;

/// When `metadata.generation` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Never: the kind has none.
    None,
    /// 1 for ever.
    Once,
    /// All but metadata and status.
    Content,
    /// The same, and annotations.
    ContentAndAnnotations,
    /// As [`Generation::Content`], but a new object has none yet.
    ContentFromZero,
    /// All but status, and metadata that is the client's.
    ContentAndMetadata,
    /// All but metadata: custom resources without a status subresource.
    Everything,
}

/// What happens to dependents when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dependents {
    /// They are collected.
    Delete,
    /// They are orphaned.
    Orphan,
    /// The kind cannot own.
    Unsupported,
}

/// The facts and hooks of a kind.
pub(crate) struct Strategy {
    /// How objects may be named.
    pub(crate) name_rule: NameRule,
    /// When the generation counts.
    pub(crate) generation: Generation,
    /// Whether PUT creates what is missing.
    pub(crate) create_on_update: bool,
    /// Whether PUT may leave the resourceVersion out.
    pub(crate) unconditional_update: bool,
    /// Whether a deletion at once answers the object, not a Status.
    pub(crate) returns_deleted: bool,
    /// What happens to dependents when nobody says.
    pub(crate) dependents: Dependents,
    /// Who owns the status that the kind's own hooks write; it counts as the server's.
    pub(crate) status_manager: Option<&'static str>,
    /// Whether a new object keeps the status that the client gives it.
    pub(crate) keeps_status: bool,
    /// Whether the mark of a deletion is its time alone: no grace period, no new generation.
    pub(crate) bare_mark: bool,
    /// Whether deletion is graceful.
    pub(crate) graceful: bool,
    /// What nobody's write comes to own besides what holds for all kinds: the subresource, the path.
    pub(crate) resets: &'static [(&'static str, &'static [&'static str])],
    /// Fills in what upstream's defaulting code fills in.
    pub(crate) defaults: fn(&mut Map),
    /// Refuses what the user may not give away: the new object as it was sent, the old one.
    pub(crate) grant: fn(&Attempt<'_>, &Map, Option<&Live>) -> Result<(), Status>,
    /// Before a create is validated.
    pub(crate) prepare_create: fn(&Attempt<'_>, &mut Map),
    /// Before an update is validated: the new and the old object.
    pub(crate) prepare_update: fn(&Attempt<'_>, &mut Map, &Map),
    /// Takes what must be taken together with the write: the new object, the old one.
    pub(crate) allocate: fn(&Attempt<'_>, &mut Map, Option<&Map>, &mut Extra) -> Result<(), Status>,
    /// Gives back what the object holds, together with its removal.
    pub(crate) release: fn(&Map, &mut Extra),
    /// What is wrong: the new object, the old one.
    pub(crate) validate: fn(&Attempt<'_>, &Map, Option<&Map>) -> Vec<Fault>,
    /// Refuses a deletion.
    pub(crate) check_delete: fn(&Map) -> Result<(), Status>,
    /// Marks an object whose deletion begins.
    pub(crate) begin_delete: fn(&Attempt<'_>, &mut Map),
    /// Whether something besides `metadata.finalizers` holds a deleted object back.
    pub(crate) held_back: fn(&Map) -> bool,
}

/// What most kinds are.
pub(crate) const PLAIN: Strategy = Strategy {
    name_rule: NameRule::Subdomain,
    generation: Generation::None,
    create_on_update: false,
    unconditional_update: true,
    returns_deleted: false,
    dependents: Dependents::Delete,
    status_manager: None,
    keeps_status: false,
    bare_mark: false,
    graceful: false,
    resets: &[],
    defaults: |_| {},
    grant: |_, _, _| Ok(()),
    prepare_create: |_, _| {},
    prepare_update: |_, _, _| {},
    allocate: |_, _, _, _| Ok(()),
    release: |_, _| {},
    validate: simple::rules,
    check_delete: |_| Ok(()),
    begin_delete: |_, _| {},
    held_back: |_| false,
};

const CONTENT: Strategy = Strategy { generation: Generation::Content, ..PLAIN };
const RETURNED: Strategy = Strategy { returns_deleted: true, ..PLAIN };
const RULES: Strategy = Strategy {
    grant: escalation::role,
    prepare_create: |_, role| simple::empty_is_none(role, &["rules"]),
    prepare_update: |_, role, _| simple::empty_is_none(role, &["rules"]),
    ..RBAC
};
const RBAC: Strategy = Strategy { name_rule: NameRule::PathSegment, create_on_update: true, ..PLAIN };
const CONDITIONAL: Strategy = Strategy { unconditional_update: false, ..CONTENT };

macro_rules! rows {
    ($($pattern:pat => $strategy:expr,)*) => {
        /// The strategy of a built-in kind, by group and plural.
        fn built_in(group: &str, plural: &str) -> &'static Strategy {
            match (group, plural) {
                $($pattern => { static ROW: Strategy = $strategy; &ROW })*
            }
        }
    };
}

rows! {
    ("", "pods") => Strategy {
        generation: Generation::Content,
        returns_deleted: true,
        graceful: true,
        defaults: defaults::pod,
        prepare_create: pod::prepare_create,
        ..PLAIN
    },
    ("", "podtemplates") => Strategy { returns_deleted: true, defaults: defaults::pod_template, ..CONTENT },
    ("", "replicationcontrollers") => Strategy {
        dependents: Dependents::Orphan,
        defaults: defaults::replication_controller,
        ..CONTENT
    },
    ("", "services") => Strategy {
        name_rule: NameRule::Label,
        create_on_update: true,
        returns_deleted: true,
        defaults: defaults::service,
        prepare_create: service::prepare_create,
        prepare_update: service::prepare_update,
        allocate: service::allocate,
        release: service::release,
        ..PLAIN
    },
    ("", "namespaces") => Strategy {
        name_rule: NameRule::Label,
        returns_deleted: true,
        bare_mark: true,
        defaults: defaults::namespace,
        prepare_create: namespace::prepare_create,
        prepare_update: namespace::prepare_update,
        check_delete: namespace::check_delete,
        begin_delete: namespace::begin_delete,
        held_back: namespace::held_back,
        ..PLAIN
    },
    ("", "secrets") => Strategy { defaults: defaults::secret, ..PLAIN },
    ("", "persistentvolumes") => Strategy {
        defaults: defaults::persistent_volume,
        prepare_create: simple::pending_volume,
        prepare_update: simple::volume_phase,
        ..RETURNED
    },
    ("", "persistentvolumeclaims") => Strategy {
        defaults: defaults::persistent_volume_claim,
        prepare_create: simple::pending_claim,
        ..RETURNED
    },
    ("", "serviceaccounts") => Strategy { validate: simple::limiting_account, ..RETURNED },
    ("", "resourcequotas") => RETURNED,
    ("", "endpoints") => Strategy {
        create_on_update: true,
        defaults: defaults::endpoints,
        validate: simple::deprecated_endpoints,
        ..PLAIN
    },
    ("", "limitranges") => Strategy { create_on_update: true, defaults: defaults::limit_range, ..PLAIN },
    ("" | "events.k8s.io", "events") => Strategy {
        name_rule: NameRule::PathSegment,
        create_on_update: true,
        dependents: Dependents::Unsupported,
        ..PLAIN
    },
    ("", "nodes") => Strategy { keeps_status: true, defaults: defaults::node, ..PLAIN },
    ("apps", "deployments") => Strategy {
        generation: Generation::ContentAndAnnotations,
        defaults: defaults::deployment,
        ..PLAIN
    },
    ("apps", "replicasets") => Strategy {
        defaults: defaults::replica_set,
        ..CONTENT
    },
    ("apps", "statefulsets") => Strategy {
        defaults: defaults::stateful_set,
        ..CONTENT
    },
    ("apps", "daemonsets") => Strategy {
        defaults: defaults::daemon_set,
        prepare_create: simple::first_template,
        prepare_update: simple::count_template,
        ..CONTENT
    },
    ("batch", "jobs") => Strategy {
        dependents: Dependents::Orphan,
        defaults: defaults::job,
        prepare_create: simple::job_selector,
        ..CONTENT
    },
    ("batch", "cronjobs") => Strategy {
        defaults: defaults::cron_job,
        ..CONTENT
    },
    ("autoscaling", "horizontalpodautoscalers") => Strategy { defaults: defaults::autoscaler, ..CONTENT },
    ("policy", "poddisruptionbudgets") => Strategy { name_rule: NameRule::PathSegment, ..CONDITIONAL },
    ("networking.k8s.io", "ingresses") => Strategy { defaults: defaults::ingress, ..CONTENT },
    ("networking.k8s.io", "ingressclasses") => Strategy { defaults: defaults::ingress_class, ..CONTENT },
    ("networking.k8s.io", "networkpolicies") => Strategy { defaults: defaults::network_policy, ..CONTENT },
    ("networking.k8s.io", "servicecidrs") => Strategy { validate: addresses::cidrs, ..PLAIN },
    ("networking.k8s.io", "ipaddresses") => Strategy {
        name_rule: NameRule::IpAddress,
        validate: addresses::address,
        ..PLAIN
    },
    ("discovery.k8s.io", "endpointslices") => Strategy {
        generation: Generation::ContentAndMetadata,
        defaults: defaults::endpoint_slice,
        prepare_create: |_, slice| simple::slice_lists(slice),
        prepare_update: |_, slice, _| simple::slice_lists(slice),
        ..PLAIN
    },
    ("scheduling.k8s.io", "priorityclasses") => Strategy {
        generation: Generation::Once,
        defaults: defaults::priority_class,
        check_delete: simple::system_class,
        ..PLAIN
    },
    ("node.k8s.io", "runtimeclasses") => Strategy { create_on_update: true, unconditional_update: false, ..PLAIN },
    ("rbac.authorization.k8s.io", "rolebindings") => Strategy {
        grant: escalation::binding,
        defaults: defaults::role_binding,
        validate: access::role_binding,
        ..RBAC
    },
    ("rbac.authorization.k8s.io", "clusterrolebindings") => Strategy {
        grant: escalation::binding,
        defaults: defaults::cluster_role_binding,
        validate: access::cluster_role_binding,
        ..RBAC
    },
    ("rbac.authorization.k8s.io", "clusterroles") => Strategy { validate: access::cluster_role, ..RULES },
    ("rbac.authorization.k8s.io", "roles") => Strategy { validate: access::role, ..RULES },
    ("coordination.k8s.io", _) => Strategy { create_on_update: true, unconditional_update: false, ..PLAIN },
    ("storage.k8s.io", "storageclasses") => Strategy {
        defaults: defaults::storage_class,
        ..RETURNED
    },
    ("storage.k8s.io", "volumeattributesclasses") => RETURNED,
    ("storage.k8s.io", "csidrivers") => Strategy {
        generation: Generation::ContentFromZero,
        unconditional_update: false,
        defaults: defaults::csi_driver,
        ..RETURNED
    },
    ("storage.k8s.io", "volumeattachments") => Strategy { unconditional_update: false, ..RETURNED },
    ("storage.k8s.io", "csinodes") => Strategy {
        unconditional_update: false,
        prepare_create: |_, node| simple::empty_is_none(node, &["spec", "drivers"]),
        prepare_update: |_, node, _| simple::empty_is_none(node, &["spec", "drivers"]),
        ..RETURNED
    },
    ("storage.k8s.io", "csistoragecapacities") => Strategy { unconditional_update: false, ..PLAIN },
    ("resource.k8s.io", "resourceslices" | "deviceclasses" | "devicetaintrules") => Strategy {
        generation: Generation::Content,
        ..RETURNED
    },
    ("resource.k8s.io", _) => Strategy { defaults: defaults::claim, ..RETURNED },
    ("flowcontrol.apiserver.k8s.io", _) => Strategy { defaults: defaults::flow_control, ..CONTENT },
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations") => Strategy {
        defaults: defaults::mutating_webhooks,
        validate: registration::mutating_webhooks,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations") => Strategy {
        defaults: defaults::validating_webhooks,
        validate: registration::validating_webhooks,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", "validatingadmissionpolicies") => Strategy {
        defaults: defaults::admission_policy,
        validate: registration::validating_policy,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies") => Strategy {
        defaults: defaults::admission_policy,
        validate: registration::mutating_policy,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings") => Strategy {
        defaults: defaults::admission_binding,
        validate: registration::validating_binding,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings") => Strategy {
        defaults: defaults::admission_binding,
        validate: registration::mutating_binding,
        ..CONDITIONAL
    },
    ("admissionregistration.k8s.io", _) => CONDITIONAL,
    ("certificates.k8s.io", "certificatesigningrequests") => Strategy {
        name_rule: NameRule::PathSegment,
        resets: signing_request::RESETS,
        grant: signing_request::grant,
        prepare_create: signing_request::prepare_create,
        prepare_update: signing_request::prepare_update,
        validate: signing_request::validate,
        ..PLAIN
    },
    ("certificates.k8s.io", "podcertificaterequests") => Strategy {
        unconditional_update: false,
        resets: pod_certificate::RESETS,
        validate: pod_certificate::validate,
        ..PLAIN
    },
    ("certificates.k8s.io", "clustertrustbundles") => Strategy {
        name_rule: NameRule::PathSegment,
        unconditional_update: false,
        grant: trust_bundle::grant,
        validate: trust_bundle::validate,
        ..PLAIN
    },
    ("apiextensions.k8s.io", "customresourcedefinitions") => Strategy {
        status_manager: Some("kube-apiserver"),
        bare_mark: true,
        defaults: definition::defaults,
        prepare_create: definition::prepare_create,
        prepare_update: definition::prepare_update,
        validate: definition::validate,
        begin_delete: definition::begin_delete,
        ..CONDITIONAL
    },
    _ => PLAIN,
}

/// The strategy of a resource.
pub(crate) fn of(resource: &Resource) -> &'static Strategy {
    static CUSTOM: Strategy = custom::STRATEGY;
    static CUSTOM_WITHOUT_STATUS: Strategy =
        Strategy { generation: Generation::Everything, ..custom::STRATEGY };
    match (resource.is_custom(), resource.has_status) {
        (true, true) => &CUSTOM,
        (true, false) => &CUSTOM_WITHOUT_STATUS,
        (false, _) => built_in(&resource.gvr.group, &resource.gvr.resource),
    }
}
