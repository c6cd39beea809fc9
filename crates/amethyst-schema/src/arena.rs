//! The arena of schema nodes.

use std::collections::HashMap;

use amethyst_object::{Number, Str, Value};

/// Names a node of one arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Type {
    /// Anything: no `type` was declared.
    #[default]
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A string.
    String,
    /// An integer or a string (`x-kubernetes-int-or-string`, `IntOrString`).
    IntOrString,
    /// A `resource.Quantity`: written as a string or a number.
    Quantity,
    /// A map, with declared fields or free keys.
    Object,
    /// A list.
    Array,
}

/// How server-side apply merges a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ListType {
    /// Replaced as a whole.
    #[default]
    Atomic,
    /// Scalars, each at most once.
    Set,
    /// Maps, keyed by [`Node::list_keys`].
    Map,
}

/// How a strategic merge patch treats a field (`x-kubernetes-patch-strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PatchStrategy {
    /// Lists merge: by [`Field::merge_key`], or as sets of scalars.
    pub merge: bool,
    /// Maps keep only the keys that the patch's `$retainKeys` names.
    pub retain_keys: bool,
    /// The patch's value takes the place of the document's: maps do not merge.
    pub replace: bool,
}

/// The `format` of a value, as far as anything acts on it.
pub type Format = Str;

/// One schema node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The type.
    pub ty: Type,
    /// Declared fields of an object, sorted by name.
    pub fields: Box<[Field]>,
    /// The schema of the values under free keys.
    pub additional: Option<NodeId>,
    /// The schema of a list's elements.
    pub items: Option<NodeId>,
    /// How apply merges a list.
    pub list: ListType,
    /// The fields that key a list of maps.
    pub list_keys: Box<[Str]>,
    /// Apply treats the map as one value (`x-kubernetes-map-type: atomic`).
    pub map_atomic: bool,
    /// Unknown fields are kept (`x-kubernetes-preserve-unknown-fields`).
    pub preserve_unknown: bool,
    /// A whole object lies here (`x-kubernetes-embedded-resource`).
    pub embedded: bool,
    /// `null` is a value of its own.
    pub nullable: bool,
    /// The `format`, empty when none.
    pub format: Format,
    /// Value validations, when there are any.
    pub rules: Option<Box<Rules>>,
    /// Rules in CEL (`x-kubernetes-validations`); `amethyst-cel` compiles and runs them.
    pub validations: Box<[Validation]>,
}

/// A rule in CEL, as a CustomResourceDefinition writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    /// The expression.
    pub rule: Str,
    /// What is said when it does not hold.
    pub message: Str,
    /// An expression that says it.
    pub message_expression: Str,
    /// The reason of the fault.
    pub reason: Option<Str>,
    /// Where the fault is, below the rule's own place.
    pub field_path: Str,
    /// Whether `oldSelf` is an optional, and the rule runs without an old value.
    pub optional_old_self: Option<bool>,
}

impl Validation {
    /// Reads a rule; what is of another type than declared is missing.
    pub(crate) fn read(value: &Value) -> Self {
        let text = |key: &str| value.str_at(&[key]).unwrap_or_default().into();
        Self {
            rule: text("rule"),
            message: text("message"),
            message_expression: text("messageExpression"),
            reason: value.str_at(&["reason"]).map(Str::from),
            field_path: text("fieldPath"),
            optional_old_self: value.get("optionalOldSelf").and_then(Value::as_bool),
        }
    }
}

impl Node {
    /// What `additionalProperties: true` says of the values: nothing.
    pub(crate) fn anything() -> Self {
        Self { nullable: true, ..Self::default() }
    }
}

/// A declared field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in JSON.
    pub name: Str,
    /// Its schema.
    pub node: NodeId,
    /// Whether it must be there.
    pub required: bool,
    /// What it is when missing.
    pub default: Option<Value>,
    /// How a strategic merge patch treats it.
    pub patch: PatchStrategy,
    /// The key by which a strategic merge patch merges its list; empty when none.
    pub merge_key: Str,
}

/// Value validations of OpenAPI v3, as CustomResourceDefinitions may use them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// `enum`.
    pub enumeration: Vec<Value>,
    /// `pattern`.
    pub pattern: Option<Str>,
    /// `minLength`.
    pub length_min: Option<u64>,
    /// `maxLength`.
    pub length_max: Option<u64>,
    /// `minItems`.
    pub items_min: Option<u64>,
    /// `maxItems`.
    pub items_max: Option<u64>,
    /// `uniqueItems`.
    pub items_unique: bool,
    /// `minProperties`.
    pub properties_min: Option<u64>,
    /// `maxProperties`.
    pub properties_max: Option<u64>,
    /// `minimum`, and whether it is exclusive.
    pub minimum: Option<(Number, bool)>,
    /// `maximum`, and whether it is exclusive.
    pub maximum: Option<(Number, bool)>,
    /// `multipleOf`.
    pub multiple_of: Option<Number>,
    /// `allOf`.
    pub all_of: Vec<NodeId>,
    /// `anyOf`.
    pub any_of: Vec<NodeId>,
    /// `oneOf`.
    pub one_of: Vec<NodeId>,
    /// `not`.
    pub not: Option<NodeId>,
    /// Names that must be there though no field declares them (`required` alone, as in `oneOf`).
    pub required: Vec<Str>,
    /// Undeclared keys are refused (`additionalProperties: false`).
    pub closed: bool,
    /// What a list's element or a free key's value is when it is `null`; a field's default is the field's.
    pub default: Option<Value>,
}

/// An arena of nodes, some of which have names.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    nodes: Vec<Node>,
    names: HashMap<Str, NodeId, foldhash::fast::RandomState>,
}

impl Schemas {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    ///
    /// # Panics
    /// Past four thousand million nodes.
    pub fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("an arena stays far below u32::MAX nodes"));
        self.nodes.push(node);
        id
    }

    /// Replaces a node: for types that refer to themselves, reserve first and set later.
    pub fn set(&mut self, id: NodeId, node: Node) {
        self.nodes[id.0 as usize] = node;
    }

    /// Gives a node a name (`io.k8s.api.core.v1.Pod`).
    pub fn name(&mut self, name: impl Into<Str>, id: NodeId) {
        self.names.insert(name.into(), id);
    }

    /// The node with this name.
    pub fn named(&self, name: &str) -> Option<SchemaRef<'_>> {
        Some(self.at(*self.names.get(name)?))
    }

    /// All names, in no order.
    pub fn names(&self) -> impl Iterator<Item = (&Str, NodeId)> {
        self.names.iter().map(|(name, id)| (name, *id))
    }

    /// The node `id`, ready to walk.
    pub fn at(&self, id: NodeId) -> SchemaRef<'_> {
        SchemaRef { schemas: self, id }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// A place in an arena.
#[derive(Clone, Copy, Debug)]
pub struct SchemaRef<'a> {
    schemas: &'a Schemas,
    /// The node.
    pub id: NodeId,
}

impl<'a> SchemaRef<'a> {
    /// The node here.
    pub fn node(self) -> &'a Node {
        &self.schemas.nodes[self.id.0 as usize]
    }

    /// The declared field `name`.
    pub fn field(self, name: &str) -> Option<&'a Field> {
        let fields = &self.node().fields;
        fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok().map(|at| &fields[at])
    }

    /// Where `key` of a map leads: to its declared field, or to the schema of free keys.
    pub fn child(self, key: &str) -> Option<SchemaRef<'a>> {
        let id = self.field(key).map(|field| field.node).or(self.node().additional)?;
        Some(self.go(id))
    }

    /// The schema of a list's elements.
    pub fn items(self) -> Option<SchemaRef<'a>> {
        self.node().items.map(|id| self.go(id))
    }

    /// Another node of the same arena.
    pub fn go(self, id: NodeId) -> SchemaRef<'a> {
        SchemaRef { schemas: self.schemas, id }
    }

    /// The arena.
    pub fn schemas(self) -> &'a Schemas {
        self.schemas
    }
}
