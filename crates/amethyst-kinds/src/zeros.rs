//! Which fields' schemas declare Go's zero value as their default, as upstream's OpenAPI v3 documents do.
//!
//! The arena of schemas leaves these defaults out, because an API server never acts on them. Upstream's
//! generator (kubernetes/kube-openapi `pkg/generators/openapi.go`) declares them where a field is no pointer and
//! is written though it is empty; for fields that hold a struct always. A few fields declare theirs by a marker.

use amethyst_object::Value;

use crate::messages::{Field, Form, Message, Shape, Type, messages};

const CORE: &str = "io.k8s.api.core.v1";

/// Types of the core group with `name` marked `+default=""`.
const NAMED: [&str; 8] = [
    "ConfigMapEnvSource",
    "ConfigMapKeySelector",
    "ConfigMapProjection",
    "ConfigMapVolumeSource",
    "LocalObjectReference",
    "SecretEnvSource",
    "SecretKeySelector",
    "SecretProjection",
];

/// The default of a field that is a zero value, by upstream's name of the type.
pub fn zero_default(name: &str, field: &str) -> Option<Value> {
    let (package, short) = name.rsplit_once('.')?;
    match (package, short, field) {
        (CORE, short, "name") if NAMED.contains(&short) => return Some("".into()),
        (CORE, "GRPCAction", "service") => return Some("".into()),
        (CORE, "AzureDiskVolumeSource", "readOnly") | (CORE, "FileKeySelector", "optional") => {
            return Some(false.into());
        }
        (CORE, "ReplicationControllerSpec", "minReadySeconds")
        | ("io.k8s.api.autoscaling.v1", "ScaleSpec", "replicas") => return Some(0.into()),
        _ => {}
    }
    let message = &messages().all[messages().named(package, short)?];
    declared(find(message, field)?)
}

fn find(message: &'static Message, name: &str) -> Option<&'static Field> {
    message.fields.iter().find_map(|field| match (field.name, field.ty) {
        ("^", Type::Message(at)) => find(&messages().all[at], name),
        (own, _) => (own == name).then_some(field),
    })
}

fn declared(field: &Field) -> Option<Value> {
    if field.pointer || field.shape != Shape::One {
        return None;
    }
    match field.ty {
        Type::Message(at) => (messages().all[at].form == Form::Plain).then(Value::object),
        _ if !field.always => None,
        Type::String => Some("".into()),
        Type::Bool => Some(false.into()),
        Type::Int32 | Type::Int64 | Type::Double => Some(0.into()),
        Type::Bytes => None,
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::json;

    use super::zero_default;

    #[test]
    fn zero_values_are_declared_where_upstream_declares_them() {
        let check = |name: &str, field: &str, expect: Option<&str>| {
            let found = zero_default(name, field).map(|value| json::to_string(&value));
            assert_eq!(found.as_deref(), expect, "{name} {field}");
        };
        check("io.k8s.api.core.v1.Pod", "spec", Some("{}"));
        check("io.k8s.api.core.v1.Container", "name", Some("\"\""));
        check("io.k8s.api.core.v1.Container", "image", None);
        check("io.k8s.api.core.v1.Volume", "emptyDir", None);
        check("io.k8s.api.core.v1.ContainerPort", "containerPort", Some("0"));
        check("io.k8s.api.core.v1.ConfigMapKeySelector", "name", Some("\"\""));
        check("io.k8s.api.apps.v1.DeploymentSpec", "selector", None);
        check("io.k8s.apimachinery.pkg.apis.meta.v1.Condition", "lastTransitionTime", None);
        check("org.example.Nothing", "name", None);
    }
}
