//! What no two servers have in common (uids, revisions, times, allocated addresses), replaced by names in
//! the order in which it turns up, so that what is the same stays the same.

use std::collections::BTreeMap;

use amethyst_object::{Map, Value, json};

const TIMES: &[&str] = &[
    "creationTimestamp",
    "deletionTimestamp",
    "time",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastPhaseTransitionTime",
];

/// What was seen of one server in one sequence.
#[derive(Default)]
pub(crate) struct Names {
    uids: BTreeMap<String, String>,
    versions: BTreeMap<String, String>,
    generated: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
    ports: BTreeMap<String, String>,
}

fn name(names: &mut BTreeMap<String, String>, prefix: &str, of: &str) -> String {
    let next = names.len() + 1;
    names.entry(of.to_owned()).or_insert_with(|| format!("{prefix}-{next}")).clone()
}

impl Names {
    /// Replaces what varies in an answer.
    pub(crate) fn document(&mut self, value: &mut Value) {
        let list = value.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List") || kind == "Table");
        if list && let Some(metadata) = value.as_object_mut().map(|map| map.object_mut("metadata")) {
            for key in ["resourceVersion", "continue"] {
                if metadata.str(key).is_some_and(|text| !text.is_empty()) {
                    metadata.insert(key, format!("<{key} of the list>"));
                }
            }
        }
        // Columns are described in upstream's sentences, which are not ours.
        for column in value
            .as_object_mut()
            .and_then(|map| map.get_mut("columnDefinitions")?.as_array_mut())
            .into_iter()
            .flatten()
        {
            if let Some(column) = column.as_object_mut() {
                column.remove("description");
            }
        }
        self.value(value, "");
    }

    fn value(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::Object(map) => self.map(map),
            Value::Array(items) => {
                for item in items.iter_mut() {
                    self.value(item, key);
                }
                if key == "managedFields" {
                    items.sort_by_cached_key(entry_order);
                }
                // Upstream tells of conflicts in the order of a Go map: in none.
                let conflict = |cause: &Value| cause.str_at(&["reason"]) == Some("FieldManagerConflict");
                if key == "causes" && items.iter().any(conflict) {
                    items.sort_by_cached_key(json::to_string);
                }
            }
            Value::String(text) => {
                let replaced = self.string(text, key);
                *text = replaced.into();
            }
            Value::Number(number) if ["nodePort", "healthCheckNodePort"].contains(&key) => {
                let replaced = name(&mut self.ports, "node-port", number.as_str());
                *value = replaced.into();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn map(&mut self, map: &mut Map) {
        map.sort_keys();
        if let (Some(prefix), Some(whole)) = (map.str("generateName"), map.str("name"))
            && whole.strip_prefix(prefix).is_some_and(|rest| rest.len() == 5)
        {
            let replaced = format!("{prefix}<generated>");
            self.generated.insert(whole.to_owned(), replaced);
        }
        // A key of a list in fieldsV1 may hold a uid.
        let with_uids = map.keys().any(|key| key.starts_with("k:{\"uid\"") || key.starts_with("v:"));
        if with_uids {
            let renamed = std::mem::take(map).into_iter();
            *map = renamed.map(|(key, value)| (self.string(&key, ""), value)).collect();
        }
        for (key, value) in map.iter_mut() {
            self.value(value, key);
        }
    }

    fn string(&mut self, text: &str, key: &str) -> String {
        if TIMES.contains(&key) && text.len() >= 20 && text.as_bytes()[4] == b'-' {
            return if text.contains('.') { "<time with fraction>" } else { "<time>" }.to_owned();
        }
        if key == "resourceVersion" && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return name(&mut self.versions, "version", text);
        }
        if key == "cells" && is_age(text) {
            return "<age>".to_owned();
        }
        if text.starts_with("X509SHA256=") {
            return "<credential>".to_owned();
        }
        let mut text = without_volume(&without_document(text));
        for (generated, replaced) in &self.generated {
            text = text.replace(generated, replaced);
        }
        for uid in uids(&text) {
            text = text.replace(&uid, &name(&mut self.uids, "uid", &uid));
        }
        for address in addresses(&text) {
            text = text.replace(&address, &name(&mut self.addresses, "address", &address));
        }
        if text.contains("RV ") || text.contains("ersion: ") || text.contains("in record (") {
            text = self.versions_in(&text);
        }
        text
    }

    fn versions_in(&self, text: &str) -> String {
        let words: Vec<String> = text
            .split(' ')
            .map(|word| {
                let bare = word.trim_matches([',', '.', '(', ')']);
                self.versions.get(bare).map_or_else(|| word.to_owned(), |name| word.replace(bare, name))
            })
            .collect();
        words.join(" ")
    }
}

/// Entries are written in the order of their times, which a slow second changes; here they have one order.
fn entry_order(entry: &Value) -> String {
    let part = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let fields = entry.get("fieldsV1").map(json::to_string).unwrap_or_default();
    [part("operation"), part("manager"), part("subresource"), part("apiVersion"), fields].join("\0")
}

fn is_age(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 6
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.ends_with(['s', 'm', 'h', 'd'])
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"smhd".contains(&byte))
}

/// What a patch made of an object, quoted in a message, has its keys in an order of Go's own.
fn without_document(text: &str) -> String {
    const BEGIN: &str = "Invalid value: \"{";
    let Some(at) = text.find(BEGIN) else { return text.to_owned() };
    let Some(end) = text[at..].find("}\": ") else { return text.to_owned() };
    format!("{}Invalid value: <document>{}", &text[..at], &text[at + end + 2..])
}

/// Volumes of tokens have generated names.
fn without_volume(text: &str) -> String {
    const BEGIN: &str = "kube-api-access-";
    match text.split_once(BEGIN) {
        Some((before, rest)) if rest.len() >= 5 && rest.is_char_boundary(5) => {
            format!("{before}{BEGIN}<generated>{}", &rest[5..])
        }
        _ => text.to_owned(),
    }
}

fn uids(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let at = |start: usize| {
        let part = bytes.get(start..start + 36)?;
        let fits = part.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        fits.then(|| String::from_utf8_lossy(part).into_owned())
    };
    (0..bytes.len()).filter_map(at).collect()
}

fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(|character: char| !(character.is_ascii_digit() || character == '.'));
    parts
        .filter(|part| part.starts_with("10.96.") && part.split('.').count() == 4)
        .map(str::to_owned)
        .collect()
}
