//! Pods, roles and namespaces that may do more than before.

use std::collections::BTreeSet;

use amethyst_object::{Object, Value};

use super::text::{containers, list, pod_template};
use super::{Context, Danger, Level};
use crate::change::ChangeKind;
use crate::secret::Kind;
use crate::side::Rendered;

/// The levels of pod security, the loosest first.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes.iter().filter(|change| change.kind != ChangeKind::Removed) {
        let Some(after) = context.after_of(change) else { continue };
        let before = context.before_of(change);
        raised(context, before, after, found);
        if after.object.kind() == "Namespace" {
            loosened(context, before, after, found);
        }
    }
}

fn raised(context: &Context<'_>, before: Option<&Rendered>, after: &Rendered, found: &mut Vec<Danger>) {
    let old = before.map(|before| rights(&before.object)).unwrap_or_default();
    let new: Vec<(String, String)> =
        rights(&after.object).into_iter().filter(|right| !old.contains(right)).collect();
    for (field, right) in new {
        let mut danger = context.danger("privileges-raised", Level::Warning, after);
        danger.field = Some(context.redactor.text(&field).to_string());
        danger.message = context.redactor.text(&right).to_string();
        danger.why =
            if before.is_some() { "it was not so before" } else { "a new object asks for it" }.into();
        danger.hint = "check that the program needs it".into();
        found.push(danger);
    }
}

/// What an object may do that most may not: the field that says so, and what it means.
fn rights(object: &Object) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let kind = Kind::of(object);
    match (kind.group, kind.name) {
        ("rbac.authorization.k8s.io", "ClusterRole" | "Role") => role(object, &mut found),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding" | "RoleBinding") => {
            if object.str_at(&["roleRef", "name"]) == Some("cluster-admin") {
                for subject in object.0.get("subjects").and_then(Value::as_array).unwrap_or_default() {
                    let name = subject.str_at(&["name"]).unwrap_or_default();
                    let kind = subject.str_at(&["kind"]).unwrap_or_default();
                    found.insert(("roleRef".into(), format!("the {kind} `{name}` becomes `cluster-admin`")));
                }
            }
        }
        _ => {
            if let Some((_, spec)) = pod_template(object) {
                pod(spec, &mut found);
            }
        }
    }
    found
}

fn role(object: &Object, found: &mut BTreeSet<(String, String)>) {
    let rules = object.0.get("rules").and_then(Value::as_array).unwrap_or_default();
    for rule in rules {
        let has_star = |key: &str| list(rule, &[key]).iter().any(|item| item.as_str() == Some("*"));
        let words = |key: &str| {
            let words: Vec<&str> = list(rule, &[key]).iter().filter_map(Value::as_str).collect();
            if words == [""] { "core".into() } else { words.join(", ") }
        };
        if has_star("verbs") || has_star("resources") {
            let right = format!(
                "it allows `{}` on `{}` of `{}`",
                words("verbs"),
                words("resources"),
                words("apiGroups")
            );
            found.insert(("rules".into(), right));
        }
        let reads_secrets = list(rule, &["resources"]).iter().any(|item| item.as_str() == Some("secrets"));
        let reads = list(rule, &["verbs"])
            .iter()
            .filter_map(Value::as_str)
            .any(|verb| matches!(verb, "get" | "list" | "watch"));
        if reads_secrets
            && reads
            && object.kind() == "ClusterRole"
            && list(rule, &["resourceNames"]).is_empty()
        {
            found.insert(("rules".into(), "it allows to read Secrets wherever it is bound".into()));
        }
        for verb in list(rule, &["verbs"]).iter().filter_map(Value::as_str) {
            if matches!(verb, "escalate" | "bind" | "impersonate") {
                found.insert((
                    "rules".into(),
                    format!("it allows to `{verb}`, which leads to every other right"),
                ));
            }
        }
    }
}

fn pod(spec: &Value, found: &mut BTreeSet<(String, String)>) {
    let on = |value: &Value, keys: &[&str]| value.at(keys).and_then(Value::as_bool) == Some(true);
    let mut put = |field: String, right: String| found.insert((field, right));
    for (field, what) in [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")]
    {
        if on(spec, &[field]) {
            put(format!("spec.template.spec.{field}"), format!("pods see the {what} of the node"));
        }
    }
    for volume in list(spec, &["volumes"]) {
        if let Some(path) = volume.str_at(&["hostPath", "path"]) {
            put(
                format!("spec.template.spec.volumes[name={}]", volume.str_at(&["name"]).unwrap_or_default()),
                format!("pods mount `{path}` of the node"),
            );
        }
    }
    for container in containers(spec) {
        let name = container.str_at(&["name"]).unwrap_or_default();
        let at = |field: &str| format!("spec.template.spec.containers[name={name}].securityContext.{field}");
        let Some(security) = container.get("securityContext") else { continue };
        if on(security, &["privileged"]) {
            put(at("privileged"), format!("container `{name}` is privileged"));
        }
        if on(security, &["allowPrivilegeEscalation"]) {
            put(at("allowPrivilegeEscalation"), format!("container `{name}` may gain privileges"));
        }
        for capability in list(security, &["capabilities", "add"]).iter().filter_map(Value::as_str) {
            put(at("capabilities"), format!("container `{name}` has the capability `{capability}`"));
        }
        if security.get("runAsUser").and_then(Value::as_i64) == Some(0) {
            put(at("runAsUser"), format!("container `{name}` runs as root"));
        }
    }
    if spec.at(&["securityContext", "runAsUser"]).and_then(Value::as_i64) == Some(0) {
        put("spec.template.spec.securityContext.runAsUser".into(), "pods run as root".into());
    }
}

fn loosened(context: &Context<'_>, before: Option<&Rendered>, after: &Rendered, found: &mut Vec<Danger>) {
    let level = |rendered: &Rendered| {
        let label = rendered.object.label(ENFORCE).unwrap_or(LEVELS[0]).to_owned();
        LEVELS.iter().position(|level| *level == label)
    };
    let (Some(before), Some(new)) = (before, level(after)) else { return };
    let Some(old) = level(before).filter(|old| new < *old) else { return };
    let mut danger = context.danger("pod-security-loosened", Level::Warning, after);
    danger.field = Some(format!("metadata.labels[{ENFORCE}]"));
    danger.message = format!("the namespace admits `{}` pods: it was `{}`", LEVELS[new], LEVELS[old]);
    danger.why = "pods that were refused until now may run in it".into();
    danger.hint = "check which of its workloads needs it".into();
    found.push(danger);
}
