//! What an expression may cost at most (cel-go `checker/cost.go`, with Kubernetes' estimates of its libraries).

mod calls;
mod kubernetes;
mod size;

use std::collections::HashMap;

use amethyst_object::Str;

pub(crate) use calls::compares;
pub(crate) use kubernetes::selector_cost;
pub use size::{Cost, Estimate, NoSizes, Size, Sizes, Step};

use crate::ast::{ACCUMULATOR, Call, Checked, Element, Entry, Expr, Fold, Id, Kind, Literal};
use crate::types::Type;

/// Creating a list, a map, an object.
pub(crate) const LIST_COST: u64 = 10;
pub(crate) const MAP_COST: u64 = 30;
pub(crate) const STRUCT_COST: u64 = 40;
/// Going over a string, per character; matching one, per character of the pattern.
pub(crate) const TRAVERSAL: f64 = 0.1;
pub(crate) const PATTERN: f64 = 0.25;

/// The least and most an expression may cost.
pub(crate) fn estimate(checked: &Checked, sizes: &dyn Sizes) -> Cost {
    let mut coster = Coster {
        checked,
        sizes,
        paths: HashMap::default(),
        locals: Vec::new(),
        computed: HashMap::default(),
        entries: HashMap::default(),
    };
    coster.cost(&checked.root)
}

type ById<T> = HashMap<Id, T, foldhash::fast::RandomState>;

/// What is known of the elements of a list or map.
#[derive(Clone, Copy, Debug)]
struct EntrySize {
    is_list: bool,
    key: Size,
    value: Size,
}

impl EntrySize {
    fn union(self, other: Self) -> Self {
        Self { is_list: self.is_list, key: self.key.union(other.key), value: self.value.union(other.value) }
    }
}

/// A variable of a comprehension.
struct Local {
    name: Str,
    path: Vec<Step>,
    size: Option<Size>,
    entries: Option<EntrySize>,
}

/// An expression as estimates of calls see it.
struct Node<'a> {
    /// Where its value lies below a variable.
    path: Option<Vec<Step>>,
    ty: Type,
    expr: Option<&'a Expr>,
    computed: Option<Size>,
}

struct Coster<'a> {
    checked: &'a Checked,
    sizes: &'a dyn Sizes,
    paths: ById<Vec<Step>>,
    locals: Vec<Local>,
    computed: ById<Size>,
    entries: ById<EntrySize>,
}

impl<'a> Coster<'a> {
    fn cost(&mut self, expr: &'a Expr) -> Cost {
        match &expr.kind {
            Kind::Literal(_) | Kind::Broken => Cost::default(),
            Kind::Ident(name) => self.ident(expr, name),
            Kind::Select { operand, field, test } => self.select(expr, operand, field, *test),
            Kind::Call(call) => self.call(expr, call),
            Kind::List(elements) => self.list(expr, elements),
            Kind::Map(entries) => self.map(expr, entries),
            Kind::Struct { fields, .. } => {
                let sum = fields.iter().fold(Cost::default(), |sum, field| sum.add(self.cost(&field.value)));
                sum.add(Cost::fixed(STRUCT_COST))
            }
            Kind::Fold(fold) if fold.is_bind() => self.bind(expr, fold),
            Kind::Fold(fold) => self.fold(expr, fold),
        }
    }

    fn ty(&self, expr: &Expr) -> &'a Type {
        self.checked.type_of(expr)
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    fn ident(&mut self, expr: &Expr, name: &Str) -> Cost {
        let path = self.local(name).map(|local| local.path.clone());
        self.paths.insert(expr.id, path.unwrap_or_else(|| vec![Step::Name(name.clone())]));
        Cost::fixed(1)
    }

    fn select(&mut self, expr: &'a Expr, operand: &'a Expr, field: &Str, test: bool) -> Cost {
        // What the checker found to be one name is one.
        if self.checked.idents[expr.id as usize].is_some() {
            let name = qualified(expr);
            return self.ident(expr, &name);
        }
        let mut sum = self.cost(operand);
        if test {
            // Presence costs nothing here (`PresenceTestHasCost(false)`).
            return sum;
        }
        if matches!(self.ty(operand), Type::Map(_) | Type::Object(_) | Type::Param(_)) {
            sum = sum.add(Cost::fixed(1));
        }
        let mut path = self.path(operand);
        path.push(Step::Name(field.clone()));
        self.paths.insert(expr.id, path);
        sum
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call) -> Cost {
        if call.function == "dyn" && call.target.is_none() {
            let arg = &call.args[0];
            let cost = self.cost(arg);
            self.copy_sizes(expr, arg);
            return cost.add(Cost::fixed(1));
        }
        let costs: Vec<Cost> = call.args.iter().map(|arg| self.cost(arg)).collect();
        let args: Vec<Node<'a>> = call.args.iter().map(|arg| self.node(arg)).collect();
        let overloads = &self.checked.overloads[expr.id as usize];
        if overloads.is_empty() {
            return Cost::default();
        }
        let mut sum = Cost::default();
        let mut target = None;
        if let Some(expr) = &call.target {
            sum = self.cost(expr);
            target = Some(self.node(expr));
        }
        let mut cost = Cost { min: u64::MAX, max: 0 };
        let mut size: Option<Size> = None;
        for overload in overloads {
            let estimate = self.function(expr, &call.function, overload, target.as_ref(), &args, &costs);
            cost = cost.union(estimate.cost);
            if let Some(found) = estimate.size {
                size = Some(size.map_or(found, |size| size.union(found)));
            }
            let step = match *overload {
                "index_list" => Some(Step::Items),
                "index_map" => Some(Step::Values),
                _ => None,
            };
            if let (Some(step), Some(list)) = (step, call.args.first()) {
                size = self.entry_size(list).map(|entries| entries.value);
                let mut path = self.path(list);
                path.push(step);
                self.paths.insert(expr.id, path);
            }
            if size.is_none() {
                size = self.size(expr);
            }
        }
        if let Some(size) = size {
            self.computed.insert(expr.id, size);
        }
        sum.add(cost)
    }

    fn list(&mut self, expr: &Expr, elements: &'a [Element]) -> Cost {
        let mut sum = Cost::default();
        let mut size = Size { min: if elements.is_empty() { 0 } else { u64::MAX }, max: 0 };
        for element in elements {
            sum = sum.add(self.cost(&element.value));
            size = size.union(self.size_or_unknown(&element.value));
        }
        self.entries.insert(expr.id, EntrySize { is_list: true, key: Size::fixed(1), value: size });
        sum.add(Cost::fixed(LIST_COST))
    }

    fn map(&mut self, expr: &Expr, entries: &'a [Entry]) -> Cost {
        let mut sum = Cost::default();
        let none = Size { min: if entries.is_empty() { 0 } else { u64::MAX }, max: 0 };
        let mut sizes = EntrySize { is_list: false, key: none, value: none };
        for entry in entries {
            sum = sum.add(self.cost(&entry.key)).add(self.cost(&entry.value));
            sizes.key = sizes.key.union(self.size_or_unknown(&entry.key));
            sizes.value = sizes.value.union(self.size_or_unknown(&entry.value));
        }
        self.entries.insert(expr.id, sizes);
        sum.add(Cost::fixed(MAP_COST))
    }

    fn push(&mut self, name: &Str, expr: &Expr) {
        let local = Local {
            name: name.clone(),
            path: self.path(expr),
            size: self.size(expr),
            entries: self.entry_size(expr),
        };
        self.locals.push(local);
    }

    fn bind(&mut self, expr: &Expr, fold: &'a Fold) -> Cost {
        let mut sum = self.cost(&fold.range).add(self.cost(&fold.init));
        self.push(&fold.accumulator, &fold.init);
        sum = sum.add(self.cost(&fold.result));
        self.locals.pop();
        self.copy_sizes(expr, &fold.result);
        sum
    }

    /// A variable that takes the keys, or the values, of what is ranged over.
    fn push_iteration(&mut self, name: &Str, range: &Expr, takes_keys: bool) {
        let entries = self.entry_size(range);
        let is_list = entries.map_or(matches!(self.ty(range), Type::List(_)), |entries| entries.is_list);
        let step = match (is_list, takes_keys) {
            (true, true) => Step::Indices,
            (true, false) => Step::Items,
            (false, true) => Step::Keys,
            (false, false) => Step::Values,
        };
        let size = entries.map(|entries| if takes_keys { entries.key } else { entries.value });
        let mut path = self.path(range);
        path.push(step);
        self.locals.push(Local { name: name.clone(), path, size, entries: None });
    }

    fn fold(&mut self, expr: &Expr, fold: &'a Fold) -> Cost {
        let mut sum = self.cost(&fold.range).add(self.cost(&fold.init));
        self.push(&fold.accumulator, &fold.init);
        let depth = self.locals.len();
        match &fold.second {
            Some(second) => {
                self.push_iteration(&fold.variable, &fold.range, true);
                self.push_iteration(second, &fold.range, false);
            }
            None => {
                let entries = self.entry_size(&fold.range);
                let is_list =
                    entries.map_or(matches!(self.ty(&fold.range), Type::List(_)), |entries| entries.is_list);
                self.push_iteration(&fold.variable, &fold.range, !is_list);
            }
        }
        let each = self.cost(&fold.condition);
        let step = self.cost(&fold.step);
        self.locals.truncate(depth);
        sum = sum.add(self.cost(&fold.result));
        self.locals.pop();
        let count = self.size_or_unknown(&fold.range);
        sum = sum.add(count.times(step.add(each)));
        match &fold.init.kind {
            Kind::Literal(_) => {
                if let Some(size) = self.size(&fold.init) {
                    self.computed.insert(expr.id, size);
                }
            }
            Kind::List(_) | Kind::Map(_) => {
                self.computed.insert(expr.id, count);
                if let Some(entries) = self.entry_size(&fold.step) {
                    self.entries.insert(expr.id, entries);
                }
            }
            _ => {}
        }
        sum
    }

    fn path(&self, expr: &Expr) -> Vec<Step> {
        if let Kind::Ident(name) = &expr.kind
            && let Some(local) = self.local(name)
        {
            return local.path.clone();
        }
        self.paths.get(&expr.id).cloned().unwrap_or_default()
    }

    fn node(&mut self, expr: &'a Expr) -> Node<'a> {
        let path = self.path(expr);
        // Accumulators are no places in a document.
        let is_root = !matches!(path.first(), Some(Step::Name(name)) if name == ACCUMULATOR);
        let computed = self.size(expr);
        Node { path: Some(path).filter(|_| is_root), ty: self.ty(expr).clone(), expr: Some(expr), computed }
    }

    fn size_or_unknown(&mut self, expr: &Expr) -> Size {
        self.size(expr).unwrap_or(Size::UNKNOWN)
    }

    fn copy_sizes(&mut self, to: &Expr, from: &Expr) {
        if let Some(size) = self.size(from) {
            self.computed.insert(to.id, size);
        }
        if let Some(entries) = self.entry_size(from) {
            self.entries.insert(to.id, entries);
        }
    }

    fn size(&mut self, expr: &Expr) -> Option<Size> {
        if let Some(size) = self.computed.get(&expr.id) {
            return Some(*size);
        }
        if let Some(size) = size_of_literal(expr) {
            return Some(Size::fixed(size));
        }
        if let Some(size) = self.lookup(Some(&self.path(expr))) {
            self.computed.insert(expr.id, size);
            return Some(size);
        }
        if is_scalar(self.ty(expr)) {
            return Some(Size::fixed(1));
        }
        match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.size),
            _ => None,
        }
    }

    /// What the caller knows of the size of what lies at a path.
    fn lookup(&self, path: Option<&[Step]>) -> Option<Size> {
        path.filter(|path| !path.is_empty()).and_then(|path| self.sizes.size(path))
    }

    fn entry_size(&self, expr: &Expr) -> Option<EntrySize> {
        let own = self.entries.get(&expr.id).copied();
        own.or_else(|| match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.entries),
            _ => None,
        })
    }
}

/// The name that selects of a name spell.
fn qualified(expr: &Expr) -> Str {
    match &expr.kind {
        Kind::Ident(name) => name.clone(),
        Kind::Select { operand, field, .. } => format!("{}.{field}", qualified(operand)).into(),
        _ => Str::default(),
    }
}

fn size_of_literal(expr: &Expr) -> Option<u64> {
    Some(match &expr.kind {
        Kind::Literal(Literal::String(text)) => text.chars().count() as u64,
        Kind::Literal(Literal::Bytes(bytes)) => bytes.len() as u64,
        Kind::Literal(_) => 1,
        Kind::List(elements) => elements.len() as u64,
        Kind::Map(entries) => entries.len() as u64,
        _ => return None,
    })
}

fn is_scalar(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Double | Type::Duration | Type::Int | Type::Timestamp | Type::Uint => true,
        other => other.unwrap_optional().is_some_and(is_scalar),
    }
}
