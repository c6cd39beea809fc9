//! From a checked tree to what is run (cel-go `interpreter/planner.go`): constants are folded, names resolved
//! to slots or variables, chains of selects gathered, and each call knows its function and its tariff.

mod build;

use std::collections::HashSet;
use std::sync::Arc;

use amethyst_object::Str;

pub(crate) use build::plan;

use crate::eval::Tariff;
use crate::library::Native;
use crate::value::{Key, Value};

/// What a program runs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) root: Node,
}

/// A step of it.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Const(Value<'static>),
    Attribute(Box<Attribute>),
    Call(Box<Call>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Equal {
        operands: Box<[Node; 2]>,
        negated: bool,
    },
    NotStrictlyFalse(Box<Node>),
    /// Membership in a list of constants.
    Within {
        value: Box<Node>,
        set: Arc<HashSet<Key<'static>>>,
    },
    /// `or` and `orValue` of optionals.
    OptionalOr {
        operands: Box<[Node; 2]>,
        unwraps: bool,
    },
    List(Vec<(Node, bool)>),
    Map(Vec<(Node, Node, bool)>),
    Struct {
        name: Str,
        fields: Vec<(Str, Node, bool)>,
    },
    Fold(Box<Fold>),
    /// A name for a value, which is made when first asked for.
    Bind {
        init: Box<Node>,
        body: Box<Node>,
    },
    /// `@result + [element]`, in place; `creates` when the list is no constant.
    Append {
        slot: usize,
        element: Box<Node>,
        creates: bool,
    },
    /// `cel.@mapInsert(@result, ..)`, in place.
    Insert {
        slot: usize,
        entry: Vec<Node>,
    },
}

/// A value, and the way into it.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) root: Root,
    pub(crate) qualifiers: Vec<Qualifier>,
    /// The last step only asks whether there is something.
    pub(crate) tests: bool,
}

/// Where a way begins.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    /// A variable of a comprehension.
    Slot(usize),
    /// A variable of the environment.
    Variable(Str),
    /// Any other value.
    Value(Node),
    /// One of two ways.
    Conditional { condition: Node, ways: Box<[Attribute; 2]> },
}

/// A step into a value.
#[derive(Clone, Debug)]
pub(crate) struct Qualifier {
    pub(crate) index: Index,
    pub(crate) optional: bool,
}

/// Which step.
#[derive(Clone, Debug)]
pub(crate) enum Index {
    Field(Arc<str>),
    Const(Value<'static>),
    /// Computed; the way's first step costs nothing by itself.
    Computed(Attribute),
}

/// A call of a function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) native: Native,
    pub(crate) tariff: Tariff,
    pub(crate) args: Vec<Node>,
}

/// A comprehension. Its accumulator lies in `slot`, its variables behind it.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) range: Node,
    pub(crate) init: Node,
    pub(crate) slot: usize,
    pub(crate) pairs: bool,
    pub(crate) condition: Node,
    pub(crate) step: Node,
    pub(crate) result: Node,
}
