//! Environment variables and where their values come from (kubernetes `pkg/apis/core/validation`, `ValidateEnv`).

use amethyst_object::FieldPath;
use amethyst_schema::Fault;

use crate::at::At;
use crate::faults::Faults;
use crate::resources;
use crate::{names, text};

const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const DIVISORS: [&str; 13] =
    ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// The variables of a container.
pub(super) fn variables(at: &At<'_>, faults: &mut Faults) {
    for variable in at.items() {
        let name = variable.get("name");
        if faults.needs_text(&name) {
            faults.texts(&name, text::variable_name(name.str()));
        }
        value_from(&variable, faults);
    }
}

fn value_from(variable: &At<'_>, faults: &mut Faults) {
    let at = variable.get("valueFrom");
    if !at.is_set() {
        return;
    }
    let mut sources = 0;
    let mut source = |key: &str, rule: &dyn Fn(&At<'_>, &mut Faults), faults: &mut Faults| {
        if at.has(key) {
            sources += 1;
            rule(&at.get(key), faults);
        }
    };
    source("fieldRef", &|at, faults| field(at, &FIELDS, faults), faults);
    source("resourceFieldRef", &|at, faults| resource(at, false, faults), faults);
    source("configMapKeyRef", &key, faults);
    source("secretKeyRef", &key, faults);
    source("fileKeyRef", &file, faults);
    let why = if sources == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if !variable.text("value").is_empty() {
        "may not be specified when `value` is not empty"
    } else if sources > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    faults.invalid_value(&at.path, "", why);
}

/// A field of the pod that a file holds.
pub(super) fn file_field(at: &At<'_>, faults: &mut Faults) {
    field(at, &FILE_FIELDS, faults);
}

/// A field of the pod (`validateObjectFieldSelector`).
fn field(at: &At<'_>, known: &[&str], faults: &mut Faults) {
    for key in ["apiVersion", "fieldPath"] {
        if at.text(key).is_empty() {
            return faults.required(&at.get(key).path, "");
        }
    }
    let (path, label) = (at.get("fieldPath"), at.text("fieldPath"));
    let subscript = label.strip_suffix("']").and_then(|rest| rest.split_once("['"));
    let known_label = match subscript {
        Some((base, _)) => matches!(base, "metadata.annotations" | "metadata.labels"),
        None => is_convertible(label),
    };
    let why = if at.text("apiVersion") != "v1" {
        format!("unsupported pod version: {}", at.text("apiVersion"))
    } else if known_label {
        String::new()
    } else if subscript.is_some() {
        format!("field label does not support subscript: {label}")
    } else {
        format!("field label not supported: {label}")
    };
    if !why.is_empty() {
        return faults.invalid(&path, format!("error converting fieldPath: {why}"));
    }
    match subscript {
        Some(("metadata.annotations", key)) => qualified(&at.path, &key.to_lowercase(), faults),
        Some((_, key)) => qualified(&at.path, key, faults),
        None => {
            let label = if label == "spec.host" { "spec.nodeName" } else { label };
            if !known.contains(&label) {
                faults.push(Fault::not_supported(path.path, label, known));
            }
        }
    }
}

/// What `ConvertDownwardAPIFieldLabel` knows.
fn is_convertible(label: &str) -> bool {
    FIELDS.contains(&label)
        || FILE_FIELDS.contains(&label)
        || matches!(label, "spec.host" | "spec.restartPolicy" | "spec.schedulerName" | "status.phase")
}

fn qualified(path: &FieldPath, key: &str, faults: &mut Faults) {
    for why in names::qualified(key) {
        faults.invalid_value(path, key, why);
    }
}

/// A resource of a container (`validateContainerResourceFieldSelector`).
pub(super) fn resource(at: &At<'_>, in_volume: bool, faults: &mut Faults) {
    let name = at.text("resource");
    let pages = name.starts_with("requests.hugepages-") || name.starts_with("limits.hugepages-");
    if in_volume && at.text("containerName").is_empty() {
        faults.required(&at.get("containerName").path, "");
    } else if name.is_empty() {
        faults.required(&at.get("resource").path, "");
    } else if !RESOURCES.contains(&name) && !pages {
        faults.unsupported(&at.get("resource"), &RESOURCES);
    }
    let divisor = at.get("divisor");
    if resources::nanos(&divisor) == 0 {
        return;
    }
    let (known, kind): (&[&str], &str) = match name {
        "limits.cpu" | "requests.cpu" => (&["1m", "1"], "cpu"),
        "limits.memory" | "requests.memory" => (&DIVISORS, "memory"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => (&DIVISORS, "local ephemeral storage"),
        _ if pages => (&DIVISORS, "hugepages"),
        _ => return,
    };
    if !known.contains(&resources::shown(&divisor).as_str()) {
        let list = if kind == "cpu" { "1m and 1".to_owned() } else { DIVISORS.join(", ") };
        let why = format!("only divisor's values {list} are supported with the {kind} resource");
        faults.invalid_value(&divisor.path, name, why);
    }
}

/// A key of a ConfigMap or a Secret.
fn key(at: &At<'_>, faults: &mut Faults) {
    faults.texts(&at.get("name"), names::subdomain(at.text("name")));
    let key = at.get("key");
    if faults.needs_text(&key) {
        faults.texts(&key, text::config_key(key.str()));
    }
}

fn file(at: &At<'_>, faults: &mut Faults) {
    let (key, volume, path) = (at.get("key"), at.get("volumeName"), at.get("path"));
    if faults.needs_text(&key) {
        faults.texts(&key, text::variable_name(key.str()));
    }
    if faults.needs_text(&volume) {
        faults.texts(&volume, names::label(volume.str()));
    }
    if faults.needs_text(&path) {
        faults.texts(&path, text::backsteps(path.str()));
    }
}

/// Whole ConfigMaps and Secrets as variables (`ValidateEnvFrom`).
pub(super) fn from(at: &At<'_>, faults: &mut Faults) {
    for each in at.items() {
        let prefix = each.get("prefix");
        if !prefix.str().is_empty() {
            faults.texts(&prefix, text::variable_name(prefix.str()));
        }
        let mut sources = 0;
        for key in ["configMapRef", "secretRef"] {
            if each.has(key) {
                sources += 1;
                let name = each.get(key).get("name");
                if faults.needs_text(&name) {
                    faults.texts(&name, names::NameRule::Subdomain.faults(name.str(), true));
                }
            }
        }
        match sources {
            0 => faults.invalid_value(&at.path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => faults.invalid_value(&at.path, "", "may not have more than one field specified at a time"),
        }
    }
}
