//! Named formats (apiserver `pkg/cel/library/format.go`, apimachinery `util/validation`).

use std::sync::LazyLock;

use amethyst_schema::has_format;

use super::declarations::FORMATS;
use super::numbers::quote_go;
use super::{Native, no_overload};
use crate::value::Value;

/// A format of strings.
#[derive(Debug)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// The length of its pattern, or of one that would do.
    pub(crate) pattern_length: u64,
    check: fn(&str) -> Vec<String>,
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

static TABLE: LazyLock<[Format; 13]> = LazyLock::new(|| {
    let format = |name, pattern_length, check| Format { name, pattern_length, check };
    let plain: fn(&str) -> Vec<String> = |text| word(text, "uuid", "does not match the UUID format");
    [
        format("DNS1123Label", 30, label as fn(&str) -> Vec<String>),
        format("DNS1123Subdomain", 60, subdomain),
        format("DNS1035Label", 30, label_1035),
        format("QualifiedName", 60, qualified_name),
        format("DNS1123LabelPrefix", 30, |text| label(&masked(text))),
        format("DNS1123SubdomainPrefix", 60, |text| subdomain(&masked(text))),
        format("DNS1035LabelPrefix", 30, |text| label_1035(&masked(text))),
        format("LabelValue", 40, label_value),
        format("URI", 1103, uri),
        format("uuid", 71, plain),
        format("byte", 84, |text| word(text, "byte", "invalid base64")),
        format("date", 74, |text| word(text, "date", "invalid date")),
        format("datetime", 74, |text| word(text, "datetime", "invalid datetime")),
    ]
});

fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().position(|own| *own == name).map(|at| &TABLE[at])
}

fn word(text: &str, format: &str, wrong: &str) -> Vec<String> {
    if has_format(text, format) { Vec::new() } else { vec![wrong.to_owned()] }
}

fn uri(text: &str) -> Vec<String> {
    if has_format(text, "uri") {
        return Vec::new();
    }
    let why = if text.is_empty() { "empty url" } else { "invalid URI for request" };
    vec![format!("parse {}: {why}", quote_go(text))]
}

fn fits(pattern: &str, text: &str) -> bool {
    amethyst_schema::regular_expression(&format!("^{pattern}$")).is_ok_and(|regex| regex.is_match(text))
}

fn mismatch(message: &str, pattern: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}'")).collect();
    format!(
        "{message} (e.g. {}, regex used for validation is '{pattern}')",
        examples.join(",  or ").replace("',  or '", "',  or '")
    )
}

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

fn label(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 63 {
        faults.push(too_long(63));
    }
    if !fits(LABEL, text) {
        faults.push(if fits(SUBDOMAIN, text) {
            "must not contain dots".to_owned()
        } else {
            mismatch(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
                LABEL,
                &["my-name", "123-abc"],
            )
        });
    }
    faults
}

pub(super) fn subdomain(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 253 {
        faults.push(too_long(253));
    }
    if !fits(SUBDOMAIN, text) {
        faults.push(mismatch(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
            SUBDOMAIN,
            &["example.com"],
        ));
    }
    faults
}

fn label_1035(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 63 {
        faults.push(too_long(63));
    }
    if !fits(LABEL_1035, text) {
        faults.push(mismatch(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
            LABEL_1035,
            &["my-name", "abc-123"],
        ));
    }
    faults
}

fn qualified_name(text: &str) -> Vec<String> {
    let message = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    let parts: Vec<&str> = text.split('/').collect();
    let mut faults = Vec::new();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                faults.push("prefix part must be non-empty".to_owned());
            } else {
                faults.extend(subdomain(prefix).into_iter().map(|fault| format!("prefix part {fault}")));
            }
            name
        }
        _ => {
            let fault = mismatch(
                &format!("a qualified name {message}"),
                QUALIFIED,
                &["MyName", "my.name", "123-abc"],
            );
            return vec![format!(
                "{fault} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        faults.push(format!("name part {}", too_long(63)));
    }
    if !fits(QUALIFIED, name) {
        let fault = mismatch(message, QUALIFIED, &["MyName", "my.name", "123-abc"]);
        faults.push(format!("name part {fault}"));
    }
    faults
}

fn label_value(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > 63 {
        faults.push(too_long(63));
    }
    if !fits(LABEL_VALUE, text) {
        faults.push(mismatch(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
            LABEL_VALUE,
            &["MyValue", "my_value", "12345"],
        ));
    }
    faults
}

/// A prefix may end in a dash: something is to follow.
fn masked(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("{rest}a"),
        _ => text.to_owned(),
    }
}

macro_rules! constants {
    ($name:expr, $($index:literal)*) => {
        match FORMATS.iter().position(|own| *own == $name) {
            $(Some($index) => |_| Ok(Value::Format(&TABLE[$index])),)*
            _ => return None,
        }
    };
}

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "format.named" => |args| match args {
            [Value::String(name)] => {
                Ok(find(name).map_or(Value::Optional(None), |format| Value::some(Value::Format(format))))
            }
            _ => no_overload("format.named", args),
        },
        "validate" => |args| match args {
            [Value::Format(format), Value::String(text)] => {
                let faults = (format.check)(text);
                Ok(if faults.is_empty() {
                    Value::Optional(None)
                } else {
                    Value::some(Value::list(faults.into_iter().map(Value::from).collect()))
                })
            }
            _ => no_overload("validate", args),
        },
        name => constants!(name.strip_prefix("format.").unwrap_or_default(), 0 1 2 3 4 5 6 7 8 9 10 11 12),
    })
}
