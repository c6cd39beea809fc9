//! The sources of volumes, of pods and of PersistentVolumes (kubernetes `pkg/apis/core/validation`,
//! `validateVolumeSource`, `ValidatePersistentVolumeSpec`).

use amethyst_schema::Fault;

use crate::at::At;
use crate::faults::Faults;
use crate::pod::security;
use crate::{names, text};

/// What is wrong with one source.
pub(crate) type Rule = fn(&At<'_>, &mut Faults);

/// A source: its key, the name in upstream's paths when there are two, the name when it is refused, its rule.
pub(crate) struct Source {
    pub(crate) key: &'static str,
    pub(crate) called: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) rule: Rule,
}

/// A source that is called by its key everywhere.
pub(crate) const fn source(key: &'static str, rule: Rule) -> Source {
    Source { key, called: key, refused: key, rule }
}

/// At most one source, each by its rule; says how many were taken.
pub(crate) fn sources(at: &At<'_>, known: &[Source], taken: &mut usize, faults: &mut Faults) {
    for source in known.iter().filter(|source| at.has(source.key)) {
        if *taken > 0 {
            let path = at.path.child(source.refused);
            faults.forbidden(&path, "may not specify more than 1 volume type");
        } else {
            *taken += 1;
            (source.rule)(&at.get(source.key).called(at.path.child(source.called)), faults);
        }
    }
}

/// Fields that must not be empty.
pub(crate) fn needs(at: &At<'_>, keys: &[&str], faults: &mut Faults) {
    for key in keys {
        if at.get(key).is_empty() {
            faults.required(&at.get(key).path, "");
        }
    }
}

fn secret(at: &At<'_>, keys: &[&str], faults: &mut Faults) {
    if at.has("secretRef") {
        needs(&at.get("secretRef"), keys, faults);
    }
}

pub(crate) fn host_path(at: &At<'_>, faults: &mut Faults) {
    const TYPES: [&str; 8] =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let path = at.get("path");
    if faults.needs_text(&path) {
        faults.texts(&path, text::backsteps(path.str()));
        if at.has("type") {
            faults.enumerated(&at.get("type"), &TYPES);
        }
    }
}

pub(crate) fn gce(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["pdName"], faults);
    partition(at, faults);
}

pub(crate) fn aws(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["volumeID"], faults);
    partition(at, faults);
}

fn partition(at: &At<'_>, faults: &mut Faults) {
    if !(0..=255).contains(&at.number("partition")) {
        faults.invalid(&at.get("partition"), "must be between 1 and 255, inclusive");
    }
}

pub(crate) fn nfs(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["server", "path"], faults);
    if !at.text("path").starts_with('/') {
        faults.invalid_text(&at.get("path"), "must be an absolute path");
    }
}

fn is_iqn(name: &str) -> Option<bool> {
    let alnum = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if name.starts_with("iqn") {
        return Some(name.match_indices("iqn.").any(|(at, _)| {
            let rest = &name[at + 4..];
            let bytes = rest.as_bytes();
            let digits = |range: std::ops::Range<usize>| {
                bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
            };
            let dated =
                digits(0..4) && bytes.get(4) == Some(&b'-') && digits(5..7) && bytes.get(7) == Some(&b'.');
            let Some(rest) = rest.get(8..).filter(|_| dated) else { return false };
            let Some((naming, unit)) = rest.split_once(':') else { return false };
            !naming.is_empty()
                && naming.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
                && !unit.is_empty()
                && !unit.contains(|char: char| ",;*&$|".contains(char) || char.is_ascii_whitespace())
        }));
    }
    if let Some(rest) = name.strip_prefix("eui") {
        return Some(rest.chars().next().is_some_and(|_| rest.get(1..).is_some_and(|rest| alnum(rest, 16))));
    }
    let rest = name.strip_prefix("naa")?;
    Some(rest.get(1..).is_some_and(|rest| alnum(rest, 32)))
}

fn iscsi_names(at: &At<'_>, unknown: &str, faults: &mut Faults) {
    let name = at.get("iqn");
    if faults.needs_text(&name) {
        match is_iqn(name.str()) {
            None => faults.invalid(&name, unknown),
            Some(false) => faults.invalid(&name, "must be valid format"),
            Some(true) => {}
        }
    }
    if !(0..=255).contains(&at.number("lun")) {
        faults.invalid(&at.get("lun"), "must be between 0 and 255, inclusive");
    }
    if (at.flag("chapAuthDiscovery") || at.flag("chapAuthSession")) && !at.has("secretRef") {
        faults.required(&at.get("secretRef").path, "");
    }
}

fn iscsi_initiator(at: &At<'_>, unknown: &str, faults: &mut Faults) {
    let initiator = at.get("initiatorName");
    if initiator.is_set() {
        let called = initiator.called(at.path.child("initiatorname"));
        match is_iqn(initiator.str()) {
            None => faults.invalid(&called, unknown),
            Some(false) => faults.invalid(&called, "must be valid format"),
            Some(true) => {}
        }
    }
}

pub(crate) fn iscsi(at: &At<'_>, faults: &mut Faults) {
    const UNKNOWN: &str = "must be valid format starting with iqn, eui, or naa";
    needs(at, &["targetPortal"], faults);
    iscsi_names(at, UNKNOWN, faults);
    iscsi_initiator(at, UNKNOWN, faults);
}

pub(crate) fn persistent_iscsi(at: &At<'_>, faults: &mut Faults) {
    const UNKNOWN: &str = "must be valid format";
    needs(at, &["targetPortal"], faults);
    iscsi_names(at, UNKNOWN, faults);
    secret(at, &["name"], faults);
    iscsi_initiator(at, UNKNOWN, faults);
}

pub(crate) fn fc(at: &At<'_>, faults: &mut Faults) {
    let (names, ids, lun) = (at.get("targetWWNs"), at.get("wwids"), at.get("lun"));
    if names.is_empty() && ids.is_empty() {
        faults.required(&names.path, "must specify either targetWWNs or wwids, but not both");
    }
    if !names.is_empty() && !ids.is_empty() {
        faults.invalid(&names, "targetWWNs and wwids can not be specified simultaneously");
    }
    if !names.is_empty() {
        match lun.int() {
            None => faults.required(&lun.path, "lun is required if targetWWNs is specified"),
            Some(number) if !(0..=255).contains(&number) => {
                faults.invalid(&lun, "must be between 0 and 255, inclusive");
            }
            Some(_) => {}
        }
    }
}

pub(crate) fn quobyte(at: &At<'_>, faults: &mut Faults) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, tenant) = (at.get("registry"), at.get("tenant"));
    if registry.str().is_empty() {
        faults.required(&registry.path, PAIRS);
    } else if tenant.str().len() >= 65 {
        faults.required(&tenant.path, "must be a UUID and may not exceed a length of 64 characters");
    } else {
        let wrong = registry.str().split(',').filter(|pair| !is_host_and_port(pair)).count();
        (0..wrong).for_each(|_| faults.invalid(&registry, PAIRS));
    }
    needs(at, &["volume"], faults);
}

/// What Go's `net.SplitHostPort` takes.
fn is_host_and_port(pair: &str) -> bool {
    match pair.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .is_some_and(|(_, port)| port.starts_with(':') && port.matches(':').count() == 1),
        None => pair.matches(':').count() == 1 && !pair.contains([']', '[']),
    }
}

pub(crate) fn glusterfs(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["endpoints", "path"], faults);
}

pub(crate) fn persistent_glusterfs(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["endpoints", "path"], faults);
    let namespace = at.get("endpointsNamespace");
    if namespace.is_set() && namespace.str().is_empty() {
        faults.invalid(&namespace, "if the endpointnamespace is set, it must be a valid namespace name");
    } else if namespace.is_set() {
        faults.texts(&namespace, names::label(namespace.str()));
    }
}

pub(crate) fn flocker(at: &At<'_>, faults: &mut Faults) {
    let (name, id) = (at.get("datasetName"), at.text("datasetUUID"));
    if name.str().is_empty() && id.is_empty() {
        faults.required(&at.path, "one of datasetName and datasetUUID is required");
    }
    if !name.str().is_empty() && !id.is_empty() {
        let why = "datasetName and datasetUUID can not be specified simultaneously";
        faults.invalid_value(&at.path, "resource", why);
    }
    if name.str().contains('/') {
        faults.invalid(&name, "must not contain '/'");
    }
}

pub(crate) fn rbd(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["monitors", "image"], faults);
}

pub(crate) fn cinder(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["volumeID"], faults);
    secret(at, &["name"], faults);
}

pub(crate) fn persistent_cinder(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["volumeID"], faults);
    secret(at, &["name", "namespace"], faults);
}

pub(crate) fn ceph_fs(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["monitors"], faults);
}

pub(crate) fn flex(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["driver"], faults);
    for (key, option) in at.get("options").entries() {
        let namespace = format!(".{}", key.split('/').next().unwrap_or_default().to_lowercase());
        if namespace.ends_with(".kubernetes.io") || namespace.ends_with(".k8s.io") {
            let why = "kubernetes.io and k8s.io namespaces are reserved";
            faults.invalid_value(&option.path, key, why);
        }
    }
}

pub(crate) fn azure_file(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["secretName", "shareName"], faults);
}

pub(crate) fn persistent_azure_file(at: &At<'_>, faults: &mut Faults) {
    azure_file(at, faults);
    if at.has("secretNamespace") {
        needs(at, &["secretNamespace"], faults);
    }
}

pub(crate) fn azure_disk(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["diskName", "diskURI"], faults);
    let (kind, uri) = (at.get("kind"), at.get("diskURI"));
    if at.has("cachingMode") {
        faults.enumerated(&at.get("cachingMode"), &["None", "ReadOnly", "ReadWrite"]);
    }
    if !kind.is_set() {
        return;
    }
    faults.enumerated(&kind, &["Dedicated", "Managed", "Shared"]);
    let (begin, form) = if kind.str() == "Managed" {
        (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        )
    } else {
        ("https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd")
    };
    if !uri.str().starts_with(begin) {
        faults.push(Fault::not_supported(uri.path.clone(), uri.str(), &[form]));
    }
}

pub(crate) fn vsphere(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["volumePath"], faults);
}

pub(crate) fn photon(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["pdID"], faults);
}

pub(crate) fn portworx(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["volumeID"], faults);
}

pub(crate) fn scale_io(at: &At<'_>, faults: &mut Faults) {
    needs(at, &["gateway", "system", "volumeName"], faults);
}

fn storage_os_names(at: &At<'_>, faults: &mut Faults) {
    let (name, namespace) = (at.get("volumeName"), at.get("volumeNamespace"));
    if faults.needs_text(&name) {
        faults.texts(&name, names::label(name.str()));
    }
    if !namespace.str().is_empty() {
        faults.texts(&namespace, names::label(namespace.str()));
    }
}

pub(crate) fn storage_os(at: &At<'_>, faults: &mut Faults) {
    storage_os_names(at, faults);
    secret(at, &["name"], faults);
}

pub(crate) fn persistent_storage_os(at: &At<'_>, faults: &mut Faults) {
    storage_os_names(at, faults);
    secret(at, &["name", "namespace"], faults);
}

pub(crate) fn local(at: &At<'_>, faults: &mut Faults) {
    let path = at.get("path");
    if faults.needs_text(&path) {
        faults.texts(&path, text::backsteps(path.str()));
    }
}

/// The name of a CSI driver (`ValidateCSIDriverName`).
pub(crate) fn driver(at: &At<'_>, faults: &mut Faults) {
    if faults.needs_text(at) {
        if at.str().len() > 63 {
            faults.too_long(&at.path, 63);
        }
        faults.texts(at, names::subdomain(&at.str().to_lowercase()));
    }
}

pub(crate) fn csi(at: &At<'_>, faults: &mut Faults) {
    driver(&at.get("driver"), faults);
    let reference = at.get("nodePublishSecretRef");
    if reference.is_set() {
        let name = reference.get("name");
        if faults.needs_text(&name) {
            faults.texts(&name.called(at.path.child("name")), names::subdomain(name.str()));
        }
    }
}

pub(crate) fn persistent_csi(at: &At<'_>, faults: &mut Faults) {
    driver(&at.get("driver"), faults);
    needs(at, &["volumeHandle"], faults);
    for key in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        let reference = at.get(key);
        if !reference.is_set() {
            continue;
        }
        let (name, namespace) = (reference.get("name"), reference.get("namespace"));
        if faults.needs_text(&name) {
            faults.texts(&name, names::subdomain(name.str()));
        }
        if faults.needs_text(&namespace) {
            faults.texts(&namespace, names::label(namespace.str()));
        }
    }
}

/// Who may read a file of a volume.
pub(crate) fn mode(at: &At<'_>, key: &str, faults: &mut Faults) {
    if at.get(key).int().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        faults.invalid(&at.get(key), "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// Whose a file of a volume is.
pub(crate) fn user(at: &At<'_>, key: &str, faults: &mut Faults) {
    security::id(&at.get(key), faults);
}
