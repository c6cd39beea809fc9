//! Fields that the API server lets nobody change.
//!
//! The rows are those of Kubernetes 1.37: `ValidateImmutableField` and its like in `pkg/apis/*/validation`, the
//! registry's strategies, and apiextensions. Custom kinds say it by the rule `self == oldSelf`.

use amethyst_object::Value;

use super::{Context, Danger, Level};
use crate::change::{Change, ChangeKind, FieldChange, ObjectChange};
use crate::path::Step;
use crate::secret::{Kind, split_api_version};
use crate::side::Rendered;

/// Group, kind, path, and the value that the server puts where there is none.
type Row = (&'static str, &'static str, &'static [&'static str], Option<&'static str>);

const ROWS: &[Row] = &[
    ("apps", "ControllerRevision", &["data"], None),
    ("apps", "DaemonSet", &["spec", "selector"], None),
    ("apps", "Deployment", &["spec", "selector"], None),
    ("apps", "ReplicaSet", &["spec", "selector"], None),
    ("apps", "StatefulSet", &["spec", "podManagementPolicy"], Some("OrderedReady")),
    ("apps", "StatefulSet", &["spec", "selector"], None),
    ("apps", "StatefulSet", &["spec", "serviceName"], Some("")),
    ("apps", "StatefulSet", &["spec", "volumeClaimTemplates"], None),
    ("batch", "Job", &["spec", "backoffLimitPerIndex"], None),
    ("batch", "Job", &["spec", "completionMode"], Some("NonIndexed")),
    ("batch", "Job", &["spec", "completions"], Some("1")),
    ("batch", "Job", &["spec", "managedBy"], None),
    ("batch", "Job", &["spec", "podFailurePolicy"], None),
    ("batch", "Job", &["spec", "selector"], None),
    ("batch", "Job", &["spec", "successPolicy"], None),
    ("batch", "Job", &["spec", "template"], None),
    ("", "PersistentVolume", &["spec", "volumeMode"], Some("Filesystem")),
    ("", "Secret", &["type"], Some("Opaque")),
    ("", "Service", &["spec", "healthCheckNodePort"], None),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "group"], None),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "names", "kind"], None),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "names", "plural"], None),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec", "scope"], None),
    ("certificates.k8s.io", "ClusterTrustBundle", &["spec", "signerName"], None),
    ("discovery.k8s.io", "EndpointSlice", &["addressType"], None),
    ("networking.k8s.io", "IPAddress", &["spec", "parentRef"], None),
    ("networking.k8s.io", "IngressClass", &["spec", "controller"], None),
    ("node.k8s.io", "RuntimeClass", &["handler"], None),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"], None),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"], None),
    ("resource.k8s.io", "ResourceClaim", &["spec"], None),
    ("resource.k8s.io", "ResourceClaimTemplate", &["spec"], None),
    ("scheduling.k8s.io", "PriorityClass", &["preemptionPolicy"], Some("PreemptLowerPriority")),
    ("scheduling.k8s.io", "PriorityClass", &["value"], Some("0")),
    ("storage.k8s.io", "CSIDriver", &["spec", "attachRequired"], Some("true")),
    ("storage.k8s.io", "CSIDriver", &["spec", "volumeLifecycleModes"], None),
    ("storage.k8s.io", "StorageClass", &["parameters"], None),
    ("storage.k8s.io", "StorageClass", &["provisioner"], None),
    ("storage.k8s.io", "StorageClass", &["reclaimPolicy"], Some("Delete")),
    ("storage.k8s.io", "StorageClass", &["volumeBindingMode"], Some("Immediate")),
    ("storage.k8s.io", "VolumeAttributesClass", &["driverName"], None),
    ("storage.k8s.io", "VolumeAttributesClass", &["parameters"], None),
];

/// Fields of a PersistentVolume that are not its source.
const VOLUME_FIELDS: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// Kinds that lose data when they are made anew.
const KEEPS_DATA: &[(&str, &str)] = &[
    ("", "PersistentVolumeClaim"),
    ("", "PersistentVolume"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes.iter().filter(|change| change.kind == ChangeKind::Changed) {
        let (Some(before), Some(after)) = (context.before_of(change), context.after_of(change)) else {
            continue;
        };
        // A hook is deleted before it is made again, and a generated name makes another object.
        if after.object.annotation("helm.sh/hook").is_some() || change.renamed_from.is_some() {
            continue;
        }
        let kind = Kind::of(&after.object);
        let mut told = Vec::new();
        for field in change.fields.iter().filter(|field| !matches!(field.change, Change::SameValue { .. })) {
            let Some(name) = immutable(kind, field, before, after) else { continue };
            // One danger per immutable field, at the first change below it.
            if !told.contains(&name) {
                found.push(danger(context, change, field, after));
                told.push(name);
            }
        }
    }
}

/// The immutable field that the change lies in.
fn immutable(kind: Kind<'_>, field: &FieldChange, before: &Rendered, after: &Rendered) -> Option<String> {
    if field.immutable {
        return Some(field.path.to_string());
    }
    let row = ROWS.iter().find(|(group, of, path, _)| kind.is(group, of) && field.path.is_within(path));
    if let Some((_, _, path, default)) = row {
        return (!is_default(field, *default) && !is_allowed(kind, field, after)).then(|| path.join("."));
    }
    let path = &field.path;
    let text =
        |rendered: &'_ Rendered, keys: &[&str]| rendered.object.str_at(keys).unwrap_or_default().to_owned();
    let special = match (kind.group, kind.name) {
        ("", "Secret" | "ConfigMap") => {
            let was = before.object.at(&["immutable"]).and_then(Value::as_bool) == Some(true);
            let content = ["data", "stringData", "binaryData", "immutable"];
            was && content.iter().any(|key| path.is_within(&[key]))
        }
        ("", "Service")
            if path.is_within(&["spec", "clusterIP"]) || path.is_within(&["spec", "clusterIPs"]) =>
        {
            // What is left empty keeps its address; a Service of type ExternalName has none.
            let (old, new) = (text(before, &["spec", "clusterIP"]), text(after, &["spec", "clusterIP"]));
            let external = |rendered| text(rendered, &["spec", "type"]) == "ExternalName";
            !old.is_empty() && !new.is_empty() && old != new && !external(before) && !external(after)
        }
        ("", "PersistentVolumeClaim") if path.is_within(&["spec"]) => is_claim_field(field),
        ("", "PersistentVolume") if path.is_within(&["spec"]) => {
            let Some(Step::Key(key)) = path.steps().get(1) else { return None };
            let grown = path.is_within(&["spec", "csi", "controllerExpandSecretRef"])
                && matches!(field.change, Change::Added(_));
            !VOLUME_FIELDS.contains(&key.as_str()) && !grown
        }
        ("", "ResourceQuota") => {
            path.is_within(&["spec", "scopes"]) && !matches!(field.change, Change::Reordered { .. })
        }
        ("networking.k8s.io", "ServiceCIDR") => {
            path.is_within(&["spec", "cidrs"]) && !matches!(field.change, Change::Added(_))
        }
        ("", "Pod") if path.is_within(&["spec"]) => is_pod_field(field),
        _ => false,
    };
    special.then(|| path.to_string())
}

/// Whether the change only writes out, or leaves out, what the server puts there itself.
fn is_default(field: &FieldChange, default: Option<&str>) -> bool {
    let (Change::Added(value) | Change::Removed(value)) = &field.change else { return false };
    let text = match value {
        Value::String(text) => text.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    default.is_some_and(|default| default == text)
}

/// Exceptions to the rows.
fn is_allowed(kind: Kind<'_>, field: &FieldChange, after: &Rendered) -> bool {
    let path = &field.path;
    if kind.is("batch", "Job") && path.is_within(&["spec", "completions"]) {
        return after.object.str_at(&["spec", "completionMode"]) == Some("Indexed");
    }
    if kind.is("apps", "StatefulSet") && path.is_within(&["spec", "volumeClaimTemplates"]) {
        // The server writes type, phase and mode out itself.
        let server_writes =
            |key| matches!(key, Some("apiVersion" | "kind" | "status" | "phase" | "creationTimestamp"));
        return server_writes(path.last_key())
            || path.last_key() == Some("volumeMode") && is_default(field, Some("Filesystem"));
    }
    // Only the order of what is compared by its keys.
    matches!(field.change, Change::Reordered { .. }) && path.is_within(&["spec", "selector"])
}

fn is_claim_field(field: &FieldChange) -> bool {
    let path = &field.path;
    if path.is_within(&["spec", "resources", "requests"])
        || path.is_within(&["spec", "volumeAttributesClassName"])
    {
        return false;
    }
    let set_once = path.is_within(&["spec", "storageClassName"]) || path.is_within(&["spec", "volumeName"]);
    match field.change {
        // They may be set while they are empty; volumeMode has a default.
        Change::Added(_) if set_once => false,
        _ => !(path.is_within(&["spec", "volumeMode"]) && is_default(field, Some("Filesystem"))),
    }
}

fn is_pod_field(field: &FieldChange) -> bool {
    let steps = field.path.steps();
    let key = |at: usize| match steps.get(at) {
        Some(Step::Key(key)) => key.as_str(),
        _ => "",
    };
    let added = matches!(field.change, Change::Added(_));
    let removed = matches!(field.change, Change::Removed(_));
    !match key(1) {
        "containers" | "initContainers" => key(3) == "image",
        "activeDeadlineSeconds" => !removed,
        "tolerations" => added,
        "schedulingGates" => removed,
        _ => false,
    }
}

fn danger(context: &Context<'_>, change: &ObjectChange, field: &FieldChange, after: &Rendered) -> Danger {
    let forced = context.is_forced(after);
    let group = split_api_version(after.object.api_version()).0;
    let keeps_data = KEEPS_DATA.contains(&(group, after.object.kind()));
    let mut danger = if forced {
        let level = if keeps_data { Level::Danger } else { Level::Warning };
        context.danger("recreated", level, after)
    } else {
        context.danger("immutable-field", Level::Danger, after)
    };
    danger.field = Some(field.path.to_string());
    let what = values(&field.change);
    if forced {
        danger.message = format!("the {} is deleted and made anew{what}", change.id.kind);
        danger.why = "the field cannot be changed in place, and its producer forces the change".into();
        danger.hint = if keeps_data {
            "its data goes with it: back it up or bind the new one to the old volume first".into()
        } else {
            "expect an interruption while the object is gone".into()
        };
    } else {
        danger.message = format!("the API server refuses this change{what}");
        danger.why = format!("the field of a {} cannot be changed after it was created", change.id.kind);
        danger.hint = hint(group, after.object.kind());
    }
    danger
}

fn values(change: &Change) -> String {
    match change {
        Change::Changed { before, after } => {
            let text = |value: &Value| match value {
                Value::Object(_) | Value::Array(_) => None,
                scalar => Some(crate::output::scalar::scalar(scalar)).filter(|text| text.len() <= 60),
            };
            match (text(before), text(after)) {
                (Some(before), Some(after)) => format!(": `{before}` -> `{after}`"),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}

fn hint(group: &str, kind: &str) -> String {
    match (group, kind) {
        ("apps", "StatefulSet") => {
            "delete it with `--cascade=orphan` before the change is applied, then the pods and claims stay"
                .into()
        }
        ("apps", _) => "delete the workload before the change is applied, or let Flux force it".into(),
        ("batch", "Job") => {
            "annotate it with `kustomize.toolkit.fluxcd.io/force: enabled`, or give it another name".into()
        }
        ("", "PersistentVolumeClaim") => "make a claim of another name and copy the data over".into(),
        ("", "Secret" | "ConfigMap") => "give it another name, as the generators of kustomize do".into(),
        _ => "delete the object before the change is applied, or give the new one another name".into(),
    }
}
