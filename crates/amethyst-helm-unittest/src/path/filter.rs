//! Filters: `[?(@.name == "web" && @.port > 80)]`.

use std::cmp::Ordering;
use std::sync::Arc;

use regex::Regex;

use super::eval::Node;
use super::lexer::{Kind, Lexeme};
use super::{DEPTH_MAX, Path};
use crate::value::{KeyKind, Value};
use crate::yaml::{Scalar, resolve, scalar_text};

/// A filter that was read.
#[derive(Debug)]
pub(super) enum Filter {
    /// Something is found at the term.
    Exists(Term),
    Compare(Comparison, Term, Term),
    Matches(Term, Term),
    Not(Option<Box<Filter>>),
    Any(Option<Box<Filter>>, Option<Box<Filter>>),
    All(Option<Box<Filter>>, Option<Box<Filter>>),
    Literal(bool),
    Never,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// One side of a comparison.
#[derive(Debug)]
pub(super) enum Term {
    /// `@`: from the node; `$`: from the root. Without a path nothing is found.
    Path {
        at: bool,
        path: Option<Path>,
    },
    Literal(Typed),
    Regex(Option<Arc<Regex>>),
    Nothing,
}

/// A value with its type.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    kind: Type,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Unknown,
    String,
    Int,
    Float,
    Bool,
    Null,
    Regex,
}

impl Type {
    fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    fn goes_with(self, other: Self) -> bool {
        self.is_number() && other.is_number() || self == other || self == Self::String && other == Self::Regex
    }
}

impl Filter {
    /// The filter that these lexemes say; `None` when they say nothing, which accepts nothing.
    pub(super) fn parse(lexemes: &[Lexeme], depth: usize) -> Option<Self> {
        if lexemes.is_empty() {
            return None;
        }
        Parser { lexemes, at: 0, depth }.expression(0)
    }

    pub(super) fn accepts(&self, node: Node<'_>, root: Node<'_>) -> bool {
        let accepts =
            |filter: &Option<Box<Self>>| filter.as_ref().is_some_and(|filter| filter.accepts(node, root));
        match self {
            Self::Exists(term) => !term.values(node, root).is_empty(),
            Self::Not(inner) => !accepts(inner),
            Self::Any(left, right) => accepts(left) || accepts(right),
            Self::All(left, right) => accepts(left) && accepts(right),
            Self::Literal(value) => *value,
            Self::Compare(comparison, left, right) => {
                every_pair(&left.values(node, root), &right.values(node, root), |left, right| {
                    comparison.holds(left, right)
                })
            }
            Self::Matches(left, Term::Regex(Some(regex))) => {
                let values = left.values(node, root);
                !values.is_empty()
                    && values.iter().all(|value| value.kind == Type::String && regex.is_match(&value.text))
            }
            Self::Matches(..) | Self::Never => false,
        }
    }
}

/// Whether there is a pair and every pair is accepted.
fn every_pair(left: &[Typed], right: &[Typed], accepts: impl Fn(&Typed, &Typed) -> bool) -> bool {
    !left.is_empty()
        && !right.is_empty()
        && left.iter().all(|left| right.iter().all(|right| accepts(left, right)))
}

impl Comparison {
    fn holds(self, left: &Typed, right: &Typed) -> bool {
        let order = if !left.kind.goes_with(right.kind) {
            None
        } else if left.kind.is_number() {
            // What is not a number to Go either is never equal.
            match (left.text.parse::<f64>(), right.text.parse::<f64>()) {
                (Ok(left), Ok(right)) => left.partial_cmp(&right).or(Some(Ordering::Equal)),
                _ => None,
            }
        } else {
            match left.kind {
                Type::Bool => left.text.eq_ignore_ascii_case(&right.text).then_some(Ordering::Equal),
                Type::Null => Some(Ordering::Equal),
                Type::String if right.kind == Type::String => Some(left.text.cmp(&right.text)),
                _ => None,
            }
        };
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        }
    }
}

impl Term {
    fn values(&self, node: Node<'_>, root: Node<'_>) -> Vec<Typed> {
        match self {
            Self::Path { at, path: Some(path) } => {
                let from = if *at { node } else { root };
                path.nodes(from).into_iter().map(Typed::of).collect()
            }
            Self::Literal(value) => vec![value.clone()],
            Self::Regex(_) => vec![Typed { kind: Type::Regex, text: String::new() }],
            Self::Path { path: None, .. } | Self::Nothing => Vec::new(),
        }
    }
}

impl Typed {
    fn of(node: Node<'_>) -> Self {
        match node {
            Node::Key(key) if key.kind == KeyKind::String => {
                Self { kind: Type::String, text: key.text.to_string() }
            }
            Node::Key(key) => Self { kind: Type::of(&resolve(&key.text)), text: key.text.to_string() },
            Node::Value(Value::String(text)) => Self { kind: Type::String, text: text.to_string() },
            Node::Value(Value::List(_) | Value::Map(_)) => Self { kind: Type::Unknown, text: String::new() },
            Node::Value(value) => {
                let text = scalar_text(value);
                Self { kind: Type::of(&resolve(&text)), text }
            }
        }
    }

    fn literal(lexeme: &Lexeme) -> Option<Self> {
        let (kind, text) = match lexeme.kind {
            Kind::IntegerLiteral => (Type::Int, lexeme.text.as_str()),
            Kind::FloatLiteral => (Type::Float, lexeme.text.as_str()),
            Kind::StringLiteral => (Type::String, lexeme.text.get(1..lexeme.text.len() - 1)?),
            Kind::BooleanLiteral => (Type::Bool, lexeme.text.trim()),
            Kind::NullLiteral => (Type::Null, lexeme.text.as_str()),
            _ => return None,
        };
        Some(Self { kind, text: text.to_owned() })
    }
}

impl Type {
    fn of(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(_) => Self::Bool,
            Scalar::Int(_) | Scalar::Uint(_) => Self::Int,
            Scalar::Float(_) => Self::Float,
            Scalar::String => Self::String,
            Scalar::Time(_) | Scalar::Merge => Self::Unknown,
        }
    }
}

/// The regular expression between its slashes.
pub(super) fn regex_text(lexeme: &str) -> String {
    let inner = lexeme.get(1..lexeme.len().saturating_sub(1)).unwrap_or_default();
    inner.replace("\\/", "/")
}

struct Parser<'a> {
    lexemes: &'a [Lexeme],
    at: usize,
    depth: usize,
}

/// A filter, or the term that a comparison may follow.
enum Basic {
    Filter(Option<Filter>),
    Term(Term, Option<bool>),
}

impl Parser<'_> {
    fn peek(&self) -> Kind {
        self.lexemes.get(self.at).map_or(Kind::End, |lexeme| lexeme.kind)
    }

    fn expression(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.conjunction(depth);
        while self.peek() == Kind::Or {
            self.at += 1;
            let right = self.conjunction(depth);
            filter = Some(Filter::Any(filter.map(Box::new), right.map(Box::new)));
        }
        filter
    }

    fn conjunction(&mut self, depth: usize) -> Option<Filter> {
        let mut filter = self.basic(depth);
        while self.peek() == Kind::And {
            self.at += 1;
            let right = self.basic(depth);
            filter = Some(Filter::All(filter.map(Box::new), right.map(Box::new)));
        }
        filter
    }

    fn basic(&mut self, depth: usize) -> Option<Filter> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.peek() {
            Kind::Not => {
                self.at += 1;
                let inner = self.basic(depth + 1);
                return Some(Filter::Not(inner.map(Box::new)));
            }
            Kind::OpenBracket => {
                self.at += 1;
                let inner = self.expression(depth + 1);
                if self.peek() == Kind::CloseBracket {
                    self.at += 1;
                }
                return inner;
            }
            _ => {}
        }
        let (left, boolean) = match self.term() {
            Basic::Filter(filter) => return filter,
            Basic::Term(term, boolean) => (term, boolean),
        };
        let comparison = match self.peek() {
            Kind::Equality => Comparison::Equal,
            Kind::Inequality => Comparison::NotEqual,
            Kind::GreaterThan => Comparison::Greater,
            Kind::GreaterThanOrEqual => Comparison::GreaterOrEqual,
            Kind::LessThan => Comparison::Less,
            Kind::LessThanOrEqual => Comparison::LessOrEqual,
            Kind::MatchesRegularExpression => {
                self.at += 1;
                let Basic::Term(right, _) = self.term() else { return Some(Filter::Never) };
                return Some(Filter::Matches(left, right));
            }
            _ => {
                return Some(match (left, boolean) {
                    (_, Some(value)) => Filter::Literal(value),
                    (term @ Term::Path { .. }, _) => Filter::Exists(term),
                    _ => Filter::Never,
                });
            }
        };
        self.at += 1;
        let right = match self.term() {
            Basic::Term(term, _) => term,
            Basic::Filter(_) => Term::Nothing,
        };
        Some(Filter::Compare(comparison, left, right))
    }

    fn term(&mut self) -> Basic {
        let Some(lexeme) = self.lexemes.get(self.at) else { return Basic::Filter(None) };
        match lexeme.kind {
            Kind::At | Kind::Root => {
                self.at += 1;
                let text = self.subpath();
                let path = Path::parse_nested(&text, self.depth + 1).ok();
                Basic::Term(Term::Path { at: lexeme.kind == Kind::At, path }, None)
            }
            Kind::RegularExpressionLiteral => {
                self.at += 1;
                let regex = crate::regex::compile(&regex_text(&lexeme.text)).ok();
                Basic::Term(Term::Regex(regex), None)
            }
            _ => match Typed::literal(lexeme) {
                Some(value) => {
                    self.at += 1;
                    let boolean = (value.kind == Type::Bool).then(|| value.text == "true");
                    Basic::Term(Term::Literal(value), boolean)
                }
                None => Basic::Filter(None),
            },
        }
    }

    /// The text of the path behind `@` or `$`.
    fn subpath(&mut self) -> String {
        let mut text = String::new();
        let mut level = 1;
        while let Some(lexeme) = self.lexemes.get(self.at) {
            match lexeme.kind {
                Kind::Identity
                | Kind::DotChild
                | Kind::BracketChild
                | Kind::RecursiveDescent
                | Kind::ArraySubscript => {}
                Kind::FilterBegin => level += 1,
                Kind::FilterEnd => {
                    level -= 1;
                    if level == 0 {
                        break;
                    }
                }
                Kind::End => break,
                _ if level == 1 => break,
                _ => {}
            }
            text.push_str(&lexeme.text);
            self.at += 1;
        }
        text
    }
}
