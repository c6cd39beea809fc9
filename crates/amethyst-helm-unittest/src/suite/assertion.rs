//! Assertions: which check with which parameters.

use super::Selector;
use super::decode::Decoder;
use crate::value::{KeyKind, Map, Value};
use crate::yaml::{Fault, Node, Part};

/// One assertion of a test.
#[derive(Clone, Debug)]
pub(crate) struct Assertion {
    pub(crate) line: u32,
    pub(crate) template: String,
    pub(crate) selector: Option<Selector>,
    /// -1: all documents.
    pub(crate) document_index: i64,
    pub(crate) not: bool,
    pub(crate) kind: Kind,
    pub(crate) check: Check,
}

/// The name of an assertion and what it expects of the rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The check is turned around.
    pub(crate) antonym: bool,
    /// The templates have to render.
    pub(crate) expects_success: bool,
    what: What,
}

/// What is checked.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    Contains {
        path: String,
        content: Value,
        count: Option<i64>,
        any: bool,
    },
    ContainsDocument {
        kind: String,
        api_version: String,
        name: String,
        namespace: String,
        any: bool,
    },
    Equal {
        path: String,
        value: Value,
        decode_base64: bool,
    },
    EqualRaw {
        value: String,
    },
    Ordering {
        path: String,
        value: Value,
        greater: bool,
    },
    Exists {
        path: String,
    },
    FailedTemplate {
        message: String,
        pattern: String,
    },
    HasDocuments {
        count: i64,
        filter_aware: bool,
    },
    /// The value of `apiVersion` or `kind`.
    Is {
        field: &'static str,
        of: String,
    },
    IsNullOrEmpty {
        path: String,
    },
    IsSubset {
        path: String,
        content: Value,
    },
    IsType {
        path: String,
        name: String,
    },
    LengthEqual {
        paths: Vec<String>,
        path: String,
        count: Option<i64>,
    },
    MatchRegex {
        path: String,
        pattern: String,
        decode_base64: bool,
    },
    MatchRegexRaw {
        pattern: String,
    },
    MatchSnapshot {
        path: String,
        matches: String,
        not_matches: String,
    },
    MatchSnapshotRaw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Contains,
    ContainsDocument,
    Equal,
    EqualRaw,
    Greater,
    Less,
    Exists,
    FailedTemplate,
    HasDocuments,
    ApiVersion,
    Kind,
    NullOrEmpty,
    Subset,
    Type,
    Length,
    Regex,
    RegexRaw,
    Snapshot,
    SnapshotRaw,
}

const fn kind(name: &'static str, what: What, antonym: bool) -> Kind {
    Kind { name, antonym, expects_success: true, what }
}

const KINDS: [Kind; 36] = [
    kind("matchSnapshot", What::Snapshot, false),
    kind("matchSnapshotRaw", What::SnapshotRaw, false),
    kind("equal", What::Equal, false),
    kind("notEqual", What::Equal, true),
    kind("greaterOrEqual", What::Greater, false),
    kind("notGreaterOrEqual", What::Greater, true),
    kind("lessOrEqual", What::Less, false),
    kind("notLessOrEqual", What::Less, true),
    kind("equalRaw", What::EqualRaw, false),
    kind("notEqualRaw", What::EqualRaw, true),
    kind("exists", What::Exists, false),
    kind("notExists", What::Exists, true),
    kind("matchRegex", What::Regex, false),
    kind("notMatchRegex", What::Regex, true),
    kind("matchRegexRaw", What::RegexRaw, false),
    kind("notMatchRegexRaw", What::RegexRaw, true),
    kind("contains", What::Contains, false),
    kind("notContains", What::Contains, true),
    kind("isKind", What::Kind, false),
    kind("isAPIVersion", What::ApiVersion, false),
    kind("hasDocuments", What::HasDocuments, false),
    kind("isSubset", What::Subset, false),
    kind("isNotSubset", What::Subset, true),
    kind("isNullOrEmpty", What::NullOrEmpty, false),
    kind("isNotNullOrEmpty", What::NullOrEmpty, true),
    Kind { name: "failedTemplate", antonym: false, expects_success: false, what: What::FailedTemplate },
    kind("notFailedTemplate", What::FailedTemplate, true),
    kind("containsDocument", What::ContainsDocument, false),
    kind("lengthEqual", What::Length, false),
    kind("notLengthEqual", What::Length, true),
    kind("isNull", What::Exists, true),
    kind("isNotNull", What::Exists, false),
    kind("isEmpty", What::NullOrEmpty, false),
    kind("isNotEmpty", What::NullOrEmpty, true),
    kind("isType", What::Type, false),
    kind("isNotType", What::Type, true),
];

impl Assertion {
    /// Reads one entry of `asserts`; `None` for an empty one, and when it is no assertion.
    pub(super) fn read(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let faults = decoder.faults.len();
        let value = decoder.value(node);
        if decoder.faults.len() > faults {
            return None;
        }
        let fail = |decoder: &mut Decoder, message: String| {
            decoder.fatal.get_or_insert(Fault { message, line: node.line });
            None
        };
        let (Value::Map(map), Part::Map(_)) = (&value, &node.part) else {
            let message = format!("cannot unmarshal {} into map[string]interface {{}}", node.tag());
            decoder.faults.push(Fault { message, line: node.line });
            return None;
        };
        let get = |name: &str| crate::value::get(map, name);
        let selector = match get("documentSelector") {
            Some(selector @ Value::Map(_)) => match Selector::read(selector) {
                Ok(selector) => Some(selector),
                Err(message) => return fail(decoder, message),
            },
            _ => None,
        };
        let found: Vec<(&Kind, &Value)> =
            KINDS.iter().filter_map(|kind| get(kind.name).map(|value| (kind, value))).collect();
        let (kind, params) = match found.as_slice() {
            [one] => *one,
            [] => {
                let own = ["template", "documentIndex", "not"];
                let stranger = map.keys().find(|key| !own.contains(&key.text.as_str()));
                return fail(
                    decoder,
                    match stranger {
                        Some(key) => format!("Assertion type `{}` is invalid", key.text),
                        None => "no assertion type defined".to_owned(),
                    },
                );
            }
            [(first, _), (second, _), ..] => {
                let (first, second) = (first.name, second.name);
                let message = format!("assertion type `{first}` and `{second}` is declared duplicately");
                return fail(decoder, message);
            }
        };
        let check = match Params::new(params).and_then(|mut params| params.check(kind.what)) {
            Ok(check) => check,
            Err(message) => return fail(decoder, message),
        };
        Some(Self {
            line: node.line,
            template: get("template").and_then(Value::as_str).unwrap_or_default().to_owned(),
            selector,
            document_index: match get("documentIndex") {
                Some(Value::Int(index)) => *index,
                _ => -1,
            },
            not: get("not").and_then(Value::as_bool).unwrap_or_default(),
            kind: *kind,
            check,
        })
    }
}

impl Selector {
    /// A selector of an assertion.
    fn read(value: &Value) -> Result<Self, String> {
        let Some(path) = value.get("path").and_then(Value::as_str) else {
            return Err("empty 'documentSelector.path' not supported".to_owned());
        };
        let is_true = |name: &str| value.get(name) == Some(&Value::Bool(true));
        Ok(Self {
            path: path.to_owned(),
            value: value.get("value").cloned().unwrap_or_default(),
            match_many: is_true("matchMany"),
            skip_empty_templates: is_true("skipEmptyTemplates"),
        })
    }
}

/// The parameters of an assertion, read as mapstructure reads them: names in any case, types that fit.
struct Params<'a> {
    map: Option<&'a Map>,
    errors: Vec<String>,
}

impl<'a> Params<'a> {
    fn new(value: &'a Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self { map: None, errors: Vec::new() }),
            Value::Map(map) => Ok(Self { map: Some(map), errors: Vec::new() }),
            other => Err(format!("'' expected a map, got '{}'", go_kind(other))),
        }
    }

    fn check(&mut self, what: What) -> Result<Check, String> {
        let check = match what {
            What::Contains => Check::Contains {
                path: self.string("Path"),
                content: self.any("Content"),
                count: self.integer("Count"),
                any: self.boolean("Any"),
            },
            What::ContainsDocument => Check::ContainsDocument {
                kind: self.string("Kind"),
                api_version: self.string("APIVersion"),
                name: self.string("Name"),
                namespace: self.string("Namespace"),
                any: self.boolean("Any"),
            },
            What::Equal => Check::Equal {
                path: self.string("Path"),
                value: self.any("Value"),
                decode_base64: self.boolean("DecodeBase64"),
            },
            What::EqualRaw => Check::EqualRaw { value: self.string("Value") },
            What::Greater | What::Less => Check::Ordering {
                path: self.string("Path"),
                value: self.any("Value"),
                greater: what == What::Greater,
            },
            What::Exists => Check::Exists { path: self.string("Path") },
            What::FailedTemplate => Check::FailedTemplate {
                message: self.string("ErrorMessage"),
                pattern: self.string("ErrorPattern"),
            },
            What::HasDocuments => Check::HasDocuments {
                count: self.integer("Count").unwrap_or_default(),
                filter_aware: self.boolean("FilterAware"),
            },
            What::ApiVersion => Check::Is { field: "apiVersion", of: self.string("Of") },
            What::Kind => Check::Is { field: "kind", of: self.string("Of") },
            What::NullOrEmpty => Check::IsNullOrEmpty { path: self.string("Path") },
            What::Subset => Check::IsSubset { path: self.string("Path"), content: self.any("Content") },
            What::Type => Check::IsType { path: self.string("Path"), name: self.string("Type") },
            What::Length => Check::LengthEqual {
                paths: self.strings("Paths"),
                path: self.string("Path"),
                count: self.integer("Count"),
            },
            What::Regex => Check::MatchRegex {
                path: self.string("Path"),
                pattern: self.string("Pattern"),
                decode_base64: self.boolean("DecodeBase64"),
            },
            What::RegexRaw => Check::MatchRegexRaw { pattern: self.string("Pattern") },
            What::Snapshot => Check::MatchSnapshot {
                path: self.string("Path"),
                matches: self.pattern("MatchRegex"),
                not_matches: self.pattern("NotMatchRegex"),
            },
            What::SnapshotRaw => Check::MatchSnapshotRaw,
        };
        if self.errors.is_empty() {
            return Ok(check);
        }
        self.errors.sort();
        let list: Vec<String> = self.errors.iter().map(|error| format!("* {error}")).collect();
        Err(format!("{} error(s) decoding:\n\n{}", self.errors.len(), list.join("\n")))
    }

    /// The parameter of this name: spelled so, or else in any case.
    fn get(&self, name: &str) -> Option<&'a Value> {
        let map = self.map?;
        let strings = || map.iter().filter(|(key, _)| key.kind == KeyKind::String);
        strings()
            .find(|(key, _)| key.text == name)
            .or_else(|| strings().find(|(key, _)| key.text.to_lowercase() == name.to_lowercase()))
            .map(|(_, value)| value)
    }

    fn unfit(&mut self, name: &str, target: &str, value: &Value) {
        self.errors.push(format!(
            "'{name}' expected type '{target}', got unconvertible type '{}', value: '{}'",
            value.type_name(),
            crate::value::print(value)
        ));
    }

    fn string(&mut self, name: &str) -> String {
        match self.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.to_string(),
            Some(other) => {
                self.unfit(name, "string", other);
                String::new()
            }
        }
    }

    fn any(&self, name: &str) -> Value {
        self.get(name).cloned().unwrap_or_default()
    }

    fn integer(&mut self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Null => None,
            Value::Int(value) => Some(*value),
            Value::Uint(value) => Some(*value as i64),
            Value::Float(value) => Some(*value as i64),
            other => {
                self.unfit(name, "int", other);
                None
            }
        }
    }

    fn boolean(&mut self, name: &str) -> bool {
        match self.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(value)) => *value,
            Some(other) => {
                self.unfit(name, "bool", other);
                false
            }
        }
    }

    fn strings(&mut self, name: &str) -> Vec<String> {
        match self.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => {
                let mut strings = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    match item {
                        Value::Null => strings.push(String::new()),
                        Value::String(text) => strings.push(text.to_string()),
                        other => self.unfit(&format!("{name}[{at}]"), "string", other),
                    }
                }
                strings
            }
            Some(other) => {
                let kind = go_kind(other);
                self.errors.push(format!("'{name}': source data must be an array or slice, got {kind}"));
                Vec::new()
            }
        }
    }

    /// The `pattern` of a parameter that is a map of its own.
    fn pattern(&mut self, name: &str) -> String {
        match self.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::Map(map)) => {
                let mut inner = Self { map: Some(map), errors: Vec::new() };
                let pattern = inner.string("Pattern");
                let named =
                    inner.errors.into_iter().map(|error| error.replacen('\'', &format!("'{name}."), 1));
                self.errors.extend(named);
                pattern
            }
            Some(other) => {
                let kind = go_kind(other);
                self.errors.push(format!("'{name}' expected a map, got '{kind}'"));
                String::new()
            }
        }
    }
}

/// Go's name of a value's kind.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Time(_) => "struct",
        other => other.type_name(),
    }
}
