//! Strict decoding: what is told of fields that are unknown or written twice.
//!
//! Upstream's decoder of built-in kinds meets both kinds of faults as it reads, so they are told in the order
//! of the document; custom resources are pruned after they were read, and YAML names duplicates by its own
//! check before anything else (kubernetes/apimachinery `pkg/runtime/serializer/json/json.go`).

use amethyst_object::json::Duplicate;
use amethyst_object::{FieldPath, PathElement, Value};

use super::{Body, Call};
use crate::request::FieldValidation;

/// What is known of a body before its unknown fields are dropped.
#[derive(Debug, Default)]
pub(super) struct Strict<'a> {
    duplicates: std::borrow::Cow<'a, [Duplicate]>,
    yaml: bool,
    /// The document; kept only where faults of both kinds must be told in its order.
    document: Option<Value>,
}

impl Strict<'_> {
    /// Looks at a body.
    pub(super) fn of(body: &Body) -> Strict<'static> {
        let document = (!body.duplicates.is_empty() && !body.yaml).then(|| body.value.clone());
        Strict { duplicates: body.duplicates.clone().into(), yaml: body.yaml, document }
    }

    /// Tells of unknown and duplicate fields: as warnings, or as one error.
    pub(super) fn tell(&self, call: &Call, unknown: &[FieldPath]) -> Result<(), String> {
        if self.duplicates.is_empty() && unknown.is_empty() {
            return Ok(());
        }
        let texts = self.texts(call.resource.is_custom(), unknown);
        match call.write.field_validation {
            FieldValidation::Ignore => Ok(()),
            FieldValidation::Warn => {
                for text in texts {
                    call.warnings.add(text);
                }
                Ok(())
            }
            FieldValidation::Strict => Err(format!("strict decoding error: {}", texts.join(", "))),
        }
    }

    fn texts(&self, custom: bool, unknown: &[FieldPath]) -> Vec<String> {
        let mut told: Vec<(usize, String)> = Vec::new();
        if self.yaml && !self.duplicates.is_empty() {
            told.push((0, yaml(&self.duplicates)));
        } else {
            let text = |found: &Duplicate| (found.keys_before, format!("duplicate field \"{}\"", found.path));
            told.extend(self.duplicates.iter().map(text));
        }
        for path in unknown {
            let document = self.document.as_ref().filter(|_| !custom);
            let place = document.map_or(usize::MAX, |document| keys_before(document, path.elements()));
            told.push((place, format!("unknown field \"{path}\"")));
        }
        told.sort_by_key(|(place, _)| *place);
        told.into_iter().map(|(_, text)| text).collect()
    }
}

/// What Go's YAML reader says of keys that stand twice in a map.
pub(super) fn yaml(duplicates: &[Duplicate]) -> String {
    let lines = duplicates.iter().map(|found| {
        let key = match found.path.elements().last() {
            Some(PathElement::Key(key) | PathElement::MapKey(key)) => key.as_str(),
            _ => "",
        };
        format!("\n  line {}: key {key:?} already set in map", found.line)
    });
    format!("yaml: unmarshal errors:{}", lines.collect::<String>())
}

/// How many keys stand in a document before the one at a path.
fn keys_before(value: &Value, path: &[PathElement]) -> usize {
    let Some((first, rest)) = path.split_first() else { return 0 };
    match (value, first) {
        (Value::Object(map), PathElement::Key(wanted) | PathElement::MapKey(wanted)) => {
            let mut before = 0;
            for (key, value) in map.iter() {
                if key == wanted {
                    // The key itself stands before those within its value.
                    return before + if rest.is_empty() { 0 } else { 1 + keys_before(value, rest) };
                }
                before += 1 + keys(value);
            }
            before
        }
        (Value::Array(items), PathElement::Index(index)) => {
            let before = items.iter().take(*index).map(keys).sum::<usize>();
            before + items.get(*index).map_or(0, |item| keys_before(item, rest))
        }
        _ => 0,
    }
}

/// How many keys a value holds.
fn keys(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + keys(value)).sum(),
        Value::Array(items) => items.iter().map(keys).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{FieldPath, json};

    use super::Strict;
    use crate::registry::Body;

    fn check(document: &str, unknown: &[&[&str]], custom: bool, expect: &[&str]) {
        let parsed = json::parse_with(document.as_bytes(), json::Limits::default()).unwrap();
        let body = Body { value: parsed.value, duplicates: parsed.duplicates, yaml: false };
        let unknown: Vec<FieldPath> =
            unknown.iter().map(|keys| FieldPath::of(keys.iter().copied())).collect();
        assert_eq!(Strict::of(&body).texts(custom, &unknown), expect, "{document}");
    }

    #[test]
    fn faults_of_built_in_kinds_are_told_in_the_order_of_the_document() {
        let (unknown, twice) = ("unknown field \"spec.u\"", "duplicate field \"spec.a\"");
        let first = r#"{"kind":"K","spec":{"u":1,"a":1,"a":2}}"#;
        check(first, &[&["spec", "u"]], false, &[unknown, twice]);
        let last = r#"{"kind":"K","spec":{"a":1,"a":2,"u":1}}"#;
        check(last, &[&["spec", "u"]], false, &[twice, unknown]);
        check(first, &[&["spec", "u"]], true, &[twice, unknown]);
    }
}
