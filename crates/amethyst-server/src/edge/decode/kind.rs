//! Whether a body is of the kind that its endpoint takes.

use amethyst_object::{GroupVersion, GroupVersionKind, Map};

use crate::status::{Cause, Status};

/// What an endpoint takes.
#[derive(Clone, Debug)]
pub(crate) struct Expected<'a> {
    /// The kind in the endpoint's version.
    pub(crate) gvk: GroupVersionKind,
    /// Whether it is a custom resource's own.
    pub(crate) custom: bool,
    /// The name in the path, for messages.
    pub(crate) name: &'a str,
}

/// Says whether a kind exists at all.
pub(crate) type Known<'a> = &'a dyn Fn(&GroupVersionKind) -> bool;

pub(super) enum Fault {
    /// The body cannot be told to be any kind.
    Unrecognized(String),
    /// The body is of another kind.
    Refused(Status),
}

/// Sets the kind of a built-in object that does not say it, and refuses other kinds.
pub(super) fn check(
    map: &mut Map,
    bytes: &[u8],
    expected: &Expected<'_>,
    known: Known<'_>,
) -> Result<(), Fault> {
    let wanted = &expected.gvk;
    let api_version = map.str("apiVersion").unwrap_or_default().to_owned();
    let kind = map.str("kind").unwrap_or_default().to_owned();
    if expected.custom {
        return check_custom(map, &api_version, &kind, bytes, expected);
    }
    let mut found = GroupVersionKind::from_api_version(&api_version, &kind);
    if found.kind.is_empty() {
        found.kind.clone_from(&wanted.kind);
    }
    if found.version.is_empty() && (found.group.is_empty() || found.group == wanted.group) {
        (found.group, found.version) = (wanted.group.clone(), wanted.version.clone());
    }
    if found == *wanted {
        if api_version.is_empty() {
            map.insert("apiVersion", wanted.api_version());
        }
        if kind.is_empty() {
            map.insert("kind", wanted.kind.clone());
        }
        return Ok(());
    }
    let refuse = |why: String| {
        let message = format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            found.kind,
            found.version.as_str(),
            wanted.kind
        );
        Err(Fault::Refused(Status::bad_request(message)))
    };
    if !known(&found) {
        return refuse(not_registered(&found.kind, &found.api_version()));
    }
    if found.kind == wanted.kind && found.group == wanted.group {
        return Err(Fault::Refused(versions_differ(&found.api_version(), &wanted.api_version())));
    }
    let package = if wanted.group.is_empty() { "core" } else { short(&wanted.group) };
    refuse(format!(
        "converting ({}.{}) to ({package}.{}): unknown conversion",
        found.version, found.kind, wanted.kind
    ))
}

fn check_custom(
    map: &mut Map,
    api_version: &str,
    kind: &str,
    bytes: &[u8],
    expected: &Expected<'_>,
) -> Result<(), Fault> {
    let wanted = &expected.gvk;
    if kind.is_empty() {
        let text = String::from_utf8_lossy(bytes);
        return Err(Fault::Unrecognized(format!("Object 'Kind' is missing in '{text}'")));
    }
    if GroupVersion::parse(api_version) != wanted.group_version() {
        return Err(Fault::Refused(versions_differ(api_version, &wanted.api_version())));
    }
    if kind != wanted.kind {
        let name = map.get("metadata").and_then(|metadata| metadata.str_at(&["name"]));
        let cause = Cause {
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {kind:?}: must be {}", wanted.kind),
            field: "kind".to_owned(),
        };
        let name = name.unwrap_or(expected.name);
        return Err(Fault::Refused(Status::invalid(&wanted.group, kind, name, vec![cause])));
    }
    Ok(())
}

/// Refuses an apply of another kind or version.
pub(super) fn check_apply(
    value: &amethyst_object::Value,
    expected: &Expected<'_>,
    known: Known<'_>,
) -> Result<(), Status> {
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default();
    let found = GroupVersionKind::from_api_version(text("apiVersion"), text("kind"));
    let wanted = &expected.gvk;
    if found == *wanted {
        return Ok(());
    }
    if found.kind == wanted.kind && found.group == wanted.group && known(&found) {
        return Err(Status::bad_request(format!(
            "incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
            found.api_version(),
            wanted.api_version()
        )));
    }
    Err(Status::bad_request(format!("invalid object type: {}", printed(&found))))
}

/// A kind as Go prints it: without a group the slash before the version stays.
fn printed(gvk: &GroupVersionKind) -> String {
    match gvk.group.as_str() {
        "" => format!("/{}, Kind={}", gvk.version, gvk.kind),
        group => format!("{group}/{}, Kind={}", gvk.version, gvk.kind),
    }
}

fn versions_differ(found: &str, wanted: &str) -> Status {
    Status::bad_request(format!(
        "the API version in the data ({found}) does not match the expected API version ({wanted})"
    ))
}

/// Upstream's words for a kind that no scheme has.
pub(super) fn not_registered(kind: &str, api_version: &str) -> String {
    format!(
        "no kind {kind:?} is registered for version {api_version:?} in scheme \"pkg/runtime/scheme.go:111\""
    )
}

fn short(group: &str) -> &str {
    group.split('.').next().unwrap_or(group)
}
