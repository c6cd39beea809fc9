//! Who the pod's processes are and what they may (kubernetes `pkg/apis/core/validation`,
//! `validatePodSpecSecurityContext`, `ValidateSecurityContext`).

use amethyst_schema::Fault;

use super::windows;
use crate::at::At;
use crate::faults::Faults;
use crate::text;

const ID_MAX: i64 = i32::MAX as i64;
const SYSCTL: &str = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";

/// A user or group id, when there.
pub(crate) fn id(at: &At<'_>, faults: &mut Faults) {
    if at.is_set() {
        faults.in_range(at, 0, ID_MAX);
    }
}

/// The context of a pod.
pub(super) fn pod(spec: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let at = spec.get("securityContext");
    if !at.is_set() {
        return;
    }
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(&at.get(key), faults);
    }
    at.get("supplementalGroups").items().for_each(|group| id(&group, faults));
    sysctls(&at.get("sysctls"), spec, old, faults);
    let enumerated = |key: &str, known: &[&str], faults: &mut Faults| {
        if at.has(key) {
            faults.enumerated(&at.get(key), known);
        }
    };
    enumerated("fsGroupChangePolicy", &["Always", "OnRootMismatch"], faults);
    seccomp(&at.get("seccompProfile"), faults);
    windows::options(&at.get("windowsOptions"), faults);
    app_armor(&at.get("appArmorProfile"), faults);
    enumerated("supplementalGroupsPolicy", &["Merge", "Strict"], faults);
    enumerated("seLinuxChangePolicy", &["MountOption", "Recursive"], faults);
}

fn sysctls(at: &At<'_>, spec: &At<'_>, old: &At<'_>, faults: &mut Faults) {
    let before = old.get("securityContext").get("sysctls");
    let lenient = before.items().any(|sysctl| host_sysctl(sysctl.text("name"), old).is_some());
    let mut seen: Vec<&str> = Vec::new();
    for sysctl in at.items() {
        let name = sysctl.get("name");
        if name.str().is_empty() {
            faults.required(&name.path, "");
        } else if !is_sysctl(name.str()) {
            faults.invalid(&name, format!("must have at most 253 characters and match regex {SYSCTL}"));
        } else if seen.contains(&name.str()) {
            faults.duplicate(&name.path, name.str());
        }
        if let Some(why) = host_sysctl(name.str(), spec).filter(|_| !lenient) {
            faults.invalid_text(&name, why);
        }
        seen.push(name.str());
    }
}

fn is_sysctl(name: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 253
        && name.split(['.', '/']).all(|part| {
            let bytes = part.as_bytes();
            bytes.first().is_some_and(|byte| lower(*byte))
                && bytes.last().is_some_and(|byte| lower(*byte))
                && bytes.iter().all(|byte| lower(*byte) || matches!(byte, b'-' | b'_'))
        })
}

/// Sysctls of a namespace that the pod shares with its node (`ValidateHostSysctl`).
fn host_sysctl(name: &str, spec: &At<'_>) -> Option<&'static str> {
    const IPC: [&str; 4] = ["kernel.shm", "kernel.msg", "fs.mqueue.", "kernel.sem"];
    let name = normal(name);
    if spec.flag("hostNetwork") && name.starts_with("net.") {
        return Some("may not be specified when 'hostNetwork' is true");
    }
    let ipc = IPC.iter().any(|prefix| name.starts_with(prefix))
        && (name == "kernel.sem" || !name.starts_with("kernel.sem"));
    (spec.flag("hostIPC") && ipc).then_some("may not be specified when 'hostIPC' is true")
}

/// A sysctl by dots, however it is written.
fn normal(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(at) if name.as_bytes()[at] == b'/' => name
            .chars()
            .map(|char| {
                if char == '/' {
                    '.'
                } else if char == '.' {
                    '/'
                } else {
                    char
                }
            })
            .collect(),
        _ => name.to_owned(),
    }
}

pub(super) fn seccomp(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    let (kind, profile) = (at.get("type"), at.get("localhostProfile"));
    match kind.str() {
        "Localhost" | "RuntimeDefault" | "Unconfined" => {}
        "" => faults.required(&kind.path, "type is required when seccompProfile is set"),
        _ => faults.unsupported(&kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
    match (kind.str() == "Localhost", profile.is_set()) {
        (true, false) => faults.required(&profile.path, "must be set when seccomp type is Localhost"),
        (true, true) => faults.texts(&profile, text::descending_path(profile.str())),
        (false, true) => {
            let shown = format!("{{\"Type\":{:?},\"LocalhostProfile\":{:?}}}", kind.str(), profile.str());
            let why = "can only be set when seccomp type is Localhost";
            faults.push(Fault::invalid_as(profile.path, &shown, why));
        }
        (false, false) => {}
    }
}

pub(super) fn app_armor(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    let (kind, profile) = (at.get("type"), at.get("localhostProfile"));
    match kind.str() {
        "Localhost" => {
            let name = profile.str();
            if !profile.is_set() {
                faults.required(&profile.path, "must be set when AppArmor type is Localhost");
                return;
            }
            if name.trim() != name {
                faults.invalid(&profile, "must not be padded with whitespace");
            } else if name.is_empty() {
                faults.required(&profile.path, "must be set when AppArmor type is Localhost");
            }
            if name.len() > 4095 {
                faults.too_long(&profile.path, 4095);
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if profile.is_set() {
                faults.invalid(&profile, "can only be set when AppArmor type is Localhost");
            }
        }
        "" => faults.required(&kind.path, "type is required when appArmorProfile is set"),
        _ => faults.unsupported(&kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}

/// The context of a container.
pub(super) fn container(at: &At<'_>, host_users: bool, old: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return;
    }
    for key in ["runAsUser", "runAsGroup"] {
        id(&at.get(key), faults);
    }
    let mount = at.get("procMount");
    if mount.is_set() {
        faults.enumerated(&mount, &["Default", "Unmasked"]);
        if host_users && mount.str() == "Unmasked" {
            faults.invalid(&mount, "`hostUsers` must be false to use `Unmasked`");
        }
    }
    seccomp(&at.get("seccompProfile"), faults);
    if at.has("allowPrivilegeEscalation") && !at.flag("allowPrivilegeEscalation") {
        let mut refuse = |why: &str| faults.push(Fault::invalid_as(at.path.clone(), &go(at), why));
        if at.flag("privileged") {
            refuse("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        let admins =
            at.get("capabilities").get("add").items().filter(|cap| cap.str() == "CAP_SYS_ADMIN").count();
        if !escalates(old) {
            let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            (0..admins).for_each(|_| refuse(why));
        }
    }
    windows::options(&at.get("windowsOptions"), faults);
    app_armor(&at.get("appArmorProfile"), faults);
}

/// Whether a pod that is there already breaks the rule about CAP_SYS_ADMIN.
fn escalates(old: &At<'_>) -> bool {
    ["initContainers", "containers", "ephemeralContainers"].iter().any(|list| {
        old.get(list).items().any(|container| {
            let context = container.get("securityContext");
            context.has("allowPrivilegeEscalation")
                && !context.flag("allowPrivilegeEscalation")
                && context.get("capabilities").get("add").items().any(|cap| cap.str() == "CAP_SYS_ADMIN")
        })
    })
}

/// A context as Go's encoder shows upstream's internal type, which has no JSON names.
fn go(at: &At<'_>) -> String {
    let capabilities = at.get("capabilities");
    let list = |key: &str| {
        let list = capabilities.get(key);
        list.value().map_or_else(|| "null".to_owned(), amethyst_object::json::to_string)
    };
    let plain =
        |key: &str| at.get(key).value().map_or_else(|| "null".to_owned(), amethyst_object::json::to_string);
    let capabilities = if capabilities.is_set() {
        format!("{{\"Add\":{},\"Drop\":{}}}", list("add"), list("drop"))
    } else {
        "null".to_owned()
    };
    let nested = |key: &str, fields: &[(&str, &str, &str)]| {
        let inner = at.get(key);
        if !inner.is_set() {
            return "null".to_owned();
        }
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, key, missing)| {
                let value = inner.get(key);
                let value =
                    value.value().map_or_else(|| (*missing).to_owned(), amethyst_object::json::to_string);
                format!("\"{name}\":{value}")
            })
            .collect();
        format!("{{{}}}", fields.join(","))
    };
    let selinux = [
        ("User", "user", "\"\""),
        ("Role", "role", "\"\""),
        ("Type", "type", "\"\""),
        ("Level", "level", "\"\""),
    ];
    let windows = [
        ("GMSACredentialSpecName", "gmsaCredentialSpecName", "null"),
        ("GMSACredentialSpec", "gmsaCredentialSpec", "null"),
        ("RunAsUserName", "runAsUserName", "null"),
        ("HostProcess", "hostProcess", "null"),
    ];
    let profile = [("Type", "type", "\"\""), ("LocalhostProfile", "localhostProfile", "null")];
    format!(
        "{{\"Capabilities\":{capabilities},\"Privileged\":{},\"SELinuxOptions\":{},\"WindowsOptions\":{},\
         \"RunAsUser\":{},\"RunAsGroup\":{},\"RunAsNonRoot\":{},\"ReadOnlyRootFilesystem\":{},\
         \"AllowPrivilegeEscalation\":{},\"ProcMount\":{},\"SeccompProfile\":{},\"AppArmorProfile\":{}}}",
        plain("privileged"),
        nested("seLinuxOptions", &selinux),
        nested("windowsOptions", &windows),
        plain("runAsUser"),
        plain("runAsGroup"),
        plain("runAsNonRoot"),
        plain("readOnlyRootFilesystem"),
        plain("allowPrivilegeEscalation"),
        plain("procMount"),
        nested("seccompProfile", &profile),
        nested("appArmorProfile", &profile),
    )
}
