//! ConfigMaps, Secrets, ServiceAccounts and Namespaces (kubernetes `pkg/apis/core/validation`).

use amethyst_object::{FieldPath, Value};
use base64::Engine;

use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;
use crate::metadata;
use crate::names::{self, NameRule};
use crate::text;

const BYTES_MAX: usize = 1 << 20;
const KEPT: &str = "field is immutable when `immutable` is set";

fn keys(at: &At<'_>, faults: &mut Faults) {
    for (key, entry) in at.entries() {
        config_key(&entry, key, faults);
    }
}

fn config_key(entry: &At<'_>, key: &str, faults: &mut Faults) {
    for why in text::config_key(key) {
        faults.invalid_value(&entry.path, key, why);
    }
}

fn bytes(at: &At<'_>) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(at.str()).unwrap_or_default()
}

/// Fields that stay as they are once `immutable` is set.
fn kept(case: &Case<'_>, fields: &[&str], faults: &mut Faults) {
    if case.before("immutable").value().and_then(Value::as_bool) != Some(true) {
        return;
    }
    if case.at("immutable").value().and_then(Value::as_bool) != Some(true) {
        faults.forbidden(&case.at("immutable").path, KEPT);
    }
    for field in fields {
        let (now, then) = (case.at(field), case.before(field));
        if now.value() != then.value() && !(now.is_empty() && then.is_empty()) {
            faults.forbidden(&now.path, KEPT);
        }
    }
}

pub(crate) fn config_map(case: &Case<'_>, faults: &mut Faults) {
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
        kept(case, &["data", "binaryData"], faults);
    }
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let (data, binary) = (case.at("data"), case.at("binaryData"));
    let mut size = 0;
    for (key, entry) in data.entries() {
        config_key(&entry, key, faults);
        if binary.key(key).is_set() {
            faults.invalid_value(&entry.path, key, "duplicate of key present in binaryData");
        }
        size += entry.str().len();
    }
    keys(&binary, faults);
    size += binary.entries().iter().map(|(_, entry)| bytes(entry).len()).sum::<usize>();
    if size > BYTES_MAX {
        faults.too_long(&FieldPath::of([""]), BYTES_MAX as u64);
    }
}

pub(crate) fn secret(case: &Case<'_>, faults: &mut Faults) {
    if let Some(old) = case.old {
        metadata::change(case.new, old, faults);
        faults.immutable(&case.at("type"), &case.before("type"));
        kept(case, &["data"], faults);
    }
    case.whole_metadata(true, NameRule::Subdomain, faults);
    let data = case.at("data");
    keys(&data, faults);
    let size: usize = data.entries().iter().map(|(_, entry)| bytes(entry).len()).sum();
    if size > BYTES_MAX {
        faults.too_long(&data.path, BYTES_MAX as u64);
    }
    typed(case, &data, faults);
}

/// What a Secret of a type that somebody reads must hold.
fn typed(case: &Case<'_>, data: &At<'_>, faults: &mut Faults) {
    let need = |key: &str, faults: &mut Faults| faults.required(&data.key(key).path, "");
    match case.at("type").str() {
        "kubernetes.io/service-account-token" => {
            let name = case.at("metadata").get("annotations").key("kubernetes.io/service-account.name");
            if name.str().is_empty() {
                faults.required(&name.path, "");
            }
        }
        "kubernetes.io/dockercfg" => document(&data.key(".dockercfg"), faults),
        "kubernetes.io/dockerconfigjson" => document(&data.key(".dockerconfigjson"), faults),
        "kubernetes.io/basic-auth" if ["username", "password"].iter().all(|key| !data.key(key).is_set()) => {
            need("username", faults);
            need("password", faults);
        }
        "kubernetes.io/ssh-auth" if data.key("ssh-privatekey").str().is_empty() => {
            need("ssh-privatekey", faults);
        }
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if !data.key(key).is_set() {
                    need(key, faults);
                }
            }
        }
        _ => {}
    }
}

fn document(at: &At<'_>, faults: &mut Faults) {
    if !at.is_set() {
        return faults.required(&at.path, "");
    }
    let bytes = bytes(at);
    let why = match amethyst_object::json::parse(&bytes) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(value) => {
            let kind = match value {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Number(_) => "number",
                _ => "bool",
            };
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        }
        Err(_) => go_syntax_error(&bytes),
    };
    faults.invalid_value(&at.path, "<secret contents redacted>", why);
}

/// What Go's decoder says of text that is no JSON at all: it names the first character.
fn go_syntax_error(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.trim_start().chars().next() {
        None | Some('{' | '[' | '"') => "unexpected end of JSON input".to_owned(),
        Some(char) => format!("invalid character '{char}' looking for beginning of value"),
    }
}

pub(crate) fn service_account(case: &Case<'_>, faults: &mut Faults) {
    case.both_metadata(true, NameRule::Subdomain, faults);
}

pub(crate) fn namespace(case: &Case<'_>, faults: &mut Faults) {
    let finalizers = case.at("spec").get("finalizers");
    case.metadata(false, NameRule::Label, faults);
    match (case.is_update(), case.subresource) {
        (false, _) => {
            finalizers.items().for_each(|each| finalizer(&each.called(finalizers.path.clone()), faults));
        }
        (true, "finalize") => finalizers.items().for_each(|each| finalizer(&each, faults)),
        (true, "status") => {
            let deleting = case.at("metadata").has("deletionTimestamp");
            let phase = case.at("status").get("phase").called(FieldPath::of(["status", "Phase"]));
            let (wanted, why) = if deleting {
                ("Terminating", "may only be 'Terminating' if `deletionTimestamp` is not empty")
            } else {
                ("Active", "may only be 'Active' if `deletionTimestamp` is empty")
            };
            if phase.str() != wanted {
                faults.invalid_text(&phase, why);
            }
        }
        (true, _) => {}
    }
}

fn finalizer(at: &At<'_>, faults: &mut Faults) {
    faults.texts(at, names::qualified(at.str()));
    if !at.str().contains('/') && !["orphan", "foregroundDeletion", "kubernetes"].contains(&at.str()) {
        faults.invalid_text(at, "name is neither a standard finalizer name nor is it fully qualified");
    }
}
