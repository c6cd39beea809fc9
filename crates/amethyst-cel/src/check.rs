//! The type checker (cel-go `checker/checker.go`, `checker/env.go`).

mod unify;
mod validate;

use std::collections::HashSet;

use amethyst_object::Str;

use crate::ast::{
    Call, Checked, Element, Entry, Expr, Field, Fold, Id, Kind, Literal, Parsed, Places, Reference,
};
use crate::env::Env;
use crate::error::Issue;
use crate::library::{Overload, named_type};
use crate::types::Type;
use unify::Bindings;

/// Checks a parsed expression.
pub(crate) fn check(parsed: Parsed, env: &Env) -> Result<Checked, Vec<Issue>> {
    let Parsed { root, places } = parsed;
    let count = places.offsets.len();
    let mut checker = Checker {
        env,
        places,
        issues: Vec::new(),
        scopes: Vec::new(),
        bindings: Bindings::default(),
        types: vec![None; count],
        overloads: vec![Vec::new(); count],
        idents: vec![None; count],
        references: HashSet::new(),
    };
    let mut root = root;
    checker.check(&mut root);
    if !checker.issues.is_empty() {
        return Err(checker.issues);
    }
    let Checker { bindings, types, overloads, idents, references, places, .. } = checker;
    let types = types.into_iter().map(|ty| ty.map(|ty| bindings.substitute(&ty, true))).collect();
    let checked = Checked { root, types, overloads, idents, references };
    let issues = validate::validate(&checked, &places);
    if issues.is_empty() { Ok(checked) } else { Err(issues) }
}

struct Checker<'a> {
    env: &'a Env,
    places: Places,
    issues: Vec<Issue>,
    /// Variables of comprehensions, the innermost last.
    scopes: Vec<(Str, Type)>,
    bindings: Bindings,
    types: Vec<Option<Type>>,
    overloads: Vec<Vec<&'static str>>,
    idents: Vec<Option<Reference>>,
    references: HashSet<Str>,
}

/// The dotted name that an expression spells, if it does nothing else.
fn qualified(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Ident(name) => Some(name.to_string()),
        Kind::Select { operand, field, test: false } => Some(format!("{}.{field}", qualified(operand)?)),
        _ => None,
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix('.').unwrap_or(name)
}

impl Checker<'_> {
    fn issue(&mut self, id: Id, message: String) {
        let (line, column) = self.places.of(id);
        self.issues.push(Issue { line, column, message });
    }

    fn mismatch(&mut self, id: Id, expected: &Type, found: &Type) {
        self.issue(id, format!("expected type '{expected}' but found '{found}'"));
    }

    fn undeclared(&mut self, id: Id, name: &str) {
        self.issue(id, format!("undeclared reference to '{name}' (in container '')"));
    }

    fn set(&mut self, expr: &Expr, ty: Type) {
        self.types[expr.id as usize] = Some(ty);
    }

    fn get(&self, expr: &Expr) -> Type {
        self.types[expr.id as usize].clone().unwrap_or(Type::Error)
    }

    fn check(&mut self, expr: &mut Expr) {
        let ty = match &mut expr.kind {
            Kind::Literal(literal) => type_of(literal),
            Kind::Broken => Type::Error,
            Kind::Ident(_) => return self.ident(expr),
            Kind::Select { .. } => return self.select(expr),
            Kind::Call(_) => return self.call(expr),
            Kind::List(elements) => self.list(elements),
            Kind::Map(entries) => self.map(entries),
            Kind::Struct { name, fields } => self.structure(expr.id, &name.clone(), fields),
            Kind::Fold(fold) => self.fold(fold),
        };
        self.set(expr, ty);
    }

    fn local(&self, name: &str) -> Option<&Type> {
        self.scopes.iter().rev().find(|(own, _)| own == name).map(|(_, ty)| ty)
    }

    /// What a name means outside of comprehensions: a variable, or a type.
    fn global(&self, name: &str) -> Option<(Type, Reference)> {
        if let Some(ty) = self.env.find_variable(name) {
            return Some((ty.clone(), Reference::Variable(name.into())));
        }
        let named = type_ident(name).or_else(|| self.env.find_object(name).map(Type::Object))?;
        Some((Type::Type(Some(named.clone().into())), Reference::Type(named)))
    }

    fn refer(&mut self, expr: &Expr, (ty, reference): (Type, Reference)) {
        if let Reference::Variable(name) = &reference {
            self.references.insert(bare(name).into());
        }
        self.idents[expr.id as usize] = Some(reference);
        self.set(expr, ty);
    }

    fn ident(&mut self, expr: &Expr) {
        let Kind::Ident(name) = &expr.kind else { return };
        let local = self.local(bare(name)).cloned();
        if let (Some(ty), false) = (&local, name.starts_with('.')) {
            return self.refer(expr, (ty.clone(), Reference::Variable(name.clone())));
        }
        match self.global(bare(name)) {
            Some((ty, Reference::Variable(found))) if local.is_some() => {
                let hidden = Reference::Variable(format!(".{found}").into());
                self.refer(expr, (ty, hidden));
            }
            Some(found) => self.refer(expr, found),
            None => {
                self.set(expr, Type::Error);
                self.undeclared(expr.id, name);
            }
        }
    }

    fn select(&mut self, expr: &mut Expr) {
        if let Some(name) = qualified(expr) {
            let first = name.split('.').find(|part| !part.is_empty()).unwrap_or_default();
            let hides = self.local(first).is_some() && !name.starts_with('.');
            if !hides && let Some(found) = self.global(bare(&name)) {
                return self.refer(expr, found);
            }
        }
        let id = expr.id;
        let Kind::Select { operand, field, test } = &mut expr.kind else { return };
        let (field, test) = (field.clone(), *test);
        let selected = self.select_field(id, operand, &field, false);
        let ty = if test { Type::Bool } else { self.bindings.substitute(&selected, false) };
        self.set(expr, ty);
    }

    fn select_field(&mut self, id: Id, operand: &mut Expr, field: &str, optional: bool) -> Type {
        self.check(operand);
        let operand = self.bindings.substitute(&self.get(operand), false);
        let target = operand.unwrap_optional().unwrap_or(&operand);
        let result = match target {
            Type::Map(pair) => pair.1.clone(),
            Type::Object(object) => object.field(field).unwrap_or_else(|| {
                self.issue(id, format!("undefined field '{field}'"));
                Type::Error
            }),
            Type::Param(_) => {
                self.bindings.assign(&Type::Dyn, target);
                Type::Dyn
            }
            other => {
                if !other.is_dyn_or_error() {
                    self.issue(id, format!("type '{other}' does not support field selection"));
                }
                Type::Dyn
            }
        };
        if optional || operand.unwrap_optional().is_some() { Type::optional(result) } else { result }
    }

    fn call(&mut self, expr: &mut Expr) {
        let id = expr.id;
        let Kind::Call(call) = &mut expr.kind else { return };
        if call.function == "_?._" {
            let ty = self.optional_select(id, call);
            self.overloads[id as usize] = vec!["select_optional_field"];
            return self.set(expr, ty);
        }
        for arg in &mut call.args {
            self.check(arg);
        }
        if let Some(prefix) = call.target.as_ref().and_then(qualified) {
            let name = format!("{}.{}", bare(&prefix), call.function);
            if self.env.find_function(&name).is_some() {
                call.target = None;
                call.function = name.into();
            }
        }
        if let Some(target) = &mut call.target {
            self.check(target);
        }
        let Some(overloads) = self.env.find_function(bare(&call.function)) else {
            let name = call.function.clone();
            self.set(expr, Type::Error);
            return self.undeclared(id, &name);
        };
        let ty = self.resolve(id, call, overloads);
        self.set(expr, ty);
    }

    fn optional_select(&mut self, id: Id, call: &mut Call) -> Type {
        let [operand, field] = call.args.as_mut_slice() else { return Type::Error };
        let Kind::Literal(Literal::String(name)) = &field.kind else { return Type::Error };
        let name = name.clone();
        self.set(field, Type::String);
        let ty = self.select_field(id, operand, &name, true);
        self.bindings.substitute(&ty, false)
    }

    /// Chooses among overloads; with arguments of type `dyn` several may fit.
    fn resolve(&mut self, id: Id, call: &Call, overloads: &'static [Overload]) -> Type {
        let mut args: Vec<Type> = call.target.iter().chain(&call.args).map(|arg| self.get(arg)).collect();
        if matches!(call.function.as_str(), "_&&_" | "_||_") {
            return self.resolve_logic(id, call, &args, overloads);
        }
        let mut result: Option<Type> = None;
        for overload in overloads.iter().filter(|overload| overload.member == call.target.is_some()) {
            let (candidates, candidate_result) = self.bindings.instantiate(overload);
            if !self.bindings.assign_all(&args, &candidates) {
                continue;
            }
            self.overloads[id as usize].push(overload.id);
            let found = self.bindings.substitute(&candidate_result, false);
            result = Some(match result {
                None => found,
                Some(before) if before != Type::Dyn && found != before => Type::Dyn,
                Some(before) => before,
            });
        }
        result.unwrap_or_else(|| {
            for arg in &mut args {
                *arg = self.bindings.substitute(arg, true);
            }
            let mut shown = args.iter().map(ToString::to_string);
            let target = if call.target.is_some() {
                format!("{}.", shown.next().unwrap_or_default())
            } else {
                String::new()
            };
            let shown: Vec<String> = shown.collect();
            self.issue(
                id,
                format!(
                    "found no matching overload for '{}' applied to '{target}({})'",
                    bare(&call.function),
                    shown.join(", ")
                ),
            );
            Type::Error
        })
    }

    fn resolve_logic(&mut self, id: Id, call: &Call, args: &[Type], overloads: &'static [Overload]) -> Type {
        self.overloads[id as usize] = overloads.iter().map(|overload| overload.id).collect();
        let mut fits = true;
        for (arg, ty) in call.args.iter().zip(args) {
            if !self.bindings.assign(ty, &Type::Bool) {
                self.mismatch(arg.id, &Type::Bool, ty);
                fits = false;
            }
        }
        if fits { Type::Bool } else { Type::Error }
    }

    /// The type of an element that is spelled `?x`.
    fn unwrap(&mut self, expr: &Expr, optional: bool) -> Type {
        let ty = self.get(expr);
        if !optional {
            return ty;
        }
        if let Some(inner) = ty.unwrap_optional() {
            return inner.clone();
        }
        if ty != Type::Dyn {
            self.mismatch(expr.id, &Type::optional(ty.clone()), &ty);
        }
        ty
    }

    fn list(&mut self, elements: &mut [Element]) -> Type {
        let mut joined = None;
        for element in elements {
            self.check(&mut element.value);
            let ty = self.unwrap(&element.value, element.optional);
            joined = Some(self.join(element.value.id, joined, ty));
        }
        let joined = joined.unwrap_or_else(|| self.bindings.fresh());
        Type::list(joined)
    }

    fn map(&mut self, entries: &mut [Entry]) -> Type {
        let (mut keys, mut values) = (None, None);
        for entry in entries {
            self.check(&mut entry.key);
            let key = self.get(&entry.key);
            keys = Some(self.join(entry.key.id, keys, key));
            self.check(&mut entry.value);
            let value = self.unwrap(&entry.value, entry.optional);
            values = Some(self.join(entry.value.id, values, value));
        }
        let keys = keys.unwrap_or_else(|| self.bindings.fresh());
        let values = values.unwrap_or_else(|| self.bindings.fresh());
        Type::map(keys, values)
    }

    /// Elements of a literal have one type (`HomogeneousAggregateLiterals`).
    fn join(&mut self, id: Id, before: Option<Type>, ty: Type) -> Type {
        let Some(before) = before else { return ty };
        if self.bindings.assign(&before, &ty) {
            return unify::most_general(before, ty);
        }
        self.mismatch(id, &before, &ty);
        Type::Error
    }

    fn structure(&mut self, id: Id, name: &str, fields: &mut [Field]) -> Type {
        let Some(object) = self.env.find_object(bare(name)) else {
            self.undeclared(id, name);
            return Type::Error;
        };
        self.references.insert(bare(name).into());
        for field in fields {
            self.check(&mut field.value);
            let expected = object.field(&field.name).unwrap_or_else(|| {
                self.issue(field.id, format!("undefined field '{}'", field.name));
                Type::Error
            });
            let ty = self.unwrap(&field.value, field.optional);
            if !self.bindings.assign(&expected, &ty) {
                let message = format!(
                    "expected type of field '{}' is '{expected}' but provided type is '{ty}'",
                    field.name
                );
                self.issue(field.id, message);
            }
        }
        Type::Object(object)
    }

    fn fold(&mut self, fold: &mut Fold) -> Type {
        self.check(&mut fold.range);
        self.check(&mut fold.init);
        let range = self.bindings.substitute(&self.get(&fold.range), false);
        let accumulated = self.get(&fold.init);
        let depth = self.scopes.len();
        self.scopes.push((fold.accumulator.clone(), accumulated.clone()));
        let (first, second) = match &range {
            Type::List(element) if fold.second.is_some() => (Type::Int, (**element).clone()),
            Type::List(element) => ((**element).clone(), Type::Error),
            Type::Map(pair) => (pair.0.clone(), pair.1.clone()),
            Type::Dyn | Type::Error | Type::Param(_) => {
                self.bindings.assign(&Type::Dyn, &range);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let message = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
                );
                self.issue(fold.range.id, message);
                (Type::Error, Type::Error)
            }
        };
        self.scopes.push((fold.variable.clone(), first));
        if let Some(name) = &fold.second {
            self.scopes.push((name.clone(), second));
        }
        self.check(&mut fold.condition);
        self.expect(&fold.condition, &Type::Bool);
        self.check(&mut fold.step);
        self.expect(&fold.step, &accumulated);
        self.scopes.truncate(depth + 1);
        self.check(&mut fold.result);
        self.scopes.truncate(depth);
        self.bindings.substitute(&self.get(&fold.result), false)
    }

    fn expect(&mut self, expr: &Expr, ty: &Type) {
        let found = self.get(expr);
        if !self.bindings.assign(ty, &found) {
            self.mismatch(expr.id, ty, &found);
        }
    }
}

fn type_of(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

/// The types that have names in every expression.
fn type_ident(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "null_type" => Type::Null,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "type" => Type::Type(None),
        "optional_type" => Type::optional(Type::Dyn),
        "net.IP" => named_type("ip"),
        "net.CIDR" => named_type("cidr"),
        _ => return None,
    })
}
