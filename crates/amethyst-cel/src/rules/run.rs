//! Runs rules over an object (`schema/cel/validation.go`): what it was before an update, what did not change
//! and may stay, and what all of it may cost.

use std::collections::HashMap;
use std::sync::Arc;

use amethyst_object::{FieldPath, Str, Value as Document, json};
use amethyst_schema::{Fault, ListType, Old, SchemaRef, Type as SchemaType, Validation};

use super::compile::{Compiled, OLD_SELF, SELF, compile};
use super::decl::{Decl, Shape};
use super::define::has_rules;
use crate::budget::{Budget, RUNTIME_BUDGET};
use crate::error::EvalError;
use crate::program::Bindings;
use crate::value::Value;

/// The longest message that an expression may make.
const MESSAGE_MAX: usize = 5 * 1024;
const OUT_OF_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

/// What rules say of an object.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Rules that do not hold.
    pub faults: Vec<Fault>,
    /// Those of them that are let pass, because nothing they speak of has changed.
    pub warnings: Vec<String>,
}

/// The compiled rules of a version of a definition.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    root: Option<Arc<Validator>>,
}

/// The rules of a schema node, and of those below it.
#[derive(Debug)]
struct Validator {
    decl: Arc<Decl>,
    ty: &'static str,
    rules: Vec<(Validation, Compiled)>,
    items: Option<Box<Self>>,
    values: Option<Box<Self>>,
    fields: Vec<(Str, Self)>,
}

impl Rules {
    /// Compiles the rules of a schema.
    pub fn compile(schema: SchemaRef<'_>) -> Self {
        if !has_rules(schema) {
            return Self::default();
        }
        let decl = Arc::new(Decl::of(schema, true, "selfType"));
        Self { root: Validator::new(schema, decl).map(Arc::new) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Runs them over an object, and what it was before an update. `schema` is that of the rules.
    pub fn check(&self, object: &Document, old: Option<&Document>, schema: SchemaRef<'_>) -> Outcome {
        let Some(root) = &self.root else { return Outcome::default() };
        let mut run = Run { outcome: Outcome::default(), remaining: RUNTIME_BUDGET };
        let correlated = old.map(|old| Known { old: Old::new(old, schema), new: object });
        let ratchet = Ratchet { current: correlated, parent: None };
        // It stops where the budget does.
        let _ = root.run(&mut run, &FieldPath::default(), object, old, ratchet);
        run.outcome
    }
}

/// A value whose old value is known.
#[derive(Clone, Copy)]
struct Known<'a> {
    old: Old<'a>,
    new: &'a Document,
}

/// What tells whether a value has changed: itself, or the nearest value above it.
#[derive(Clone, Copy)]
struct Ratchet<'a> {
    current: Option<Known<'a>>,
    parent: Option<Known<'a>>,
}

impl<'a> Ratchet<'a> {
    fn is_unchanged(self) -> bool {
        self.current.or(self.parent).is_some_and(|known| known.old.is_equal(known.new))
    }

    fn down(self, new: &'a Document, find: impl FnOnce(Old<'a>) -> Option<Old<'a>>) -> Self {
        match self.current {
            None => self,
            Some(known) => {
                let current = find(known.old).map(|old| Known { old, new });
                Self { current, parent: Some(known) }
            }
        }
    }

    fn key(self, key: &str, new: &'a Document) -> Self {
        // Both versions of the object are of one type: a change of it is not to be seen.
        if self.current.is_some() && self.parent.is_none() && matches!(key, "apiVersion" | "kind") {
            return Self { current: None, parent: None };
        }
        self.down(new, |old| old.field(key))
    }
}

struct Run {
    outcome: Outcome,
    remaining: i64,
}

/// Nothing more is to be run.
struct Stop;

/// The variables of a rule.
struct Scope<'a> {
    own: &'a Document,
    old: Option<&'a Document>,
    decl: &'a Decl,
    /// `oldSelf` is an optional.
    optional: bool,
}

impl<'a> Bindings<'a> for Scope<'a> {
    fn get(&self, name: &str) -> Option<Result<Value<'a>, EvalError>> {
        match name {
            SELF => Some(Value::read(self.own, Some(self.decl))),
            OLD_SELF => {
                let old = self.old.map(|old| Value::read(old, Some(self.decl)));
                if !self.optional {
                    return old;
                }
                Some(old.transpose().map(|old| old.map_or(Value::Optional(None), Value::some)))
            }
            _ => None,
        }
    }
}

impl Validator {
    fn new(schema: SchemaRef<'_>, decl: Arc<Decl>) -> Option<Self> {
        // What has no type for expressions is none of their business.
        if !decl.exposed || !has_rules(schema) {
            return None;
        }
        let node = schema.node();
        let rules = node.validations.iter().cloned().zip(compile(schema, &decl)).collect();
        let element = |id| {
            let decl = Arc::clone(decl.element()?);
            Self::new(schema.go(id), decl).map(Box::new)
        };
        let (items, values) = (node.items.and_then(element), node.additional.and_then(element));
        let mut fields = Vec::new();
        for field in &node.fields {
            let inner = decl.shared_property(&field.name);
            if let Some(validator) = inner.and_then(|inner| Self::new(schema.go(field.node), inner)) {
                fields.push((field.name.clone(), validator));
            }
        }
        let ty = match node.ty {
            SchemaType::Object => "object",
            SchemaType::Array => "array",
            SchemaType::String | SchemaType::Quantity => "string",
            SchemaType::Integer => "integer",
            SchemaType::Number => "number",
            SchemaType::Boolean => "boolean",
            SchemaType::IntOrString | SchemaType::Any => "",
        };
        Some(Self { decl, ty, rules, items, values, fields })
    }

    fn run<'a>(
        &'a self,
        run: &mut Run,
        path: &FieldPath,
        own: &'a Document,
        old: Option<&'a Document>,
        ratchet: Ratchet<'a>,
    ) -> Result<(), Stop> {
        if own.is_null() {
            return Ok(());
        }
        self.run_rules(run, path, own, old.filter(|old| !old.is_null()), ratchet)?;
        match own {
            Document::Array(items) => {
                let Some(validator) = &self.items else { return Ok(()) };
                let known = self.elements_before(old);
                for (index, item) in items.iter().enumerate() {
                    // Elements are told from one another by their keys alone.
                    let before = self.key_of(item).and_then(|key| known.get(&key).copied());
                    let ratchet = ratchet.down(item, |old| old.item(before?));
                    validator.run(run, &path.index(index), item, before, ratchet)?;
                }
            }
            Document::Object(pairs) => {
                for (key, value) in pairs.iter() {
                    let before = old.and_then(|old| old.get(key));
                    let mut path = path.clone();
                    if let Some(validator) = &self.values {
                        path.push_map_key(key.clone());
                        validator.run(run, &path, value, before, ratchet.key(key, value))?;
                    } else if let Some((_, validator)) = self.fields.iter().find(|(name, _)| name == key) {
                        path.push_key(key.clone());
                        validator.run(run, &path, value, before, ratchet.key(key, value))?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The values of an element's keys, in a list that has keys.
    fn key_of(&self, item: &Document) -> Option<Vec<String>> {
        let Shape::List { list: ListType::Map, keys, .. } = &self.decl.shape else { return None };
        let text = |key: &Str| item.get(key).map(json::to_string).unwrap_or_default();
        Some(keys.iter().map(text).collect())
    }

    /// The elements of a list before the update, by their keys.
    fn elements_before<'a>(&self, old: Option<&'a Document>) -> HashMap<Vec<String>, &'a Document> {
        let items = old.and_then(Document::as_array).unwrap_or_default();
        items.iter().filter_map(|item| Some((self.key_of(item)?, item))).collect()
    }

    fn run_rules<'a>(
        &'a self,
        run: &mut Run,
        path: &FieldPath,
        own: &'a Document,
        old: Option<&'a Document>,
        ratchet: Ratchet<'a>,
    ) -> Result<(), Stop> {
        if self.rules.is_empty() {
            return Ok(());
        }
        if run.remaining <= 0 {
            run.fault(Fault::invalid(path.clone(), self.ty, OUT_OF_BUDGET));
            return Err(Stop);
        }
        let uses_old = self.rules.iter().any(|(_, compiled)| compiled.uses_old);
        for (rule, compiled) in &self.rules {
            if let Some(error) = &compiled.error {
                let detail = format!("rule compile error: {error}");
                run.fault(Fault::invalid(path.clone(), self.ty, detail));
                continue;
            }
            let Some(program) = &compiled.program else { continue };
            let optional = rule.optional_old_self == Some(true);
            if compiled.uses_old && old.is_none() && !optional {
                // A transition needs something to come from.
                continue;
            }
            let scope = Scope { own, old: old.filter(|_| uses_old), decl: &self.decl, optional };
            let mut budget = Budget::per_call();
            let result = program.eval(&scope, &mut budget);
            run.spend(budget.spent()).map_err(|()| {
                run.fault(Fault::invalid(path.clone(), self.ty, OUT_OF_BUDGET));
                Stop
            })?;
            match result {
                Ok(Value::Bool(true)) => {}
                Ok(_) => self.refuse(run, path, (rule, compiled), own, &scope, ratchet)?,
                Err(error) => self.fail(run, path, rule, &error)?,
            }
        }
        Ok(())
    }

    /// Tells of a rule that has no value.
    fn fail(
        &self,
        run: &mut Run,
        path: &FieldPath,
        rule: &Validation,
        error: &EvalError,
    ) -> Result<(), Stop> {
        let shown = name(rule);
        let detail = match error {
            EvalError::CostLimit => format!(
                "'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {shown}"
            ),
            error if error.is_no_such_overload() => format!(
                "'{error}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            ),
            error => format!("{error} evaluating rule: {shown}"),
        };
        run.fault(Fault::invalid(path.clone(), self.ty, detail));
        if *error == EvalError::CostLimit { Err(Stop) } else { Ok(()) }
    }

    /// Tells of a rule that does not hold.
    fn refuse<'a>(
        &'a self,
        run: &mut Run,
        path: &FieldPath,
        (rule, compiled): (&Validation, &Compiled),
        own: &Document,
        scope: &Scope<'a>,
        ratchet: Ratchet<'a>,
    ) -> Result<(), Stop> {
        let mut at = path.clone();
        if let Some(below) = &compiled.field_path {
            at.push_key(below.strip_prefix('.').unwrap_or(below));
        }
        let may_pass = !compiled.uses_old && ratchet.is_unchanged();
        let mut detail = None;
        if let Some(program) = &compiled.message {
            // The message sees the old value as it is.
            let scope = Scope { optional: false, ..*scope };
            let mut budget = Budget::per_call();
            let result = program.eval(&scope, &mut budget);
            let quoted = crate::library::quote_go(&rule.message_expression);
            if run.spend(budget.spent()).is_err() {
                let why = "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
                run.report(Fault::invalid(at, self.ty, why), may_pass);
                return Err(Stop);
            }
            if matches!(result, Err(EvalError::CostLimit)) {
                let why = format!(
                    "no further validation rules will be run due to call cost exceeds limit for messageExpression: {quoted}"
                );
                run.report(Fault::invalid(at, self.ty, why), may_pass);
                return Err(Stop);
            }
            detail = result.ok().and_then(|message| Some(message.as_str()?.trim().to_owned()));
            detail =
                detail.filter(|text| !text.is_empty() && text.len() <= MESSAGE_MAX && !text.contains('\n'));
        }
        let detail = detail.unwrap_or_else(|| {
            if rule.message.is_empty() {
                format!("failed rule: {}", name(rule))
            } else {
                rule.message.trim().to_owned()
            }
        });
        let is_shown = !matches!(self.ty, "object" | "array");
        let fault = match rule.reason.as_deref() {
            Some("FieldValueForbidden") => Fault::forbidden(at, detail),
            Some("FieldValueRequired") => Fault::required(at, detail),
            Some("FieldValueDuplicate") if is_shown => Fault::duplicate(at, own.clone()),
            Some("FieldValueDuplicate") => Fault::duplicate_omitted(at),
            _ if is_shown => Fault::invalid(at, own.clone(), detail),
            _ => Fault::invalid_omitted(at, detail),
        };
        run.report(fault, may_pass);
        Ok(())
    }
}

/// How messages name a rule.
fn name(rule: &Validation) -> &str {
    let text = if rule.message.is_empty() { &rule.rule } else { &rule.message };
    text.trim()
}

impl Run {
    fn fault(&mut self, fault: Fault) {
        self.outcome.faults.push(fault);
    }

    fn report(&mut self, fault: Fault, may_pass: bool) {
        if may_pass {
            self.outcome.warnings.push(fault.to_string());
        } else {
            self.fault(fault);
        }
    }

    fn spend(&mut self, cost: u64) -> Result<(), ()> {
        let cost = i64::try_from(cost).map_err(|_| ())?;
        if cost > self.remaining {
            return Err(());
        }
        self.remaining -= cost;
        Ok(())
    }
}
