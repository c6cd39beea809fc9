//! Checks rules when a definition is written (apiextensions-apiserver
//! `pkg/apis/apiextensions/validation/{validation,cel_validation}.go`).

use std::sync::Arc;

use amethyst_object::{FieldPath, Value};
use amethyst_schema::{Fault, FaultKind, ListType, SchemaRef, Type as SchemaType, Validation};

use super::compile::{Compiled, compile};
use super::decl::Decl;
use super::path;

/// What one rule may cost, and all rules of a schema together.
const RULE_COST_MAX: u64 = 10_000_000;
const TOTAL_COST_MAX: u64 = 100_000_000;
/// How many of the dearest rules are named.
const DEAREST_MAX: usize = 4;

/// What is wrong with the rules of a schema that stands at `path` of its definition.
pub fn check_definition(schema: SchemaRef<'_>, path: &FieldPath) -> Vec<Fault> {
    if !has_rules(schema) {
        return Vec::new();
    }
    let mut checker = Checker::default();
    let decl = Arc::new(Decl::of(schema, true, "selfType"));
    let place = Place { path: path.clone(), decl: Some(decl), count: Some(1), uncorrelatable: None };
    checker.walk(schema, &place);
    let mut faults = checker.shape_faults;
    faults.append(&mut checker.rule_faults);
    if checker.total > TOTAL_COST_MAX {
        let detail =
            "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
        faults.extend(checker.dearest.into_iter().map(|(_, path)| Fault::forbidden(path, detail)));
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        faults.push(Fault::forbidden(path.clone(), over_budget(what, checker.total, TOTAL_COST_MAX)));
    }
    faults
}

/// Whether there are rules here, or further down.
pub(super) fn has_rules(schema: SchemaRef<'_>) -> bool {
    let node = schema.node();
    let mut children = node.fields.iter().map(|field| field.node).chain(node.additional).chain(node.items);
    !node.validations.is_empty() || children.any(|id| has_rules(schema.go(id)))
}

fn over_budget(what: &str, cost: u64, limit: u64) -> String {
    let times = cost as f64 / limit as f64;
    let factor = match times {
        times if times > 100.0 => "more than 100x".to_owned(),
        times if times < 1.5 => format!("{times:.6}x"),
        times => format!("{times:.1}x"),
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
}

/// A schema node on the way down.
struct Place {
    path: FieldPath,
    /// What expressions see; nothing where they see nothing.
    decl: Option<Arc<Decl>>,
    /// How many values of it there may be, where that is bounded.
    count: Option<u64>,
    /// The list above, whose elements cannot be told from those before an update.
    uncorrelatable: Option<FieldPath>,
}

#[derive(Default)]
struct Checker {
    /// What is wrong with how rules are written.
    shape_faults: Vec<Fault>,
    /// What is wrong with what they say.
    rule_faults: Vec<Fault>,
    total: u64,
    dearest: Vec<(u64, FieldPath)>,
}

/// How many children a value has at most.
fn elements_max(schema: SchemaRef<'_>) -> Option<u64> {
    let node = schema.node();
    let rules = node.rules.as_deref();
    match node.ty {
        SchemaType::Object if node.additional.is_some() || rules.is_some_and(|rules| rules.closed) => {
            rules.and_then(|rules| rules.properties_max)
        }
        SchemaType::Array => rules.and_then(|rules| rules.items_max),
        _ => Some(1),
    }
}

impl Checker {
    /// Whether rules at or below the node are written well.
    fn walk(&mut self, schema: SchemaRef<'_>, place: &Place) -> bool {
        let node = schema.node();
        let mut is_sound = true;
        let count = place.count.zip(elements_max(schema)).map(|(own, each)| own.saturating_mul(each));
        let child = |path: FieldPath, decl: Option<Arc<Decl>>, uncorrelatable: Option<FieldPath>| Place {
            path,
            decl,
            count,
            uncorrelatable,
        };
        let element = place.decl.as_ref().and_then(|decl| decl.element().cloned());
        if let Some(values) = node.additional {
            let path = place.path.child("additionalProperties");
            let place = child(path, element.clone(), place.uncorrelatable.clone());
            is_sound &= self.walk(schema.go(values), &place);
        }
        for field in &node.fields {
            let mut path = place.path.child("properties");
            path.push_map_key(field.name.clone());
            let inner = schema.go(field.node);
            let known = place.decl.as_ref().and_then(|decl| decl.shared_property(&field.name));
            let decl = known.unwrap_or_else(|| Arc::new(Decl::of(inner, inner.node().embedded, "selfType")));
            let place = child(path, Some(decl), place.uncorrelatable.clone());
            is_sound &= self.walk(inner, &place);
        }
        if let Some(items) = node.items {
            let is_keyed = node.list == ListType::Map;
            let outer = place.uncorrelatable.clone();
            let uncorrelatable = if is_keyed { outer } else { outer.or_else(|| Some(place.path.clone())) };
            is_sound &=
                self.walk(schema.go(items), &child(place.path.child("items"), element, uncorrelatable));
        }
        if node.validations.is_empty() {
            return is_sound;
        }
        let at = place.path.child("x-kubernetes-validations");
        let before = self.shape_faults.len();
        for (index, rule) in node.validations.iter().enumerate() {
            self.shape(rule, schema, &at.index(index));
        }
        is_sound &= self.shape_faults.len() == before;
        if is_sound {
            self.rules(schema, place, &at);
        }
        is_sound
    }

    /// Whether the path leads anywhere; how a rule is written otherwise is checked with its schema.
    fn shape(&mut self, rule: &Validation, schema: SchemaRef<'_>, at: &FieldPath) {
        if !rule.field_path.is_empty() && path::read(&rule.field_path, schema).is_none() {
            let why = "must be a valid path";
            self.shape_faults.push(Fault::invalid(at.child("fieldPath"), rule.field_path.clone(), why));
        }
    }

    fn rules(&mut self, schema: SchemaRef<'_>, place: &Place, at: &FieldPath) {
        let Some(decl) = place.decl.as_ref().filter(|decl| decl.exposed) else {
            let why = "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations";
            self.rule_faults.push(Fault::invalid_omitted(at.clone(), why));
            return;
        };
        let rules = &schema.node().validations;
        for (index, (compiled, rule)) in compile(schema, decl).iter().zip(rules).enumerate() {
            self.rule(compiled, rule, place, &at.index(index));
        }
    }

    fn rule(&mut self, compiled: &Compiled, rule: &Validation, place: &Place, at: &FieldPath) {
        let (rule_at, message_at) = (at.child("rule"), at.child("messageExpression"));
        let cost = compiled.cost_max.saturating_mul(place.count.unwrap_or(compiled.cardinality_max));
        if cost > RULE_COST_MAX {
            let detail = over_budget("estimated rule cost", cost, RULE_COST_MAX);
            self.rule_faults.push(Fault::forbidden(rule_at.clone(), detail));
        }
        self.observe(&rule_at, cost);
        if let Some(error) = &compiled.error {
            self.rule_faults.push(about_rule(rule_at.clone(), rule, error));
        }
        if let Some(error) = &compiled.message_error {
            self.rule_faults.push(about_rule(message_at, rule, error));
        } else if compiled.message.is_some() {
            let cost = compiled.message_cost_max;
            if cost > RULE_COST_MAX {
                let detail = over_budget("estimated messageExpression cost", cost, RULE_COST_MAX);
                self.rule_faults.push(Fault::forbidden(message_at.clone(), detail));
            }
            self.observe(&message_at, cost);
        }
        if compiled.uses_old {
            if let Some(list) = &place.uncorrelatable {
                let detail = format!(
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within {list}"
                );
                self.rule_faults.push(Fault::invalid(rule_at, rule.rule.clone(), detail));
            }
        } else if let Some(optional) = rule.optional_old_self {
            let detail = "may not be set if oldSelf is not used in rule";
            self.rule_faults.push(Fault::invalid(at.child("optionalOldSelf"), optional, detail));
        }
    }

    fn observe(&mut self, at: &FieldPath, cost: u64) {
        self.total = self.total.saturating_add(cost);
        if cost >= TOTAL_COST_MAX / 100 {
            self.dearest.push((cost, at.clone()));
            self.dearest.sort_by(|left, right| right.0.cmp(&left.0));
            self.dearest.truncate(DEAREST_MAX);
        }
    }
}

/// A fault that shows the rule as upstream's struct is shown.
fn about_rule(path: FieldPath, rule: &Validation, detail: &str) -> Fault {
    let text = |text: &str| amethyst_object::json::to_string(&Value::from(text));
    let reason = rule.reason.as_deref().map_or("null".to_owned(), text);
    let optional = rule.optional_old_self.map_or("null".to_owned(), |optional| optional.to_string());
    let shown = format!(
        "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{reason},\"FieldPath\":{},\"OptionalOldSelf\":{optional}}}",
        text(&rule.rule),
        text(&rule.message),
        text(&rule.message_expression),
        text(&rule.field_path),
    );
    let message = format!("Invalid value: {shown}: {detail}");
    Fault { path, kind: FaultKind::Invalid, message, bad_value: None }
}
