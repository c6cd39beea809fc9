//! Values seen through their schema, as structured-merge-diff sees them: maps, lists and scalars that are
//! atomic or granular, and, where no schema is, what the values themselves suggest.

mod compare;
mod field_set;
mod list;
mod merge;
mod reconcile;
mod remove;
mod validate;

use amethyst_object::{Str, Value};
use amethyst_schema::{ListType, SchemaRef, Type};

use crate::fields::Element;

pub(crate) use compare::{Comparison, compare};
pub(crate) use field_set::{field_set, goes_on};
pub(crate) use merge::merge;
pub(crate) use reconcile::reconcile;
pub(crate) use remove::remove;
pub(crate) use validate::{Errors, validate};

/// The type of a place in a document.
#[derive(Clone, Copy)]
pub(crate) enum Ty<'a> {
    /// A node of a schema, and whether a node above it keeps unknown fields.
    Node(SchemaRef<'a>, bool),
    /// No schema: maps are granular, lists are atomic.
    Deduced,
    /// No schema below something atomic.
    Untyped,
    /// A field that the schema does not have.
    Undeclared,
}

/// What a value of a type is.
#[derive(Clone, Copy)]
pub(crate) enum Atom<'a> {
    Map { atomic: bool },
    List(ListTy<'a>),
    Scalar(Scalar),
    Undeclared,
}

/// How a list merges.
#[derive(Clone, Copy)]
pub(crate) struct ListTy<'a> {
    pub(crate) atomic: bool,
    /// The key fields; none for a set.
    pub(crate) keys: &'a [Str],
    pub(crate) items: Ty<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Numeric,
    String,
    Boolean,
    Untyped,
}

/// What the value of a type that allows everything looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Map,
    List,
    Scalar,
    Open,
}

impl Form {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Open,
            Some(Value::Object(_)) => Self::Map,
            Some(Value::Array(_)) => Self::List,
            Some(_) => Self::Scalar,
        }
    }
}

impl<'a> Ty<'a> {
    /// The type of a document of this schema.
    pub(crate) fn root(schema: Option<SchemaRef<'a>>) -> Self {
        schema.map_or(Self::Deduced, |at| Self::Node(at, false))
    }

    fn open(self) -> bool {
        match self {
            Self::Node(at, _) => at.node().ty == Type::Any,
            Self::Deduced | Self::Untyped => true,
            Self::Undeclared => false,
        }
    }

    /// Whether both values take the same form under this type; they always do under one that names it.
    pub(crate) fn same_form(self, left: &Value, right: &Value) -> bool {
        !self.open() || Form::of(Some(left)) == Form::of(Some(right))
    }

    /// What `value` is under this type. Null and nothing take a map's form where any would do.
    pub(crate) fn atom(self, value: Option<&Value>) -> Atom<'a> {
        match self {
            Self::Undeclared => Atom::Undeclared,
            Self::Deduced | Self::Untyped => match Form::of(value) {
                Form::Map | Form::Open => Atom::Map { atomic: matches!(self, Self::Untyped) },
                Form::List => Atom::List(ListTy { atomic: true, keys: &[], items: Self::Untyped }),
                Form::Scalar => Atom::Scalar(Scalar::Untyped),
            },
            Self::Node(at, _) => {
                let node = at.node();
                match node.ty {
                    Type::Boolean => Atom::Scalar(Scalar::Boolean),
                    Type::Integer | Type::Number => Atom::Scalar(Scalar::Numeric),
                    Type::String if node.format.is_empty() || node.format == "byte" => {
                        Atom::Scalar(Scalar::String)
                    }
                    Type::String | Type::IntOrString | Type::Quantity => Atom::Scalar(Scalar::Untyped),
                    Type::Object => Atom::Map { atomic: node.map_atomic },
                    Type::Array => Atom::List(self.list()),
                    Type::Any => match Form::of(value) {
                        Form::Map | Form::Open => Atom::Map { atomic: node.map_atomic },
                        Form::List => Atom::List(self.list()),
                        Form::Scalar => Atom::Scalar(Scalar::Untyped),
                    },
                }
            }
        }
    }

    fn list(self) -> ListTy<'a> {
        let Self::Node(at, preserve) = self else {
            return ListTy { atomic: true, keys: &[], items: Self::Untyped };
        };
        let node = at.node();
        ListTy {
            atomic: node.list == ListType::Atomic,
            keys: if node.list == ListType::Map { &node.list_keys } else { &[] },
            items: at
                .items()
                .map_or(Self::Untyped, |items| Self::Node(items, preserve || node.preserve_unknown)),
        }
    }

    /// The type under a key of a map.
    pub(crate) fn child(self, key: &str) -> Self {
        self.enter(key).0
    }

    /// The type under a key of a map, and whether the key is a declared field.
    pub(crate) fn enter(self, key: &str) -> (Self, bool) {
        let Self::Node(at, preserve) = self else {
            return (self, false);
        };
        let node = at.node();
        let preserve = preserve || node.preserve_unknown;
        if let Some(field) = at.field(key) {
            return (Self::Node(at.go(field.node), preserve), true);
        }
        let free = match node.additional {
            Some(additional) => Self::Node(at.go(additional), preserve),
            None if node.ty == Type::Any && node.map_atomic => Self::Untyped,
            None if preserve || node.fields.is_empty() => Self::Deduced,
            None => Self::Undeclared,
        };
        (free, false)
    }

    /// The type below a path element.
    pub(crate) fn step(self, element: &Element) -> Self {
        match (self, element) {
            (_, Element::Field(name)) => self.child(name),
            (Self::Node(..), _) => self.list().items,
            (Self::Deduced | Self::Untyped, _) => Self::Untyped,
            (Self::Undeclared, _) => Self::Undeclared,
        }
    }

    /// Whether `key` is a declared field.
    pub(crate) fn declares(self, key: &str) -> bool {
        matches!(self, Self::Node(at, _) if at.field(key).is_some())
    }

    /// Whether this is a map of free keys whose values have no schema either.
    fn suggested(self) -> bool {
        match self {
            Self::Deduced => true,
            Self::Node(at, _) => {
                let node = at.node();
                let open = |id| at.go(id).node().ty == Type::Any;
                node.fields.is_empty() && node.additional.is_none_or(open)
            }
            Self::Untyped | Self::Undeclared => false,
        }
    }

    /// The default of a declared field.
    fn default_of(self, key: &str) -> Option<&'a Value> {
        match self {
            Self::Node(at, _) => at.field(key)?.default.as_ref(),
            _ => None,
        }
    }
}
