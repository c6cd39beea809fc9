//! The string formats that kube-openapi checks; the others say nothing.

mod net;
mod text;

pub(crate) use text::is_label;

use crate::{Type, pattern, time};

#[cfg(test)]
mod tests;

/// The formats of strings, without dashes (upstream takes dashes out of names).
const STRINGS: [&str; 26] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "datetime",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8slongname",
    "k8sshortname",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

const UUID: &str = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$";
const UUID3: &str = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$";
const UUID4: &str = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$";
const UUID5: &str = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$";

/// Whether a format means something on this type; the others are dropped from CRDs.
pub(crate) fn is_known_format(ty: Type, format: &str) -> bool {
    match ty {
        Type::Integer => matches!(format, "int32" | "int64"),
        Type::Number => matches!(format, "float" | "double"),
        Type::Any | Type::String | Type::IntOrString => is_format_known(format),
        Type::Boolean | Type::Quantity | Type::Object | Type::Array => false,
    }
}

/// Whether strings are checked against this format.
pub(crate) fn is_format_known(format: &str) -> bool {
    !format.is_empty() && STRINGS.binary_search(&format.replace('-', "").as_str()).is_ok()
}

/// Whether `text` has the format, by the rules that kube-openapi applies; unknown formats fit everything.
pub fn has_format(text: &str, format: &str) -> bool {
    let fits = |source: &str| pattern::matches(source, text).unwrap_or(false);
    match format.replace('-', "").as_str() {
        "bsonobjectid" => text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "byte" => text::is_base64(text),
        "cidr" => net::is_cidr(text),
        "creditcard" => text::is_credit_card(text),
        "date" => time::is_date(text),
        "datetime" => time::is_date_time(text),
        "duration" => text::is_duration(text),
        "email" => net::is_email(text),
        "hexcolor" => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        "hostname" => net::is_hostname(text),
        "ipv4" => net::parse_ip_sloppy(text).is_some() && text.contains('.'),
        "ipv6" => net::parse_ip(text).is_some() && text.contains(':'),
        "isbn" => text::is_isbn10(text) || text::is_isbn13(text),
        "isbn10" => text::is_isbn10(text),
        "isbn13" => text::is_isbn13(text),
        "k8sshortname" => text.len() <= 63 && text::is_label(text),
        "k8slongname" => text.len() <= 253 && text.split('.').all(text::is_label),
        "mac" => net::is_mac(text),
        "rgbcolor" => text::is_rgb_color(text),
        "ssn" => text.len() == 11 && fits(r"^\d{3}[- ]?\d{2}[- ]?\d{4}$"),
        "uri" => net::is_request_uri(text),
        "uuid" => fits(UUID),
        "uuid3" => fits(UUID3),
        "uuid4" => fits(UUID4),
        "uuid5" => fits(UUID5),
        _ => true,
    }
}
