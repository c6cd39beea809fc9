//! The syntax of names: what `content.Is...` of apimachinery says.

use crate::format::is_label;

const LABEL: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const SUBDOMAIN: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

fn sentence(message: &str, regex: &str, examples: &[&str]) -> String {
    let examples: Vec<_> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{message} (e.g. {}regex used for validation is '{regex}')", examples.join(" or "))
}

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

/// What is wrong with a group and version.
pub(super) fn api_version(text: &str) -> Option<String> {
    (text != "/" && text.matches('/').count() > 1).then(|| format!("unexpected GroupVersion string: {text}"))
}

/// What is wrong with a kind.
pub(super) fn kind(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut reasons = Vec::new();
    if lower.len() > 63 {
        reasons.push(too_long(63));
    }
    let is_kind = lower.starts_with(|c: char| c.is_ascii_lowercase())
        && !lower.ends_with('-')
        && lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_kind {
        reasons.push(sentence(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
            "[a-z]([-a-z0-9]*[a-z0-9])?",
            &["my-name", "abc-123"],
        ));
    }
    let detail = "may have mixed case, but should otherwise match: ";
    (!reasons.is_empty()).then(|| format!("{detail}{}", reasons.join(",")))
}

/// What is wrong with a name that becomes part of a path.
pub(super) fn path_segment(text: &str, is_prefix: bool) -> Vec<String> {
    if !is_prefix && matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|bad| text.contains(**bad))
        .map(|bad| format!("may not contain '{bad}'"))
        .collect()
}

/// What is wrong with the name of a namespace.
pub(super) fn dns_label(text: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    if text.len() > 63 {
        reasons.push(too_long(63));
    }
    if !is_label(text) {
        reasons.push(if text.split('.').all(is_label) {
            "must not contain dots".to_owned()
        } else {
            sentence(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
                "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
                &["my-name", "123-abc"],
            )
        });
    }
    reasons
}

fn is_label_text(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// What is wrong with the key of a label, an annotation or the name of a finalizer.
pub(super) fn label_key(text: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    let key = sentence(LABEL, LABEL_KEY, &["MyName", "my.name", "123-abc"]);
    let name = match text.split('/').collect::<Vec<_>>()[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                reasons.push("prefix part must be non-empty".to_owned());
            } else {
                if prefix.len() > 253 {
                    reasons.push(format!("prefix part {}", too_long(253)));
                }
                if !prefix.split('.').all(is_label) {
                    let detail = sentence(
                        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
                        SUBDOMAIN,
                        &["example.com"],
                    );
                    reasons.push(format!("prefix part {detail}"));
                }
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {key} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        reasons.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        reasons.push(format!("name part {}", too_long(63)));
    }
    if !is_label_text(name) {
        reasons.push(format!("name part {key}"));
    }
    reasons
}

/// What is wrong with the value of a label.
pub(super) fn label_value(text: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    if text.len() > 63 {
        reasons.push(too_long(63));
    }
    if !text.is_empty() && !is_label_text(text) {
        reasons.push(sentence(
            &format!("a valid label must be an empty string or {}", LABEL.trim_start_matches("must ")),
            &format!("({LABEL_KEY})?"),
            &["MyValue", "my_value", "12345"],
        ));
    }
    reasons
}
