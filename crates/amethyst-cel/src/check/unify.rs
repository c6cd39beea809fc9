//! What may stand for what: type variables and their bindings (cel-go `checker/types.go`).

use std::collections::HashMap;

use amethyst_object::Str;

use crate::library::Overload;
use crate::types::Type;

/// What type variables stand for. A failed attempt leaves no trace.
#[derive(Default)]
pub(super) struct Bindings {
    bound: HashMap<Str, Type, foldhash::fast::RandomState>,
    /// What was overwritten since the attempt began.
    trail: Vec<(Str, Option<Type>)>,
    count: usize,
}

impl Bindings {
    /// A new variable.
    pub(super) fn fresh(&mut self) -> Type {
        self.count += 1;
        Type::Param(format!("_var{}", self.count - 1).into())
    }

    /// Arguments and result of an overload, with new variables for its own.
    pub(super) fn instantiate(&mut self, overload: &Overload) -> (Vec<Type>, Type) {
        if overload.params.is_empty() {
            return (overload.args.clone(), overload.result.clone());
        }
        let fresh: Vec<(Str, Type)> =
            overload.params.iter().map(|name| (name.clone(), self.fresh())).collect();
        let args = overload.args.iter().map(|arg| rename(arg, &fresh)).collect();
        (args, rename(&overload.result, &fresh))
    }

    /// Whether `second` may stand for `first`; binds variables if so.
    pub(super) fn assign(&mut self, first: &Type, second: &Type) -> bool {
        self.attempt(|own| own.fits(first, second))
    }

    /// Whether all of `second` may stand for all of `first`.
    pub(super) fn assign_all(&mut self, first: &[Type], second: &[Type]) -> bool {
        self.attempt(|own| {
            first.len() == second.len()
                && first.iter().zip(second).all(|(first, second)| own.fits(first, second))
        })
    }

    fn attempt(&mut self, attempt: impl FnOnce(&mut Self) -> bool) -> bool {
        self.trail.clear();
        let fits = attempt(self);
        if !fits {
            while let Some((name, before)) = self.trail.pop() {
                match before {
                    Some(before) => self.bound.insert(name, before),
                    None => self.bound.remove(&name),
                };
            }
        }
        fits
    }

    fn bind(&mut self, name: &Str, ty: Type) {
        let before = self.bound.insert(name.clone(), ty);
        self.trail.push((name.clone(), before));
    }

    fn fits(&mut self, first: &Type, second: &Type) -> bool {
        if let Type::Param(name) = second {
            match self.substitutes(first, name) {
                (true, _) => return true,
                (false, true) => return false,
                (false, false) => {}
            }
        }
        if let Type::Param(name) = first {
            return self.substitutes(second, name).0;
        }
        if first.is_dyn_or_error() || second.is_dyn_or_error() {
            return true;
        }
        match (first, second) {
            (Type::Null, other) | (other, Type::Null) => is_nullable(other),
            (Type::Type(_), Type::Type(_)) => true,
            (Type::List(first), Type::List(second)) => self.fits(first, second),
            (Type::Map(first), Type::Map(second)) => {
                self.fits(&first.0, &second.0) && self.fits(&first.1, &second.1)
            }
            (Type::Opaque(name, first), Type::Opaque(other, second)) => {
                name == other
                    && first.len() == second.len()
                    && first.iter().zip(second.iter()).all(|(first, second)| self.fits(first, second))
            }
            _ => first == second,
        }
    }

    /// Whether `ty` may be what the variable stands for, and whether it stands for something already.
    fn substitutes(&mut self, ty: &Type, name: &Str) -> (bool, bool) {
        if matches!(ty, Type::Param(own) if own == name) {
            return (true, true);
        }
        if let Some(before) = self.bound.get(name).cloned() {
            if *ty == before {
                return (true, true);
            }
            if !self.fits(ty, &before) {
                return (false, true);
            }
            let joined = most_general(ty.clone(), before);
            if !self.occurs(name, &joined) {
                self.bind(name, joined);
            }
            return (true, true);
        }
        if self.occurs(name, ty) {
            return (false, false);
        }
        self.bind(name, ty.clone());
        (true, false)
    }

    /// Whether the variable is part of a type.
    fn occurs(&self, name: &Str, ty: &Type) -> bool {
        match ty {
            Type::Param(other) => {
                name == other || self.bound.get(other).is_some_and(|bound| self.occurs(name, bound))
            }
            _ => ty.parameters().into_iter().any(|inner| self.occurs(name, inner)),
        }
    }

    /// The type with its variables replaced; those that stand for nothing become `dyn` if wanted.
    pub(super) fn substitute(&self, ty: &Type, to_dyn: bool) -> Type {
        match ty {
            Type::Param(name) => match self.bound.get(name) {
                Some(bound) => self.substitute(bound, to_dyn),
                None if to_dyn => Type::Dyn,
                None => ty.clone(),
            },
            Type::List(element) => Type::list(self.substitute(element, to_dyn)),
            Type::Map(pair) => Type::map(self.substitute(&pair.0, to_dyn), self.substitute(&pair.1, to_dyn)),
            Type::Type(Some(inner)) => Type::Type(Some(self.substitute(inner, to_dyn).into())),
            Type::Opaque(name, parameters) => {
                let parameters = parameters.iter().map(|inner| self.substitute(inner, to_dyn)).collect();
                Type::Opaque(name.clone(), parameters)
            }
            _ => ty.clone(),
        }
    }
}

fn rename(ty: &Type, names: &[(Str, Type)]) -> Type {
    match ty {
        Type::Param(name) => {
            names.iter().find(|(own, _)| own == name).map_or_else(|| ty.clone(), |(_, ty)| ty.clone())
        }
        Type::List(element) => Type::list(rename(element, names)),
        Type::Map(pair) => Type::map(rename(&pair.0, names), rename(&pair.1, names)),
        Type::Type(Some(inner)) => Type::Type(Some(rename(inner, names).into())),
        Type::Opaque(name, parameters) => {
            Type::Opaque(name.clone(), parameters.iter().map(|inner| rename(inner, names)).collect())
        }
        _ => ty.clone(),
    }
}

/// Types of which `null` is a value to the checker.
fn is_nullable(ty: &Type) -> bool {
    matches!(ty, Type::Null | Type::Opaque(..) | Type::Object(_) | Type::Duration | Type::Timestamp)
}

/// The more general of two types that fit each other.
pub(super) fn most_general(first: Type, second: Type) -> Type {
    if is_less_specific(&first, &second) { first } else { second }
}

fn is_less_specific(first: &Type, second: &Type) -> bool {
    match (first, second) {
        (Type::Dyn | Type::Param(_), _) => true,
        (_, Type::Dyn | Type::Param(_)) => false,
        (Type::Opaque(name, first), Type::Opaque(other, second)) => {
            name == other
                && first.len() == second.len()
                && first.iter().zip(second.iter()).all(|(first, second)| is_less_specific(first, second))
        }
        (Type::List(first), Type::List(second)) => is_less_specific(first, second),
        (Type::Map(first), Type::Map(second)) => {
            is_less_specific(&first.0, &second.0) && is_less_specific(&first.1, &second.1)
        }
        (Type::Type(_), Type::Type(_)) => true,
        _ => first == second,
    }
}
