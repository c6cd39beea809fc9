//! The built-in tables: which fields hold labels, images, names of other objects.
//!
//! These are facts of kustomize's default configuration, written down from what its transformers change.

use crate::config::{Config, NameReference};
use crate::fieldspec::FieldSpec;
use crate::id::Gvk;

/// Kinds that lie in no namespace as kustomize's own table (of Kubernetes 1.21) has them; it takes all
/// others, custom ones too, for namespaced.
const CLUSTER_SCOPED: &[(&str, &str, &[&str])] = &[
    ("", "v1", &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        "v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        "v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    ("apiextensions.k8s.io", "v1", &["CustomResourceDefinition"]),
    ("apiextensions.k8s.io", "v1beta1", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", "v1", &["APIService"]),
    ("apiregistration.k8s.io", "v1beta1", &["APIService"]),
    ("certificates.k8s.io", "v1", &["CertificateSigningRequest"]),
    ("certificates.k8s.io", "v1beta1", &["CertificateSigningRequest"]),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", "v1", &["IngressClass"]),
    ("networking.k8s.io", "v1beta1", &["IngressClass"]),
    ("node.k8s.io", "v1", &["RuntimeClass"]),
    ("node.k8s.io", "v1beta1", &["RuntimeClass"]),
    ("policy", "v1beta1", &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", "v1", &["ClusterRole", "ClusterRoleBinding"]),
    ("rbac.authorization.k8s.io", "v1beta1", &["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io", "v1", &["PriorityClass"]),
    ("scheduling.k8s.io", "v1beta1", &["PriorityClass"]),
    ("storage.k8s.io", "v1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
    ("storage.k8s.io", "v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
];

pub(crate) fn is_cluster_scoped(group: &str, version: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(g, v, kinds)| *g == group && *v == version && kinds.contains(&kind))
}

/// Kinds with a pod template, their group where the table asks for it, and where the template lies.
const TEMPLATES: &[(&str, &str, &str, &str)] = &[
    ("", "v1", "ReplicationController", "spec/template"),
    ("", "", "Deployment", "spec/template"),
    ("", "", "ReplicaSet", "spec/template"),
    ("", "", "DaemonSet", "spec/template"),
    ("batch", "", "Job", "spec/template"),
    ("batch", "", "CronJob", "spec/jobTemplate"),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template"),
];

fn templates(field: &str, stateful_set_group: &str) -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::new("", "", "", &format!("metadata/{field}"), true)];
    let rows = TEMPLATES.iter().copied().chain([(stateful_set_group, "", "StatefulSet", "spec/template")]);
    for (group, version, kind, at) in rows {
        specs.push(FieldSpec::new(group, version, kind, &format!("{at}/metadata/{field}"), true));
    }
    specs
}

/// The whole table.
pub(crate) fn config() -> Config {
    let name = || vec![FieldSpec::new("", "", "", "metadata/name", false)];
    let mut config = Config {
        name_prefix: name(),
        name_suffix: name(),
        namespace: namespaces(),
        common_labels: common_labels(),
        labels: Vec::new(),
        // Where labels go with `includeTemplates`.
        template_labels: templates("labels", "apps"),
        claim_labels: claim_labels(),
        annotations: templates("annotations", ""),
        variables: variables(),
        images: images(),
        replicas: replicas(),
        references: std::collections::HashMap::new(),
    };
    references(&mut config);
    config
}

/// Where labels go with `includeVolumeClaimTemplates`.
fn claim_labels() -> Vec<FieldSpec> {
    vec![FieldSpec::new("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true)]
}

/// Where `commonLabels`, and labels with `includeSelectors`, go.
fn common_labels() -> Vec<FieldSpec> {
    let mut specs = vec![
        FieldSpec::new("", "v1", "Service", "spec/selector", true),
        FieldSpec::new("", "v1", "ReplicationController", "spec/selector", true),
        FieldSpec::new("", "", "Deployment", "spec/selector/matchLabels", true),
        FieldSpec::new("", "", "ReplicaSet", "spec/selector/matchLabels", true),
        FieldSpec::new("", "", "DaemonSet", "spec/selector/matchLabels", true),
        FieldSpec::new("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
        FieldSpec::new("batch", "", "Job", "spec/selector/matchLabels", false),
        FieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
        FieldSpec::new("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    ];
    for path in ["podSelector", "ingress/from/podSelector", "egress/to/podSelector"] {
        let path = format!("spec/{path}/matchLabels");
        specs.push(FieldSpec::new("networking.k8s.io", "", "NetworkPolicy", &path, false));
    }
    for kind in ["Deployment", "StatefulSet"] {
        for affinity in ["podAffinity", "podAntiAffinity"] {
            for rule in [
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                "requiredDuringSchedulingIgnoredDuringExecution",
            ] {
                let path = format!("spec/template/spec/affinity/{affinity}/{rule}/labelSelector/matchLabels");
                specs.push(FieldSpec::new("apps", "", kind, &path, false));
            }
        }
        let path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        specs.push(FieldSpec::new("apps", "", kind, path, false));
    }
    specs.extend(templates("labels", "apps"));
    specs.extend(claim_labels());
    specs
}

/// Where `images` look, beside every list named `containers` or `initContainers`.
fn images() -> Vec<FieldSpec> {
    let paths = [
        "spec/containers[]/image",
        "spec/initContainers[]/image",
        "spec/volumes[]/image/reference",
        "spec/template/spec/containers[]/image",
        "spec/template/spec/initContainers[]/image",
        "spec/template/spec/volumes[]/image/reference",
        "spec/jobTemplate/spec/template/spec/volumes[]/image/reference",
    ];
    paths.map(|path| FieldSpec::new("", "", "", path, true)).to_vec()
}

/// Where `replicas` go.
fn replicas() -> Vec<FieldSpec> {
    let kinds = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    kinds.map(|kind| FieldSpec::new("", "", kind, "spec/replicas", true)).to_vec()
}

/// Where `namespace` goes beside `metadata.namespace` and the subjects of bindings.
fn namespaces() -> Vec<FieldSpec> {
    vec![
        FieldSpec::new("", "v1", "Namespace", "metadata/name", true),
        FieldSpec::new("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
        FieldSpec::new(
            "apiextensions.k8s.io",
            "",
            "CustomResourceDefinition",
            "spec/conversion/webhook/clientConfig/service/namespace",
            false,
        ),
    ]
}

/// Where `vars` are put in.
fn variables() -> Vec<FieldSpec> {
    let containers = ["args", "command", "env/value", "volumeMounts/mountPath"];
    let mut specs = Vec::new();
    for (kind, at) in POD_SPECS {
        if matches!(*kind, "PodTemplate" | "ReplicationController") {
            continue;
        }
        for list in ["containers", "initContainers"] {
            for field in containers {
                specs.push(FieldSpec::new("", "", kind, &format!("{at}/{list}/{field}"), false));
            }
        }
    }
    let volumes = "spec/template/spec/volumes/nfs/server";
    let others = [
        ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
        ("DaemonSet", volumes),
        ("Deployment", volumes),
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Job", volumes),
        ("Pod", "spec/volumes/nfs/server"),
        ("ReplicaSet", volumes),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ];
    specs.extend(others.map(|(kind, path)| FieldSpec::new("", "", kind, path, false)));
    specs
}

/// Kinds with a pod spec, and where it lies.
const POD_SPECS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("PodTemplate", "template/spec"),
    ("ReplicationController", "spec/template/spec"),
];

/// What pod specs refer to: target kind, field, and whether (ReplicaSets and PodTemplates, or else
/// ReplicationControllers) are asked.
const POD_REFERENCES: &[(&str, &str, &str, &str)] = &[
    ("", "v1", "ConfigMap", "volumes/configMap/name"),
    ("", "v1", "ConfigMap", "volumes/projected/sources/configMap/name"),
    ("", "v1", "ConfigMap", "containers/env/valueFrom/configMapKeyRef/name"),
    ("", "v1", "ConfigMap", "initContainers/env/valueFrom/configMapKeyRef/name"),
    ("", "v1", "ConfigMap", "containers/envFrom/configMapRef/name"),
    ("", "v1", "ConfigMap", "initContainers/envFrom/configMapRef/name"),
    ("", "v1", "Secret", "volumes/secret/secretName"),
    ("", "v1", "Secret", "volumes/projected/sources/secret/name"),
    ("", "v1", "Secret", "containers/env/valueFrom/secretKeyRef/name"),
    ("", "v1", "Secret", "initContainers/env/valueFrom/secretKeyRef/name"),
    ("", "v1", "Secret", "containers/envFrom/secretRef/name"),
    ("", "v1", "Secret", "initContainers/envFrom/secretRef/name"),
    ("", "v1", "Secret", "imagePullSecrets/name"),
    ("", "v1", "ServiceAccount", "serviceAccountName"),
    ("", "v1", "PersistentVolumeClaim", "volumes/persistentVolumeClaim/claimName"),
    ("scheduling.k8s.io", "v1", "PriorityClass", "priorityClassName"),
];

/// Other references: target group, version and kind; field; group, version and kind that have it.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const REFERENCES: &[Row] = &[
    ("", "", "Deployment", "spec/scaleTargetRef/name", "", "", "HorizontalPodAutoscaler"),
    ("", "", "ReplicationController", "spec/scaleTargetRef/name", "", "", "HorizontalPodAutoscaler"),
    ("", "", "ReplicaSet", "spec/scaleTargetRef/name", "", "", "HorizontalPodAutoscaler"),
    ("", "", "StatefulSet", "spec/scaleTargetRef/name", "", "", "HorizontalPodAutoscaler"),
    ("", "v1", "ConfigMap", "spec/configSource/configMap", "", "", "Node"),
    ("", "v1", "ConfigMap", "rules/resourceNames", "", "", "Role"),
    ("", "v1", "ConfigMap", "rules/resourceNames", "", "", "ClusterRole"),
    (
        "",
        "v1",
        "ConfigMap",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
        "",
        "",
        "Ingress",
    ),
    ("", "v1", "Secret", "spec/tls/secretName", "", "", "Ingress"),
    ("", "v1", "Secret", "metadata/annotations/ingress.kubernetes.io\\/auth-secret", "", "", "Ingress"),
    ("", "v1", "Secret", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", "", "", "Ingress"),
    (
        "",
        "v1",
        "Secret",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
        "",
        "",
        "Ingress",
    ),
    ("", "v1", "Secret", "imagePullSecrets/name", "", "", "ServiceAccount"),
    ("", "v1", "Secret", "parameters/secretName", "", "", "StorageClass"),
    ("", "v1", "Secret", "parameters/adminSecretName", "", "", "StorageClass"),
    ("", "v1", "Secret", "parameters/userSecretName", "", "", "StorageClass"),
    ("", "v1", "Secret", "parameters/secretRef", "", "", "StorageClass"),
    ("", "v1", "Secret", "rules/resourceNames", "", "", "Role"),
    ("", "v1", "Secret", "rules/resourceNames", "", "", "ClusterRole"),
    (
        "",
        "v1",
        "Secret",
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
        "serving.knative.dev",
        "v1",
        "Service",
    ),
    ("", "v1", "Secret", "spec/azureFile/secretName", "", "", "PersistentVolume"),
    ("", "v1", "Service", "spec/serviceName", "apps", "", "StatefulSet"),
    ("", "v1", "Service", "spec/rules/http/paths/backend/serviceName", "", "", "Ingress"),
    ("", "v1", "Service", "spec/backend/serviceName", "", "", "Ingress"),
    ("", "v1", "Service", "spec/rules/http/paths/backend/service/name", "", "", "Ingress"),
    ("", "v1", "Service", "spec/defaultBackend/service/name", "", "", "Ingress"),
    ("", "v1", "Service", "spec/service/name", "apiregistration.k8s.io", "", "APIService"),
    (
        "",
        "v1",
        "Service",
        "webhooks/clientConfig/service",
        "admissionregistration.k8s.io",
        "",
        "ValidatingWebhookConfiguration",
    ),
    (
        "",
        "v1",
        "Service",
        "webhooks/clientConfig/service",
        "admissionregistration.k8s.io",
        "",
        "MutatingWebhookConfiguration",
    ),
    ("rbac.authorization.k8s.io", "", "Role", "roleRef/name", "rbac.authorization.k8s.io", "", "RoleBinding"),
    (
        "rbac.authorization.k8s.io",
        "",
        "ClusterRole",
        "roleRef/name",
        "rbac.authorization.k8s.io",
        "",
        "RoleBinding",
    ),
    (
        "rbac.authorization.k8s.io",
        "",
        "ClusterRole",
        "roleRef/name",
        "rbac.authorization.k8s.io",
        "",
        "ClusterRoleBinding",
    ),
    ("", "v1", "ServiceAccount", "subjects", "rbac.authorization.k8s.io", "", "RoleBinding"),
    ("", "v1", "ServiceAccount", "subjects", "rbac.authorization.k8s.io", "", "ClusterRoleBinding"),
    ("", "v1", "PersistentVolume", "spec/volumeName", "", "", "PersistentVolumeClaim"),
    ("", "v1", "PersistentVolume", "rules/resourceNames", "", "", "ClusterRole"),
    ("storage.k8s.io", "v1", "StorageClass", "spec/storageClassName", "", "", "PersistentVolume"),
    ("storage.k8s.io", "v1", "StorageClass", "spec/storageClassName", "", "", "PersistentVolumeClaim"),
    (
        "storage.k8s.io",
        "v1",
        "StorageClass",
        "spec/volumeClaimTemplates/spec/storageClassName",
        "",
        "",
        "StatefulSet",
    ),
    (
        "admissionregistration.k8s.io",
        "",
        "ValidatingAdmissionPolicy",
        "spec/policyName",
        "admissionregistration.k8s.io",
        "",
        "ValidatingAdmissionPolicyBinding",
    ),
];

/// The name references, by the kind that holds them.
fn references(config: &mut Config) {
    let mut add = |target: Gvk, field: FieldSpec| {
        let kind = field.gvk.kind.clone();
        config.references.entry(kind).or_default().push(NameReference { target, field });
    };
    for (group, version, kind, field) in POD_REFERENCES {
        let of_data = matches!(*kind, "ConfigMap" | "Secret");
        for (referrer, at) in POD_SPECS {
            let asked = match *referrer {
                "ReplicaSet" | "PodTemplate" => of_data,
                "ReplicationController" => !of_data,
                // Pull secrets of CronJobs and volumes of jobs are in the table like all others.
                _ => true,
            };
            if asked {
                let version_asked = if *referrer == "Pod" && of_data { "v1" } else { "" };
                let field = FieldSpec::new("", version_asked, referrer, &format!("{at}/{field}"), false);
                add(Gvk::new(group, version, kind), field);
            }
        }
    }
    for (group, version, kind, path, of_group, of_version, of_kind) in REFERENCES {
        let field = FieldSpec::new(of_group, of_version, of_kind, path, false);
        add(Gvk::new(group, version, kind), field);
    }
}
