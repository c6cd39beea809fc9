//! The table of upstream's structs as messages and as JSON, parsed when first used.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Where the types of metav1 lie, which every group takes.
const META: &str = "meta.k8s.io";

/// All messages.
pub(crate) struct Messages {
    /// The messages; fields refer to them by place.
    pub(crate) all: Vec<Message>,
    /// Group, version, kind and place of the roots of documents, sorted.
    roots: Vec<(&'static str, &'static str, &'static str, usize)>,
    /// The places of all messages by package and name.
    places: HashMap<(&'static str, &'static str), usize>,
}

/// One message.
pub(crate) struct Message {
    /// How it becomes JSON.
    pub(crate) form: Form,
    /// Whether it says its kind, when it is the root of a document.
    pub(crate) typed: bool,
    /// Its fields.
    pub(crate) fields: Vec<Field>,
    /// The places of the fields in the order of their numbers, as they are written.
    pub(crate) by_number: Box<[u16]>,
}

/// How a message becomes JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A map of its fields.
    Plain,
    /// The list of its only field.
    List,
    /// A string.
    Quantity,
    /// A number or a string.
    IntOrString,
    /// The JSON or the whole envelope in its only field.
    Embedded,
    /// A time to the second.
    Time,
    /// A time to the microsecond.
    MicroTime,
    /// A duration as Go writes it.
    Duration,
    /// One message, or a list of them.
    OneOrMany,
    /// One message, or `true` or `false`.
    OneOrBool,
    /// One message, or a list of strings.
    OneOrStrings,
}

/// One field.
pub(crate) struct Field {
    /// Its number.
    pub(crate) number: u32,
    /// Its JSON name; `^` when its own fields stand in its place.
    pub(crate) name: &'static str,
    /// The type of its value or values.
    pub(crate) ty: Type,
    /// How many values it has.
    pub(crate) shape: Shape,
    /// Go holds a pointer: what is absent differs from what is empty.
    pub(crate) pointer: bool,
    /// Written when empty too.
    pub(crate) always: bool,
    /// Left out when zero, though it is a struct.
    pub(crate) omit_zero: bool,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `bool`
    Bool,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `double`
    Double,
    /// The message at this place.
    Message(usize),
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One or none.
    One,
    /// Any number.
    Repeated,
    /// A map with string keys.
    Map,
}

/// The table.
pub(crate) fn messages() -> &'static Messages {
    static TABLE: LazyLock<Messages> = LazyLock::new(|| parse(include_str!("generated/messages.txt")));
    &TABLE
}

impl Messages {
    /// The message of a kind; those of metav1 are found in every group.
    pub(crate) fn root(&self, group: &str, version: &str, kind: &str) -> Option<usize> {
        let find = |key: (&str, &str, &str)| {
            let found = self.roots.binary_search_by(|(g, v, k, _)| (*g, *v, *k).cmp(&key));
            found.ok().map(|at| self.roots[at].3)
        };
        find((group, version, kind)).or_else(|| find((META, "v1", kind)))
    }

    /// The message of a type by its package (`io.k8s.api.core.v1`) and name.
    pub(crate) fn named(&self, package: &str, name: &str) -> Option<usize> {
        self.places.get(&(package, name)).copied()
    }
}

/// Parses the generated table; its grammar stands in its first lines.
fn parse(text: &'static str) -> Messages {
    let places = places(text);
    let mut all: Vec<Message> = Vec::with_capacity(places.len());
    let mut roots = Vec::new();
    let (mut package, mut home) = ("", None);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(field) = line.strip_prefix(' ') {
            let field = field_line(field, package, &places);
            all.last_mut().expect("fields follow a message").fields.push(field);
        } else if let Some(line) = line.strip_prefix("package ") {
            let (name, gv) = line.split_once(' ').unwrap_or((line, ""));
            (package, home) = (name, gv.split_once('/'));
        } else if let Some(line) = line.strip_prefix("message ") {
            let (name, flag) = line.split_once(' ').unwrap_or((line, ""));
            if let (Some((group, version)), "root" | "untyped") = (home, flag) {
                roots.push((group, version, name, all.len()));
            }
            let (form, typed) = (form(name, flag), flag != "untyped");
            all.push(Message { form, typed, fields: Vec::new(), by_number: Box::default() });
        }
    }
    for message in &mut all {
        let mut order: Vec<u16> = (0..).take(message.fields.len()).collect();
        order.sort_by_key(|at| message.fields[usize::from(*at)].number);
        message.by_number = order.into();
    }
    roots.sort_unstable();
    Messages { all, roots, places }
}

fn places(text: &'static str) -> HashMap<(&'static str, &'static str), usize> {
    let mut places = HashMap::with_capacity(1500);
    let mut package = "";
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("package ") {
            package = line.split(' ').next().unwrap_or_default();
        } else if let Some(line) = line.strip_prefix("message ") {
            let place = places.len();
            places.insert((package, line.split(' ').next().unwrap_or_default()), place);
        }
    }
    places
}

fn form(name: &str, flag: &str) -> Form {
    match (flag, name) {
        ("list", _) => Form::List,
        ("special", "Quantity" | "QuantityValue") => Form::Quantity,
        ("special", "IntOrString") => Form::IntOrString,
        ("special", "RawExtension" | "FieldsV1" | "JSON") => Form::Embedded,
        ("special", "Time") => Form::Time,
        ("special", "MicroTime") => Form::MicroTime,
        ("special", "Duration") => Form::Duration,
        ("special", "JSONSchemaPropsOrArray") => Form::OneOrMany,
        ("special", "JSONSchemaPropsOrBool") => Form::OneOrBool,
        ("special", "JSONSchemaPropsOrStringArray") => Form::OneOrStrings,
        ("special", other) => unreachable!("codegen knows no special `{other}`"),
        _ => Form::Plain,
    }
}

fn field_line(
    line: &'static str,
    package: &'static str,
    places: &HashMap<(&'static str, &'static str), usize>,
) -> Field {
    let mut words = line.split(' ');
    let number = words.next().and_then(|word| word.parse().ok()).expect("codegen writes a number");
    let name = words.next().unwrap_or_default();
    let spelled = words.next().unwrap_or_default();
    let flags = words.next().unwrap_or_default();
    let (shape, spelled) = if let Some(rest) = spelled.strip_prefix("[]") {
        (Shape::Repeated, rest)
    } else if let Some(rest) = spelled.strip_prefix("{}") {
        (Shape::Map, rest)
    } else {
        (Shape::One, spelled)
    };
    let ty = match spelled {
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "bool" => Type::Bool,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "double" => Type::Double,
        other => {
            let name = other.strip_prefix('@').and_then(|name| name.rsplit_once('.'));
            let (home, name) = name.expect("codegen writes messages as `@PACKAGE.NAME`");
            let home = if home.is_empty() { package } else { home };
            Type::Message(*places.get(&(home, name)).expect("codegen refers to messages of the table"))
        }
    };
    let has = |flag| flags.contains(flag);
    Field { number, name, ty, shape, pointer: has('*'), always: has('!'), omit_zero: has('z') }
}
