//! What upstream's defaulting code fills in (kubernetes `pkg/apis/*/v1/defaults.go`), kind by kind. Structs that
//! Go always writes out (`resources: {}`, `strategy: {}`) are filled in, too, so that objects look alike.

mod network;
mod pod;
mod storage;
mod workload;

use amethyst_object::{Map, Value, value};

pub(super) use network::{endpoint_slice, endpoints, ingress, ingress_class, network_policy, service};
pub(super) use pod::pod;
pub(super) use storage::{claim, csi_driver, persistent_volume, persistent_volume_claim, storage_class};
pub(super) use workload::{
    autoscaler, cron_job, daemon_set, deployment, job, pod_template, replica_set, replication_controller,
    stateful_set,
};

/// Sets what is missing.
fn set(map: &mut Map, key: &str, default: impl Into<Value>) {
    if map.get(key).is_none_or(Value::is_null) {
        map.insert(key, default);
    }
}

/// Sets what is missing or the empty string.
fn set_text(map: &mut Map, key: &str, default: &str) {
    if map.str(key).unwrap_or_default().is_empty() {
        map.insert(key, default);
    }
}

/// The maps of a list.
fn each<'a>(map: &'a mut Map, key: &str) -> impl Iterator<Item = &'a mut Map> + use<'a> {
    let list = map.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// The map under a key, if it is there.
fn within<'a>(map: &'a mut Map, key: &str) -> Option<&'a mut Map> {
    map.get_mut(key).and_then(Value::as_object_mut)
}

pub(super) fn namespace(namespace: &mut Map) {
    let metadata = namespace.object_mut("metadata");
    let name = metadata.str("name").unwrap_or_default().to_owned();
    if !name.is_empty() {
        metadata.object_mut("labels").insert("kubernetes.io/metadata.name", name);
    }
    namespace.object_mut("spec");
}

/// A Secret is Opaque; `stringData` is written and never read (`SetDefaults_Secret`, the conversion of v1).
pub(super) fn secret(secret: &mut Map) {
    use base64::Engine;
    set_text(secret, "type", "Opaque");
    if let Some(Value::Object(plain)) = secret.remove("stringData") {
        let data = secret.object_mut("data");
        for (key, text) in plain.iter() {
            let text = text.as_str().unwrap_or_default();
            data.insert(key.clone(), base64::engine::general_purpose::STANDARD.encode(text));
        }
    }
}

pub(super) fn node(node: &mut Map) {
    node.object_mut("spec");
    if let Some(status) = within(node, "status")
        && let Some(capacity) = status.get("capacity").cloned()
        && status.get("allocatable").is_none()
    {
        status.insert("allocatable", capacity);
    }
}

/// Limits of containers follow from each other (`SetDefaults_LimitRangeItem`).
pub(super) fn limit_range(range: &mut Map) {
    for item in each(range.object_mut("spec"), "limits") {
        if item.str("type") != Some("Container") {
            continue;
        }
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let Some(limits) = item.get(from).and_then(Value::as_object).cloned() else { continue };
            let target = item.object_mut(to);
            for (name, limit) in limits.iter() {
                set(target, name, limit.clone());
            }
        }
    }
}

/// Flow schemas and priority levels (kubernetes `pkg/apis/flowcontrol/v1/defaults.go`).
pub(super) fn flow_control(object: &mut Map) {
    let is_schema = object.str("kind") == Some("FlowSchema");
    let spec = object.object_mut("spec");
    let number = |map: &mut Map, key: &str, default: i64| {
        if map.get(key).and_then(Value::as_i64).unwrap_or_default() == 0 {
            map.insert(key, default);
        }
    };
    if is_schema {
        number(spec, "matchingPrecedence", 1000);
        return;
    }
    if let Some(exempt) = within(spec, "exempt") {
        set(exempt, "nominalConcurrencyShares", 0);
        set(exempt, "lendablePercent", 0);
    }
    if let Some(limited) = within(spec, "limited") {
        set(limited, "nominalConcurrencyShares", 30);
        set(limited, "lendablePercent", 0);
        if let Some(queuing) =
            within(limited, "limitResponse").and_then(|response| within(response, "queuing"))
        {
            number(queuing, "handSize", 8);
            number(queuing, "queues", 64);
            number(queuing, "queueLengthLimit", 50);
        }
    }
}

pub(super) fn role_binding(binding: &mut Map) {
    subjects(binding);
}

pub(super) fn cluster_role_binding(binding: &mut Map) {
    subjects(binding);
}

fn subjects(binding: &mut Map) {
    set_text(binding.object_mut("roleRef"), "apiGroup", "rbac.authorization.k8s.io");
    for subject in each(binding, "subjects") {
        if matches!(subject.str("kind"), Some("User" | "Group")) {
            set_text(subject, "apiGroup", "rbac.authorization.k8s.io");
        }
    }
}

pub(super) fn priority_class(class: &mut Map) {
    set(class, "preemptionPolicy", "PreemptLowerPriority");
    set(class, "value", 0);
}

pub(super) fn mutating_webhooks(configuration: &mut Map) {
    for hook in each(configuration, "webhooks") {
        webhook(hook);
        set(hook, "reinvocationPolicy", "Never");
    }
}

pub(super) fn validating_webhooks(configuration: &mut Map) {
    each(configuration, "webhooks").for_each(webhook);
}

fn webhook(hook: &mut Map) {
    set(hook, "failurePolicy", "Fail");
    set(hook, "matchPolicy", "Equivalent");
    set(hook, "namespaceSelector", Map::new());
    set(hook, "objectSelector", Map::new());
    set(hook, "timeoutSeconds", 10);
    for rule in each(hook, "rules") {
        set(rule, "scope", "*");
    }
    if let Some(service) = within(hook, "clientConfig").and_then(|config| within(config, "service")) {
        set(service, "port", 443);
    }
}

/// ValidatingAdmissionPolicy and MutatingAdmissionPolicy.
pub(super) fn admission_policy(policy: &mut Map) {
    let Some(spec) = within(policy, "spec") else { return };
    set(spec, "failurePolicy", "Fail");
    match_resources(spec, "matchConstraints");
}

/// The bindings of both.
pub(super) fn admission_binding(binding: &mut Map) {
    if let Some(spec) = within(binding, "spec") {
        match_resources(spec, "matchResources");
    }
}

fn match_resources(spec: &mut Map, key: &str) {
    let Some(matching) = within(spec, key) else { return };
    set(matching, "matchPolicy", "Equivalent");
    set(matching, "namespaceSelector", Map::new());
    set(matching, "objectSelector", Map::new());
    for rules in ["resourceRules", "excludeResourceRules"] {
        each(matching, rules).for_each(|rule| set(rule, "scope", "*"));
    }
}

/// A field of an object: `{"apiVersion": "v1", ...}` for `fieldRef`s.
fn field_ref(holder: &mut Map, key: &str) {
    if let Some(reference) = within(holder, key) {
        set_text(reference, "apiVersion", "v1");
    }
}

/// What a probe is when it says little.
fn probe(probe: &mut Map) {
    let number = |probe: &mut Map, key: &str, default: i64| {
        if probe.get(key).and_then(Value::as_i64).unwrap_or_default() == 0 {
            probe.insert(key, default);
        }
    };
    number(probe, "timeoutSeconds", 1);
    number(probe, "periodSeconds", 10);
    number(probe, "successThreshold", 1);
    number(probe, "failureThreshold", 3);
    handler(probe);
    if let Some(grpc) = within(probe, "grpc") {
        set(grpc, "service", "");
    }
}

/// What a probe or a hook of a container's life asks over HTTP.
fn handler(handler: &mut Map) {
    if let Some(get) = within(handler, "httpGet") {
        set_text(get, "path", "/");
        set_text(get, "scheme", "HTTP");
    }
}

/// `{}`, which Go writes for a struct that nobody filled.
fn empty() -> Value {
    value!({})
}
