//! What a structural schema says of values, as expressions see it (apiserver `pkg/cel/common/schemas.go`).

use std::sync::Arc;

use amethyst_object::Str;
use amethyst_schema::{ListType, Rules, SchemaRef, Type as SchemaType};

use crate::cost::{Size, Sizes, Step};
use crate::escape::escape;
use crate::types::{ObjectType, Type};

/// The largest request (`MaxRequestSizeBytes`).
pub(crate) const REQUEST_SIZE_MAX: i64 = 3 * 1024 * 1024;

/// What a schema says of a value.
#[derive(Debug)]
pub struct Decl {
    pub(crate) shape: Shape,
    /// `null` is a value of its own.
    pub(crate) nullable: bool,
    /// How long it may be: characters, bytes, entries.
    pub(crate) elements_max: i64,
    /// How few bytes of JSON it takes.
    pub(crate) size_min: i64,
    /// Whether expressions may name it: data without a schema they may not.
    pub(crate) exposed: bool,
}

/// The kind of a value.
#[derive(Debug)]
pub(crate) enum Shape {
    IntOrString,
    Bool,
    Int,
    Double,
    Text,
    Bytes,
    Date,
    DateTime,
    Duration,
    List {
        items: Arc<Decl>,
        list: ListType,
        keys: Box<[Str]>,
    },
    Map(Arc<Decl>),
    Object(Arc<Fields>),
    /// An object of which nothing is declared.
    Untyped(Arc<Fields>),
    /// Data without a type.
    Preserved,
}

/// The declared fields of an object.
#[derive(Debug)]
pub(crate) struct Fields {
    name: Str,
    /// By their names in JSON, sorted.
    fields: Vec<Property>,
}

#[derive(Debug)]
struct Property {
    name: Str,
    /// As expressions spell it; nothing when they cannot.
    escaped: Option<Str>,
    decl: Arc<Decl>,
}

impl ObjectType for Fields {
    fn name(&self) -> &str {
        &self.name
    }

    fn field(&self, name: &str) -> Option<Type> {
        self.exposed(name).map(|decl| decl.ty())
    }
}

impl Fields {
    fn exposed(&self, escaped: &str) -> Option<&Decl> {
        let found = self.fields.iter().find(|field| field.escaped.as_deref() == Some(escaped))?;
        Some(&*found.decl).filter(|decl| decl.exposed)
    }
}

fn simple(shape: Shape, elements_max: i64, size_min: i64) -> Decl {
    Decl { shape, nullable: false, elements_max, size_min, exposed: true }
}

impl Decl {
    /// What the schema says; `is_root` where a whole resource lies, whose type and metadata are known.
    pub(crate) fn of(schema: SchemaRef<'_>, is_root: bool, name: &str) -> Self {
        let node = schema.node();
        let rules = node.rules.as_deref();
        let mut decl = match node.ty {
            SchemaType::IntOrString => simple(Shape::IntOrString, length_max(rules), 1),
            SchemaType::Boolean => simple(Shape::Bool, 0, 4),
            SchemaType::Integer => simple(Shape::Int, 0, 1),
            SchemaType::Number => simple(Shape::Double, 0, 1),
            SchemaType::String | SchemaType::Quantity => text(&node.format, rules),
            SchemaType::Array => list(schema, rules, name),
            SchemaType::Object => object(schema, rules, is_root, name),
            SchemaType::Any => Self { exposed: false, ..simple(Shape::Preserved, 0, 0) },
        };
        decl.nullable = node.nullable;
        decl
    }

    /// The type that expressions see.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::IntOrString | Shape::Preserved => Type::Dyn,
            Shape::Bool => Type::Bool,
            Shape::Int => Type::Int,
            Shape::Double => Type::Double,
            Shape::Text => Type::String,
            Shape::Bytes => Type::Bytes,
            Shape::Date | Shape::DateTime => Type::Timestamp,
            Shape::Duration => Type::Duration,
            Shape::List { items, .. } => Type::list(items.ty()),
            Shape::Map(values) => Type::map(Type::String, values.ty()),
            Shape::Object(fields) | Shape::Untyped(fields) => {
                Type::Object(Arc::clone(fields) as Arc<dyn ObjectType>)
            }
        }
    }

    /// The declared property with this name in JSON.
    pub(crate) fn property(&self, name: &str) -> Option<&Self> {
        let Shape::Object(object) = &self.shape else { return None };
        let fields = &object.fields;
        let at = fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        Some(&fields[at].decl)
    }

    /// Whether a key of the map has a schema.
    pub(crate) fn knows(&self, key: &str) -> bool {
        match &self.shape {
            Shape::Object(_) => self.property(key).is_some(),
            Shape::Map(_) => true,
            _ => false,
        }
    }

    /// The schema of a list's elements or a map's values.
    pub(crate) fn element(&self) -> Option<&Self> {
        match &self.shape {
            Shape::List { items, .. } => Some(items),
            Shape::Map(values) => Some(values),
            _ => None,
        }
    }
}

/// The longest name of an object.
const NAME_MAX: i64 = 253;
/// The longest text that fits into a request.
const TEXT_MAX: i64 = REQUEST_SIZE_MAX - 2;

fn length_max(rules: Option<&Rules>) -> i64 {
    // The limit counts characters, of up to four bytes each.
    let limit = rules.and_then(|rules| rules.length_max);
    limit.map_or(TEXT_MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX).saturating_mul(4))
}

fn text(format: &str, rules: Option<&Rules>) -> Decl {
    match format {
        "byte" => {
            let limit = rules.and_then(|rules| rules.length_max);
            let limit = limit.map_or(TEXT_MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
            simple(Shape::Bytes, limit, 2)
        }
        "duration" => simple(Shape::Duration, 32, 3),
        "date" => simple(Shape::Date, 12, 12),
        "date-time" => simple(Shape::DateTime, 32, 21),
        _ => {
            let allowed = rules.map(|rules| rules.enumeration.as_slice()).unwrap_or_default();
            let has_limit = rules.is_some_and(|rules| rules.length_max.is_some());
            let longest = allowed.iter().filter_map(|value| value.as_str()).map(str::len).max();
            let limit = match allowed {
                [] => length_max(rules),
                _ if has_limit => length_max(rules),
                _ => longest.unwrap_or_default() as i64,
            };
            simple(Shape::Text, limit, 2)
        }
    }
}

fn list(schema: SchemaRef<'_>, rules: Option<&Rules>, name: &str) -> Decl {
    let node = schema.node();
    let Some(items) = schema.items() else {
        return Decl { exposed: false, ..simple(Shape::Preserved, 0, 0) };
    };
    let items = Decl::of(items, items.node().embedded, &format!("{name}.@idx"));
    let limit = rules.and_then(|rules| rules.items_max).map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let elements_max = limit.unwrap_or((REQUEST_SIZE_MAX - 2) / (items.size_min + 1));
    let exposed = items.exposed;
    let shape = Shape::List { items: Arc::new(items), list: node.list, keys: node.list_keys.clone() };
    // A list is at least `[]`.
    Decl { exposed, ..simple(shape, elements_max, 2) }
}

fn object(schema: SchemaRef<'_>, rules: Option<&Rules>, is_root: bool, name: &str) -> Decl {
    let node = schema.node();
    let values = node.additional.map(|id| schema.go(id)).filter(|values| !says_nothing(*values));
    if let Some(values) = values.filter(|_| node.fields.is_empty() && !is_root) {
        let values = Decl::of(values, values.node().embedded, &format!("{name}.@elem"));
        let limit = rules.and_then(|rules| rules.properties_max);
        let limit = limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let elements_max = limit.unwrap_or((REQUEST_SIZE_MAX - 2) / (values.size_min + 6));
        let exposed = values.exposed;
        return Decl { exposed, ..simple(Shape::Map(Arc::new(values)), elements_max, 2) };
    }
    if node.fields.is_empty() && !is_root {
        let object = Fields { name: name.into(), fields: Vec::new() };
        return simple(Shape::Untyped(Arc::new(object)), 0, 2);
    }
    let mut size_min = 2;
    let mut fields = Vec::with_capacity(node.fields.len() + 3);
    for field in &node.fields {
        let inner = schema.go(field.node);
        let escaped = escape(&field.name).map(Str::from);
        let path = format!("{name}.{}", escaped.as_deref().unwrap_or(&field.name));
        let decl = Decl::of(inner, inner.node().embedded, &path);
        if decl.exposed && field.required && field.default.is_none() {
            size_min += field.name.len() as i64 + decl.size_min + 4;
        }
        fields.push(Property { name: field.name.clone(), escaped, decl: Arc::new(decl) });
    }
    if is_root {
        add_root(&mut fields, name);
    }
    let object = Fields { name: name.into(), fields };
    simple(Shape::Object(Arc::new(object)), 0, size_min)
}

/// `additionalProperties: true`, which upstream has no schema for.
fn says_nothing(values: SchemaRef<'_>) -> bool {
    let node = values.node();
    node.ty == SchemaType::Any && node.nullable && !node.preserve_unknown && node.rules.is_none()
}

/// A resource has `apiVersion`, `kind`, `metadata.name` and `metadata.generateName`, whatever its schema says
/// (apiextensions `schema/cel/model/schemas.go`).
fn add_root(fields: &mut Vec<Property>, name: &str) {
    let find = |fields: &[Property], name: &str| {
        fields.iter().find(|field| field.name == name).map(|field| Arc::clone(&field.decl))
    };
    let is_text = |decl: Option<Arc<Decl>>| decl.is_some_and(|decl| matches!(decl.shape, Shape::Text));
    let own = find(fields, "metadata");
    let inner = match own.as_deref().map(|own| &own.shape) {
        Some(Shape::Object(inner)) => inner.fields.as_slice(),
        _ => &[],
    };
    let [given_name, generated] = ["name", "generateName"].map(|name| find(inner, name));
    let complete = [find(fields, "kind"), find(fields, "apiVersion"), given_name.clone(), generated.clone()];
    if complete.into_iter().all(is_text) {
        return;
    }
    let text = |elements_max| Arc::new(simple(Shape::Text, elements_max, 2));
    let capped = |given: Option<Arc<Decl>>, length: i64| {
        let given = given.map_or(i64::MAX, |given| given.elements_max);
        text(given.min(length * 4))
    };
    let property = |name: &str, decl| Property { name: name.into(), escaped: Some(name.into()), decl };
    // A generated suffix is at least one byte.
    let inner = vec![
        property("generateName", capped(generated, NAME_MAX - 1)),
        property("name", capped(given_name, NAME_MAX)),
    ];
    let metadata = Fields { name: format!("{name}.metadata").into(), fields: inner };
    let metadata = Arc::new(simple(Shape::Object(Arc::new(metadata)), 0, 2));
    let added = [
        property("apiVersion", text(TEXT_MAX)),
        property("kind", text(TEXT_MAX)),
        property("metadata", metadata),
    ];
    for own in added {
        fields.retain(|field| field.name != own.name);
        fields.push(own);
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Sizes along the paths of a rule, which begin at `self` or `oldSelf`.
impl Sizes for Decl {
    fn size(&self, path: &[Step]) -> Option<Size> {
        let mut at = self;
        let mut is_key = false;
        for step in path.get(1..)? {
            if is_key {
                return None;
            }
            match step {
                Step::Items | Step::Values => at = at.element()?,
                // Upstream's keys are strings of no length.
                Step::Keys if matches!(at.shape, Shape::Map(_)) => is_key = true,
                Step::Keys | Step::Indices => return None,
                Step::Name(name) => match &at.shape {
                    Shape::Object(fields) => at = fields.exposed(name)?,
                    _ => return None,
                },
            }
        }
        let max = if is_key { 0 } else { at.elements_max };
        Some(Size { min: 0, max: u64::try_from(max).unwrap_or_default() })
    }
}
