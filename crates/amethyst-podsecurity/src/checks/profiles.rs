//! AppArmor, seccomp and SELinux (`policy/check_appArmorProfile.go`, `policy/check_seccompProfile_*.go`,
//! `policy/check_seLinuxOptions.go`).

use std::collections::BTreeSet;

use amethyst_object::Value;

use super::{Finding, Pod, containers, found, name, plural, quoted, security, setters};

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP: [&str; 2] = ["seccompProfile", "type"];

/// Who sets a profile of a type that loosens things: the pod, containers, and the types.
struct Loosened<'a> {
    pod: bool,
    containers: Vec<&'a str>,
    types: BTreeSet<&'a str>,
}

impl<'a> Loosened<'a> {
    fn by(pod: &Pod<'a>, profile: &str) -> Self {
        let mut types = BTreeSet::new();
        let mut loosens = |of: &'a Value| {
            let Some(profile) = security(of, &[profile]) else { return false };
            let kind = profile.str_at(&["type"]).unwrap_or_default();
            let loose = !is_tight(kind);
            types.extend(loose.then_some(kind));
            loose
        };
        let by_pod = loosens(pod.spec);
        let containers = pod.containers_where(&mut loosens);
        Self { pod: by_pod, containers, types }
    }

    fn setters(&self) -> Option<String> {
        setters(self.pod, &self.containers)
    }
}

fn is_tight(profile: &str) -> bool {
    matches!(profile, "RuntimeDefault" | "Localhost")
}

pub(super) fn app_armor(pod: &Pod<'_>) -> Option<Finding> {
    let loosened = Loosened::by(pod, "appArmorProfile");
    let allowed = |value: &str| matches!(value, "" | "runtime/default") || value.starts_with("localhost/");
    let mut annotations: Vec<String> = pod
        .annotations()
        .filter(|(key, value)| key.starts_with(APP_ARMOR) && !allowed(value))
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    annotations.sort();
    let by_annotations = plural(annotations.len(), "annotation", "annotations").to_owned();
    let setters: Vec<String> =
        loosened.setters().into_iter().chain((!annotations.is_empty()).then_some(by_annotations)).collect();
    if setters.is_empty() {
        return None;
    }
    let values: Vec<String> = loosened.types.into_iter().map(str::to_owned).chain(annotations).collect();
    let reason = plural(values.len(), "forbidden AppArmor profile", "forbidden AppArmor profiles");
    let detail =
        format!("{} must not set AppArmor profile type to {}", setters.join(" and "), quoted(&values));
    found(reason, detail)
}

/// Before there were fields there were annotations.
pub(super) fn seccomp_annotations(pod: &Pod<'_>) -> Option<Finding> {
    let allowed = |value: &str| {
        matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/")
    };
    let read = |key: &str| {
        key == SECCOMP_POD
            || key
                .strip_prefix(SECCOMP_CONTAINER)
                .is_some_and(|of| pod.containers().any(|container| name(container) == of))
    };
    let forbidden: BTreeSet<String> = pod
        .annotations()
        .filter(|(key, value)| read(key) && !allowed(value))
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    if forbidden.is_empty() {
        return None;
    }
    let annotations = plural(forbidden.len(), "annotation", "annotations");
    let list = forbidden.into_iter().collect::<Vec<_>>().join(", ");
    found("seccompProfile", format!("forbidden {annotations} {list}"))
}

pub(super) fn seccomp_baseline(pod: &Pod<'_>) -> Option<Finding> {
    let loosened = Loosened::by(pod, SECCOMP[0]);
    let setters = loosened.setters()?;
    let types = quoted(loosened.types);
    found("seccompProfile", format!("{setters} must not set securityContext.seccompProfile.type to {types}"))
}

pub(super) fn seccomp_restricted(pod: &Pod<'_>) -> Option<Finding> {
    if let Some(finding) = seccomp_baseline(pod) {
        return Some(finding);
    }
    // What is set by now is tight.
    if security(pod.spec, &SECCOMP[..1]).is_some() {
        return None;
    }
    let silent = pod.containers_where(|container| security(container, &SECCOMP[..1]).is_none());
    if silent.is_empty() {
        return None;
    }
    let detail = format!(
        "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
        containers(&silent)
    );
    found("seccompProfile", detail)
}

/// Windows has no seccomp.
pub(super) fn seccomp_restricted_1_25(pod: &Pod<'_>) -> Option<Finding> {
    if pod.is_windows() { None } else { seccomp_restricted(pod) }
}

pub(super) fn se_linux(pod: &Pod<'_>) -> Option<Finding> {
    se_linux_with(pod, &["", "container_t", "container_init_t", "container_kvm_t"])
}

pub(super) fn se_linux_1_31(pod: &Pod<'_>) -> Option<Finding> {
    se_linux_with(pod, &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
}

fn se_linux_with(pod: &Pod<'_>, allowed: &[&str]) -> Option<Finding> {
    let (mut types, mut user, mut role) = (BTreeSet::new(), false, false);
    let mut sets = |of| {
        let Some(options) = security(of, &["seLinuxOptions"]) else { return false };
        let text = |key| options.str_at(&[key]).unwrap_or_default();
        let forbidden = !allowed.contains(&text("type"));
        types.extend(forbidden.then_some(text("type")));
        user |= !text("user").is_empty();
        role |= !text("role").is_empty();
        forbidden || !text("user").is_empty() || !text("role").is_empty()
    };
    let by_pod = sets(pod.spec);
    let names = pod.containers_where(&mut sets);
    let setters = setters(by_pod, &names)?;
    let mut data = Vec::new();
    if !types.is_empty() {
        data.push(format!("{} {}", plural(types.len(), "type", "types"), quoted(&types)));
    }
    data.extend(user.then(|| "user may not be set".to_owned()));
    data.extend(role.then(|| "role may not be set".to_owned()));
    found(
        "seLinuxOptions",
        format!("{setters} set forbidden securityContext.seLinuxOptions: {}", data.join("; ")),
    )
}
