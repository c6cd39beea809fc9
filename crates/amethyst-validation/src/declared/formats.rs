//! The forms of strings that declared rules name (kubernetes/apimachinery `pkg/api/validate/strfmt.go`).

use crate::at::At;
use crate::faults::Faults;
use crate::{names, text};

/// Checks a string against a form; an unknown form says nothing.
pub(super) fn check(form: &str, at: &At<'_>, faults: &mut Faults) {
    let value = at.str();
    match form {
        "ShortName" => faults.texts(at, names::short_name(value)),
        "LongName" => faults.texts(at, names::long_name(value)),
        "LongNameCaseless" => faults.texts(at, names::long_name_caseless(value)),
        "LabelKey" => faults.texts(at, names::qualified(value)),
        "LabelValue" => faults.texts(at, names::label_value(value)),
        "PrefixedLabelKey" => {
            let wrong = names::qualified(value);
            let bare = wrong.is_empty() && !value.contains('/');
            faults.texts(at, wrong);
            if bare {
                faults.invalid_text(at, "must include a prefix (e.g. 'example.com/key')");
            }
        }
        "UUID" if !is_uuid(value) => {
            faults.invalid_text(at, "must be a lowercase UUID in 8-4-4-4-12 format");
        }
        "ResourcePoolName" => pool(at, faults),
        "ExtendedResourceName" => extended(at, faults),
        "ResourceFullyQualifiedName" => {
            qualified(at, faults);
            if !value.contains('/') {
                let why = "a fully qualified name must be a domain and a name separated by a slash";
                faults.invalid_text(at, why);
            }
        }
        _ => {}
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| hex(part))
}

fn pool(at: &At<'_>, faults: &mut Faults) {
    if at.str().len() > 253 {
        faults.too_long(&at.path, 253);
    }
    for (index, part) in at.str().split('/').enumerate() {
        if part.is_empty() {
            faults.invalid_text(at, format!("segment {index}: must not be empty"));
            continue;
        }
        for why in names::long_name(part) {
            faults.invalid_value(&at.path, part, format!("segment {index}: {why}"));
        }
    }
}

fn extended(at: &At<'_>, faults: &mut Faults) {
    let value = at.str();
    if !value.contains('/') {
        faults.invalid_text(at, "a name must be a domain-prefixed path, such as 'example.com/my-prop'");
    } else if value.contains("kubernetes.io/") {
        faults.invalid_text(at, "must not have \"kubernetes.io/\" domain");
    }
    if value.starts_with("requests.") {
        faults.invalid_text(at, "must not have \"requests.\" prefix");
    }
    faults.texts(at, names::qualified(&format!("requests.{value}")));
}

/// A C identifier behind an optional domain.
pub(crate) fn qualified(at: &At<'_>, faults: &mut Faults) {
    let parts: Vec<&str> = at.str().split('/').collect();
    match parts.as_slice() {
        [name] => identifier(at, name, faults),
        [prefix, name] => {
            if prefix.is_empty() {
                faults.invalid_value(&at.path, "", "prefix must not be empty");
            } else {
                if prefix.len() > 63 {
                    faults.too_long(&at.path, 63);
                }
                for why in names::long_name(prefix) {
                    faults.invalid_value(&at.path, *prefix, format!("prefix: {why}"));
                }
            }
            if name.is_empty() {
                faults.invalid_value(&at.path, "", "name must not be empty");
            } else {
                identifier(at, name, faults);
            }
        }
        _ => {}
    }
}

fn identifier(at: &At<'_>, name: &str, faults: &mut Faults) {
    if name.len() > 32 {
        faults.too_long(&at.path, 32);
    }
    for why in text::c_identifier(name) {
        faults.invalid_value(&at.path, name, why);
    }
}
