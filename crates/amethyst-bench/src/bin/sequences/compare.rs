//! Where two answers differ.

use amethyst_object::{Value, json};

/// How long a value may be when it is printed.
const SHOWN_MAX: usize = 220;

/// One line for each place where two documents differ.
pub(crate) fn differences(ours: &Value, peer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(&mut String::new(), Some(ours), Some(peer), &mut found);
    found
}

fn walk(path: &mut String, ours: Option<&Value>, peer: Option<&Value>, found: &mut Vec<String>) {
    let length = path.len();
    match (ours, peer) {
        (Some(Value::Object(ours)), Some(Value::Object(peer))) => {
            let extra = peer.keys().filter(|key| !ours.contains_key(key));
            for key in ours.keys().chain(extra) {
                path.push('.');
                path.push_str(key);
                walk(path, ours.get(key), peer.get(key), found);
                path.truncate(length);
            }
        }
        (Some(Value::Array(ours)), Some(Value::Array(peer))) => {
            for index in 0..ours.len().max(peer.len()) {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                walk(path, ours.get(index), peer.get(index), found);
                path.truncate(length);
            }
        }
        (ours, peer) if ours == peer => {}
        (ours, peer) => found.push(format!("{path}: ours {}, peer {}", shown(ours), shown(peer))),
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = json::to_string(value);
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    let head: String = text.chars().take(SHOWN_MAX).collect();
    format!("{head}...")
}
