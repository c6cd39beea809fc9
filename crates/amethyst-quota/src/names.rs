//! Names of the resources that a quota can limit, and what they can be taken for.

use amethyst_object::Str;

pub(crate) const REQUESTS: &str = "requests.";
pub(crate) const HUGE_PAGES: &str = "hugepages-";
pub(crate) const REQUESTS_HUGE_PAGES: &str = "requests.hugepages-";
pub(crate) const DEVICE_CLASS: &str = "deviceclass.resource.kubernetes.io/";
pub(crate) const STORAGE_CLASS: &str = ".storageclass.storage.k8s.io/";
pub(crate) const DEVICES: &str = ".deviceclass.resource.k8s.io/devices";

/// The name under which all objects of a resource are counted: `count/deployments.apps`.
pub(crate) fn count(group: &str, plural: &str) -> Str {
    if group.is_empty() { format!("count/{plural}").into() } else { format!("count/{plural}.{group}").into() }
}

/// `requests.<name>`.
pub(crate) fn requested(name: &str) -> Str {
    format!("{REQUESTS}{name}").into()
}

/// Kubernetes' own names, and those without a prefix.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether a container may ask for the resource as an extended one: one of somebody else's, or of a class
/// of devices (kubernetes `pkg/scheduler/util`).
pub(crate) fn is_extended(name: &str) -> bool {
    let foreign = !is_native(name) && !name.starts_with(REQUESTS) && is_qualified(&requested(name));
    foreign || name.starts_with(DEVICE_CLASS)
}

/// Whether a quota limits an extended resource under the name.
pub(crate) fn limits_extended(name: &str) -> bool {
    let Some(resource) = name.strip_prefix(REQUESTS) else { return false };
    !is_native(name) || resource.starts_with(DEVICE_CLASS)
}

/// Whether the text is a qualified name: a DNS subdomain, a slash, a name (apimachinery
/// `pkg/util/validation`).
fn is_qualified(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').unwrap_or(("a", text));
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let part = |text: &str, inner: fn(u8) -> bool| {
        let bytes = text.as_bytes();
        edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| inner(*byte))
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    prefix.len() <= 253
        && prefix.split('.').all(|label| part(label, is_label))
        && name.len() <= 63
        && part(name, is_name)
}
