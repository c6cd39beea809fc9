//! `PodSecurity`: pods must be as their namespace's labels ask, and who writes templates is told
//! (kubernetes `plugin/pkg/admission/security/podsecurity`, k8s.io/pod-security-admission `admission`). The
//! checks themselves are `amethyst-podsecurity`; nobody is exempt.

mod namespace;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_podsecurity::{Findings, Level, LevelVersion, Policy, evaluate};
use amethyst_schema::Fault;

use super::read::{list, text};

/// What stands before the names of audit annotations.
const AUDIT: &str = "pod-security.kubernetes.io/";
/// Subresources of pods that leave the spec as it is.
const IGNORED: [&str; 8] = ["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"];

#[derive(Debug)]
pub(super) struct PodSecurity;

impl Plugin for PodSecurity {
    fn name(&self) -> &'static str {
        "PodSecurity"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        if !matches!(request.operation, Operation::Create | Operation::Update) {
            return false;
        }
        match (request.resource.group.as_str(), request.resource.resource.as_str()) {
            ("", "pods") => !IGNORED.contains(&request.subresource),
            ("", "namespaces") => request.subresource.is_empty(),
            _ => request.subresource.is_empty() && template_of(request).is_some(),
        }
    }

    fn validate(
        &self,
        request: &Request<'_>,
        object: Option<&Value>,
        view: &dyn View,
        notes: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(object) = object else { return Ok(()) };
        match (request.resource.group.as_str(), request.resource.resource.as_str()) {
            ("", "namespaces") => namespace::check(request, object, view, notes),
            ("", "pods") => check_pod(request, object, view, notes),
            _ => {
                note_template(request, object, view, notes);
                Ok(())
            }
        }
    }
}

/// Where the kind has its pods' template.
fn template_of(request: &Request<'_>) -> Option<&'static [&'static str]> {
    match (request.resource.group.as_str(), request.resource.resource.as_str()) {
        ("", "podtemplates") => Some(&["template"]),
        ("", "replicationcontrollers")
        | ("apps", "replicasets" | "deployments" | "statefulsets" | "daemonsets")
        | ("batch", "jobs") => Some(&["spec", "template"]),
        ("batch", "cronjobs") => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

/// What the labels of an object ask for.
fn policy_of(namespace: &Value) -> (Policy, Vec<Fault>) {
    Policy::of(|key| namespace.str_at(&["metadata", "labels", key]))
}

fn check_pod(request: &Request<'_>, pod: &Value, view: &dyn View, notes: &mut Notes) -> Result<(), Denial> {
    let Some(namespace) = view.get("", "namespaces", "", request.namespace) else {
        return Err(Denial::internal(format!("failed to lookup namespace {:?}", request.namespace)));
    };
    let (policy, faults) = policy_of(&namespace);
    if faults.is_empty() && policy.is_fully_privileged() {
        note(notes, "enforce-policy", policy.enforce.to_string());
        return Ok(());
    }
    if request.old.is_some_and(|old| !changes(pod, old)) {
        return Ok(());
    }
    evaluated(&policy, &faults, pod, notes, true)
}

fn note_template(request: &Request<'_>, object: &Value, view: &dyn View, notes: &mut Notes) {
    let Some(template) = template_of(request).and_then(|path| object.at(path)) else { return };
    let Some(namespace) = view.get("", "namespaces", "", request.namespace) else {
        let why = format!("failed to lookup namespace {:?}: not found", request.namespace);
        return note(notes, "error", why);
    };
    let (policy, faults) = policy_of(&namespace);
    let silent = [policy.warn, policy.audit].iter().all(|asked| asked.level == Level::Privileged);
    if !(faults.is_empty() && silent) {
        evaluated(&policy, &faults, template, notes, false).expect("only pods are refused");
    }
}

/// Looks at a pod or a template by a policy: refuses it if it is to be enforced, else warns.
fn evaluated(
    policy: &Policy,
    faults: &[Fault],
    pod: &Value,
    notes: &mut Notes,
    enforce: bool,
) -> Result<(), Denial> {
    let found = |asked: LevelVersion| -> Findings {
        pod.get("spec").map(|spec| evaluate(asked, pod.get("metadata"), spec)).unwrap_or_default()
    };
    if !faults.is_empty() {
        note(notes, "error", format!("Failed to parse policy: {}", aggregate(faults)));
    }
    let mut refusal = None;
    if enforce {
        note(notes, "enforce-policy", policy.enforce.to_string());
        let findings = found(policy.enforce);
        if !findings.is_empty() {
            refusal = Some(format!("violates PodSecurity \"{}\": {}", policy.enforce, findings.details()));
        }
    }
    let would = |asked: LevelVersion, findings: &Findings| {
        format!("would violate PodSecurity \"{asked}\": {}", findings.details())
    };
    let findings = found(policy.audit);
    if !findings.is_empty() {
        note(notes, "audit-violations", would(policy.audit, &findings));
    }
    if let Some(why) = refusal {
        return Err(Denial::forbidden(why));
    }
    let findings = found(policy.warn);
    if !findings.is_empty() {
        notes.warnings.push(would(policy.warn, &findings));
    }
    Ok(())
}

fn note(notes: &mut Notes, key: &str, text: String) {
    notes.audit.push((format!("{AUDIT}{key}"), text));
}

/// Errors as one text (apimachinery `field.ErrorList.ToAggregate`).
fn aggregate(faults: &[Fault]) -> String {
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if let [one] = texts.as_slice() { one.clone() } else { format!("[{}]", texts.join(", ")) }
}

/// Whether a change of a pod is one that is looked at: containers come, go or get another image.
fn changes(new: &Value, old: &Value) -> bool {
    let differs = |new: &Value, old: &Value| text(new, &["image"]) != text(old, &["image"]);
    let ordinary = ["containers", "initContainers"].into_iter().any(|key| {
        let (new, old) = (list(new, &["spec", key]), list(old, &["spec", key]));
        new.len() != old.len() || new.iter().zip(old).any(|(new, old)| differs(new, old))
    });
    let old = list(old, &["spec", "ephemeralContainers"]);
    let added = |container: &Value| {
        let before = old.iter().find(|old| text(old, &["name"]) == text(container, &["name"]));
        before.is_none_or(|before| differs(container, before))
    };
    ordinary || list(new, &["spec", "ephemeralContainers"]).iter().any(added)
}
