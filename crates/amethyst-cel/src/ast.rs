//! The syntax tree, after macros are expanded, and what the checker learns about it.

use std::collections::HashSet;
use std::sync::Arc;

use amethyst_object::Str;

use crate::types::Type;

/// Names a node; dense, from 0.
pub(crate) type Id = u32;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Literal(Literal),
    Ident(Str),
    Select {
        operand: Box<Expr>,
        field: Str,
        test: bool,
    },
    Call(Box<Call>),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Struct {
        name: Str,
        fields: Vec<Field>,
    },
    Fold(Box<Fold>),
    /// What did not parse; a fault stands elsewhere.
    Broken,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
}

/// A call of a function, perhaps on a target.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: Str,
    pub(crate) target: Option<Expr>,
    pub(crate) args: Vec<Expr>,
}

/// An element of a list.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// A field of a constructed object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) id: Id,
    pub(crate) name: Str,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// A comprehension.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) range: Expr,
    pub(crate) variable: Str,
    pub(crate) second: Option<Str>,
    pub(crate) accumulator: Str,
    pub(crate) init: Expr,
    pub(crate) condition: Expr,
    pub(crate) step: Expr,
    pub(crate) result: Expr,
}

/// The name of the accumulator of macros; no expression can spell it.
pub(crate) const ACCUMULATOR: &str = "@result";

impl Fold {
    /// Whether it only binds a variable (`optMap` and its like).
    pub(crate) fn is_bind(&self) -> bool {
        matches!(&self.range.kind, Kind::List(elements) if elements.is_empty())
            && matches!(self.condition.kind, Kind::Literal(Literal::Bool(false)))
            && self.accumulator != "__result__"
    }
}

impl Expr {
    /// The integer, if it is a literal one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        if let Kind::Literal(Literal::Int(value)) = self.kind { Some(value) } else { None }
    }
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) root: Expr,
    pub(crate) places: Places,
}

/// Where nodes begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// Offsets in characters, by node.
    pub(crate) offsets: Vec<u32>,
    /// Where lines begin, in characters.
    pub(crate) lines: Vec<u32>,
}

impl Places {
    /// Line (from 1) and column (from 0) of an offset.
    pub(crate) fn at(&self, offset: u32) -> (i64, i64) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        (line as i64, i64::from(offset - start))
    }

    /// Line and column of a node.
    pub(crate) fn of(&self, id: Id) -> (i64, i64) {
        self.at(self.offsets.get(id as usize).copied().unwrap_or_default())
    }

    /// A new node that begins at `offset`.
    pub(crate) fn add(&mut self, offset: u32) -> Id {
        let id = self.offsets.len() as Id;
        self.offsets.push(offset);
        id
    }
}

/// A checked expression.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) root: Expr,
    /// Types by node.
    pub(crate) types: Vec<Option<Type>>,
    /// The overloads that a call may mean, by node.
    pub(crate) overloads: Vec<Vec<&'static str>>,
    /// Nodes that name a variable by its whole name, and those that name a type.
    pub(crate) idents: Vec<Option<Reference>>,
    /// All names of variables and types that it refers to.
    pub(crate) references: HashSet<Str>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A variable, global or of a comprehension.
    Variable(Str),
    /// A type.
    Type(Type),
}

impl Checked {
    /// The type of a node.
    pub(crate) fn type_of(&self, expr: &Expr) -> &Type {
        self.types.get(expr.id as usize).and_then(Option::as_ref).unwrap_or(&Type::Dyn)
    }
}
