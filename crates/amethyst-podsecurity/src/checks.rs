//! The checks: which there are, from which version on, and what they find.

mod capabilities;
mod host;
mod privileges;
mod profiles;
mod users;
mod volumes;

use amethyst_object::{Map, Value};

use crate::{Level, LevelVersion, Version};

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, in two words.
    pub reason: &'static str,
    /// Where, and what would be right.
    pub detail: String,
}

/// What all checks found, in upstream's order: those of `baseline`, then those of `restricted`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

/// A pod, or the template of one.
#[derive(Clone, Copy)]
struct Pod<'a> {
    metadata: Option<&'a Value>,
    spec: &'a Value,
}

type Run = fn(&Pod<'_>) -> Option<Finding>;

/// A check, and how it changed.
struct Check {
    id: &'static str,
    /// From which minor version on it is which; before the first it is not.
    versions: &'static [(u32, Run)],
    /// The check of `baseline` that it takes the place of.
    instead_of: &'static str,
}

const fn check(id: &'static str, versions: &'static [(u32, Run)]) -> Check {
    Check { id, versions, instead_of: "" }
}

const BASELINE: [Check; 12] = [
    check("appArmorProfile", &[(0, profiles::app_armor)]),
    check("capabilities_baseline", &[(0, capabilities::baseline)]),
    check("hostNamespaces", &[(0, host::namespaces)]),
    check("hostPathVolumes", &[(0, volumes::host_paths)]),
    check("hostPorts", &[(0, host::ports)]),
    check("hostProbesAndHostLifecycle", &[(34, host::probes)]),
    check("privileged", &[(0, privileges::privileged)]),
    check("procMount", &[(0, privileges::proc_mount), (35, privileges::proc_mount_unless_own_users)]),
    check("seLinuxOptions", &[(0, profiles::se_linux), (31, profiles::se_linux_1_31)]),
    check("seccompProfile_baseline", &[(0, profiles::seccomp_annotations), (19, profiles::seccomp_baseline)]),
    check(
        "sysctls",
        &[
            (0, host::sysctls),
            (27, host::sysctls_1_27),
            (29, host::sysctls_1_29),
            (32, host::sysctls_1_32),
            (37, host::sysctls_1_37),
        ],
    ),
    check("windowsHostProcess", &[(0, privileges::host_process)]),
];

const RESTRICTED: [Check; 7] = [
    check("allowPrivilegeEscalation", &[(8, privileges::escalation), (25, privileges::escalation_1_25)]),
    Check {
        instead_of: "capabilities_baseline",
        ..check(
            "capabilities_restricted",
            &[(22, capabilities::restricted), (25, capabilities::restricted_1_25)],
        )
    },
    Check { instead_of: "procMount", ..check("procMount_restricted", &[(35, privileges::proc_mount)]) },
    Check { instead_of: "hostPathVolumes", ..check("restrictedVolumes", &[(0, volumes::restricted)]) },
    check("runAsNonRoot", &[(0, users::non_root), (35, users::non_root_1_35)]),
    check("runAsUser", &[(23, users::run_as), (35, users::run_as_1_35)]),
    Check {
        instead_of: "seccompProfile_baseline",
        ..check(
            "seccompProfile_restricted",
            &[(19, profiles::seccomp_restricted), (25, profiles::seccomp_restricted_1_25)],
        )
    },
];

impl Check {
    /// The check as of a version, if there was one.
    fn as_of(&self, version: Version) -> Option<Run> {
        let known = |from: u32| match version {
            Version::Latest => true,
            Version::Minor(minor) => from <= minor,
        };
        self.versions.iter().rev().find(|(from, _)| known(*from)).map(|(_, run)| *run)
    }
}

/// What a level forbids a pod: its metadata (for annotations) and its spec.
pub fn evaluate(asked: LevelVersion, metadata: Option<&Value>, spec: &Value) -> Findings {
    let pod = Pod { metadata, spec };
    let restricted: &[Check] = if asked.level == Level::Restricted { &RESTRICTED } else { &[] };
    let baseline: &[Check] = if asked.level == Level::Privileged { &[] } else { &BASELINE };
    let replaced = |id: &str| {
        restricted.iter().any(|check| check.instead_of == id && check.as_of(asked.version).is_some())
    };
    let checks = baseline.iter().filter(|check| !replaced(check.id)).chain(restricted);
    Findings(checks.filter_map(|check| check.as_of(asked.version)?(&pod)).collect())
}

impl Findings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons alone.
    pub fn reasons(&self) -> String {
        self.0.iter().map(|finding| finding.reason).collect::<Vec<_>>().join(", ")
    }

    /// The reasons with their details.
    pub fn details(&self) -> String {
        let text = |finding: &Finding| match finding.detail.as_str() {
            "" => finding.reason.to_owned(),
            detail => format!("{} ({detail})", finding.reason),
        };
        self.0.iter().map(text).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Pod<'a> {
    /// All containers: those that run first, the ordinary ones, those that were added.
    fn containers(&self) -> impl Iterator<Item = &'a Value> {
        let spec = self.spec;
        ["initContainers", "containers", "ephemeralContainers"]
            .into_iter()
            .flat_map(move |list| spec.get(list).and_then(Value::as_array).unwrap_or_default())
    }

    /// The names of the containers that something holds for.
    fn containers_where(&self, mut holds: impl FnMut(&'a Value) -> bool) -> Vec<&'a str> {
        self.containers().filter(|container| holds(container)).map(name).collect()
    }

    /// A field of the pod's own security context.
    fn security(&self, path: &[&str]) -> Option<&'a Value> {
        security(self.spec, path)
    }

    /// Whether the pod's users are not the host's.
    fn has_own_users(&self) -> bool {
        self.spec.get("hostUsers").and_then(Value::as_bool) == Some(false)
    }

    fn is_windows(&self) -> bool {
        self.spec.str_at(&["os", "name"]) == Some("windows")
    }

    fn annotations(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let map = self.metadata.and_then(|metadata| metadata.get("annotations")).and_then(Value::as_object);
        map.into_iter().flat_map(Map::iter).filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}

fn name(of: &Value) -> &str {
    of.str_at(&["name"]).unwrap_or_default()
}

/// A field of a security context; what is null is not there.
fn security<'a>(of: &'a Value, path: &[&str]) -> Option<&'a Value> {
    of.get("securityContext")?.at(path).filter(|value| !value.is_null())
}

/// `container "a"`, `containers "a", "b"`.
fn containers(names: &[&str]) -> String {
    format!("{} {}", plural(names.len(), "container", "containers"), quoted(names))
}

/// The pod, some containers, or both: `pod and container "a"`; nothing when there is neither.
fn setters(pod: bool, names: &[&str]) -> Option<String> {
    let mut setters = Vec::new();
    setters.extend(pod.then(|| "pod".to_owned()));
    setters.extend((!names.is_empty()).then(|| containers(names)));
    (!setters.is_empty()).then(|| setters.join(" and "))
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// `"a", "b"`, with nothing escaped.
fn quoted<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    texts.into_iter().map(|text| format!("\"{}\"", text.as_ref())).collect::<Vec<_>>().join(", ")
}

#[expect(clippy::unnecessary_wraps, reason = "it is what checks end with")]
fn found(reason: &'static str, detail: String) -> Option<Finding> {
    Some(Finding { reason, detail })
}
