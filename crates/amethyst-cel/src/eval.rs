//! Runs a plan, and counts what it costs as cel-go does (`interpreter/interpretable.go`, `runtimecost.go`).
//!
//! An error is a value to `&&`, `||` and comprehensions, which may absorb it; running out of budget is not.

mod attribute;
mod tariff;

use std::collections::HashSet;
use std::sync::Arc;

pub(crate) use tariff::Tariff;

use crate::budget::Budget;
use crate::cost::{LIST_COST, MAP_COST, STRUCT_COST};
use crate::error::EvalError;
use crate::plan::{Fold, Node, Plan};
use crate::program::Bindings;
use crate::value::{Entries, Instance, Key, List, Map, Value};

type Result<T> = std::result::Result<T, EvalError>;

/// The value of a plan.
pub(crate) fn eval<'a>(plan: &Plan, bindings: &dyn Bindings<'a>, budget: &mut Budget) -> Result<Value<'a>> {
    Eval { bindings, budget, stack: Vec::new() }.node(&plan.root)
}

/// The value of what is made of constants alone.
pub(crate) fn constant(node: &Node) -> Result<Value<'static>> {
    let none: [(&str, Value<'static>); 0] = [];
    let mut budget = Budget::new(u64::MAX);
    Eval { bindings: &none, budget: &mut budget, stack: Vec::new() }.node(node)
}

/// A variable of a comprehension.
enum Slot<'p, 'a> {
    Value(Result<Value<'a>>),
    /// To be made when first asked for.
    Lazy(&'p Node),
}

struct Eval<'p, 'a, 'b> {
    bindings: &'b dyn Bindings<'a>,
    budget: &'b mut Budget,
    stack: Vec<Slot<'p, 'a>>,
}

impl<'p, 'a> Eval<'p, 'a, '_> {
    fn node(&mut self, node: &'p Node) -> Result<Value<'a>> {
        match node {
            Node::Const(value) => Ok(value.clone()),
            Node::Attribute(attribute) => self.attribute(attribute),
            Node::Call(call) => {
                let args = self.arguments(&call.args)?;
                let result = (call.native)(&args);
                self.budget.spend(call.tariff.cost(&args, result.as_ref().ok()))?;
                result
            }
            Node::And(operands) => self.logic(operands, false),
            Node::Or(operands) => self.logic(operands, true),
            Node::Equal { operands, negated } => self.equal(operands, *negated),
            Node::NotStrictlyFalse(operand) => {
                let holds = match self.node(operand) {
                    Ok(Value::Bool(value)) => value,
                    Err(EvalError::CostLimit) => return Err(EvalError::CostLimit),
                    _ => true,
                };
                self.budget.spend(1)?;
                Ok(Value::Bool(holds))
            }
            Node::Within { value, set } => {
                let value = self.node(value)?;
                let set: &HashSet<Key<'a>> = set;
                Ok(Value::Bool(set.contains(&Key(value))))
            }
            Node::OptionalOr { operands, unwraps } => match self.node(&operands[0])? {
                Value::Optional(Some(value)) if *unwraps => Ok((*value).clone()),
                value @ Value::Optional(Some(_)) => Ok(value),
                Value::Optional(None) => self.node(&operands[1]),
                _ => Err(EvalError::no_such_overload()),
            },
            Node::List(elements) => self.list(elements),
            Node::Map(entries) => self.map(entries),
            Node::Struct { name, fields } => {
                let mut values = Vec::with_capacity(fields.len());
                for (name, node, optional) in fields {
                    let value = self.node(node)?;
                    if let Some(value) = self.unwrap(value, *optional)? {
                        values.push((name.clone(), value));
                    }
                }
                self.budget.spend(STRUCT_COST)?;
                Ok(Value::Object(Arc::new(Instance { type_name: name.clone(), fields: values })))
            }
            Node::Fold(fold) => self.fold(fold),
            Node::Bind { init, body } => {
                self.stack.push(Slot::Lazy(init));
                let result = self.node(body);
                self.stack.pop();
                result
            }
            Node::Append { slot, element, creates } => self.append(*slot, element, *creates),
            Node::Insert { slot, entry } => self.insert(*slot, entry),
        }
    }

    /// The values of arguments. Of one or two each is made, whatever becomes of the other.
    fn arguments(&mut self, nodes: &'p [Node]) -> Result<Vec<Value<'a>>> {
        let mut values = Vec::with_capacity(nodes.len());
        let mut failed = None;
        for node in nodes {
            match self.node(node) {
                Ok(value) => values.push(value),
                Err(EvalError::CostLimit) => return Err(EvalError::CostLimit),
                Err(error) if nodes.len() > 2 => return Err(error),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => {
                self.budget.spend(1)?;
                Err(error)
            }
            None => Ok(values),
        }
    }

    /// `&&` and `||`: either side may decide alone, whatever the other one fails of.
    fn logic(&mut self, operands: &'p [Node; 2], decides: bool) -> Result<Value<'a>> {
        let mut failed = None;
        for operand in operands {
            match self.node(operand) {
                Ok(Value::Bool(value)) if value == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => failed = failed.or(Some(EvalError::no_such_overload())),
                Err(EvalError::CostLimit) => return Err(EvalError::CostLimit),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn equal(&mut self, operands: &'p [Node; 2], negated: bool) -> Result<Value<'a>> {
        let operands = self.arguments(operands)?;
        let (left, right) = (&operands[0], &operands[1]);
        let equal = left.equals(right);
        self.budget.spend(tariff::equality(left, right, negated))?;
        // What cannot be compared is different.
        if negated { Ok(Value::Bool(equal != Ok(true))) } else { equal.map(Value::Bool) }
    }

    /// The value of an element spelled `?x`, if it has one.
    fn unwrap(&self, value: Value<'a>, optional: bool) -> Result<Option<Value<'a>>> {
        match value {
            value if !optional => Ok(Some(value)),
            Value::Optional(inner) => Ok(inner.map(|inner| (*inner).clone())),
            _ => Err(EvalError::new("cannot initialize optional entry from non-optional value")),
        }
    }

    fn list(&mut self, elements: &'p [(Node, bool)]) -> Result<Value<'a>> {
        let mut values = Vec::with_capacity(elements.len());
        for (node, optional) in elements {
            let value = self.node(node)?;
            values.extend(self.unwrap(value, *optional)?);
        }
        self.budget.spend(LIST_COST)?;
        Ok(Value::list(values))
    }

    fn map(&mut self, entries: &'p [(Node, Node, bool)]) -> Result<Value<'a>> {
        let mut map = Entries::default();
        for (key, value, optional) in entries {
            let key = self.node(key)?;
            let value = self.node(value)?;
            match self.unwrap(value, *optional)? {
                Some(value) => map.insert(Key(key), value),
                None => map.shift_remove(&Key(key)),
            };
        }
        self.budget.spend(MAP_COST)?;
        Ok(Value::Map(Map::Built(Arc::new(map))))
    }

    fn fold(&mut self, fold: &'p Fold) -> Result<Value<'a>> {
        let range = self.node(&fold.range)?;
        let items: Box<dyn Iterator<Item = Result<(Value<'a>, Option<Value<'a>>)>>> = match &range {
            Value::List(list) if fold.pairs => {
                let list = list.clone();
                Box::new((0..list.len()).map(move |index| {
                    let value = list.get(index).expect("the index is below the length")?;
                    Ok((Value::Int(index as i64), Some(value)))
                }))
            }
            Value::List(list) => {
                let list = list.clone();
                Box::new(
                    (0..list.len()).map(move |index| {
                        Ok((list.get(index).expect("the index is below the length")?, None))
                    }),
                )
            }
            Value::Map(map) => {
                let map = map.clone();
                let pairs = fold.pairs;
                Box::new(map.keys().into_iter().map(move |key| {
                    let value = pairs.then(|| map.find(&key)).flatten().transpose()?;
                    Ok((key, if pairs { value.or(Some(Value::Null)) } else { None }))
                }))
            }
            other => {
                return Err(EvalError::new(format!("got '{}', expected iterable type", other.ty().name())));
            }
        };
        let init = self.node(&fold.init);
        let depth = self.stack.len();
        debug_assert_eq!(depth, fold.slot, "slots are numbered as the stack grows");
        self.stack.push(Slot::Value(init));
        let result = self.run_fold(fold, items);
        self.stack.truncate(depth);
        result
    }

    fn run_fold(
        &mut self,
        fold: &'p Fold,
        items: impl Iterator<Item = Result<(Value<'a>, Option<Value<'a>>)>>,
    ) -> Result<Value<'a>> {
        let depth = self.stack.len();
        for item in items {
            // What does not fit its schema is an error to whoever asks for it.
            let (first, second) = match item {
                Ok((first, second)) => (Ok(first), second.map(Ok)),
                Err(error) => (Err(error.clone()), fold.pairs.then_some(Err(error))),
            };
            self.stack.push(Slot::Value(first));
            self.stack.extend(second.map(Slot::Value));
            let goes_on = match self.node(&fold.condition) {
                Ok(Value::Bool(value)) => value,
                Err(EvalError::CostLimit) => return Err(EvalError::CostLimit),
                _ => true,
            };
            if !goes_on {
                self.stack.truncate(depth);
                break;
            }
            let step = self.node(&fold.step);
            if matches!(step, Err(EvalError::CostLimit)) {
                return step;
            }
            self.stack.truncate(depth);
            self.stack[fold.slot] = Slot::Value(step);
        }
        self.node(&fold.result)
    }

    /// The value in a slot, made if it has to be.
    fn slot(&mut self, slot: usize) -> Result<Value<'a>> {
        match &self.stack[slot] {
            Slot::Value(value) => value.clone(),
            Slot::Lazy(node) => {
                let value = self.node(node);
                self.stack[slot] = Slot::Value(value.clone());
                value
            }
        }
    }

    /// Takes an accumulator out of its slot, where the step's value goes next.
    fn take(&mut self, slot: usize) -> Result<Value<'a>> {
        let taken = std::mem::replace(&mut self.stack[slot], Slot::Value(Ok(Value::Null)));
        match taken {
            Slot::Value(value) => value,
            Slot::Lazy(_) => Err(EvalError::no_such_overload()),
        }
    }

    fn append(&mut self, slot: usize, element: &'p Node, creates: bool) -> Result<Value<'a>> {
        // The accumulator, the list around the element, the concatenation.
        self.budget.spend(1)?;
        if let Slot::Value(Err(error)) = &self.stack[slot] {
            return Err(error.clone());
        }
        let element = self.node(element)?;
        self.budget.spend(if creates { LIST_COST + 1 } else { 1 })?;
        let Value::List(list) = self.take(slot)? else { return Err(EvalError::no_such_overload()) };
        let mut values = match list {
            List::Built(values) => values,
            list @ List::Document { .. } => Arc::new(list.to_vec()?),
        };
        Arc::make_mut(&mut values).push(element);
        Ok(Value::List(List::Built(values)))
    }

    fn insert(&mut self, slot: usize, entry: &'p [Node]) -> Result<Value<'a>> {
        self.budget.spend(1)?;
        if let Slot::Value(Err(error)) = &self.stack[slot] {
            return Err(error.clone());
        }
        let mut values = Vec::with_capacity(entry.len());
        for node in entry {
            values.push(self.node(node)?);
        }
        self.budget.spend(1)?;
        let mut added = Vec::new();
        match values.as_slice() {
            [key, value] => added.push((key.clone(), value.clone())),
            [Value::Map(map)] => {
                for key in map.keys() {
                    if let Some(value) = map.find(&key) {
                        added.push((key, value?));
                    }
                }
            }
            _ => return Err(EvalError::no_such_overload()),
        }
        let Value::Map(Map::Built(mut entries)) = self.take(slot)? else {
            return Err(EvalError::no_such_overload());
        };
        let map = Arc::make_mut(&mut entries);
        for (key, value) in added {
            let shown = crate::library::show(&key);
            if map.insert(Key(key), value).is_some() {
                return Err(EvalError::new(format!("insert failed: key {shown} already exists")));
            }
        }
        Ok(Value::Map(Map::Built(entries)))
    }
}
