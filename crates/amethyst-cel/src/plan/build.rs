//! Builds a plan.

use std::collections::HashSet;
use std::sync::Arc;

use amethyst_object::Str;

use super::{Attribute, Call, Fold, Index, Node, Plan, Qualifier, Root};
use crate::ast::{self, Checked, Expr, Kind, Literal, Reference};
use crate::eval::{Tariff, constant};
use crate::library::native;
use crate::types::Type;
use crate::value::{Key, List, Value};

/// The plan of a checked expression; an error where a constant in it has no value.
pub(crate) fn plan(checked: &Checked) -> Result<Plan, String> {
    let mut planner = Planner { checked, locals: Vec::new() };
    Ok(Plan { root: planner.node(&checked.root)? })
}

struct Planner<'a> {
    checked: &'a Checked,
    locals: Vec<Str>,
}

fn value_of(literal: &Literal) -> Value<'static> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Uint(value) => Value::Uint(*value),
        Literal::Double(value) => Value::Double(*value),
        Literal::String(text) => Value::String(crate::value::Text::Shared(Arc::clone(text))),
        Literal::Bytes(bytes) => Value::Bytes(Arc::clone(bytes)),
    }
}

/// Functions that upstream evaluates ahead when their argument is a constant.
const CONVERSIONS: [&str; 10] =
    ["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"];

impl Planner<'_> {
    fn node(&mut self, expr: &Expr) -> Result<Node, String> {
        match &expr.kind {
            Kind::Literal(literal) => Ok(Node::Const(value_of(literal))),
            Kind::Ident(_) => Ok(self.name(expr)),
            Kind::Select { operand, field, test } => {
                if self.checked.idents[expr.id as usize].is_some() {
                    return Ok(self.name(expr));
                }
                let mut attribute = self.attribute(operand)?;
                let index = Index::Field(field.as_str().into());
                attribute.qualifiers.push(Qualifier { index, optional: false });
                attribute.tests = *test;
                Ok(Node::Attribute(Box::new(attribute)))
            }
            Kind::Call(call) => self.call(expr, call),
            Kind::List(elements) => {
                let mut nodes = Vec::with_capacity(elements.len());
                for element in elements {
                    nodes.push((self.node(&element.value)?, element.optional));
                }
                let is_constant = nodes.iter().all(|(node, _)| matches!(node, Node::Const(_)));
                self.fold_constant(Node::List(nodes), is_constant)
            }
            Kind::Map(entries) => {
                let mut nodes = Vec::with_capacity(entries.len());
                for entry in entries {
                    nodes.push((self.node(&entry.key)?, self.node(&entry.value)?, entry.optional));
                }
                let is_constant = nodes
                    .iter()
                    .all(|(key, value, _)| matches!((key, value), (Node::Const(_), Node::Const(_))));
                self.fold_constant(Node::Map(nodes), is_constant)
            }
            Kind::Struct { name, fields } => {
                let mut nodes = Vec::with_capacity(fields.len());
                for field in fields {
                    nodes.push((field.name.clone(), self.node(&field.value)?, field.optional));
                }
                let name = name.strip_prefix('.').unwrap_or(name).into();
                Ok(Node::Struct { name, fields: nodes })
            }
            Kind::Fold(fold) => self.fold(fold),
            Kind::Broken => Err("unsupported expr".to_owned()),
        }
    }

    /// Evaluates what is made of constants alone, where that succeeds.
    fn fold_constant(&self, node: Node, is_constant: bool) -> Result<Node, String> {
        if !is_constant {
            return Ok(node);
        }
        Ok(match constant(&node) {
            Ok(value) => Node::Const(value),
            Err(_) => node,
        })
    }

    fn name(&self, expr: &Expr) -> Node {
        let root = match &self.checked.idents[expr.id as usize] {
            Some(Reference::Type(ty)) => return Node::Const(Value::Type(ty.clone())),
            Some(Reference::Variable(name)) => match name.strip_prefix('.') {
                Some(global) => Root::Variable(global.into()),
                None => match self.locals.iter().rposition(|local| local == name) {
                    Some(slot) => Root::Slot(slot),
                    None => Root::Variable(name.clone()),
                },
            },
            None => Root::Value(Node::Const(Value::Null)),
        };
        Node::Attribute(Box::new(Attribute { root, qualifiers: Vec::new(), tests: false }))
    }

    /// The way that an expression is; of other values the way begins at them.
    fn attribute(&mut self, expr: &Expr) -> Result<Attribute, String> {
        Ok(self.as_attribute(expr)?.unwrap_or_else(|node| Attribute {
            root: Root::Value(node),
            qualifiers: Vec::new(),
            tests: false,
        }))
    }

    #[expect(clippy::type_complexity, reason = "a way, or a value that is none, or a failure")]
    fn as_attribute(&mut self, expr: &Expr) -> Result<Result<Attribute, Node>, String> {
        Ok(match self.node(expr)? {
            // What only asks for presence is a boolean, and goes no further.
            Node::Attribute(attribute) if !attribute.tests => Ok(*attribute),
            other => Err(other),
        })
    }

    fn call(&mut self, expr: &Expr, call: &ast::Call) -> Result<Node, String> {
        let function = call.function.strip_prefix('.').unwrap_or(&call.function);
        match function {
            "_?_:_" => {
                let condition = self.node(&call.args[0])?;
                let ways = Box::new([self.attribute(&call.args[1])?, self.attribute(&call.args[2])?]);
                let root = Root::Conditional { condition, ways };
                return Ok(Node::Attribute(Box::new(Attribute {
                    root,
                    qualifiers: Vec::new(),
                    tests: false,
                })));
            }
            "_[_]" | "_[?_]" | "_?._" => return self.index(call, function != "_[_]"),
            "_+_" | "cel.@mapInsert" => {
                if let Some(node) = self.grow(function, call)? {
                    return Ok(node);
                }
            }
            _ => {}
        }
        let mut args = Vec::with_capacity(call.args.len() + 1);
        for arg in call.target.iter().chain(&call.args) {
            args.push(self.node(arg)?);
        }
        let overloads = &self.checked.overloads[expr.id as usize];
        let overload = if let [only] = overloads.as_slice() { only } else { "" };
        self.specialize(function, overload, args)
    }

    fn specialize(&mut self, function: &str, overload: &str, mut args: Vec<Node>) -> Result<Node, String> {
        let mut two = || {
            let right = args.pop().expect("the operator has two operands");
            Box::new([args.pop().expect("the operator has two operands"), right])
        };
        match (function, overload) {
            ("_&&_", _) => return Ok(Node::And(two())),
            ("_||_", _) => return Ok(Node::Or(two())),
            ("_==_", _) => return Ok(Node::Equal { operands: two(), negated: false }),
            ("_!=_", _) => return Ok(Node::Equal { operands: two(), negated: true }),
            ("or", _) => return Ok(Node::OptionalOr { operands: two(), unwraps: false }),
            ("orValue", _) => return Ok(Node::OptionalOr { operands: two(), unwraps: true }),
            ("@not_strictly_false", _) => {
                return Ok(Node::NotStrictlyFalse(Box::new(args.remove(0))));
            }
            ("@in", "in_list") => {
                if let Some(node) = within(&mut args) {
                    return Ok(node);
                }
            }
            ("matches" | "find" | "findAll", _) => {
                if let Some(Node::Const(Value::String(pattern))) = args.get(1) {
                    amethyst_schema::regular_expression(pattern)?;
                }
            }
            _ => {}
        }
        let native = native(function).ok_or_else(|| format!("no such overload: {function}"))?;
        let is_constant = CONVERSIONS.contains(&function) && matches!(args.as_slice(), [Node::Const(_)]);
        let tariff = Tariff::of(function, overload);
        let node = Node::Call(Box::new(Call { native, tariff, args }));
        if is_constant {
            return constant(&node).map(Node::Const).map_err(|error| error.to_string());
        }
        Ok(node)
    }

    fn index(&mut self, call: &ast::Call, optional: bool) -> Result<Node, String> {
        let mut attribute = self.attribute(&call.args[0])?;
        let index = match self.as_attribute(&call.args[1])? {
            Ok(way) => Index::Computed(way),
            Err(Node::Const(Value::String(name))) => Index::Field(name.as_str().into()),
            Err(Node::Const(value)) => Index::Const(value),
            Err(node) => {
                let root = Root::Value(node);
                Index::Computed(Attribute { root, qualifiers: Vec::new(), tests: false })
            }
        };
        attribute.qualifiers.push(Qualifier { index, optional });
        Ok(Node::Attribute(Box::new(attribute)))
    }

    /// What macros add to their accumulator is added in place.
    fn grow(&mut self, function: &str, call: &ast::Call) -> Result<Option<Node>, String> {
        let Some((first, rest)) = call.args.split_first() else { return Ok(None) };
        let Kind::Ident(name) = &first.kind else { return Ok(None) };
        if name != ast::ACCUMULATOR {
            return Ok(None);
        }
        let Some(slot) = self.locals.iter().rposition(|local| local == name) else { return Ok(None) };
        if function == "cel.@mapInsert" {
            let entry = rest.iter().map(|expr| self.node(expr)).collect::<Result<Vec<_>, _>>()?;
            return Ok(Some(Node::Insert { slot, entry }));
        }
        let [Expr { kind: Kind::List(elements), .. }] = rest else { return Ok(None) };
        let [ast::Element { value, optional: false }] = elements.as_slice() else { return Ok(None) };
        let element = self.node(value)?;
        let creates = !matches!(element, Node::Const(_));
        Ok(Some(Node::Append { slot, element: Box::new(element), creates }))
    }

    fn fold(&mut self, fold: &ast::Fold) -> Result<Node, String> {
        let init = self.node(&fold.init)?;
        if fold.is_bind() {
            self.locals.push(fold.accumulator.clone());
            let body = self.node(&fold.result)?;
            self.locals.pop();
            return Ok(Node::Bind { init: Box::new(init), body: Box::new(body) });
        }
        let range = self.node(&fold.range)?;
        let slot = self.locals.len();
        self.locals.push(fold.accumulator.clone());
        self.locals.push(fold.variable.clone());
        self.locals.extend(fold.second.clone());
        let condition = self.node(&fold.condition)?;
        let step = self.node(&fold.step)?;
        self.locals.truncate(slot + 1);
        let result = self.node(&fold.result)?;
        self.locals.truncate(slot);
        let pairs = fold.second.is_some();
        Ok(Node::Fold(Box::new(Fold { range, init, slot, pairs, condition, step, result })))
    }
}

/// Membership in a list of constants needs no list.
fn within(args: &mut Vec<Node>) -> Option<Node> {
    let Some(Node::Const(Value::List(List::Built(values)))) = args.get(1) else { return None };
    if values.is_empty() {
        return Some(Node::Const(Value::Bool(false)));
    }
    let is_plain = |value: &Value<'_>| {
        matches!(value.ty(), Type::Bool | Type::Int | Type::Uint | Type::Double | Type::String)
    };
    if !values.iter().all(is_plain) {
        return None;
    }
    let set: HashSet<Key<'static>> = values.iter().map(|value| Key(value.clone())).collect();
    Some(Node::Within { value: Box::new(args.remove(0)), set: Arc::new(set) })
}
