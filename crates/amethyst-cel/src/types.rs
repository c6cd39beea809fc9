//! Types of expressions.

use std::fmt;
use std::sync::Arc;

use amethyst_object::Str;

/// A type. Objects are told apart by their names, everything else by shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// The type of what does not check; no value has it.
    Error,
    /// Anything; checked when it runs.
    Dyn,
    /// `null`.
    Null,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `uint`.
    Uint,
    /// `double`.
    Double,
    /// `string`.
    String,
    /// `bytes`.
    Bytes,
    /// `google.protobuf.Timestamp`.
    Timestamp,
    /// `google.protobuf.Duration`.
    Duration,
    /// A list of values of one type.
    List(Arc<Type>),
    /// A map from one type to another.
    Map(Arc<(Type, Type)>),
    /// The type of a type.
    Type(Option<Arc<Type>>),
    /// A type variable.
    Param(Str),
    /// A type with a name and parameters: `optional_type`, `net.IP`, `net.CIDR`.
    Opaque(Str, Arc<[Type]>),
    /// An object with declared fields.
    Object(Arc<dyn ObjectType>),
}

/// A type of objects, whose fields are looked up when an expression names them.
pub trait ObjectType: fmt::Debug + Send + Sync {
    /// Its name, by which it is the same as another.
    fn name(&self) -> &str;

    /// The type of a field, by the name that expressions use ([`crate::escape`]d).
    fn field(&self, name: &str) -> Option<Type>;
}

impl PartialEq for dyn ObjectType {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for dyn ObjectType {}

/// Finds the object types that expressions may name, to construct them (`Object.spec{..}`).
pub trait TypeProvider: fmt::Debug + Send + Sync {
    /// The object type with this full name.
    fn find(&self, name: &str) -> Option<Arc<dyn ObjectType>>;
}

/// An object type with a list of fields.
#[derive(Clone, Debug, Default)]
pub struct StructType {
    /// Its name.
    pub name: Str,
    /// Its fields, by the names that expressions use.
    pub fields: Vec<(Str, Type)>,
}

impl ObjectType for StructType {
    fn name(&self) -> &str {
        &self.name
    }

    fn field(&self, name: &str) -> Option<Type> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, ty)| ty.clone())
    }
}

impl Type {
    /// A list.
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A map.
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new((key, value)))
    }

    /// An optional.
    pub fn optional(inner: Self) -> Self {
        Self::Opaque("optional_type".into(), Arc::new([inner]))
    }

    /// An object with these fields.
    pub fn object<S: Into<Str>>(name: &str, fields: impl IntoIterator<Item = (S, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        Self::Object(Arc::new(StructType { name: name.into(), fields }))
    }

    /// `kubernetes.authorization.Authorizer`.
    pub fn authorizer() -> Self {
        crate::library::named_type("authorizer")
    }

    /// `kubernetes.authorization.ResourceCheck`.
    pub fn resource_check() -> Self {
        crate::library::named_type("resourcecheck")
    }

    /// What is inside, when it is an optional.
    pub(crate) fn unwrap_optional(&self) -> Option<&Self> {
        match self {
            Self::Opaque(name, parameters) if name == "optional_type" => parameters.first(),
            _ => None,
        }
    }

    /// Anything, or what did not check.
    pub(crate) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }

    /// The types it is made of.
    pub(crate) fn parameters(&self) -> Vec<&Self> {
        match self {
            Self::List(element) => vec![element],
            Self::Map(pair) => vec![&pair.0, &pair.1],
            Self::Type(Some(inner)) => vec![inner],
            Self::Opaque(_, parameters) => parameters.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The name that the type of a value has at run time.
    pub fn name(&self) -> &str {
        match self {
            Self::Error => "error",
            Self::Dyn => "dyn",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Type(_) => "type",
            Self::Param(name) | Self::Opaque(name, _) => name,
            Self::Object(object) => object.name(),
        }
    }
}

/// As cel-go prints types in errors (`checker/format.go`).
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => return f.write_str("!error!"),
            Self::Null => return f.write_str("null"),
            Self::Timestamp => return f.write_str("timestamp"),
            Self::Duration => return f.write_str("duration"),
            _ => f.write_str(self.name())?,
        }
        let parameters = self.parameters();
        for (index, parameter) in parameters.iter().enumerate() {
            f.write_str(if index == 0 { "(" } else { ", " })?;
            parameter.fmt(f)?;
        }
        if parameters.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
