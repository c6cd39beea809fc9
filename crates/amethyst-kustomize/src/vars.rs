//! `vars`: the values of some fields, written as `$(NAME)` in others.

use std::collections::BTreeMap;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{Number, Str, Value};

use crate::fieldspec::Missing;
use crate::id::{Gvk, Id, is_null, text};
use crate::lookup::lookup;
use crate::set::Set;
use crate::target::about;

/// An entry of `vars`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Var {
    pub(crate) name: Str,
    pub(crate) gvk: Gvk,
    pub(crate) object_name: Str,
    pub(crate) namespace: Str,
    pub(crate) field: Str,
    /// Where it stands.
    pub(crate) place: Location,
}

const CODE: &str = "kustomize-vars";

impl Set {
    /// Adds the variables of a kustomization whose resources are all here; kustomize's `MergeVars`.
    pub(crate) fn declare(&mut self, vars: &[Var]) -> Result<(), String> {
        for var in vars {
            let mut wanted = Id { gvk: var.gvk.clone(), name: var.object_name.clone(), ..Id::default() };
            wanted.namespace.clone_from(&var.namespace);
            wanted.cluster_scoped = wanted.gvk.is_cluster_scoped();
            let exact = !wanted.namespace.is_empty() || wanted.cluster_scoped;
            let fits = |id: &Id| {
                id.name == wanted.name && id.gvk == wanted.gvk && (!exact || id.same_namespace(&wanted))
            };
            let mut found = self.items.iter_mut().filter(|item| item.any_id(fits));
            let first = found.next();
            let others = found.count();
            if others > 0 {
                let count = others + 1;
                return Err(format!(
                    "found {count} resId matches for var {} (unable to disambiguate)",
                    var.name
                ));
            }
            if let Some(item) = first {
                item.variables.push(var.name.clone());
            }
        }
        vars.iter().try_for_each(|var| self.add_var(var.clone()))
    }

    /// Adds a variable; its name must be new.
    pub(crate) fn add_var(&mut self, var: Var) -> Result<(), String> {
        if self.vars.iter().any(|found| found.name == var.name) {
            return Err(format!("var '{}' already encountered", var.name));
        }
        self.vars.push(var);
        Ok(())
    }
}

/// Puts the variables' values in, wherever the table says that they may stand.
pub(crate) fn resolve(set: &mut Set) -> Vec<Diagnostic> {
    let mut vars = std::mem::take(&mut set.vars);
    if vars.is_empty() {
        return Vec::new();
    }
    vars.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
    for var in &vars {
        match value_of(set, var) {
            Ok(value) => drop(values.insert(var.name.clone(), value)),
            Err(reason) => faults.push(Diagnostic::error(CODE, reason).at(var.place.clone())),
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    let mut used = std::collections::BTreeSet::new();
    let fields = std::sync::Arc::clone(&set.config);
    for item in &mut set.items {
        for field in &fields.variables {
            let mut map = |name: &str| match values.get(name) {
                Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => {
                    used.insert(name.to_owned());
                    value.clone()
                }
                _ => Value::from(format!("$({name})")),
            };
            let told = field.apply(&mut item.object, Missing::Skip, &mut |value| put(value, &mut map));
            if let Err(reason) = told {
                faults.push(about(item, reason));
            }
        }
    }
    for var in vars.iter().filter(|var| !used.contains(var.name.as_str())) {
        let text = format!("well-defined vars that were never replaced: {}", var.name);
        faults.push(Diagnostic::warning(CODE, text).at(var.place.clone()));
    }
    faults
}

fn value_of(set: &Set, var: &Var) -> Result<Value, String> {
    let Some(item) = set.items.iter().find(|item| item.variables.contains(&var.name)) else {
        return Err(format!("var '{}' cannot be mapped to a field in the set of known resources", var.name));
    };
    let found = lookup(&item.object, &var.field).filter(|found| !is_null(found));
    let missing = || {
        format!("field specified in var '{}' ({}) not found in corresponding resource", var.name, var.field)
    };
    Ok(match found.ok_or_else(missing)? {
        Value::Number(number) if number.as_str().parse::<f64>().is_ok() => {
            Value::Number(Number::from_lexeme(number.as_str()))
        }
        Value::Number(number) => Value::from(number.as_str()),
        other => other.clone(),
    })
}

fn put(value: &mut Value, map: &mut dyn FnMut(&str) -> Value) -> Result<(), String> {
    match value {
        Value::String(text) => {
            *value = expand(text, map);
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
            Value::String(text) => {
                *item = expand(text, map);
                Ok(())
            }
            _ => Err("invalid value type expect a string".to_owned()),
        }),
        Value::Object(fields) => {
            for (_, value) in fields.iter_mut() {
                if let Value::String(text) = value {
                    *value = expand(text, map);
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Expands `$(NAME)`; `$$` is a dollar. A text that is one reference takes the value as it is.
fn expand(input: &str, map: &mut dyn FnMut(&str) -> Value) -> Value {
    let mut out = String::new();
    let mut rest = input;
    while let Some(at) = rest.find('$').filter(|at| at + 1 < rest.len()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            let value = map(name);
            if input.len() == name.len() + 3 {
                return value;
            }
            out.push_str(&text(&value));
            rest = after;
        } else {
            // What follows the dollar is copied with it.
            let width = rest.chars().next().map_or(0, char::len_utf8);
            out.push('$');
            out.push_str(&rest[..width]);
            rest = &rest[width..];
        }
    }
    out.push_str(rest);
    Value::from(out)
}

#[cfg(test)]
mod tests {
    use amethyst_object::Value;

    use super::expand;

    #[test]
    fn references_are_expanded_as_upstream_expands_them() {
        let check = |input: &str, expect: &str| {
            let mut map = |name: &str| match name {
                "VAR_A" => Value::from("A"),
                "VAR_B" => Value::from("B"),
                "VAR_REF" => Value::from("$(VAR_A)"),
                name => Value::from(format!("$({name})")),
            };
            assert_eq!(expand(input, &mut map), Value::from(expect), "{input}");
        };
        check("$(VAR_A)-$(VAR_B)", "A-B");
        check("$$(VAR_B)_$(VAR_A)", "$(VAR_B)_A");
        check("f000-$$VAR_A", "f000-$VAR_A");
        check("$(VAR_A$(VAR_B))", "$(VAR_A$(VAR_B))");
        check("%%$(VAR_REF)--$(VAR_REF)%%", "%%$(VAR_A)--$(VAR_A)%%");
        check("foo$(VAR_Awhoops!", "foo$(VAR_Awhoops!");
        check("$?_boo_$!", "$?_boo_$!");
        check("$$$$$$$(VAR_A)", "$$$A");
        check("${VAR_A}", "${VAR_A}");
        check("$(VAR_A)foobarzab$", "Afoobarzab$");
        check("--$($($($($--", "--$($($($($--");
        check("$(foo$$var)", "$(foo$$var)");
    }
}
