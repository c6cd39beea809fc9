//! The rules for names, with upstream's messages (kubernetes/apimachinery `pkg/util/validation`,
//! `pkg/api/validate/content`).

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// How objects of a kind may be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// A DNS subdomain (RFC 1123): most kinds.
    Subdomain,
    /// A DNS label (RFC 1123).
    Label,
    /// A DNS label (RFC 1035).
    Label1035,
    /// Anything that is one segment of a path.
    PathSegment,
    /// An IP address in its one spelling.
    IpAddress,
}

impl NameRule {
    /// What is wrong with `name`; with `prefix`, as the beginning of a generated name.
    pub fn faults(self, name: &str, prefix: bool) -> Vec<String> {
        // A generated name goes on behind the prefix, so a last dash is fine.
        let masked = (prefix && name.len() > 1 && name.ends_with('-'))
            .then(|| format!("{}a", name.get(..name.len() - 2).unwrap_or_default()));
        let name = masked.as_deref().unwrap_or(name);
        match self {
            Self::Subdomain => subdomain(name),
            Self::Label => label(name),
            Self::Label1035 => label_1035(name),
            Self::PathSegment => path_segment(name, prefix),
            Self::IpAddress => ip_address(name),
        }
    }
}

/// What is wrong with an IP address (apimachinery `pkg/util/validation/ip.go`, `IsValidIP`).
fn ip_address(text: &str) -> Vec<String> {
    let Ok(ip) = text.parse::<std::net::IpAddr>() else {
        let why = if is_sloppy_ipv4(text) {
            "must not have leading 0s"
        } else {
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        };
        return vec![why.to_owned()];
    };
    if let std::net::IpAddr::V6(ip) = ip
        && ip.to_ipv4_mapped().is_some()
    {
        return vec!["must not be an IPv4-mapped IPv6 address".to_owned()];
    }
    let canonical = ip.to_string();
    if canonical == text { Vec::new() } else { vec![format!("must be in canonical form ({canonical:?})")] }
}

/// Whether the text is an IPv4 address but for zeros that lead its numbers.
pub fn is_sloppy_ipv4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let octet = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u8>().is_ok()
    };
    parts.len() == 4 && parts.iter().all(octet)
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether this is a DNS subdomain, however long.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| lower(*byte))
        && bytes.last().is_some_and(|byte| lower(*byte))
        && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

fn too_long(text: &str, bytes_max: usize) -> Option<String> {
    (text.len() > bytes_max).then(|| format!("must be no more than {bytes_max} bytes"))
}

/// The same limit in older words.
fn too_many(text: &str, bytes_max: usize) -> Option<String> {
    (text.len() > bytes_max).then(|| format!("must be no more than {bytes_max} characters"))
}

/// What is wrong with a DNS subdomain (`IsDNS1123Subdomain`).
pub fn subdomain(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_many(name, 253).into_iter().collect();
    faults.extend(subdomain_form(name));
    faults
}

/// The same, told by declared rules and of the prefixes of labels.
pub fn long_name(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_long(name, 253).into_iter().collect();
    faults.extend(subdomain_form(name));
    faults
}

/// The same in any case of letters.
pub fn long_name_caseless(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_long(name, 253).into_iter().collect();
    if !name.to_ascii_lowercase().split('.').all(is_label) {
        faults.push(format!(
            "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start and end \
             with an alphanumeric character (e.g. 'Example.com', regex used for validation is \
             '{LABEL}(\\.{LABEL})*')"
        ));
    }
    faults
}

fn subdomain_form(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !name.split('.').all(is_label) {
        faults.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
             must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{LABEL}(\\.{LABEL})*')"
        ));
    }
    faults
}

/// What is wrong with a DNS label (`IsDNS1123Label`).
pub fn label(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_many(name, 63).into_iter().collect();
    faults.extend(label_form(name));
    faults
}

/// The same, told by declared rules.
pub fn short_name(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_long(name, 63).into_iter().collect();
    faults.extend(label_form(name));
    faults
}

fn label_form(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !is_label(name) {
        let upstream = if name.split('.').all(is_label) {
            "must not contain dots".to_owned()
        } else {
            format!(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
                 start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
                 validation is '{LABEL}')"
            )
        };
        faults.push(upstream);
    }
    faults
}

/// What is wrong with an old DNS label (`IsDNS1035Label`).
pub fn label_1035(name: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_many(name, 63).into_iter().collect();
    if !is_label(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        faults.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
             validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    faults
}

/// What is wrong with a name that is one segment of a path.
pub fn path_segment(name: &str, prefix: bool) -> Vec<String> {
    if !prefix && matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let illegal = ['/', '%'].into_iter().filter(|char| name.contains(*char));
    illegal.map(|char| format!("may not contain '{char}'")).collect()
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// What is wrong with the key of a label, an annotation or a finalizer.
pub fn qualified(key: &str) -> Vec<String> {
    let rule = format!(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
         character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{QUALIFIED}')"
    );
    let parts: Vec<&str> = key.split('/').collect();
    let (mut faults, name) = match parts.as_slice() {
        [name] => (Vec::new(), *name),
        ["", name] => (vec!["prefix part must be non-empty".to_owned()], *name),
        [prefix, name] => {
            (long_name(prefix).into_iter().map(|fault| format!("prefix part {fault}")).collect(), *name)
        }
        _ => {
            return vec![format!(
                "a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if let Some(fault) = too_long(name, 63) {
        faults.push(format!("name part {fault}"));
    }
    if !is_qualified(name) {
        faults.push(format!("name part {rule}"));
    }
    faults
}

/// What is wrong with the value of a label.
pub fn label_value(value: &str) -> Vec<String> {
    let mut faults: Vec<String> = too_long(value, 63).into_iter().collect();
    if !value.is_empty() && !is_qualified(value) {
        faults.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
             for validation is '({QUALIFIED})?')"
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{NameRule, label_1035, label_value, qualified};

    #[test]
    fn names_are_judged_as_upstream_judges_them() {
        let check = |rule: NameRule, name: &str, prefix: bool, fine: bool| {
            assert_eq!(rule.faults(name, prefix).is_empty(), fine, "{rule:?} {name}");
        };
        check(NameRule::Subdomain, "a.b-c", false, true);
        check(NameRule::Subdomain, "A", false, false);
        check(NameRule::Subdomain, "a-", false, false);
        check(NameRule::Subdomain, "a-", true, true);
        check(NameRule::Subdomain, &"a".repeat(254), false, false);
        check(NameRule::Label, "a.b", false, false);
        assert!(!label_1035("1a").is_empty() && label_1035("a1").is_empty());
        check(NameRule::PathSegment, "system:node", false, true);
        check(NameRule::PathSegment, "a/b", false, false);
        assert_eq!(NameRule::Subdomain.faults("A_b", false).len(), 1);
        assert!(qualified("example.com/Name").is_empty());
        assert_eq!(qualified("a/b/c").len(), 1);
        assert_eq!(qualified("/b"), ["prefix part must be non-empty"]);
        assert!(label_value("").is_empty() && !label_value("a b").is_empty());
    }
}
