//! What this version does not do with objects that it stores.
//!
//! An object is accepted whether or not its controller runs here; a user must not take "applied" for
//! "works". The table is small on purpose: kinds that nobody has to act on are not in it.

use amethyst_object::ObjectId;

/// Why nothing will come of objects of a kind here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack(pub &'static str);

const WORKLOADS: &str = "no workload runs";
const STORAGE: &str = "no volume is provisioned";
const TRAFFIC: &str = "no traffic is routed";
const OPERATOR: &str = "no operator runs";
const POLICY: &str = "no policy is enforced";
const CHARTS: &str = "charts are rendered, and none is installed";
const SOURCES: &str = "nothing is fetched from it";

/// Groups and kinds (`*` for all of a group) and what is missing for them.
const TABLE: &[(&str, &str, &str)] = &[
    ("", "Pod", WORKLOADS),
    ("", "ReplicationController", WORKLOADS),
    ("", "PersistentVolumeClaim", STORAGE),
    ("apps", "*", WORKLOADS),
    ("batch", "*", WORKLOADS),
    ("autoscaling", "*", WORKLOADS),
    ("networking.k8s.io", "Ingress", TRAFFIC),
    ("networking.k8s.io", "NetworkPolicy", POLICY),
    ("gateway.networking.k8s.io", "*", TRAFFIC),
    ("cilium.io", "*", POLICY),
    ("kyverno.io", "*", POLICY),
    (HELM_GROUP, HELM_RELEASE, CHARTS),
    (SOURCE_GROUP, "Bucket", SOURCES),
    (SOURCE_GROUP, "HelmChart", SOURCES),
    (SOURCE_GROUP, "HelmRepository", SOURCES),
    (SOURCE_GROUP, "OCIRepository", SOURCES),
];

const HELM_GROUP: &str = "helm.toolkit.fluxcd.io";
const HELM_RELEASE: &str = "HelmRelease";
const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";

/// Groups whose objects are acted on here, or by nobody anywhere.
const SERVED: &[&str] = &[
    "",
    "apiextensions.k8s.io",
    "kustomize.toolkit.fluxcd.io",
    SOURCE_GROUP,
    "storage.k8s.io",
    "policy",
    "admissionregistration.k8s.io",
    "rbac.authorization.k8s.io",
    "certificates.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "node.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "networking.k8s.io",
];

/// Whether it is a HelmRelease: nothing installs it here, and nothing waits for it.
pub fn is_release(id: &ObjectId) -> bool {
    id.group == HELM_GROUP && id.kind == HELM_RELEASE
}

/// What is missing for an object, if anything is.
pub fn lacks(id: &ObjectId) -> Option<Lack> {
    let row = TABLE.iter().find(|(group, kind, _)| *group == id.group && (*kind == "*" || *kind == id.kind));
    if let Some((_, _, why)) = row {
        return Some(Lack(why));
    }
    let flux_kind = matches!(id.kind.as_str(), "GitRepository" | "Kustomization");
    if SERVED.contains(&id.group.as_str()) && (flux_kind || !id.group.ends_with("toolkit.fluxcd.io")) {
        return None;
    }
    Some(Lack(OPERATOR))
}

#[cfg(test)]
mod tests {
    use amethyst_object::ObjectId;

    use super::lacks;

    fn check(group: &str, kind: &str, expect: Option<&str>) {
        let id = ObjectId { group: group.into(), kind: kind.into(), ..ObjectId::default() };
        assert_eq!(lacks(&id).map(|lack| lack.0), expect, "{id}");
    }

    #[test]
    fn what_nobody_acts_on_here_is_said() {
        check("", "ConfigMap", None);
        check("", "Pod", Some("no workload runs"));
        check("apps", "Deployment", Some("no workload runs"));
        check("kustomize.toolkit.fluxcd.io", "Kustomization", None);
        check("source.toolkit.fluxcd.io", "OCIRepository", Some("nothing is fetched from it"));
        check("source.toolkit.fluxcd.io", "HelmRepository", Some("nothing is fetched from it"));
        check("helm.toolkit.fluxcd.io", "HelmRelease", Some("charts are rendered, and none is installed"));
        check("cert-manager.io", "Certificate", Some("no operator runs"));
        check("storage.k8s.io", "StorageClass", None);
        check("policy", "PodDisruptionBudget", None);
        check("rbac.authorization.k8s.io", "ClusterRole", None);
        check("", "ResourceQuota", None);
    }
}
