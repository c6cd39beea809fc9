//! Values against a schema, with the outcomes and words of kube-openapi's `pkg/validation/validate`.
//!
//! Upstream runs one small validator after the other and counts how many were content (`MatchCount`),
//! to pick which alternative of `anyOf` and `oneOf` to complain about; the same is counted here.

mod junctors;
mod numbers;
mod old;
mod outcome;
mod types;

use amethyst_object::{FieldPath, Map, Value};

use crate::format::{has_format, is_format_known};
use crate::golang::Num;
use crate::{Fault, Rules, SchemaRef, golang, pattern};
pub use old::Old;
use outcome::Outcome;

#[cfg(test)]
mod tests;

/// What is wrong with `value`, which stands at `path` of its object.
///
/// As upstream, messages name fields from `value` on, while the faults' paths begin with `path`.
pub fn validate(value: &Value, schema: SchemaRef<'_>, path: FieldPath) -> Vec<Fault> {
    Walk { prefix: path, steps: Vec::new() }.child(value, schema, None).into_faults()
}

/// What is wrong with `value` after an update; what was wrong in `old` and is unchanged is let pass
/// (ratcheting: unchanged maps, fields, and elements of lists with keys).
pub fn validate_update(value: &Value, old: &Value, schema: SchemaRef<'_>, path: FieldPath) -> Vec<Fault> {
    let old = Old { value: old, main: schema };
    Walk { prefix: path, steps: Vec::new() }.child(value, schema, Some(old)).into_faults()
}

/// A step from the value down.
#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    /// A free key: as upstream it is dotted even at the top.
    Free(&'a str),
    Index(usize),
}

struct Walk<'a> {
    prefix: FieldPath,
    steps: Vec<Step<'a>>,
}

impl<'a> Walk<'a> {
    /// The name of this place as messages spell it.
    fn name(&self) -> String {
        let mut name = String::new();
        for step in &self.steps {
            match step {
                Step::Field(key) => {
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(key);
                }
                Step::Free(key) => {
                    name.push('.');
                    name.push_str(key);
                }
                Step::Index(index) => {
                    name.push('[');
                    name.push_str(&index.to_string());
                    name.push(']');
                }
            }
        }
        name
    }

    fn path(&self) -> FieldPath {
        let mut path = self.prefix.clone();
        for (position, step) in self.steps.iter().enumerate() {
            match *step {
                Step::Field(key) | Step::Free(key) => path.push_key(key),
                // Upstream appends the name as one child, whatever it begins with.
                Step::Index(index) if position == 0 => path.push_key(format!("[{index}]")),
                Step::Index(index) => path.push_index(index),
            }
        }
        path
    }

    /// An outcome with one complaint about this place; `make` turns path and text into a fault.
    fn fail(
        &self,
        text: impl FnOnce(&str) -> String,
        make: impl FnOnce(FieldPath, &str) -> Fault,
    ) -> Outcome {
        let text = text(&self.name());
        let fault = make(self.path(), &text);
        Outcome::failed(text, fault)
    }

    /// A complaint that upstream hangs on the whole object.
    fn fail_whole(&self, text: String) -> Outcome {
        let fault = Fault::invalid(self.prefix.clone(), "", &text);
        Outcome::failed(text, fault)
    }

    fn child(&mut self, value: &'a Value, schema: SchemaRef<'a>, old: Option<Old<'a>>) -> Outcome {
        let mut outcome = self.value(value, schema, old);
        if !outcome.is_valid() && old.is_some_and(|old| old.is_equal(value)) {
            outcome.forgive();
        }
        outcome
    }

    fn value(&mut self, value: &'a Value, schema: SchemaRef<'a>, old: Option<Old<'a>>) -> Outcome {
        let node = schema.node();
        let mut outcome = Outcome::default();
        if value.is_null() {
            outcome.merge(self.ty(value, node));
            outcome.merge(self.enumeration(value, node.rules.as_deref()));
            return outcome;
        }
        if !types::names(node.ty).is_empty() || !node.format.is_empty() {
            outcome.merge(self.ty(value, node));
            outcome.count();
        }
        outcome.merge(self.junctors(value, schema));
        outcome.count();
        let rules = node.rules.as_deref();
        match value {
            Value::String(text) => {
                outcome.merge(self.string(text, rules));
                outcome.count();
                if is_format_known(&node.format) {
                    outcome.merge(self.format(text, &node.format));
                    outcome.count();
                }
            }
            Value::Number(number) => {
                outcome.merge(self.number(Num::of(number), node));
                outcome.count();
            }
            Value::Array(items) => {
                outcome.merge(self.list(items, schema, old));
                outcome.count();
            }
            _ => {}
        }
        outcome.merge(self.enumeration(value, rules));
        outcome.count();
        if let Value::Object(map) = value {
            outcome.merge(self.object(map, schema, old));
            outcome.count();
        }
        outcome.count();
        outcome
    }

    fn string(&self, text: &str, rules: Option<&Rules>) -> Outcome {
        let Some(rules) = rules else { return Outcome::default() };
        let length = || text.chars().count() as u64;
        if let Some(limit) = rules.length_max
            && length() > limit
        {
            return self.fail(
                |name| format!("{name} in body should be at most {limit} chars long"),
                |path, _| Fault::too_long(path, limit),
            );
        }
        if let Some(limit) = rules.length_min
            && length() < limit
        {
            return self.fail(
                |name| format!("{name} in body should be at least {limit} chars long"),
                |path, detail| Fault::invalid(path, text, detail),
            );
        }
        let Some(source) = &rules.pattern else { return Outcome::default() };
        let shown = match pattern::matches(source, text) {
            Ok(true) => return Outcome::default(),
            Ok(false) => source.to_string(),
            Err(reason) => format!("{source}, but pattern is invalid: {reason}"),
        };
        self.fail(
            |name| format!("{name} in body should match '{shown}'"),
            |path, detail| Fault::invalid(path, text, detail),
        )
    }

    fn format(&self, text: &str, format: &str) -> Outcome {
        if has_format(text, format) {
            return Outcome::default();
        }
        self.fail(
            |name| format!("{name} in body must be of type {format}: {}", golang::quote(text)),
            |path, detail| Fault::type_invalid(path, text, detail),
        )
    }

    fn enumeration(&self, value: &Value, rules: Option<&Rules>) -> Outcome {
        let Some(rules) = rules.filter(|rules| !rules.enumeration.is_empty()) else {
            return Outcome::default();
        };
        if rules.enumeration.iter().any(|allowed| types::is_enum_match(value, allowed)) {
            return Outcome::default();
        }
        let allowed: Vec<String> = rules
            .enumeration
            .iter()
            .map(|allowed| allowed.as_str().map_or_else(|| golang::json(allowed), str::to_owned))
            .collect();
        self.fail(
            |name| format!("{name} in body should be one of {allowed:?}"),
            |path, _| Fault::not_supported(path, value.clone(), &allowed),
        )
    }

    fn list(&mut self, items: &'a [Value], schema: SchemaRef<'a>, old: Option<Old<'a>>) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(child) = schema.items() {
            for (index, item) in items.iter().enumerate() {
                let old = old.and_then(|old| old.element(item));
                self.steps.push(Step::Index(index));
                outcome.merge(self.child(item, child, old));
                self.steps.pop();
            }
        }
        if let Some(rules) = &schema.node().rules {
            self.list_size(items, rules, &mut outcome);
        }
        outcome.count();
        outcome
    }

    fn list_size(&self, items: &[Value], rules: &Rules, outcome: &mut Outcome) {
        let size = items.len();
        if let Some(limit) = rules.items_min
            && (size as u64) < limit
        {
            outcome.merge(self.fail(
                |name| format!("{name} in body should have at least {limit} items"),
                |path, detail| Fault::invalid(path, size, detail),
            ));
        }
        if let Some(limit) = rules.items_max
            && size as u64 > limit
        {
            outcome.merge(self.fail(
                |name| format!("{name} in body should have at most {limit} items"),
                |path, _| Fault::too_many(path, size, limit),
            ));
        }
        if rules.items_unique && items.iter().enumerate().any(|(index, item)| items[..index].contains(item)) {
            outcome.merge(self.fail(
                |name| format!("{name} in body shouldn't contain duplicates"),
                |path, detail| Fault::invalid(path, "", detail),
            ));
        }
    }

    fn object(&mut self, map: &'a Map, schema: SchemaRef<'a>, old: Option<Old<'a>>) -> Outcome {
        let node = schema.node();
        let rules = node.rules.as_deref();
        let mut outcome = Outcome::default();
        if let Some(rules) = rules {
            self.object_size(map, rules, &mut outcome);
        }
        for (key, value) in map.iter().filter(|(key, _)| schema.field(key).is_none()) {
            if rules.is_some_and(|rules| rules.closed) {
                outcome.merge(self.fail(
                    |name| format!("{name}.{key} in body is a forbidden property"),
                    |path, detail| Fault::invalid(path, key.clone(), detail),
                ));
            } else if let Some(additional) = node.additional {
                let old = old.and_then(|old| self.old_field(old, key));
                self.steps.push(Step::Free(key));
                outcome.merge(self.child(value, schema.go(additional), old));
                self.steps.pop();
            }
        }
        for field in &node.fields {
            let Some(value) = map.get(&field.name) else { continue };
            let old = old.and_then(|old| self.old_field(old, &field.name));
            self.steps.push(Step::Field(&field.name));
            outcome.merge(self.child(value, schema.go(field.node), old));
            self.steps.pop();
        }
        let declared = node.fields.iter().filter(|field| field.required).map(|field| &field.name);
        for name in declared.chain(rules.map_or(&[][..], |rules| &rules.required)) {
            if !map.contains_key(name) {
                self.steps.push(Step::Free(name));
                outcome.merge(
                    self.fail(
                        |name| format!("{name} in body is required"),
                        |path, _| Fault::required(path, ""),
                    ),
                );
                self.steps.pop();
            }
        }
        outcome
    }

    fn object_size(&self, map: &Map, rules: &Rules, outcome: &mut Outcome) {
        let size = map.len();
        if let Some(limit) = rules.properties_min
            && (size as u64) < limit
        {
            outcome.merge(self.fail(
                |name| format!("{name} in body should have at least {limit} properties"),
                |path, detail| Fault::invalid(path, size, detail),
            ));
        }
        if let Some(limit) = rules.properties_max
            && size as u64 > limit
        {
            outcome.merge(self.fail(
                |name| format!("{name} in body should have at most {limit} properties"),
                |path, _| Fault::too_many(path, size, limit),
            ));
        }
    }

    fn old_field(&self, old: Old<'a>, key: &str) -> Option<Old<'a>> {
        if self.steps.is_empty() && matches!(key, "apiVersion" | "kind") {
            return None;
        }
        old.field(key)
    }
}
