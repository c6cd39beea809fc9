//! The fields that a `fieldSelector` may name, per kind.
//!
//! Upstream has them in code: the conversions of labels in `pkg/apis/*/conversion.go` say which names a version
//! takes, the strategies in `pkg/registry` what they select.

use std::borrow::Cow;

use amethyst_object::Value;

/// A field that a `fieldSelector` may name.
#[derive(Debug)]
pub struct FieldSelector {
    /// The name a client writes.
    pub name: &'static str,
    /// What it selects.
    pub selects: SelectedField,
}

/// How the value of a selectable field is found.
#[derive(Debug)]
pub enum SelectedField {
    /// At the first of these paths that holds something; numbers lead into lists.
    At(&'static [&'static [&'static str]], Missing),
    /// Upstream takes the name but never fills it: always empty.
    Empty,
}

/// What a selectable field is when the object does not have it: the zero value of its type, as Go prints it.
pub type Missing = &'static str;

impl FieldSelector {
    /// The value in `object`, which is of the selector's kind, as text.
    pub fn value<'a>(&self, object: &'a Value) -> Cow<'a, str> {
        let SelectedField::At(paths, missing) = &self.selects else { return Cow::Borrowed("") };
        let found = paths.iter().find_map(|path| text(at(object, path)?));
        found.unwrap_or(Cow::Borrowed(missing))
    }
}

fn at<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Borrowed(number.as_str())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

const fn at_path(name: &'static str, paths: &'static [&'static [&'static str]]) -> FieldSelector {
    FieldSelector { name, selects: SelectedField::At(paths, "") }
}

const fn with_zero(
    name: &'static str,
    paths: &'static [&'static [&'static str]],
    zero: Missing,
) -> FieldSelector {
    FieldSelector { name, selects: SelectedField::At(paths, zero) }
}

const NAME: FieldSelector = at_path("metadata.name", &[&["metadata", "name"]]);
const NAMESPACE: FieldSelector = at_path("metadata.namespace", &[&["metadata", "namespace"]]);
const SIGNER: FieldSelector = at_path("spec.signerName", &[&["spec", "signerName"]]);

static COMMON: &[FieldSelector] = &[NAME, NAMESPACE];

static POD: &[FieldSelector] = &[
    NAME,
    NAMESPACE,
    at_path("spec.nodeName", &[&["spec", "nodeName"]]),
    at_path("spec.host", &[&["spec", "nodeName"]]),
    at_path("spec.restartPolicy", &[&["spec", "restartPolicy"]]),
    at_path("spec.schedulerName", &[&["spec", "schedulerName"]]),
    at_path("spec.serviceAccountName", &[&["spec", "serviceAccountName"]]),
    with_zero("spec.hostNetwork", &[&["spec", "hostNetwork"]], "false"),
    at_path("status.phase", &[&["status", "phase"]]),
    at_path("status.podIP", &[&["status", "podIPs", "0", "ip"], &["status", "podIP"]]),
    FieldSelector { name: "status.podIPs", selects: SelectedField::Empty },
    at_path("status.nominatedNodeName", &[&["status", "nominatedNodeName"]]),
];

static NODE: &[FieldSelector] =
    &[NAME, with_zero("spec.unschedulable", &[&["spec", "unschedulable"]], "false")];

static REPLICATION_CONTROLLER: &[FieldSelector] =
    &[NAME, NAMESPACE, with_zero("status.replicas", &[&["status", "replicas"]], "0")];

static NAMESPACE_KIND: &[FieldSelector] = &[NAME, at_path("status.phase", &[&["status", "phase"]])];

static SECRET: &[FieldSelector] = &[NAME, NAMESPACE, at_path("type", &[&["type"]])];

static SERVICE: &[FieldSelector] = &[
    NAME,
    NAMESPACE,
    at_path("spec.clusterIP", &[&["spec", "clusterIP"]]),
    at_path("spec.type", &[&["spec", "type"]]),
];

static JOB: &[FieldSelector] =
    &[NAME, NAMESPACE, with_zero("status.successful", &[&["status", "succeeded"]], "0")];

static SIGNED: &[FieldSelector] = &[NAME, SIGNER];

static POD_CERTIFICATE: &[FieldSelector] = &[
    NAME,
    SIGNER,
    at_path("spec.podName", &[&["spec", "podName"]]),
    at_path("spec.nodeName", &[&["spec", "nodeName"]]),
];

static RESOURCE_SLICE: &[FieldSelector] = &[
    NAME,
    at_path("spec.nodeName", &[&["spec", "nodeName"]]),
    at_path("spec.driver", &[&["spec", "driver"]]),
    at_path("spec.pool.name", &[&["spec", "pool", "name"]]),
];

static EVENT_CORE: &[FieldSelector] = &[
    NAME,
    NAMESPACE,
    at_path("involvedObject.kind", &[&["involvedObject", "kind"]]),
    at_path("involvedObject.namespace", &[&["involvedObject", "namespace"]]),
    at_path("involvedObject.name", &[&["involvedObject", "name"]]),
    at_path("involvedObject.uid", &[&["involvedObject", "uid"]]),
    at_path("involvedObject.apiVersion", &[&["involvedObject", "apiVersion"]]),
    at_path("involvedObject.resourceVersion", &[&["involvedObject", "resourceVersion"]]),
    at_path("involvedObject.fieldPath", &[&["involvedObject", "fieldPath"]]),
    at_path("reason", &[&["reason"]]),
    at_path("reportingComponent", &[&["reportingComponent"]]),
    at_path("source", &[&["source", "component"], &["reportingComponent"]]),
    at_path("type", &[&["type"]]),
];

/// The names are those of `events.k8s.io`; the paths lead through what is stored, which is core's form.
static EVENT: &[FieldSelector] = &[
    NAME,
    NAMESPACE,
    at_path("regarding.kind", &[&["involvedObject", "kind"]]),
    at_path("regarding.namespace", &[&["involvedObject", "namespace"]]),
    at_path("regarding.name", &[&["involvedObject", "name"]]),
    at_path("regarding.uid", &[&["involvedObject", "uid"]]),
    at_path("regarding.apiVersion", &[&["involvedObject", "apiVersion"]]),
    at_path("regarding.resourceVersion", &[&["involvedObject", "resourceVersion"]]),
    at_path("regarding.fieldPath", &[&["involvedObject", "fieldPath"]]),
    at_path("reason", &[&["reason"]]),
    at_path("reportingController", &[&["reportingComponent"]]),
    at_path("type", &[&["type"]]),
];

/// The selectable fields of a kind.
pub(crate) fn selectors(group: &str, version: &str, kind: &str) -> &'static [FieldSelector] {
    match (group, version, kind) {
        ("", "v1", "Pod") => POD,
        ("", "v1", "Node") => NODE,
        ("", "v1", "ReplicationController") => REPLICATION_CONTROLLER,
        ("", "v1", "Namespace") => NAMESPACE_KIND,
        ("", "v1", "Secret") => SECRET,
        ("", "v1", "Service") => SERVICE,
        ("", "v1", "Event") => EVENT_CORE,
        ("events.k8s.io", "v1", "Event") => EVENT,
        ("batch", "v1", "Job") => JOB,
        ("certificates.k8s.io", "v1", "CertificateSigningRequest" | "ClusterTrustBundle") => SIGNED,
        ("certificates.k8s.io", "v1", "PodCertificateRequest") => POD_CERTIFICATE,
        ("resource.k8s.io", "v1", "ResourceSlice") => RESOURCE_SLICE,
        _ => COMMON,
    }
}

/// What upstream answers to a name that a kind does not select by.
pub fn unknown_field_label(kind: &crate::Kind, label: &str) -> String {
    if std::ptr::eq(kind.field_selectors, COMMON) {
        return format!(
            "{label:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
    }
    match kind.group {
        "batch" => format!("field label {label:?} not supported for Job"),
        "resource.k8s.io" => {
            format!(
                "field label not supported for {}/{}, Kind={}: {label}",
                kind.group, kind.version, kind.kind
            )
        }
        _ => format!("field label not supported: {label}"),
    }
}
