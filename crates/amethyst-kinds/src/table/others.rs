//! The cells of nodes, events, and of what serves authorization, admission and the server itself.

use amethyst_object::Value;

use super::text::{at, condition, has, integer, is_true, list, since, strings};

/// `Ready`, `NotReady,SchedulingDisabled`.
pub(super) fn node_status(node: &Value, _now: i64) -> Value {
    let ready = list(node, &["status", "conditions"]).iter().rfind(|it| at(it, &["type"]) == "Ready");
    let mut status = match ready.map(|ready| at(ready, &["status"])) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    status.into()
}

/// The roles that labels give a node.
pub(super) fn node_roles(node: &Value, _now: i64) -> Value {
    let labels = node.at(&["metadata", "labels"]).and_then(Value::as_object);
    let roles = labels.into_iter().flat_map(amethyst_object::Map::iter).filter_map(|(key, value)| {
        let role = key.strip_prefix("node-role.kubernetes.io/");
        role.or_else(|| if key == "kubernetes.io/role" { value.as_str() } else { None })
    });
    let mut roles: Vec<&str> = roles.filter(|role| !role.is_empty()).collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { "<none>".into() } else { roles.join(",").into() }
}

/// The first internal address.
pub(super) fn node_internal_ip(node: &Value, _now: i64) -> Value {
    node_address(node, "InternalIP")
}

/// The first external address.
pub(super) fn node_external_ip(node: &Value, _now: i64) -> Value {
    node_address(node, "ExternalIP")
}

fn node_address(node: &Value, ty: &str) -> Value {
    condition(list(node, &["status", "addresses"]), ty).map_or("<none>", |it| at(it, &["address"])).into()
}

/// The kernel and the architecture.
pub(super) fn node_kernel(node: &Value, _now: i64) -> Value {
    let info = |name| at(node, &["status", "nodeInfo", name]);
    let kernel = if info("kernelVersion").is_empty() { "<unknown>" } else { info("kernelVersion") };
    match info("architecture") {
        "" => kernel.into(),
        architecture => format!("{kernel} ({architecture})").into(),
    }
}

/// One name of a field in core events, another in those of `events.k8s.io`.
fn either<'a>(event: &'a Value, core: &[&str], other: &[&str]) -> Option<&'a Value> {
    event.at(core).or_else(|| event.at(other)).filter(|value| !value.is_null())
}

fn event_text<'a>(event: &'a Value, core: &[&str], other: &[&str]) -> &'a str {
    either(event, core, other).and_then(Value::as_str).unwrap_or_default()
}

/// When an event was first seen.
pub(super) fn event_first_seen(event: &Value, now: i64) -> Value {
    let first = either(event, &["firstTimestamp"], &["deprecatedFirstTimestamp"]);
    since(first.or_else(|| event.get("eventTime")), now).into()
}

/// When an event was last seen.
pub(super) fn event_last_seen(event: &Value, now: i64) -> Value {
    if has(event, &["series"]) {
        return since(event.at(&["series", "lastObservedTime"]), now).into();
    }
    match either(event, &["lastTimestamp"], &["deprecatedLastTimestamp"]) {
        Some(last) => since(Some(last), now).into(),
        None => event_first_seen(event, now),
    }
}

/// How often an event was seen.
pub(super) fn event_count(event: &Value, _now: i64) -> Value {
    if has(event, &["series"]) {
        return integer(event, &["series", "count"]).into();
    }
    let count = either(event, &["count"], &["deprecatedCount"]).and_then(Value::as_i64).unwrap_or(0);
    if count == 0 { 1.into() } else { count.into() }
}

/// `pod/web`.
pub(super) fn event_object(event: &Value, _now: i64) -> Value {
    let part = |name| event_text(event, &["involvedObject", name], &["regarding", name]);
    let kind = part("kind").to_lowercase();
    if part("name").is_empty() { kind.into() } else { format!("{kind}/{}", part("name")).into() }
}

/// The part of the object that an event is about.
pub(super) fn event_subobject(event: &Value, _now: i64) -> Value {
    event_text(event, &["involvedObject", "fieldPath"], &["regarding", "fieldPath"]).into()
}

/// The controller and its instance or host.
pub(super) fn event_source(event: &Value, _now: i64) -> Value {
    let filled = |first: &'static str, second| {
        let source = event_text(event, &["source", first], &["deprecatedSource", first]);
        if source.is_empty() { second } else { source }
    };
    let controller = event_text(event, &["reportingComponent"], &["reportingController"]);
    let component = filled("component", controller);
    match filled("host", at(event, &["reportingInstance"])) {
        "" => component.into(),
        instance => format!("{component}, {instance}").into(),
    }
}

/// What an event says.
pub(super) fn event_message(event: &Value, _now: i64) -> Value {
    event_text(event, &["message"], &["note"]).trim().into()
}

/// `ClusterRole/admin`.
pub(super) fn role(binding: &Value, _now: i64) -> Value {
    format!("{}/{}", at(binding, &["roleRef", "kind"]), at(binding, &["roleRef", "name"])).into()
}

/// The users of a binding.
pub(super) fn users(binding: &Value, _now: i64) -> Value {
    subjects(binding, "User", |subject| at(subject, &["name"]).to_owned())
}

/// The groups of a binding.
pub(super) fn groups(binding: &Value, _now: i64) -> Value {
    subjects(binding, "Group", |subject| at(subject, &["name"]).to_owned())
}

/// The service accounts of a binding.
pub(super) fn service_accounts(binding: &Value, _now: i64) -> Value {
    subjects(binding, "ServiceAccount", |it| format!("{}/{}", at(it, &["namespace"]), at(it, &["name"])))
}

fn subjects(binding: &Value, kind: &str, name: fn(&Value) -> String) -> Value {
    let all = list(binding, &["subjects"]).iter().filter(|subject| at(subject, &["kind"]) == kind);
    all.map(name).collect::<Vec<_>>().join(", ").into()
}

/// `Approved,Issued`.
pub(super) fn signing_condition(request: &Value, _now: i64) -> Value {
    let conditions = list(request, &["status", "conditions"]);
    let has_type = |ty| condition(conditions, ty).is_some();
    let mut status = match () {
        () if has_type("Denied") => "Denied",
        () if has_type("Approved") => "Approved",
        () => "Pending",
    }
    .to_owned();
    if has_type("Failed") {
        status.push_str(",Failed");
    }
    if !at(request, &["status", "certificate"]).is_empty() {
        status.push_str(",Issued");
    }
    status.into()
}

/// How long the certificate is wanted for.
pub(super) fn signing_duration(request: &Value, _now: i64) -> Value {
    match request.at(&["spec", "expirationSeconds"]).and_then(Value::as_i64) {
        Some(seconds) => super::text::duration(seconds).into(),
        None => "<none>".into(),
    }
}

/// The last of the states a certificate request was brought to.
pub(super) fn pod_certificate_state(request: &Value, _now: i64) -> Value {
    let mut states = list(request, &["status", "conditions"]).iter().map(|it| at(it, &["type"]));
    states.rfind(|ty| matches!(*ty, "Issued" | "Denied" | "Failed")).unwrap_or("Pending").into()
}

/// Whether a component is healthy.
pub(super) fn component_status(component: &Value, _now: i64) -> Value {
    match condition(list(component, &["conditions"]), "Healthy").map(|it| at(it, &["status"])) {
        Some("True") => "Healthy",
        Some(_) => "Unhealthy",
        None => "Unknown",
    }
    .into()
}

/// What a component says.
pub(super) fn component_message(component: &Value, _now: i64) -> Value {
    condition(list(component, &["conditions"]), "Healthy").map_or("", |it| at(it, &["message"])).into()
}

/// What is wrong with a component.
pub(super) fn component_error(component: &Value, _now: i64) -> Value {
    condition(list(component, &["conditions"]), "Healthy").map_or("", |it| at(it, &["error"])).into()
}

/// `v1/ConfigMap`.
pub(super) fn param_kind(policy: &Value, _now: i64) -> Value {
    if !has(policy, &["spec", "paramKind"]) {
        return "<unset>".into();
    }
    let part = |name| at(policy, &["spec", "paramKind", name]);
    format!("{}/{}", part("apiVersion"), part("kind")).into()
}

/// `namespace/name`, or the selector as Go prints the struct.
pub(super) fn param_ref(binding: &Value, _now: i64) -> Value {
    let Some(reference) = binding.at(&["spec", "paramRef"]).filter(|it| !it.is_null()) else {
        return "<unset>".into();
    };
    match (at(reference, &["name"]), at(reference, &["namespace"]), reference.get("selector")) {
        ("", _, Some(selector)) if !selector.is_null() => go_selector(selector).into(),
        ("", _, _) => "<unset>".into(),
        (name, "", _) => format!("*/{name}").into(),
        (name, namespace, _) => format!("{namespace}/{name}").into(),
    }
}

fn go_selector(selector: &Value) -> String {
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let mut labels: Vec<String> = labels
        .into_iter()
        .flat_map(amethyst_object::Map::iter)
        .map(|(key, value)| format!("{key}: {},", value.as_str().unwrap_or_default()))
        .collect();
    labels.sort_unstable();
    let expressions = list(selector, &["matchExpressions"]).iter().map(|expression| {
        let (key, operator) = (at(expression, &["key"]), at(expression, &["operator"]));
        let values = strings(expression, &["values"]).join(" ");
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
    });
    let expressions: String = expressions.collect();
    let labels = labels.concat();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},\
         MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

/// Whether the priority level of a flow schema is missing.
pub(super) fn missing_priority_level(schema: &Value, _now: i64) -> Value {
    condition(list(schema, &["status", "conditions"]), "Dangling")
        .map_or("?", |it| at(it, &["status"]))
        .into()
}

/// The shares of a limited priority level.
pub(super) fn shares(level: &Value, _now: i64) -> Value {
    limited(level, &["spec", "limited"], "nominalConcurrencyShares")
}

/// The queues of a limited priority level.
pub(super) fn queues(level: &Value, _now: i64) -> Value {
    limited(level, &["spec", "limited", "limitResponse", "queuing"], "queues")
}

/// How many queues a flow may use.
pub(super) fn hand_size(level: &Value, _now: i64) -> Value {
    limited(level, &["spec", "limited", "limitResponse", "queuing"], "handSize")
}

/// How long each queue may grow.
pub(super) fn queue_length(level: &Value, _now: i64) -> Value {
    limited(level, &["spec", "limited", "limitResponse", "queuing"], "queueLengthLimit")
}

fn limited(level: &Value, home: &[&str], name: &str) -> Value {
    if !has(level, home) {
        return "<none>".into();
    }
    level.at(home).and_then(|home| home.get(name)).cloned().unwrap_or_else(|| 0.into())
}

/// `allocated,reserved`.
pub(super) fn claim_state(claim: &Value, _now: i64) -> Value {
    let deleted = has(claim, &["metadata", "deletionTimestamp"]);
    let allocated = has(claim, &["status", "allocation"]);
    let reserved = allocated && !list(claim, &["status", "reservedFor"]).is_empty();
    let states = [
        (deleted, "deleted"),
        (!allocated && !deleted, "pending"),
        (allocated, "allocated"),
        (reserved, "reserved"),
    ];
    states.iter().filter(|(holds, _)| *holds).map(|(_, state)| *state).collect::<Vec<_>>().join(",").into()
}

/// When a taint was added.
pub(super) fn taint_added(rule: &Value, now: i64) -> Value {
    let added = rule.at(&["spec", "taint", "timeAdded"]).filter(|it| !it.is_null());
    added.map_or_else(String::new, |added| since(Some(added), now)).into()
}

/// `deployments.apps`.
pub(super) fn migrated_resource(migration: &Value, _now: i64) -> Value {
    let part = |name| at(migration, &["spec", "resource", name]);
    if part("group").is_empty() {
        part("resource").into()
    } else {
        format!("{}.{}", part("resource"), part("group")).into()
    }
}

/// The last of its conditions that holds.
pub(super) fn migration_status(migration: &Value, _now: i64) -> Value {
    let holding =
        list(migration, &["status", "conditions"]).iter().filter(|it| at(it, &["status"]) == "True");
    let mut known = holding.map(|it| at(it, &["type"]));
    known.rfind(|ty| matches!(*ty, "Running" | "Failed" | "Succeeded")).unwrap_or("Unknown").into()
}

/// `v1(storage),v1beta1`.
pub(super) fn definition_versions(definition: &Value, _now: i64) -> Value {
    let flag = |version: &Value, name| version.get(name).and_then(Value::as_bool) == Some(true);
    let served = list(definition, &["spec", "versions"]).iter().filter(|version| flag(version, "served"));
    let label = |version| {
        format!("{}{}", at(version, &["name"]), if flag(version, "storage") { "(storage)" } else { "" })
    };
    let mut versions: Vec<String> = served.map(label).collect();
    versions.sort_unstable();
    versions.join(",").into()
}

/// The short names of a definition.
pub(super) fn definition_short_names(definition: &Value, _now: i64) -> Value {
    strings(definition, &["spec", "names", "shortNames"]).join(",").into()
}

/// Whether a definition is served.
pub(super) fn definition_established(definition: &Value, _now: i64) -> Value {
    is_true(list(definition, &["status", "conditions"]), "Established").into()
}

/// `Local`, or the service behind an API.
pub(super) fn api_service(service: &Value, _now: i64) -> Value {
    if !has(service, &["spec", "service"]) {
        return "Local".into();
    }
    let part = |name| at(service, &["spec", "service", name]);
    format!("{}/{}", part("namespace"), part("name")).into()
}

/// `True`, `False (MissingEndpoints)`.
pub(super) fn api_available(service: &Value, _now: i64) -> Value {
    let Some(available) = condition(list(service, &["status", "conditions"]), "Available") else {
        return "Unknown".into();
    };
    match (at(available, &["status"]), at(available, &["reason"])) {
        ("True", _) | (_, "") => at(available, &["status"]).into(),
        (status, reason) => format!("{status} ({reason})").into(),
    }
}
