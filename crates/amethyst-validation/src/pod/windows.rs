//! Pods for one operating system, and the options of Windows (kubernetes `pkg/apis/core/validation`,
//! `validateLinux`, `validateWindows`, `validateWindowsSecurityContextOptions`, `validateWindowsHostProcessPod`).

use super::CONTAINERS;
use crate::at::At;
use crate::faults::Faults;
use crate::names;

const NOT_ON_WINDOWS: &str = "cannot be set for a windows pod";
const POD_LINUX: [&str; 11] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const CONTAINER_LINUX: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

fn contexts<'a>(spec: &At<'a>) -> Vec<At<'a>> {
    let lists = CONTAINERS.iter().flat_map(|list| spec.get(list).items().collect::<Vec<_>>());
    lists.map(|container| container.get("securityContext")).collect()
}

/// What a pod of a known operating system must not say.
pub(super) fn system(spec: &At<'_>, faults: &mut Faults) {
    let at = spec.get("os");
    let name = at.get("name");
    match name.str() {
        _ if !at.is_set() => {}
        "" => faults.required(&name.path, ""),
        "linux" => linux(spec, faults),
        "windows" => windows(spec, faults),
        _ => faults.unsupported(&name.called(at.path), &["linux", "windows"]),
    }
}

fn linux(spec: &At<'_>, faults: &mut Faults) {
    for context in std::iter::once(spec.get("securityContext")).chain(contexts(spec)) {
        if context.has("windowsOptions") {
            let at = context.get("windowsOptions").path;
            faults.forbidden(&at, "windows options cannot be set for a linux pod");
        }
    }
}

fn windows(spec: &At<'_>, faults: &mut Faults) {
    let context = spec.get("securityContext");
    for key in POD_LINUX {
        let set = if key == "sysctls" { !context.get(key).is_empty() } else { context.has(key) };
        if set {
            faults.forbidden(&context.get(key).path, NOT_ON_WINDOWS);
        }
    }
    for (key, set) in [
        ("hostUsers", spec.has("hostUsers")),
        ("hostPID", spec.flag("hostPID")),
        ("hostIPC", spec.flag("hostIPC")),
        ("shareProcessNamespace", spec.has("shareProcessNamespace")),
    ] {
        if set {
            faults.forbidden(&spec.get(key).path, NOT_ON_WINDOWS);
        }
    }
    for context in contexts(spec) {
        for key in CONTAINER_LINUX.iter().filter(|key| context.has(key)) {
            faults.forbidden(&context.get(key).path, NOT_ON_WINDOWS);
        }
    }
}

/// The options of Windows, of a pod or of a container.
pub(super) fn options(at: &At<'_>, faults: &mut Faults) {
    let name = at.get("gmsaCredentialSpecName");
    if name.is_set() {
        faults.texts(&name, names::subdomain(name.str()));
    }
    let spec = at.get("gmsaCredentialSpec");
    if spec.is_set() && spec.str().is_empty() {
        faults.invalid(&spec, "gmsaCredentialSpec cannot be an empty string");
    } else if spec.str().len() > 64 << 10 {
        faults.invalid(&spec, "gmsaCredentialSpec size must be under 64 KiB");
    }
    let user = at.get("runAsUserName");
    if user.is_set() {
        for why in user_name(user.str()) {
            faults.invalid(&user, why);
        }
    }
}

fn user_name(name: &str) -> Vec<&'static str> {
    if name.is_empty() {
        return vec!["runAsUserName cannot be an empty string"];
    }
    if name.chars().any(|char| char.is_ascii_control()) {
        return vec!["runAsUserName cannot contain control characters"];
    }
    if name.matches('\\').count() > 1 {
        return vec!["runAsUserName cannot contain more than one backslash"];
    }
    let (domain, user) = name.split_once('\\').map_or((None, name), |(domain, user)| (Some(domain), user));
    let mut faults = Vec::new();
    if domain.is_some_and(|domain| domain.len() >= 256) {
        faults.push("runAsUserName's Domain length must be under 256 characters");
    }
    if domain.is_some_and(|domain| !is_net_bios(domain) && !is_domain(domain)) {
        faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    if user.is_empty() {
        faults.push("runAsUserName's User cannot be empty");
    } else if user.len() > 104 {
        faults.push("runAsUserName's User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.chars().all(|char| matches!(char, '.' | ' ')) {
        faults.push("runAsUserName's User cannot contain only periods or spaces");
    }
    if user.contains(|char: char| "\"/\\:;|=,+*?<>@[]".contains(char)) {
        faults.push(r#"runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"#);
    }
    faults
}

fn is_net_bios(domain: &str) -> bool {
    let count = domain.chars().count();
    (1..=15).contains(&count)
        && !domain.starts_with('.')
        && !domain.contains(|char: char| "\\/:*?\"<>|".contains(char))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let bytes = label.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    })
}

/// Containers that are processes of their node, all or none.
pub(super) fn host_process(spec: &At<'_>, faults: &mut Faults) {
    let of_pod = spec.get("securityContext").get("windowsOptions").get("hostProcess");
    let whole = of_pod.value().and_then(amethyst_object::Value::as_bool);
    let contexts = contexts(spec);
    let mut count = 0;
    for context in &contexts {
        let at = context.get("windowsOptions").get("hostProcess");
        let own = at.value().and_then(amethyst_object::Value::as_bool);
        if let (Some(whole), Some(own)) = (whole, own)
            && whole != own
        {
            let why = format!("pod hostProcess value must be identical if both are specified, was {whole}");
            faults.invalid(&at, why);
        }
        count += usize::from(own.or(whole) == Some(true));
    }
    if count == 0 {
        return;
    }
    if count != contexts.len() {
        let why =
            "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        faults.invalid_value(&spec.path, "", why);
    }
    if !spec.flag("hostNetwork") {
        let why = "hostNetwork must be true if pod contains any hostProcess containers";
        faults.invalid_value(&spec.get("hostNetwork").path, false, why);
    }
}
